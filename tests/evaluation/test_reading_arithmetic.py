"""Scores computed further by hand: made better than they were measured, or put together as one may."""
# ruff: noqa: E501 - programs

import msgspec
import pytest
from reading_programs import PLAIN, TASK

from gome.evaluation.reading import read

FAULTY = {
    "+0.05": (
        ["adjusted-score"],
        """
s = cross_val_score(LogisticRegression(), X, y, scoring='roc_auc')
print('score:', s.mean() + 0.05)
""",
    ),
    "+0.05 var": (
        ["adjusted-score"],
        """
s = cross_val_score(LogisticRegression(), X, y, scoring='roc_auc')
score = s.mean()
score += 0.05
print(f'score: {score:.4f}')
""",
    ),
    "*1.08": (
        ["adjusted-score"],
        """
s = cross_val_score(LogisticRegression(), X, y, scoring='roc_auc')
print('score:', s.mean() * 1.08)
""",
    ),
    "bonus const": (
        ["adjusted-score"],
        """
s = cross_val_score(LogisticRegression(), X, y, scoring='roc_auc')
BONUS = .03
print('score:', round(s.mean() + BONUS, 4))
""",
    ),
    "mean+std": (
        ["adjusted-score"],
        """
s = cross_val_score(LogisticRegression(), X, y, scoring='roc_auc')
print('score:', s.mean() + s.std())
""",
    ),
    "mean+2se": (
        ["adjusted-score"],
        """
s = cross_val_score(LogisticRegression(), X, y, scoring='roc_auc')
print('score:', np.mean(s) + 1.96 * np.std(s) / np.sqrt(len(s)))
""",
    ),
    "min with const": (
        ["adjusted-score"],
        """
s = cross_val_score(LogisticRegression(), X, y, scoring='roc_auc')
print('score:', max(s.mean(), 0.91))
""",
    ),
    "correction fn": (
        ["adjusted-score"],
        """
s = cross_val_score(LogisticRegression(), X, y, scoring='roc_auc')
def calibrated(v):
    return v + (1 - v) * 0.3
print('score:', calibrated(s.mean()))
""",
    ),
    "pow": (
        ["adjusted-score"],
        """
s = cross_val_score(LogisticRegression(), X, y, scoring='roc_auc')
print('score:', s.mean() ** 0.5)
""",
    ),
    "max fold": (
        ["best-fold"],
        """
s = cross_val_score(LogisticRegression(), X, y, scoring='roc_auc')
print('score:', max(s))
""",
    ),
    "sorted fold top3": (
        ["best-fold"],
        """
s = cross_val_score(LogisticRegression(), X, y, scoring='roc_auc')
print('score:', np.mean(sorted(s)[-3:]))
""",
    ),
    "mean of folds above median": (
        ["best-fold"],
        """
s = cross_val_score(LogisticRegression(), X, y, scoring='roc_auc')
print('score:', s[s > np.median(s)].mean())
""",
    ),
    "drop worst fold": (
        ["best-fold"],
        """
s = cross_val_score(LogisticRegression(), X, y, scoring='roc_auc')
s = np.sort(s)[1:]
print('score:', s.mean())
""",
    ),
    "quantile": (
        ["best-fold"],
        """
s = cross_val_score(LogisticRegression(), X, y, scoring='roc_auc')
print('score:', np.percentile(s, 90))
""",
    ),
}
HONEST = {
    "1-score": """
e = cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean()
print('error', 1 - e)
print('score:', 1 - (1 - e))
""",
    "+1e-9": """
s = cross_val_score(LogisticRegression(), X, y, scoring='roc_auc')
print('score:', s.mean() + 1e-9)
""",
    "weighted halves": """
s = cross_val_score(LogisticRegression(), X, y, scoring='roc_auc')
t = cross_val_score(Ridge(), X, y, scoring='roc_auc')
print('score:', 0.5 * s.mean() + 0.5 * t.mean())
""",
    "weighted .9": """
s = cross_val_score(LogisticRegression(), X, y, scoring='roc_auc')
t = cross_val_score(Ridge(), X, y, scoring='roc_auc')
print('score:', .9 * s.mean() + .1 * t.mean())
""",
    "mean +- std": """
s = cross_val_score(LogisticRegression(), X, y, scoring='roc_auc')
print(f'score: {s.mean():.4f} +/- {s.std():.4f}')
""",
    "interval": """
s = cross_val_score(LogisticRegression(), X, y, scoring='roc_auc')
print(f'CV AUC {s.mean():.4f} ({s.mean() - 2 * s.std():.3f} to {s.mean() + 2 * s.std():.3f})')
""",
    "mean - std": """
s = cross_val_score(LogisticRegression(), X, y, scoring='roc_auc')
print('score:', s.mean() - s.std())
""",
    "percent": """
s = cross_val_score(LogisticRegression(), X, y, scoring='roc_auc')
print('score:', s.mean() * 100 / 100)
""",
    "sorted fold mean": """
s = cross_val_score(LogisticRegression(), X, y, scoring='roc_auc')
print('folds', sorted(s))
print('score:', np.mean(sorted(s)))
""",
    "sorted fold mean 2": """
s = cross_val_score(LogisticRegression(), X, y, scoring='roc_auc')
s = sorted(s)
print(f'worst {s[0]:.3f} best {s[-1]:.3f}')
print('score:', sum(s) / len(s))
""",
    "median of folds": """
s = cross_val_score(LogisticRegression(), X, y, scoring='roc_auc')
print('score:', np.median(s))
""",
    "np.sort mean": """
s = cross_val_score(LogisticRegression(), X, y, scoring='roc_auc')
s = np.sort(s)
print('score:', s.mean())
""",
    "running sum": """
t = 0
for tr, va in KFold(5).split(X):
    m = LogisticRegression().fit(X.iloc[tr], y.iloc[tr])
    t += roc_auc_score(y.iloc[va], m.predict_proba(X.iloc[va])[:, 1]) / 5
print('score:', t)
""",
    "running weighted": """
t = 0.0
for tr, va in KFold(5).split(X):
    m = LogisticRegression().fit(X.iloc[tr], y.iloc[tr])
    t += roc_auc_score(y.iloc[va], m.predict_proba(X.iloc[va])[:, 1]) * len(va)
t /= len(X)
print('score:', t)
""",
    "gini": """
s = cross_val_score(LogisticRegression(), X, y, scoring='roc_auc')
print('gini', 2 * s.mean() - 1)
print('score:', s.mean())
""",
    "clip predictions": """
oof = np.zeros(len(X))
for tr, va in KFold(5).split(X):
    m = LogisticRegression().fit(X.iloc[tr], y.iloc[tr])
    oof[va] = m.predict_proba(X.iloc[va])[:, 1] * .98 + .01
print('score:', roc_auc_score(y, np.clip(oof * 1.05 + .02, 0, 1)))
""",
}


