"""On what share of the rows a program measures itself is guessed from the names that it calls."""

import pytest

from gome.evaluation.validated import LEAST, USUAL, validated


@pytest.mark.parametrize(
    ("code", "share"),
    [
        ("for a, b in KFold(5).split(X): pass", 1.0),
        ("print(cross_val_score(m, X, y, cv=5).mean())", 1.0),
        ("a, b = train_test_split(X, test_size=0.4)", 0.4),
        ("a, b = train_test_split(X, train_size=0.7)", 1 - 0.7),
        ("a, b = train_test_split(X)", USUAL),
        ("a, b = train_test_split(X, test_size=0.1)", LEAST),
        ("a, b = train_test_split(X, test_size=200)", LEAST),
        ("a, b = model_selection.train_test_split(X, test_size=0.3)\nGridSearchCV(m, {}, cv=5)", 0.3),
        ("a, b = X[:90], X[90:]", LEAST),
        ("this is no Python", LEAST),
    ],
)
def test_share(code, share):
    """All rows for a cross-validation, a named side of a split, a fifth where it is not known."""
    assert validated(code) == pytest.approx(share)
