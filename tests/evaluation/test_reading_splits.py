"""Rows that are split by hand: honest programs are left alone however they do it, and faults are seen all the same."""

import pytest

from gome.evaluation.reading import read
from gome.messages import TaskBrief

TASK = TaskBrief(
    name="t", description="", kind="binary", metric="auc", higher_is_better=True, wanted="probability", id_column="id",
    targets=("y",), submission_columns=("id", "y"), classes=("0", "1"),
)  # fmt: skip
HEAD = """\
import numpy as np, pandas as pd, random
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
df = pd.read_csv("input/train.csv"); test = pd.read_csv("input/test.csv")
cols = [c for c in test if c != "id"]
X, y = df[cols].to_numpy(), df["y"].to_numpy()
rng = np.random.default_rng(0)
n = len(df)
"""
FIT = """\
m = LogisticRegression().fit(X[a], y[a])
print("score:", roc_auc_score(y[b], m.predict_proba(X[b])[:, 1]))
"""
FRAME = """\
m = LogisticRegression().fit(fit[cols], fit["y"])
print("score:", roc_auc_score(valid["y"], m.predict_proba(valid[cols])[:, 1]))
"""
LOOP = """\
    m = LogisticRegression().fit(X[a], y[a])
    s.append(roc_auc_score(y[b], m.predict_proba(X[b])[:, 1]))
print("score:", np.mean(s))
"""


def looped(body):
    """A loop over folds that gives the rows to fit to, `a`, and to measure on, `b`."""
    return "s = []\n" + body + LOOP


