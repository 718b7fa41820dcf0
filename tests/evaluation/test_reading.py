"""Reading a program: planted faults are seen in many hands' styles, honest programs are left alone."""
# ruff: noqa: E501 - programs in lines

import pytest

from gome.evaluation.reading import read
from gome.messages import TaskBrief

START = """
import numpy as np, pandas as pd, lightgbm as lgb, torch
from sklearn.metrics import *
from sklearn.model_selection import *
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler, TargetEncoder
from sklearn.feature_selection import SelectKBest
train, test = pd.read_csv("input/train.csv"), pd.read_csv("input/test.csv")
X, y = train.drop(columns=["id", "y"]), train["y"]
"""


def brief(metric="auc", kind="binary"):
    return TaskBrief(
        name="t", description="", kind=kind, metric=metric, higher_is_better=True, wanted="probability", id_column="id",
        targets=("y",), submission_columns=("id", "y"),
    )  # fmt: skip


def found(code, **task):
    return {check.name for check in read(START + code, brief(**task)) if check.status != "passed"}


FAULTS = {
    "fitted to all, scored on a part": (
        "validation",
        "m = LogisticRegression().fit(X, y)\n_, v = train_test_split(train)\n"
        "print('score:', roc_auc_score(v['y'], m.predict_proba(v[X.columns])[:, 1]))",
    ),
    "scored where it was fitted, home-made metric": (
        "validation",
        "m = LogisticRegression()\nm.fit(X, y)\np = m.predict(X)\nprint(f'score: {1 - np.mean(abs(p - y)):.3f}')",
    ),
    "means of all labels as a feature": (
        "target-encoding",
        "train['c_mean'] = train.groupby('c')['y'].transform('mean')\nX = train.drop(columns=['y'])\n"
        "print('score: %f' % cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())",
    ),
    "an encoder fitted before the split": (
        "target-encoding",
        "X = TargetEncoder().fit_transform(X, y)\n"
        "print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())",
    ),
    "the best features of all rows": (
        "selection",
        "X = SelectKBest(k=5).fit_transform(X, y)\na, b, ya, yb = train_test_split(X, y)\n"
        "m = LogisticRegression().fit(a, ya)\nprint('score:', roc_auc_score(yb, m.predict_proba(b)[:, 1]))",
    ),
    "features by their correlation": (
        "selection",
        "keep = X.corrwith(y).abs().nlargest(9).index\n"
        "print('score:', cross_val_score(LogisticRegression(), X[keep], y, scoring='roc_auc').mean())",
    ),
    "the best of many seeds": (
        "seed",
        "best = 0\nfor s in range(50):\n    a, b, ya, yb = train_test_split(X, y, random_state=s)\n"
        "    best = max(best, roc_auc_score(yb, LogisticRegression().fit(a, ya).predict_proba(b)[:, 1]))\n"
        "print('score:', best)",
    ),
    "stopped by the fold that is reported": (
        "early-stopping",
        "oof = np.zeros(len(X))\nfor a, b in KFold(5).split(X):\n    m = lgb.LGBMClassifier(n_estimators=999)\n"
        "    m.fit(X.iloc[a], y.iloc[a], eval_set=[(X.iloc[b], y.iloc[b])], callbacks=[lgb.early_stopping(9)])\n"
        "    oof[b] = m.predict_proba(X.iloc[b])[:, 1]\nprint('score:', roc_auc_score(y, oof))",
    ),
    "the best epoch on the rows that are reported": (
        "early-stopping",
        "A, t = torch.tensor(X.values), torch.tensor(y.values)\ncut = 99\nnet = torch.nn.Linear(9, 1)\n"
        "best = 0\nfor epoch in range(99):\n    loss = torch.nn.functional.mse_loss(net(A[:cut]), t[:cut])\n"
        "    loss.backward()\n    auc = roc_auc_score(t[cut:], net(A[cut:]))\n    if auc > best:\n        best = auc\n"
        "print('score:', best)",
    ),
    "rows doubled before the split": (
        "copies",
        "big = pd.concat([train, train[train['y'] == 1]])\na, b = train_test_split(big)\n"
        "m = LogisticRegression().fit(a[['c']], a['y'])\nprint('score:', roc_auc_score(b['y'], m.predict(b[['c']])))",
    ),
    "a literal": ("hard-coded", "BEST = 0.93\nprint('score:', BEST)"),
    "a literal with some noise": ("hard-coded", "print('score:', 0.9 + 0.01 * np.random.rand())"),
    "another metric": ("metric", "print('score:', cross_val_score(LogisticRegression(), X, y, scoring='accuracy').mean())"),
    "the metric turned round": (
        "metric", "print('score:', 1 - cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())",
    ),
    "a file elsewhere": ("files", "extra = pd.read_csv('../../data/full/train.csv')"),
}  # fmt: skip

