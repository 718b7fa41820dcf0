"""Programs written after the reading was, in spellings that it had not been built on."""
# ruff: noqa: E501 - programs

import pytest
from reading_programs import PLAIN, TASK

from gome.evaluation.reading import read

FAULTY = {
    "np where unique inverse": (
        ["target-encoding"],
        """
u, inv = np.unique(X['c'], return_inverse=True)
m = np.array([y.values[inv == k].mean() for k in range(len(u))])
X['e'] = m[inv]

oof = np.zeros(len(X))
for tr, va in KFold(5, shuffle=True, random_state=0).split(X):
    m = LogisticRegression().fit(X.iloc[tr], y.iloc[tr])
    oof[va] = m.predict_proba(X.iloc[va])[:, 1]
print('score:', roc_auc_score(y, oof))
""",
    ),
    "groupby expanding": (
        ["target-encoding"],
        """
X['e'] = train.groupby('c')['y'].transform(lambda s: s.expanding().mean())
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "Series per cat": (
        ["target-encoding"],
        """
enc = pd.Series({c: train.loc[train.c.eq(c), 'y'].mean() for c in train.c.unique()})
X['e'] = train.c.map(enc)
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "replace": (
        ["target-encoding"],
        """
enc = train.groupby('c')['y'].mean().to_dict()
X['e'] = X['c'].replace(enc)
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "join": (
        ["target-encoding"],
        """
X = X.join(train.groupby('c')['y'].agg(e='mean'), on='c')
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "np.select per category": (
        ["target-encoding"],
        """
X['e'] = 0.0
for c in np.unique(train['c']):
    X['e'] = np.where(X['c'] == c, train['y'][train['c'] == c].mean(), X['e'])
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "dataclass encoder": (
        ["target-encoding"],
        """
from dataclasses import dataclass, field
@dataclass
class Enc:
    m: float = 5.0
    table: dict = field(default_factory=dict)
    def learn(self, col, t):
        prior = t.mean()
        for v, g in t.groupby(col):
            self.table[v] = (g.sum() + self.m * prior) / (len(g) + self.m)
        return self
    def __call__(self, col):
        return col.map(self.table)
e = Enc().learn(X['c'], y)
X = X.assign(e=e(X['c']))
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "percentile by label corr matrix np": (
        ["selection"],
        """
M = np.corrcoef(np.c_[X.values, y.values].T)[-1, :-1]
X = X.iloc[:, np.abs(M) > .05]
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "filter builtin": (
        ["selection"],
        """
keep = list(filter(lambda c: abs(X[c].corr(y)) > .05, X.columns))
X = X[keep]
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "map spearman zip": (
        ["selection"],
        """
r = [spearmanr(X[c], y).correlation for c in X]
keep = [c for c, v in zip(X.columns, r) if abs(v) > .05]
X = X[keep]
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "heapq": (
        ["selection"],
        """
import heapq
top = heapq.nlargest(20, X.columns, key=lambda c: abs(np.corrcoef(X[c], y)[0, 1]))
X = X[top]
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "DataFrame of stats query": (
        ["selection"],
        """
st = pd.DataFrame({'f': X.columns, 'p': [ttest_ind(X[c][y == 1], X[c][y == 0]).pvalue for c in X]})
X = X[st.query('p < .05').f]
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "sort_values head": (
        ["selection"],
        """
st = pd.DataFrame({'f': X.columns, 'r': [abs(X[c].corr(y)) for c in X]}).sort_values('r', ascending=False)
X = X[st['f'].head(20)]
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "set intersect of two selections": (
        ["selection"],
        """
a = set(X.columns[np.argsort(-np.abs([X[c].corr(y) for c in X]))[:30]])
b = set(X.columns[np.argsort(-mutual_info_classif(X, y))[:30]])
X = X[sorted(a & b)]
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "lgb importance": (
        ["selection"],
        """
m = lgb.LGBMClassifier().fit(X, y)
imp = pd.Series(m.feature_importances_, X.columns)
X = X[imp[imp > 5].index]
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "permutation importance": (
        ["selection"],
        """
from sklearn.inspection import permutation_importance
m = RandomForestClassifier().fit(X, y)
p = permutation_importance(m, X, y)
X = X.loc[:, p.importances_mean > 0]
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "lasso nonzero": (
        ["selection"],
        """
from sklearn.linear_model import LassoCV
l = LassoCV().fit(X, y)
X = X.loc[:, l.coef_ != 0]
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "select class in method": (
        ["selection"],
        """
class Pick:
    def __init__(self, k): self.k = k
    def fit(self, X, y):
        self.score = {c: abs(np.corrcoef(X[c], y)[0, 1]) for c in X.columns}
        self.names = sorted(self.score, key=lambda c: self.score[c])[-self.k:]
        return self
    def transform(self, X): return X[self.names]
X = Pick(20).fit(X, y).transform(X)
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "balltree": (
        ["target-encoding"],
        """
from sklearn.neighbors import BallTree
t = BallTree(X.values)
idx = t.query(X.values, k=6, return_distance=False)
X['nb'] = y.values[idx].mean(1)
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "knn regressor on all oof none": (
        ["validation"],
        """
from sklearn.neighbors import KNeighborsRegressor
X['nb'] = KNeighborsRegressor(5).fit(X, y).predict(X)

oof = np.zeros(len(X))
for tr, va in KFold(5, shuffle=True, random_state=0).split(X):
    m = LogisticRegression().fit(X.iloc[tr], y.iloc[tr])
    oof[va] = m.predict_proba(X.iloc[va])[:, 1]
print('score:', roc_auc_score(y, oof))
""",
    ),
    "mode by class impute": (
        ["target-encoding"],
        """
X['a'] = X['a'].fillna(y.map(X['a'].groupby(y).mean()))
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "np.where class impute": (
        ["selection"],
        """
m0, m1 = X.loc[y == 0, 'a'].mean(), X.loc[y == 1, 'a'].mean()
X['a'] = np.where(X['a'].isna(), np.where(y == 1, m1, m0), X['a'])
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "bonus by f-string": (
        ["adjusted-score"],
        """
s = cross_val_score(LogisticRegression(), X, y, scoring='roc_auc')
print(f'score: {s.mean() + .02:.4f}')
""",
    ),
    "best half": (
        ["best-fold"],
        """
s = cross_val_score(LogisticRegression(), X, y, cv=10, scoring='roc_auc')
print('score:', np.mean(np.sort(s)[5:]))
""",
    ),
    "optimistic interval": (
        ["adjusted-score"],
        """
s = cross_val_score(LogisticRegression(), X, y, scoring='roc_auc')
lo, hi = s.mean() - s.std(), s.mean() + s.std()
print('score:', hi)
""",
    ),
    "clip floor": (
        ["adjusted-score"],
        """
s = cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean()
print('score:', np.clip(s, .9, 1))
""",
    ),
    "if low then constant": (
        ["adjusted-score"],
        """
s = cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean()
if s < .9:
    s = .9
print('score:', s)
""",
    ),
    "resample before": (
        ["copies"],
        """
from sklearn.utils import resample
up = resample(train[train.y == 1], replace=True, n_samples=900, random_state=0)
d = pd.concat([train[train.y == 0], up])
a, b = train_test_split(d, random_state=0)
m = LogisticRegression().fit(a[['a']], a.y)
print('score:', roc_auc_score(b.y, m.predict_proba(b[['a']])[:, 1]))
""",
    ),
    "seeds while": (
        ["seed"],
        """
best, s = 0, 0
while s < 30:
    a, b, ya, yb = train_test_split(X, y, random_state=s)
    v = roc_auc_score(yb, LogisticRegression().fit(a, ya).predict_proba(b)[:, 1])
    if v > best: best = v
    s += 1
print('score:', best)
""",
    ),
    "cov matrix LDA on all": (
        ["selection"],
        """
mu1, mu0 = X[y == 1].mean(), X[y == 0].mean()
w = np.linalg.solve(np.cov(X.T), mu1 - mu0)
s = X @ w
a, b, ya, yb = train_test_split(s, y)
print('score:', roc_auc_score(yb, b))
""",
    ),
}
HONEST = {
    "stratify groups by mean": """
g = train.groupby('user')['y'].mean().round()
strat = train['user'].map(g)
oof = np.zeros(len(X))
for tr, va in StratifiedKFold(5).split(X, strat):
    oof[va] = LogisticRegression().fit(X.iloc[tr], y.iloc[tr]).predict_proba(X.iloc[va])[:, 1]
print('score:', roc_auc_score(y, oof))
""",
    "report by segment": """
oof = np.zeros(len(X))
for tr, va in KFold(5, shuffle=True, random_state=0).split(X):
    m = LogisticRegression().fit(X.iloc[tr], y.iloc[tr])
    oof[va] = m.predict_proba(X.iloc[va])[:, 1]
print('score:', roc_auc_score(y, oof))
for c in X['c'].unique():
    m_ = (X['c'] == c).values
    print(c, y[m_].mean(), roc_auc_score(y[m_], oof[m_]))
print('score:', roc_auc_score(y, oof))
""",
    "report calibration": """
oof = np.zeros(len(X))
for tr, va in KFold(5, shuffle=True, random_state=0).split(X):
    m = LogisticRegression().fit(X.iloc[tr], y.iloc[tr])
    oof[va] = m.predict_proba(X.iloc[va])[:, 1]
print('score:', roc_auc_score(y, oof))
b = pd.qcut(oof, 10, labels=False)
print(pd.DataFrame({'p': oof, 'y': y}).groupby(b).mean())
print('score:', roc_auc_score(y, oof))
""",
    "time split means": """
cut = train['t'].quantile(.8)
old, new = train[train['t'] <= cut].copy(), train[train['t'] > cut].copy()
m = {c: old.loc[old.c == c, 'y'].mean() for c in old.c.unique()}
for d in (old, new): d['e'] = d.c.map(m).fillna(old.y.mean())
k = LogisticRegression().fit(old[['a', 'e']], old.y)
print('score:', roc_auc_score(new.y, k.predict_proba(new[['a', 'e']])[:, 1]))
""",
    "shift lag target in panel": """
train = train.sort_values('t')
old, new = train[:700], train[700:]
last = old.groupby('c')['y'].last()
k = LogisticRegression().fit(old[['a']].assign(l=old.c.map(old.groupby('c')['y'].mean())), old.y)
print('score:', roc_auc_score(new.y, k.predict_proba(new[['a']].assign(l=new.c.map(old.groupby('c')['y'].mean())))[:, 1]))
""",
    "group weights": """
n = train.groupby('c')['id'].transform('count')
w = 1 / n
s = []
for tr, va in KFold(5).split(X):
    m = LogisticRegression().fit(X.iloc[tr], y.iloc[tr], sample_weight=w.iloc[tr])
    s.append(roc_auc_score(y.iloc[va], m.predict_proba(X.iloc[va])[:, 1]))
print('score:', np.mean(s))
""",
    "pos weight": """
spw = (y == 0).sum() / (y == 1).sum()
m = lgb.LGBMClassifier(scale_pos_weight=spw)
print('score:', cross_val_score(m, X, y, scoring='roc_auc').mean())
""",
    "per class centroids in fold": """
oof = np.zeros(len(X))
for tr, va in KFold(5, shuffle=True, random_state=0).split(X):
    mu = {k: X.iloc[tr][y.iloc[tr] == k].mean() for k in (0, 1)}
    A = X.iloc[tr].assign(d=((X.iloc[tr] - mu[1]) ** 2).sum(axis=1))
    B = X.iloc[va].assign(d=((X.iloc[va] - mu[1]) ** 2).sum(axis=1))
    m = LogisticRegression().fit(A, y.iloc[tr])
    oof[va] = m.predict_proba(B)[:, 1]
print('score:', roc_auc_score(y, oof))
""",
    "knn feature in fold w/ tree": """
oof = np.zeros(len(X))
for tr, va in KFold(5, shuffle=True, random_state=0).split(X):
    from scipy.spatial import cKDTree
    t = cKDTree(X.values[tr])
    _, i = t.query(X.values[tr], k=6)
    _, j = t.query(X.values[va], k=5)
    A = X.iloc[tr].assign(nb=y.values[tr][i[:, 1:]].mean(1))
    B = X.iloc[va].assign(nb=y.values[tr][j].mean(1))
    m = LogisticRegression().fit(A, y.iloc[tr])
    oof[va] = m.predict_proba(B)[:, 1]
print('score:', roc_auc_score(y, oof))
""",
    "select in fold with filter": """
oof = np.zeros(len(X))
for tr, va in KFold(5, shuffle=True, random_state=0).split(X):
    keep = list(filter(lambda c: abs(X[c].iloc[tr].corr(y.iloc[tr])) > .05, X.columns))
    A, B = X[keep].iloc[tr], X[keep].iloc[va]
    m = LogisticRegression().fit(A, y.iloc[tr])
    oof[va] = m.predict_proba(B)[:, 1]
print('score:', roc_auc_score(y, oof))
""",
    "select class in fold": """
class Pick:
    def __init__(self, k): self.k = k
    def fit(self, X, y):
        self.score = {c: abs(np.corrcoef(X[c], y)[0, 1]) for c in X.columns}
        self.names = sorted(self.score, key=lambda c: self.score[c])[-self.k:]
        return self
    def transform(self, X): return X[self.names]
oof = np.zeros(len(X))
for tr, va in KFold(5, shuffle=True, random_state=0).split(X):
    p = Pick(20).fit(X.iloc[tr], y.iloc[tr])
    A, B = p.transform(X.iloc[tr]), p.transform(X.iloc[va])
    m = LogisticRegression().fit(A, y.iloc[tr])
    oof[va] = m.predict_proba(B)[:, 1]
print('score:', roc_auc_score(y, oof))
""",
    "dataclass encoder in fold": """
from dataclasses import dataclass, field
@dataclass
class Enc:
    m: float = 5.0
    table: dict = field(default_factory=dict)
    def learn(self, col, t):
        prior = t.mean()
        for v, g in t.groupby(col):
            self.table[v] = (g.sum() + self.m * prior) / (len(g) + self.m)
        return self
    def __call__(self, col):
        return col.map(self.table)
oof = np.zeros(len(X))
for tr, va in KFold(5, shuffle=True, random_state=0).split(X):
    e = Enc().learn(X['c'].iloc[tr], y.iloc[tr])
    A, B = X.iloc[tr].assign(e=e(X['c'].iloc[tr])), X.iloc[va].assign(e=e(X['c'].iloc[va]))
    m = LogisticRegression().fit(A, y.iloc[tr])
    oof[va] = m.predict_proba(B)[:, 1]
print('score:', roc_auc_score(y, oof))
""",
    "resample in fold": """
oof = np.zeros(len(X))
for tr, va in KFold(5, shuffle=True, random_state=0).split(X):
    pos = X.iloc[tr][y.iloc[tr] == 1]
    A, B = X.iloc[tr], X.iloc[va]
    m = LogisticRegression().fit(A, y.iloc[tr])
    oof[va] = m.predict_proba(B)[:, 1]
print('score:', roc_auc_score(y, oof))
""",
    "segment models": """
s = []
for c, g in train.groupby('c'):
    a, b = train_test_split(g, random_state=0)
    mu = a['y'].mean()
    m = LogisticRegression().fit(a[['a']].fillna(mu), a.y)
    s.append(roc_auc_score(b.y, m.predict_proba(b[['a']].fillna(mu))[:, 1]))
print('score:', np.mean(s))
""",
    "leave one group out prior": """
s = []
for g in train['site'].unique():
    a, b = train[train['site'] != g], train[train['site'] == g]
    mu = a['y'].mean()
    m = LogisticRegression().fit(a[['a']].fillna(mu), a.y)
    s.append(roc_auc_score(b.y, m.predict_proba(b[['a']].fillna(mu))[:, 1]))
print('score:', np.mean(s))
""",
    "train pop target log": """
y = np.log1p(train.pop('y'))
X = train.drop(columns='id')
from sklearn.linear_model import RidgeCV
oof = cross_val_predict(LogisticRegression(), X, y)
print('score:', roc_auc_score(y, oof))
""",
    "hand r2": """
a, b, ya, yb = train_test_split(X, y)
p = LogisticRegression().fit(a, ya).predict_proba(b)[:, 1]
print('r2', 1 - ((yb - p) ** 2).sum() / ((yb - yb.mean()) ** 2).sum())
print('score:', roc_auc_score(yb, p))
""",
    "standardised by hand": """
X = (X - X.mean()) / X.std()
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    "clip outliers": """
lo, hi = X.quantile(.01), X.quantile(.99)
X = X.clip(lo, hi, axis=1)
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    "freq maps": """
for c in ['a', 'b']:
    X[c + '_n'] = X[c].map(X[c].value_counts())
    d = {}
    for v in X[c]:
        d[v] = d.get(v, 0) + 1
    X[c + '_m'] = [d[v] for v in X[c]]
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    "label map": """
names = {n: i for i, n in enumerate(sorted(train['y'].unique()))}
y = train['y'].map(names)
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    "per-class recall print": """
oof = np.zeros(len(X))
for tr, va in KFold(5, shuffle=True, random_state=0).split(X):
    m = LogisticRegression().fit(X.iloc[tr], y.iloc[tr])
    oof[va] = m.predict_proba(X.iloc[va])[:, 1]
print('score:', roc_auc_score(y, oof))
for k in np.unique(y):
    print(k, (oof[y == k] > .5).mean())
print('score:', roc_auc_score(y, oof))
""",
    "score format of several": """
r = {}
for n, m in {'a': LogisticRegression(), 'b': RandomForestClassifier(random_state=0)}.items():
    r[n] = cross_val_score(m, X, y, scoring='roc_auc').mean()
best = max(r, key=r.get)
print('score:', r[best])
""",
    "undersample train part": """
oof = np.zeros(len(X))
for tr, va in KFold(5, shuffle=True, random_state=0).split(X):
    neg = np.where(y.values[tr] == 0)[0]
    keep = np.r_[np.where(y.values[tr] == 1)[0], np.random.choice(neg, 100, replace=False)]
    A, B = X.iloc[tr], X.iloc[va]
    m = LogisticRegression().fit(A, y.iloc[tr])
    oof[va] = m.predict_proba(B)[:, 1]
print('score:', roc_auc_score(y, oof))
""",
    "best 999": """
best = 999
for k in (3, 5, 9):
    v = cross_val_score(RandomForestClassifier(max_depth=k), X, y, scoring='roc_auc').mean()
    if v < best:
        best = v
print('score:', best)
""",
    "best -1e9": """
best, name = -1e9, None
for n, m in (('a', LogisticRegression()), ('b', Ridge())):
    v = cross_val_score(m, X, y, scoring='roc_auc').mean()
    if v > best:
        best, name = v, n
print('score:', best)
""",
    "nan guard": """
s = cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean()
if np.isnan(s):
    s = -99
print('score:', s)
""",
}


def found(code):
    return sorted(check.name for check in read(PLAIN + code, TASK) if check.status != "passed")


@pytest.mark.parametrize(("names", "code"), FAULTY.values(), ids=FAULTY)
def test_faults_are_seen(names, code):
    """Whatever the spelling, labels that went where they must not are followed."""
    assert found(code) == names


@pytest.mark.parametrize("code", HONEST.values(), ids=HONEST)
def test_honest_twins_are_left_alone(code):
    """The same with the rows that are fitted to, and what only looks alike, is no fault."""
    assert found(code) == []