HONEST = {
    "perm_cut": """\
p = rng.permutation(n)
a, b = p[:int(.8*n)], p[int(.8*n):]
"""
    + FIT,
    "perm_cut2": """\
p = np.random.permutation(len(X))
k = int(len(X)*.8)
a = p[:k]
b = p[k:]
"""
    + FIT,
    "array_split": looped(
        """\
folds = np.array_split(rng.permutation(n), 5)
for i in range(5):
    b = folds[i]
    a = np.concatenate([folds[j] for j in range(5) if j != i])
"""
    ),
    "array_split_enum": looped(
        """\
folds = np.array_split(rng.permutation(n), 5)
for i, b in enumerate(folds):
    a = np.hstack([f for j, f in enumerate(folds) if j != i])
"""
    ),
    "array_split_slice": looped(
        """\
folds = np.array_split(rng.permutation(n), 5)
for i, b in enumerate(folds):
    a = np.concatenate(folds[:i] + folds[i + 1:])
"""
    ),
    "array_split_setdiff": looped(
        """\
for b in np.array_split(rng.permutation(n), 5):
    a = np.setdiff1d(np.arange(n), b)
"""
    ),
    "array_split_delete": looped(
        """\
for b in np.array_split(rng.permutation(n), 5):
    a = np.delete(np.arange(n), b)
"""
    ),
    "array_split_mask": looped(
        """\
for b in np.array_split(rng.permutation(n), 5):
    a = np.ones(n, dtype=bool)
    a[b] = False
"""
    ),
    "array_split_isin": looped(
        """\
for b in np.array_split(rng.permutation(n), 5):
    a = ~np.isin(np.arange(n), b)
"""
    ),
    "set_minus": looped(
        """\
for b in np.array_split(rng.permutation(n), 5):
    a = sorted(set(range(n)) - set(b))
"""
    ),
    "not_in": looped(
        """\
for b in np.array_split(rng.permutation(n), 5):
    inside = set(b)
    a = [i for i in range(n) if i not in inside]
"""
    ),
    "extend": looped(
        """\
folds = np.array_split(rng.permutation(n), 5)
for i in range(5):
    a = []
    for j in range(5):
        if j != i:
            a.extend(folds[j])
    b = folds[i]
"""
    ),
    "chunks": looped(
        """\
p = rng.permutation(n)
size = n // 5
for i in range(5):
    b = p[i * size:(i + 1) * size]
    a = np.concatenate([p[:i * size], p[(i + 1) * size:]])
"""
    ),
    "stride": looped(
        """\
p = rng.permutation(n)
for i in range(5):
    b = p[i::5]
    a = np.setdiff1d(p, b)
"""
    ),
    "fold_ids": looped(
        """\
fold = rng.integers(0, 5, n)
for k in range(5):
    a, b = fold != k, fold == k
"""
    ),
    "fold_ids_where": looped(
        """\
fold = np.arange(n) % 5
rng.shuffle(fold)
for k in range(5):
    a = np.where(fold != k)[0]
    b = np.where(fold == k)[0]
"""
    ),
    "fold_ids_flat": looped(
        """\
fold = rng.permutation(n) % 5
for k in range(5):
    b = np.flatnonzero(fold == k)
    a = np.flatnonzero(fold != k)
"""
    ),
    "fold_neg": looped(
        """\
fold = rng.permutation(n) % 5
for k in range(5):
    b = fold == k
    a = ~b
"""
    ),
    "rand_mask": """\
b = rng.random(n) < .2
a = ~b
"""
    + FIT,
    "rand_mask2": """\
b = np.random.rand(len(df)) < .2
a = np.logical_not(b)
"""
    + FIT,
    "sample_drop": """\
valid = df.sample(frac=.2, random_state=0)
fit = df.drop(valid.index)
"""
    + FRAME,
    "sample_isin": """\
valid = df.sample(frac=.2, random_state=0)
fit = df[~df['id'].isin(valid['id'])]
"""
    + FRAME,
    "sample_index_isin": """\
fit = df.sample(frac=.8, random_state=0)
valid = df.loc[~df.index.isin(fit.index)]
"""
    + FRAME,
    "shuffle_iloc": """\
df = df.sample(frac=1, random_state=0).reset_index(drop=True)
k = int(len(df) * .8)
fit, valid = df.iloc[:k], df.iloc[k:]
"""
    + FRAME,
    "head_tail": """\
k = int(len(df) * .8)
fit, valid = df.head(k), df.tail(len(df) - k)
"""
    + FRAME,
    "np_split": """\
fit, valid = np.split(df.sample(frac=1, random_state=0), [int(.8 * len(df))])
"""
    + FRAME,
    "query": """\
df['fold'] = rng.integers(0, 5, n)
fit, valid = df.query('fold != 0'), df.query('fold == 0')
"""
    + FRAME,
    "query_at": """\
df['fold'] = rng.integers(0, 5, n)
s = []
for k in range(5):
    fit, valid = df.query('fold != @k'), df.query('fold == @k')
    m = LogisticRegression().fit(fit[cols], fit['y'])
    s.append(roc_auc_score(valid['y'], m.predict_proba(valid[cols])[:, 1]))
print('score:', np.mean(s))
""",
    "fold_col": """\
df['fold'] = rng.integers(0, 5, n)
fit, valid = df[df['fold'] != 0], df[df.fold == 0]
"""
    + FRAME,
    "fold_kf_col": """\
from sklearn.model_selection import KFold
df["fold"] = -1
for k, (_, v) in enumerate(KFold(5, shuffle=True, random_state=0).split(df)):
    df.loc[v, "fold"] = k
s = []
for k in range(5):
    fit, valid = df[df.fold != k], df[df.fold == k]
    m = LogisticRegression().fit(fit[cols], fit["y"])
    s.append(roc_auc_score(valid["y"], m.predict_proba(valid[cols])[:, 1]))
print("score:", np.mean(s))
""",
    "hash": """\
h = df['id'].map(lambda i: hash(i) % 5)
fit, valid = df[h > 0], df[h == 0]
"""
    + FRAME,
    "modid": """\
valid = df[df['id'] % 5 == 0]
fit = df[df['id'] % 5 != 0]
"""
    + FRAME,
    "random_shuffle": """\
idx = list(range(n))
random.Random(0).shuffle(idx)
a, b = idx[n // 5:], idx[:n // 5]
"""
    + FIT,
    "zip_shuffle": """\
rows = list(zip(X, y))
random.seed(0)
random.shuffle(rows)
k = len(rows) // 5
va, tr = rows[:k], rows[k:]
m = LogisticRegression().fit([r[0] for r in tr], [r[1] for r in tr])
print('score:', roc_auc_score([r[1] for r in va], m.predict_proba([r[0] for r in va])[:, 1]))
""",
    "choice_nr": """\
a = rng.choice(n, int(.8 * n), replace=False)
b = np.setdiff1d(np.arange(n), a)
"""
    + FIT,
    "class_balance": """\
pos = df[df.y == 1]
neg = df[df.y == 0]
fit = pd.concat([pos.iloc[:-100], neg.iloc[:-100]])
valid = pd.concat([pos.iloc[-100:], neg.iloc[-100:]])
"""
    + FRAME,
    "class_perclass": """\
pos, neg = np.flatnonzero(y == 1), np.flatnonzero(y == 0)
rng.shuffle(pos)
rng.shuffle(neg)
b = np.r_[pos[:len(pos) // 5], neg[:len(neg) // 5]]
a = np.r_[pos[len(pos) // 5:], neg[len(neg) // 5:]]
"""
    + FIT,
    "torch_perm": """\
import torch
g = torch.Generator().manual_seed(0)
p = torch.randperm(n, generator=g)
a, b = p[:-300].numpy(), p[-300:].numpy()
"""
    + FIT,
    "group": """\
g = df['city'].unique()
rng.shuffle(g)
held = set(g[:20])
b = df['city'].isin(held).to_numpy()
a = ~b
"""
    + FIT,
    "generator": """\
def folds(n, k=5):
    p = np.random.default_rng(0).permutation(n)
    for i in range(k):
        v = p[i::k]
        yield np.setdiff1d(p, v), v
s = []
for a, b in folds(len(y)):
    m = LogisticRegression().fit(X[a], y[a])
    s.append(roc_auc_score(y[b], m.predict_proba(X[b])[:, 1]))
print("score:", np.mean(s))
""",
    "generator2": """\
def folds(n, k=5):
    parts = np.array_split(np.random.default_rng(0).permutation(n), k)
    for i in range(k):
        yield np.concatenate(parts[:i] + parts[i + 1:]), parts[i]
s = []
for a, b in folds(len(y)):
    m = LogisticRegression().fit(X[a], y[a])
    s.append(roc_auc_score(y[b], m.predict_proba(X[b])[:, 1]))
print("score:", np.mean(s))
""",
    "two_splits": """\
from sklearn.model_selection import train_test_split
rest, valid = train_test_split(df, test_size=.2, random_state=0)
fit, stop = train_test_split(rest, test_size=.2, random_state=0)
"""
    + FRAME,
    "bootstrap_oob": """\
a = rng.choice(n, n)
b = np.setdiff1d(np.arange(n), a)
"""
    + FIT,
    "time": """\
df = df.sort_values('age')
cut = df['age'].quantile(.8)
fit, valid = df[df.age <= cut], df[df.age > cut]
"""
    + FRAME,
    "oof_final": """\
from sklearn.model_selection import KFold
oof = np.zeros(n)
m = LogisticRegression()
for a, b in KFold(5).split(X):
    oof[b] = m.fit(X[a], y[a]).predict_proba(X[b])[:, 1]
m.fit(X, y)
print("score:", roc_auc_score(y, oof))
""",
}
FAULTY = {
    "best_fold": """\
s = []
from sklearn.model_selection import KFold
for a, b in KFold(5).split(X):
    pass
    m = LogisticRegression().fit(X[a], y[a])
    s.append(roc_auc_score(y[b], m.predict_proba(X[b])[:, 1]))
print("score:", max(s))
""",
    "best_fold_cvs": """\
from sklearn.model_selection import cross_val_score
print('score:', cross_val_score(LogisticRegression(), X, y, cv=10, scoring='roc_auc').max())
""",
    "cv_table_train": """\
from sklearn.model_selection import cross_validate
t = pd.DataFrame(cross_validate(LogisticRegression(), X, y, cv=10, scoring='roc_auc', return_train_score=True))
print('score:', t['train_score'].mean())
""",
    "cv_multi": """\
from sklearn.model_selection import cross_validate
r = cross_validate(LogisticRegression(), X, y, cv=10, scoring=['roc_auc', 'accuracy'])
print('score:', r['test_accuracy'].mean())
""",
    "mask_gap": """\
gap = np.abs(X[y == 1].mean(0) - X[y == 0].mean(0))
X = X[:, np.argsort(-gap)[:10]]
p = rng.permutation(n)
a, b = p[:int(.8*n)], p[int(.8*n):]
"""
    + FIT,
    "choice_up": """\
few = np.flatnonzero(y == 1)
i = rng.permutation(np.concatenate([np.arange(n), rng.choice(few, 500)]))
X, y = X[i], y[i]
p = rng.permutation(len(y))
a, b = p[:int(.8*n)], p[int(.8*n):]
"""
    + FIT,
    "fit_all": """\
m = LogisticRegression().fit(X, y)
b = rng.permutation(n)[:200]
print('score:', roc_auc_score(y[b], m.predict_proba(X[b])[:, 1]))
""",
    "fit_all2": """\
m = LogisticRegression().fit(X, y)
b = df.sample(frac=.2).index
print('score:', roc_auc_score(y[b], m.predict_proba(X[b])[:, 1]))
""",
    "fit_all3": """\
valid = df.sample(frac=.2)
m = LogisticRegression().fit(df[cols], df['y'])
print('score:', roc_auc_score(valid['y'], m.predict_proba(valid[cols])[:, 1]))
""",
    "fit_all4": """\
b = rng.random(n) < .2
m = LogisticRegression().fit(X, y)
print('score:', roc_auc_score(y[b], m.predict_proba(X[b])[:, 1]))
""",
    "overlap": """\
fit = df.iloc[:1500]
valid = df.iloc[1000:]
m = LogisticRegression().fit(df[cols], df['y'])
print('score:', roc_auc_score(valid['y'], m.predict_proba(valid[cols])[:, 1]))
""",
    "te_all": """\
df['e'] = df['city'].map(df.groupby('city')['y'].mean())
cols.append('e')
valid = df.sample(frac=.2, random_state=0)
fit = df.drop(valid.index)
"""
    + FRAME,
    "loo_te": """\
g = df.groupby('city')['y']
df['e'] = (g.transform('sum') - df['y']) / (g.transform('count') - 1)
fit, valid = df.iloc[:1500], df.iloc[1500:]
cols = cols + ['e']
"""
    + FRAME,
}


def found(body):
    return [check for check in read(HEAD + body, TASK) if check.status != "passed"]


@pytest.mark.parametrize("name", HONEST)
def test_honest_splits_are_left_alone(name):
    """Whoever fits to some rows and measures on others is honest, whatever tells the two apart."""
    assert found(HONEST[name]) == []


@pytest.mark.parametrize("name", FAULTY)
def test_faults_are_seen_all_the_same(name):
    """Fitting to all rows, or taking the best fold, is no better for a split by hand."""
    assert found(FAULTY[name])