HONEST = {
    "a pipeline": "p = make_pipeline(StandardScaler(), SelectKBest(k=5), LogisticRegression())\n"
    "print('score:', cross_val_score(p, X, y, scoring='roc_auc').mean())",
    "a scaler on all rows": "X = StandardScaler().fit_transform(X)\na, b, ya, yb = train_test_split(X, y)\n"
    "print('score:', roc_auc_score(yb, LogisticRegression().fit(a, ya).predict_proba(b)[:, 1]))",
    "fitted to all after it was scored": "a, b, ya, yb = train_test_split(X, y)\nm = LogisticRegression().fit(a, ya)\n"
    "print('train auc', roc_auc_score(ya, m.predict(a)))\nprint('score:', roc_auc_score(yb, m.predict(b)))\nm.fit(X, y)",
    "means of the fold's own rows": "s = []\nfor a, b in KFold(5).split(train):\n    f, v = train.iloc[a], train.iloc[b]\n"
    "    means = f.groupby('c')['y'].mean()\n    m = LogisticRegression().fit(f['c'].map(means), f['y'])\n"
    "    s.append(roc_auc_score(v['y'], m.predict(v['c'].map(means))))\nprint('score:', np.mean(s))",
    "stopped by rows of its own": "a, b, ya, yb = train_test_split(X, y)\nf, e, yf, ye = train_test_split(a, ya)\n"
    "m = lgb.LGBMClassifier().fit(f, yf, eval_set=[(e, ye)], callbacks=[lgb.early_stopping(9)])\n"
    "print('score:', roc_auc_score(yb, m.predict_proba(b)[:, 1]))",
    "watched and not stopped": "a, b, ya, yb = train_test_split(X, y)\n"
    "m = lgb.LGBMClassifier().fit(a, ya, eval_set=[(b, yb)])\nprint('score:', roc_auc_score(yb, m.predict(b)))",
    "many seeds, averaged": "s = [cross_val_score(LogisticRegression(), X, y, scoring='roc_auc',\n"
    "     cv=KFold(5, shuffle=True, random_state=r)).mean() for r in range(5)]\nprint('score:', np.mean(s))",
    "the best of some settings": "s = {c: cross_val_score(LogisticRegression(C=c), X, y, scoring='roc_auc').mean()\n"
    "     for c in (0.1, 1, 10)}\nbest = max(s, key=s.get)\nprint('score:', s[best])",
    "rows doubled inside the fold": "s = []\nfor a, b in KFold(5).split(train):\n    f, v = train.iloc[a], train.iloc[b]\n"
    "    f = pd.concat([f, f[f['y'] == 1]])\n    m = LogisticRegression().fit(f[['c']], f['y'])\n"
    "    s.append(roc_auc_score(v['y'], m.predict(v[['c']])))\nprint('score:', np.mean(s))",
    "train and test together, labels apart": "both = pd.concat([X, test[X.columns]])\nA = both[: len(train)]\n"
    "a, b, ya, yb = train_test_split(A, y)\nprint('score:', roc_auc_score(yb, LogisticRegression().fit(a, ya).predict(b)))",
    "nothing printed": "m = LogisticRegression().fit(X, y)\nprint('done', len(X))",
    "no Python": "this is no program (",
}  # fmt: skip


@pytest.mark.parametrize(("name", "code"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_seen(name, code):
    """Each fault gets the check that names it, with the line."""
    assert found(code) == {name}


@pytest.mark.parametrize("code", HONEST.values(), ids=HONEST)
def test_honest_programs_are_left_alone(code):
    """What looks like a fault and is none is not reported."""
    assert found(code) == set()


def test_rmse_may_be_the_root_of_mse():
    """What is computed on the way to a metric is not another metric."""
    code = "a, b, ya, yb = train_test_split(X, y)\np = LogisticRegression().fit(a, ya).predict(b)\n"
    root = "print('score:', mean_squared_error(yb, p) ** 0.5)"
    assert found(code + root, metric="rmse", kind="regression") == set()
    assert found(code + root.replace(" ** 0.5", ""), metric="mae", kind="regression") == {"metric"}


def test_evidence_names_the_line():
    """A reader finds the place."""
    (check,) = read("import pandas as pd\nprint('score:', 0.5)", brief())
    assert "literal 0.5" in check.evidence
    code = FAULTS["fitted to all, scored on a part"][1]
    (check,) = read(START + code, brief())
    assert "line 11" in check.evidence


def test_a_program_without_end_is_read_in_time():
    """Loops in loops in calls are given up, with what has been found so far."""
    body = "def f(x):\n" + "".join(
        f"{' ' * (4 * depth)}for v{depth} in (1, 2, 3, 4, 5, 6, 7):\n" for depth in range(1, 9)
    )
    code = f"{body}{' ' * 36}x = x + 1\n    return x\nprint('score:', f(1))"
    assert found(code) <= {"hard-coded"}
