"""Features chosen by how they go with the labels: of all rows, and of those that are fitted to."""

import pytest
from reading_programs import PLAIN, TASK

from gome.evaluation.reading import read

FAULTY = {
    "corrcoef comp cond": (
        ["selection"],
        """
keep = [c for c in X.columns if abs(np.corrcoef(X[c], y)[0, 1]) > 0.1]
X = X[keep]
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "corrcoef if append": (
        ["selection"],
        """
keep = []
for c in X.columns:
    r = np.corrcoef(X[c], y)[0, 1]
    if abs(r) > 0.1:
        keep.append(c)
X = X[keep]

oof = np.zeros(len(X))
for tr, va in KFold(5, shuffle=True, random_state=0).split(X):
    m = LogisticRegression().fit(X.iloc[tr], y.iloc[tr])
    oof[va] = m.predict_proba(X.iloc[va])[:, 1]
print('score:', roc_auc_score(y, oof))
""",
    ),
    "sorted key lambda": (
        ["selection"],
        """
top = sorted(X.columns, key=lambda c: -abs(np.corrcoef(X[c], y)[0, 1]))[:20]
X = X[top]
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "sorted key fn": (
        ["selection"],
        """
def strength(c):
    return abs(pearsonr(X[c], y)[0])
top = sorted(X.columns, key=strength, reverse=True)[:20]
X = X[top]
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "sorted key dict get": (
        ["selection"],
        """
s = {}
for c in X: s[c] = abs(X[c].corr(y))
top = sorted(s, key=s.get, reverse=True)[:20]
X = X[top]
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "sorted items": (
        ["selection"],
        """
s = {c: abs(spearmanr(X[c], y)[0]) for c in X}
top = [c for c, _ in sorted(s.items(), key=lambda kv: kv[1], reverse=True)[:20]]
X = X[top]
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "sorted tuples": (
        ["selection"],
        """
s = sorted(((abs(X[c].corr(y)), c) for c in X), reverse=True)[:20]
X = X[[c for _, c in s]]
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "tuples append sort": (
        ["selection"],
        """
s = []
for c in X.columns:
    s.append((abs(np.corrcoef(X[c], y)[0, 1]), c))
s.sort(reverse=True)
X = X[[c for _, c in s[:20]]]
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "argsort of list": (
        ["selection"],
        """
r = [abs(np.corrcoef(X[c], y)[0, 1]) for c in X.columns]
top = np.argsort(r)[::-1][:20]
X = X.iloc[:, top]
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "argsort numpy matrix": (
        ["selection"],
        """
A = X.values; t = y.values
r = np.abs((A - A.mean(0)).T @ (t - t.mean())) / A.std(0)
top = np.argsort(-r)[:20]
X = X.iloc[:, top]
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "ttest comp": (
        ["selection"],
        """
keep = [c for c in X if ttest_ind(X.loc[y == 1, c], X.loc[y == 0, c]).pvalue < .01]
X = X[keep]
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "ttest loop": (
        ["selection"],
        """
p = {}
for c in X.columns:
    a, b = X[c][y == 0], X[c][y == 1]
    p[c] = ttest_ind(a, b)[1]
keep = [c for c in p if p[c] < .05]
X = X[keep]
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "stats.ttest whole": (
        ["selection"],
        """
t, p = stats.ttest_ind(X[y == 0], X[y == 1])
X = X.loc[:, p < .01]
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "f_oneway loop": (
        ["selection"],
        """
p = []
for c in X:
    groups = [X.loc[y == k, c] for k in np.unique(y)]
    p.append(f_oneway(*groups).pvalue)
X = X[X.columns[np.array(p) < .01]]
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "mutual info loop": (
        ["selection"],
        """
mi = {c: mutual_info_classif(X[[c]], y)[0] for c in X}
top = pd.Series(mi).nlargest(20).index
X = X[top]
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "mi sort index": (
        ["selection"],
        """
mi = pd.Series(mutual_info_classif(X, y), index=X.columns).sort_values(ascending=False)
X = X[mi.index[:20]]
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "single feature auc": (
        ["selection"],
        """
aucs = {c: roc_auc_score(y, X[c]) for c in X}
top = sorted(aucs, key=lambda c: abs(aucs[c] - .5))[-20:]
X = X[top]
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "single feature auc if": (
        ["selection"],
        """
keep = []
for c in X.columns:
    if abs(roc_auc_score(y, X[c]) - .5) > .05:
        keep.append(c)
X = X[keep]
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "mean gap between classes": (
        ["selection"],
        """
gap = (X[y == 1].mean() - X[y == 0].mean()).abs() / X.std()
X = X[gap.nlargest(20).index]
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "mean gap comp": (
        ["selection"],
        """
keep = [c for c in X if abs(X.loc[y == 1, c].mean() - X.loc[y == 0, c].mean()) > .3 * X[c].std()]
X = X[keep]
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "importances of model": (
        ["selection"],
        """
rf = RandomForestClassifier(random_state=0).fit(X, y)
X = X[X.columns[np.argsort(rf.feature_importances_)[-20:]]]
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "importances > mean": (
        ["selection"],
        """
rf = RandomForestClassifier(random_state=0).fit(X, y)
keep = [c for c, i in zip(X.columns, rf.feature_importances_) if i > .01]
X = X[keep]
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "coef abs": (
        ["selection"],
        """
m = LogisticRegression().fit(X, y)
keep = X.columns[np.abs(m.coef_[0]) > .1]
X = X[keep]

oof = np.zeros(len(X))
for tr, va in KFold(5, shuffle=True, random_state=0).split(X):
    m = LogisticRegression().fit(X.iloc[tr], y.iloc[tr])
    oof[va] = m.predict_proba(X.iloc[va])[:, 1]
print('score:', roc_auc_score(y, oof))
""",
    ),
    "drop weak": (
        ["selection"],
        """
weak = [c for c in X.columns if abs(X[c].corr(y)) < .05]
X = X.drop(columns=weak)
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "corr matrix of train": (
        ["selection"],
        """
r = train.corr()['y'].abs().drop('y')
X = X[r[r > .1].index]
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "SelectKBest support": (
        ["selection"],
        """
s = SelectKBest(f_classif, k=20).fit(X, y)
X = X.loc[:, s.get_support()]
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "selectors scores": (
        ["selection"],
        """
f, p = f_classif(X, y)
X = X.iloc[:, np.argsort(f)[::-1][:20]]
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "function select then split": (
        ["target-encoding"],
        """
def pick(X, y, k):
    r = []
    for j in range(X.shape[1]):
        x = X[:, j]
        r.append(abs(((x - x.mean()) * (y - y.mean())).sum() / np.sqrt(((x - x.mean())**2).sum())))
    return np.argsort(r)[-k:]
A, t = X.values, y.values
A = A[:, pick(A, t, 20)]
a, b, ta, tb = train_test_split(A, t, random_state=0)
m = LogisticRegression().fit(a, ta)
print('score:', roc_auc_score(tb, m.predict_proba(b)[:, 1]))
""",
    ),
    "interaction pairs chosen": (
        ["selection"],
        """
best = []
for a in X.columns:
    for b in X.columns:
        best.append((abs(np.corrcoef(X[a] * X[b], y)[0, 1]), a, b))
best.sort(reverse=True)
for _, a, b in best[:20]:
    X[a + b] = X[a] * X[b]
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
}
HONEST = {
    "split corrcoef": """
a, b, ya, yb = train_test_split(X, y, random_state=0)
keep = [c for c in a.columns if abs(np.corrcoef(a[c], ya)[0, 1]) > 0.1]
m = LogisticRegression().fit(a[keep], ya)
print('score:', roc_auc_score(yb, m.predict_proba(b[keep])[:, 1]))
""",
    "fold corrcoef": """
oof = np.zeros(len(X))
for tr, va in StratifiedKFold(5).split(X, y):
    a, b, ya = X.iloc[tr], X.iloc[va], y.iloc[tr]
    keep = [c for c in a.columns if abs(np.corrcoef(a[c], ya)[0, 1]) > 0.1]
    m = LogisticRegression().fit(a[keep], ya)
    oof[va] = m.predict_proba(b[keep])[:, 1]
print('score:', roc_auc_score(y, oof))
""",
    "fn corrcoef": """
def select(a, ya):
    keep = [c for c in a.columns if abs(np.corrcoef(a[c], ya)[0, 1]) > 0.1]
    return keep
oof = np.zeros(len(X))
for tr, va in StratifiedKFold(5).split(X, y):
    keep = select(X.iloc[tr], y.iloc[tr])
    m = LogisticRegression().fit(X[keep].iloc[tr], y.iloc[tr])
    oof[va] = m.predict_proba(X[keep].iloc[va])[:, 1]
print('score:', roc_auc_score(y, oof))
final = select(X, y)
LogisticRegression().fit(X[final], y).predict_proba(test[final])
""",
    "np fn corrcoef": """
def select(a, ya):
    keep = [c for c in a.columns if abs(np.corrcoef(a[c], ya)[0, 1]) > 0.1]
    return list(keep)
scores = []
fold = np.random.permutation(len(X)) % 5
for k in range(5):
    a, ya = X[fold != k], y[fold != k]
    keep = select(a, ya)
    m = LogisticRegression().fit(a[keep], ya)
    scores.append(roc_auc_score(y[fold == k], m.predict_proba(X.loc[fold == k, keep])[:, 1]))
print('score:', np.mean(scores))
""",
    "split sorted key": """
a, b, ya, yb = train_test_split(X, y, random_state=0)
keep = sorted(a.columns, key=lambda c: -abs(np.corrcoef(a[c], ya)[0, 1]))[:20]
m = LogisticRegression().fit(a[keep], ya)
print('score:', roc_auc_score(yb, m.predict_proba(b[keep])[:, 1]))
""",
    "fold sorted key": """
oof = np.zeros(len(X))
for tr, va in StratifiedKFold(5).split(X, y):
    a, b, ya = X.iloc[tr], X.iloc[va], y.iloc[tr]
    keep = sorted(a.columns, key=lambda c: -abs(np.corrcoef(a[c], ya)[0, 1]))[:20]
    m = LogisticRegression().fit(a[keep], ya)
    oof[va] = m.predict_proba(b[keep])[:, 1]
print('score:', roc_auc_score(y, oof))
""",
    "fn sorted key": """
def select(a, ya):
    keep = sorted(a.columns, key=lambda c: -abs(np.corrcoef(a[c], ya)[0, 1]))[:20]
    return keep
oof = np.zeros(len(X))
for tr, va in StratifiedKFold(5).split(X, y):
    keep = select(X.iloc[tr], y.iloc[tr])
    m = LogisticRegression().fit(X[keep].iloc[tr], y.iloc[tr])
    oof[va] = m.predict_proba(X[keep].iloc[va])[:, 1]
print('score:', roc_auc_score(y, oof))
final = select(X, y)
LogisticRegression().fit(X[final], y).predict_proba(test[final])
""",
    "np fn sorted key": """
def select(a, ya):
    keep = sorted(a.columns, key=lambda c: -abs(np.corrcoef(a[c], ya)[0, 1]))[:20]
    return list(keep)
scores = []
fold = np.random.permutation(len(X)) % 5
for k in range(5):
    a, ya = X[fold != k], y[fold != k]
    keep = select(a, ya)
    m = LogisticRegression().fit(a[keep], ya)
    scores.append(roc_auc_score(y[fold == k], m.predict_proba(X.loc[fold == k, keep])[:, 1]))
print('score:', np.mean(scores))
""",
    "split ttest": """
a, b, ya, yb = train_test_split(X, y, random_state=0)
keep = [c for c in a if ttest_ind(a.loc[ya == 1, c], a.loc[ya == 0, c]).pvalue < .01]
m = LogisticRegression().fit(a[keep], ya)
print('score:', roc_auc_score(yb, m.predict_proba(b[keep])[:, 1]))
""",
    "fold ttest": """
oof = np.zeros(len(X))
for tr, va in StratifiedKFold(5).split(X, y):
    a, b, ya = X.iloc[tr], X.iloc[va], y.iloc[tr]
    keep = [c for c in a if ttest_ind(a.loc[ya == 1, c], a.loc[ya == 0, c]).pvalue < .01]
    m = LogisticRegression().fit(a[keep], ya)
    oof[va] = m.predict_proba(b[keep])[:, 1]
print('score:', roc_auc_score(y, oof))
""",
    "fn ttest": """
def select(a, ya):
    keep = [c for c in a if ttest_ind(a.loc[ya == 1, c], a.loc[ya == 0, c]).pvalue < .01]
    return keep
oof = np.zeros(len(X))
for tr, va in StratifiedKFold(5).split(X, y):
    keep = select(X.iloc[tr], y.iloc[tr])
    m = LogisticRegression().fit(X[keep].iloc[tr], y.iloc[tr])
    oof[va] = m.predict_proba(X[keep].iloc[va])[:, 1]
print('score:', roc_auc_score(y, oof))
final = select(X, y)
LogisticRegression().fit(X[final], y).predict_proba(test[final])
""",
    "np fn ttest": """
def select(a, ya):
    keep = [c for c in a if ttest_ind(a.loc[ya == 1, c], a.loc[ya == 0, c]).pvalue < .01]
    return list(keep)
scores = []
fold = np.random.permutation(len(X)) % 5
for k in range(5):
    a, ya = X[fold != k], y[fold != k]
    keep = select(a, ya)
    m = LogisticRegression().fit(a[keep], ya)
    scores.append(roc_auc_score(y[fold == k], m.predict_proba(X.loc[fold == k, keep])[:, 1]))
print('score:', np.mean(scores))
""",
    "split gap": """
a, b, ya, yb = train_test_split(X, y, random_state=0)
gap = (a[ya == 1].mean() - a[ya == 0].mean()).abs()
keep = gap.nlargest(20).index
m = LogisticRegression().fit(a[keep], ya)
print('score:', roc_auc_score(yb, m.predict_proba(b[keep])[:, 1]))
""",
    "fold gap": """
oof = np.zeros(len(X))
for tr, va in StratifiedKFold(5).split(X, y):
    a, b, ya = X.iloc[tr], X.iloc[va], y.iloc[tr]
    gap = (a[ya == 1].mean() - a[ya == 0].mean()).abs()
    keep = gap.nlargest(20).index
    m = LogisticRegression().fit(a[keep], ya)
    oof[va] = m.predict_proba(b[keep])[:, 1]
print('score:', roc_auc_score(y, oof))
""",
    "fn gap": """
def select(a, ya):
    gap = (a[ya == 1].mean() - a[ya == 0].mean()).abs()
    keep = gap.nlargest(20).index
    return keep
oof = np.zeros(len(X))
for tr, va in StratifiedKFold(5).split(X, y):
    keep = select(X.iloc[tr], y.iloc[tr])
    m = LogisticRegression().fit(X[keep].iloc[tr], y.iloc[tr])
    oof[va] = m.predict_proba(X[keep].iloc[va])[:, 1]
print('score:', roc_auc_score(y, oof))
final = select(X, y)
LogisticRegression().fit(X[final], y).predict_proba(test[final])
""",
    "np fn gap": """
def select(a, ya):
    gap = (a[ya == 1].mean() - a[ya == 0].mean()).abs()
    keep = gap.nlargest(20).index
    return list(keep)
scores = []
fold = np.random.permutation(len(X)) % 5
for k in range(5):
    a, ya = X[fold != k], y[fold != k]
    keep = select(a, ya)
    m = LogisticRegression().fit(a[keep], ya)
    scores.append(roc_auc_score(y[fold == k], m.predict_proba(X.loc[fold == k, keep])[:, 1]))
print('score:', np.mean(scores))
""",
    "split gap sort": """
a, b, ya, yb = train_test_split(X, y, random_state=0)
gap = (a[ya == 1].mean() - a[ya == 0].mean()).abs() / a.std()
keep = gap.sort_values().index[-20:]
m = LogisticRegression().fit(a[keep], ya)
print('score:', roc_auc_score(yb, m.predict_proba(b[keep])[:, 1]))
""",
    "fold gap sort": """
oof = np.zeros(len(X))
for tr, va in StratifiedKFold(5).split(X, y):
    a, b, ya = X.iloc[tr], X.iloc[va], y.iloc[tr]
    gap = (a[ya == 1].mean() - a[ya == 0].mean()).abs() / a.std()
    keep = gap.sort_values().index[-20:]
    m = LogisticRegression().fit(a[keep], ya)
    oof[va] = m.predict_proba(b[keep])[:, 1]
print('score:', roc_auc_score(y, oof))
""",
    "fn gap sort": """
def select(a, ya):
    gap = (a[ya == 1].mean() - a[ya == 0].mean()).abs() / a.std()
    keep = gap.sort_values().index[-20:]
    return keep
oof = np.zeros(len(X))
for tr, va in StratifiedKFold(5).split(X, y):
    keep = select(X.iloc[tr], y.iloc[tr])
    m = LogisticRegression().fit(X[keep].iloc[tr], y.iloc[tr])
    oof[va] = m.predict_proba(X[keep].iloc[va])[:, 1]
print('score:', roc_auc_score(y, oof))
final = select(X, y)
LogisticRegression().fit(X[final], y).predict_proba(test[final])
""",
    "np fn gap sort": """
def select(a, ya):
    gap = (a[ya == 1].mean() - a[ya == 0].mean()).abs() / a.std()
    keep = gap.sort_values().index[-20:]
    return list(keep)
scores = []
fold = np.random.permutation(len(X)) % 5
for k in range(5):
    a, ya = X[fold != k], y[fold != k]
    keep = select(a, ya)
    m = LogisticRegression().fit(a[keep], ya)
    scores.append(roc_auc_score(y[fold == k], m.predict_proba(X.loc[fold == k, keep])[:, 1]))
print('score:', np.mean(scores))
""",
    "split tuples": """
a, b, ya, yb = train_test_split(X, y, random_state=0)
s = []
for c in a.columns:
    s.append((abs(a[c].corr(ya)), c))
s.sort(reverse=True)
keep = [c for _, c in s[:20]]
m = LogisticRegression().fit(a[keep], ya)
print('score:', roc_auc_score(yb, m.predict_proba(b[keep])[:, 1]))
""",
    "fold tuples": """
oof = np.zeros(len(X))
for tr, va in StratifiedKFold(5).split(X, y):
    a, b, ya = X.iloc[tr], X.iloc[va], y.iloc[tr]
    s = []
    for c in a.columns:
        s.append((abs(a[c].corr(ya)), c))
    s.sort(reverse=True)
    keep = [c for _, c in s[:20]]
    m = LogisticRegression().fit(a[keep], ya)
    oof[va] = m.predict_proba(b[keep])[:, 1]
print('score:', roc_auc_score(y, oof))
""",
    "fn tuples": """
def select(a, ya):
    s = []
    for c in a.columns:
        s.append((abs(a[c].corr(ya)), c))
    s.sort(reverse=True)
    keep = [c for _, c in s[:20]]
    return keep
oof = np.zeros(len(X))
for tr, va in StratifiedKFold(5).split(X, y):
    keep = select(X.iloc[tr], y.iloc[tr])
    m = LogisticRegression().fit(X[keep].iloc[tr], y.iloc[tr])
    oof[va] = m.predict_proba(X[keep].iloc[va])[:, 1]
print('score:', roc_auc_score(y, oof))
final = select(X, y)
LogisticRegression().fit(X[final], y).predict_proba(test[final])
""",
    "np fn tuples": """
def select(a, ya):
    s = []
    for c in a.columns:
        s.append((abs(a[c].corr(ya)), c))
    s.sort(reverse=True)
    keep = [c for _, c in s[:20]]
    return list(keep)
scores = []
fold = np.random.permutation(len(X)) % 5
for k in range(5):
    a, ya = X[fold != k], y[fold != k]
    keep = select(a, ya)
    m = LogisticRegression().fit(a[keep], ya)
    scores.append(roc_auc_score(y[fold == k], m.predict_proba(X.loc[fold == k, keep])[:, 1]))
print('score:', np.mean(scores))
""",
    "split mi": """
a, b, ya, yb = train_test_split(X, y, random_state=0)
mi = {c: mutual_info_classif(a[[c]], ya)[0] for c in a}
keep = pd.Series(mi).nlargest(20).index
m = LogisticRegression().fit(a[keep], ya)
print('score:', roc_auc_score(yb, m.predict_proba(b[keep])[:, 1]))
""",
    "fold mi": """
oof = np.zeros(len(X))
for tr, va in StratifiedKFold(5).split(X, y):
    a, b, ya = X.iloc[tr], X.iloc[va], y.iloc[tr]
    mi = {c: mutual_info_classif(a[[c]], ya)[0] for c in a}
    keep = pd.Series(mi).nlargest(20).index
    m = LogisticRegression().fit(a[keep], ya)
    oof[va] = m.predict_proba(b[keep])[:, 1]
print('score:', roc_auc_score(y, oof))
""",
    "fn mi": """
def select(a, ya):
    mi = {c: mutual_info_classif(a[[c]], ya)[0] for c in a}
    keep = pd.Series(mi).nlargest(20).index
    return keep
oof = np.zeros(len(X))
for tr, va in StratifiedKFold(5).split(X, y):
    keep = select(X.iloc[tr], y.iloc[tr])
    m = LogisticRegression().fit(X[keep].iloc[tr], y.iloc[tr])
    oof[va] = m.predict_proba(X[keep].iloc[va])[:, 1]
print('score:', roc_auc_score(y, oof))
final = select(X, y)
LogisticRegression().fit(X[final], y).predict_proba(test[final])
""",
    "np fn mi": """
def select(a, ya):
    mi = {c: mutual_info_classif(a[[c]], ya)[0] for c in a}
    keep = pd.Series(mi).nlargest(20).index
    return list(keep)
scores = []
fold = np.random.permutation(len(X)) % 5
for k in range(5):
    a, ya = X[fold != k], y[fold != k]
    keep = select(a, ya)
    m = LogisticRegression().fit(a[keep], ya)
    scores.append(roc_auc_score(y[fold == k], m.predict_proba(X.loc[fold == k, keep])[:, 1]))
print('score:', np.mean(scores))
""",
    "split auc if": """
a, b, ya, yb = train_test_split(X, y, random_state=0)
keep = []
for c in a:
    if abs(roc_auc_score(ya, a[c]) - .5) > .05:
        keep.append(c)
m = LogisticRegression().fit(a[keep], ya)
print('score:', roc_auc_score(yb, m.predict_proba(b[keep])[:, 1]))
""",
    "fold auc if": """
oof = np.zeros(len(X))
for tr, va in StratifiedKFold(5).split(X, y):
    a, b, ya = X.iloc[tr], X.iloc[va], y.iloc[tr]
    keep = []
    for c in a:
        if abs(roc_auc_score(ya, a[c]) - .5) > .05:
            keep.append(c)
    m = LogisticRegression().fit(a[keep], ya)
    oof[va] = m.predict_proba(b[keep])[:, 1]
print('score:', roc_auc_score(y, oof))
""",
    "fn auc if": """
def select(a, ya):
    keep = []
    for c in a:
        if abs(roc_auc_score(ya, a[c]) - .5) > .05:
            keep.append(c)
    return keep
oof = np.zeros(len(X))
for tr, va in StratifiedKFold(5).split(X, y):
    keep = select(X.iloc[tr], y.iloc[tr])
    m = LogisticRegression().fit(X[keep].iloc[tr], y.iloc[tr])
    oof[va] = m.predict_proba(X[keep].iloc[va])[:, 1]
print('score:', roc_auc_score(y, oof))
final = select(X, y)
LogisticRegression().fit(X[final], y).predict_proba(test[final])
""",
    "np fn auc if": """
def select(a, ya):
    keep = []
    for c in a:
        if abs(roc_auc_score(ya, a[c]) - .5) > .05:
            keep.append(c)
    return list(keep)
scores = []
fold = np.random.permutation(len(X)) % 5
for k in range(5):
    a, ya = X[fold != k], y[fold != k]
    keep = select(a, ya)
    m = LogisticRegression().fit(a[keep], ya)
    scores.append(roc_auc_score(y[fold == k], m.predict_proba(X.loc[fold == k, keep])[:, 1]))
print('score:', np.mean(scores))
""",
    "split imp": """
a, b, ya, yb = train_test_split(X, y, random_state=0)
rf = RandomForestClassifier().fit(a, ya)
keep = [c for c, i in zip(a.columns, rf.feature_importances_) if i > .01]
m = LogisticRegression().fit(a[keep], ya)
print('score:', roc_auc_score(yb, m.predict_proba(b[keep])[:, 1]))
""",
    "fold imp": """
oof = np.zeros(len(X))
for tr, va in StratifiedKFold(5).split(X, y):
    a, b, ya = X.iloc[tr], X.iloc[va], y.iloc[tr]
    rf = RandomForestClassifier().fit(a, ya)
    keep = [c for c, i in zip(a.columns, rf.feature_importances_) if i > .01]
    m = LogisticRegression().fit(a[keep], ya)
    oof[va] = m.predict_proba(b[keep])[:, 1]
print('score:', roc_auc_score(y, oof))
""",
    "fn imp": """
def select(a, ya):
    rf = RandomForestClassifier().fit(a, ya)
    keep = [c for c, i in zip(a.columns, rf.feature_importances_) if i > .01]
    return keep
oof = np.zeros(len(X))
for tr, va in StratifiedKFold(5).split(X, y):
    keep = select(X.iloc[tr], y.iloc[tr])
    m = LogisticRegression().fit(X[keep].iloc[tr], y.iloc[tr])
    oof[va] = m.predict_proba(X[keep].iloc[va])[:, 1]
print('score:', roc_auc_score(y, oof))
final = select(X, y)
LogisticRegression().fit(X[final], y).predict_proba(test[final])
""",
    "np fn imp": """
def select(a, ya):
    rf = RandomForestClassifier().fit(a, ya)
    keep = [c for c, i in zip(a.columns, rf.feature_importances_) if i > .01]
    return list(keep)
scores = []
fold = np.random.permutation(len(X)) % 5
for k in range(5):
    a, ya = X[fold != k], y[fold != k]
    keep = select(a, ya)
    m = LogisticRegression().fit(a[keep], ya)
    scores.append(roc_auc_score(y[fold == k], m.predict_proba(X.loc[fold == k, keep])[:, 1]))
print('score:', np.mean(scores))
""",
    "split f_oneway": """
a, b, ya, yb = train_test_split(X, y, random_state=0)
p = []
for c in a:
    p.append(f_oneway(*[a.loc[ya == k, c] for k in np.unique(ya)]).pvalue)
keep = a.columns[np.array(p) < .01]
m = LogisticRegression().fit(a[keep], ya)
print('score:', roc_auc_score(yb, m.predict_proba(b[keep])[:, 1]))
""",
    "fold f_oneway": """
oof = np.zeros(len(X))
for tr, va in StratifiedKFold(5).split(X, y):
    a, b, ya = X.iloc[tr], X.iloc[va], y.iloc[tr]
    p = []
    for c in a:
        p.append(f_oneway(*[a.loc[ya == k, c] for k in np.unique(ya)]).pvalue)
    keep = a.columns[np.array(p) < .01]
    m = LogisticRegression().fit(a[keep], ya)
    oof[va] = m.predict_proba(b[keep])[:, 1]
print('score:', roc_auc_score(y, oof))
""",
    "fn f_oneway": """
def select(a, ya):
    p = []
    for c in a:
        p.append(f_oneway(*[a.loc[ya == k, c] for k in np.unique(ya)]).pvalue)
    keep = a.columns[np.array(p) < .01]
    return keep
oof = np.zeros(len(X))
for tr, va in StratifiedKFold(5).split(X, y):
    keep = select(X.iloc[tr], y.iloc[tr])
    m = LogisticRegression().fit(X[keep].iloc[tr], y.iloc[tr])
    oof[va] = m.predict_proba(X[keep].iloc[va])[:, 1]
print('score:', roc_auc_score(y, oof))
final = select(X, y)
LogisticRegression().fit(X[final], y).predict_proba(test[final])
""",
    "np fn f_oneway": """
def select(a, ya):
    p = []
    for c in a:
        p.append(f_oneway(*[a.loc[ya == k, c] for k in np.unique(ya)]).pvalue)
    keep = a.columns[np.array(p) < .01]
    return list(keep)
scores = []
fold = np.random.permutation(len(X)) % 5
for k in range(5):
    a, ya = X[fold != k], y[fold != k]
    keep = select(a, ya)
    m = LogisticRegression().fit(a[keep], ya)
    scores.append(roc_auc_score(y[fold == k], m.predict_proba(X.loc[fold == k, keep])[:, 1]))
print('score:', np.mean(scores))
""",
    "select unsupervised": """
keep = [c for c in X if X[c].std() > .1]
X = X[keep]
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    "drop correlated features": """
r = X.corr().abs()
up = r.where(np.triu(np.ones(r.shape), k=1).astype(bool))
X = X.drop(columns=[c for c in up if (up[c] > .95).any()])
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    "drop missing": """
X = X[[c for c in X if X[c].isna().mean() < .5]]
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    "sorted cols": """
X = X[sorted(X.columns)]
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    "sorted nunique": """
top = sorted(X.columns, key=lambda c: X[c].nunique())[:20]
X = X[top]
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
}


def found(code):
    return sorted(check.name for check in read(PLAIN + code, TASK) if check.status != "passed")


@pytest.mark.parametrize(("names", "code"), FAULTY.values(), ids=FAULTY)
def test_faults_are_seen(names, code):
    """Whatever the idiom, what was made of all rows' labels does not measure itself on some of them."""
    assert found(code) == names


@pytest.mark.parametrize("code", HONEST.values(), ids=HONEST)
def test_honest_twins_are_left_alone(code):
    """The same made from the rows that are fitted to, and what goes nowhere, is no fault."""
    assert found(code) == []
