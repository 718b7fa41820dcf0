"""On what share of the training rows a program measures itself, as far as its code says so."""

import ast

LEAST = 0.2  # where it is not known: a program may validate on a part, but hardly on less
WHOLE = {
    "KFold", "StratifiedKFold", "GroupKFold", "StratifiedGroupKFold", "RepeatedKFold", "RepeatedStratifiedKFold",
    "LeaveOneOut", "cross_val_score", "cross_val_predict", "cross_validate", "GridSearchCV", "RandomizedSearchCV",
}  # fmt: skip
PARTS = {"train_test_split", "ShuffleSplit", "StratifiedShuffleSplit", "GroupShuffleSplit"}
USUAL = 0.25  # of scikit-learn's splitters in two


def validated(code: str) -> float:
    """Return that share: all for cross-validation, the side that is named where a split in two is the only one.

    A guess from the names that are called: whoever uses it must bear that it is wrong.
    """
    try:
        calls = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return LEAST
    parts = [_side(call) for call in calls if _name(call) in PARTS]
    if parts:
        return max(LEAST, min(parts))
    return 1.0 if any(_name(call) in WHOLE for call in calls) else LEAST


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _side(call: ast.Call) -> float:
    for word in call.keywords:
        size = word.value.value if isinstance(word.value, ast.Constant) else None
        if word.arg in {"test_size", "train_size"}:
            if not isinstance(size, float) or not 0 < size < 1:
                return 0.0
            return size if word.arg == "test_size" else 1 - size
    return USUAL