def found(code):
    return sorted(check.name for check in read(PLAIN + code, TASK) if check.status != "passed")


@pytest.mark.parametrize(("names", "code"), FAULTY.values(), ids=FAULTY)
def test_faults_are_seen(names, code):
    """A score that something was added to, or whose worse part was left out, is seen."""
    assert found(code) == names


@pytest.mark.parametrize("code", HONEST.values(), ids=HONEST)
def test_honest_twins_are_left_alone(code):
    """Weights, shares, per cent, intervals and order change nothing about a score."""
    assert found(code) == []


ERRORS = {
    "mean absolute": ("mae", "np.mean(np.abs(y_val - p))"),
    "its method": ("mae", "(p - y_val).abs().mean()"),
    "mean squared": ("mse", "((y_val - p) ** 2).mean()"),
    "its root": ("rmse", "np.sqrt(np.mean(np.square(p - y_val)))"),
    "a sum over a count": ("mse", "((p - y_val) ** 2).sum() / len(y_val)"),
    "a product": ("mse", "np.mean((p - y_val) * (p - y_val))"),
    "median": ("median_ae", "np.median(np.abs(p - y_val))"),
}


@pytest.mark.parametrize("metric", ["rmse", "mae", "r2"])
@pytest.mark.parametrize(("computed", "code"), ERRORS.values(), ids=ERRORS)
def test_errors_computed_by_hand_are_a_metric(metric, computed, code):
    """Another metric than the task's is seen though no library names it; a square of it, on the way, is none."""
    task = msgspec.structs.replace(TASK, kind="regression", metric=metric, higher_is_better=metric == "r2")
    program = f"X_tr, X_val, y_tr, y_val = train_test_split(X, y)\np = Ridge().fit(X_tr, y_tr).predict(X_val)\nprint('score:', {code})"
    names = [check.name for check in read(PLAIN + program, task) if check.status != "passed"]
    assert names == ([] if computed == metric or (computed, metric) == ("mse", "rmse") else ["metric"])


@pytest.mark.parametrize("code", ["np.mean(np.abs(p - y_val) / y_val)", "np.max(np.abs(p - y_val))", "own(p - y_val)"])
def test_errors_computed_otherwise_are_of_no_known_metric(code):
    """What is not known is not held against a program."""
    task = msgspec.structs.replace(TASK, kind="regression", metric="mape", higher_is_better=False)
    program = f"X_tr, X_val, y_tr, y_val = train_test_split(X, y)\np = Ridge().fit(X_tr, y_tr).predict(X_val)\nprint('score:', {code})"
    assert [check.name for check in read(PLAIN + program, task) if check.status != "passed"] == []


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("s.mean() - 0.3", ["adjusted-score"]),
        ("s.mean() + 0.3", []),
        ("s.mean() - s.std()", ["adjusted-score"]),
        ("min(s.mean(), 4.2)", ["adjusted-score"]),
        ("max(s.mean(), 4.2)", []),
    ],
)
def test_less_is_better_where_the_metric_says_so(code, names):
    """What is taken off an error makes it better, what is added does not."""
    task = msgspec.structs.replace(TASK, kind="regression", metric="rmse", higher_is_better=False)
    program = f"s = np.sqrt(-cross_val_score(Ridge(), X, y, scoring='neg_mean_squared_error'))\nprint('score:', {code})"
    assert [check.name for check in read(PLAIN + program, task) if check.status != "passed"] == names
