"""Means of the target by groups: over all rows, and inside of a split."""

import pytest
from reading_programs import PLAIN, TASK

from gome.evaluation.reading import read

FAULTY = {
    "pivot_table method": (
        ["target-encoding"],
        """
t = train.pivot_table(index='c', values='y', aggfunc='mean')['y']
X['c_m'] = X['c'].map(t)

oof = np.zeros(len(X))
for tr, va in KFold(5, shuffle=True, random_state=0).split(X):
    m = LogisticRegression().fit(X.iloc[tr], y.iloc[tr])
    oof[va] = m.predict_proba(X.iloc[va])[:, 1]
print('score:', roc_auc_score(y, oof))
""",
    ),
    "pd.pivot_table": (
        ["target-encoding"],
        """
t = pd.pivot_table(train, index='c', values='y')
X['c_m'] = X['c'].map(t['y'])
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "crosstab": (
        ["target-encoding"],
        """
t = pd.crosstab(train['c'], train['y'], normalize='index')[1]
X['c_m'] = X['c'].map(t)
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "loop mask dict": (
        ["target-encoding"],
        """
enc = {}
for c in X['c'].unique():
    enc[c] = y[X['c'] == c].mean()
X['c_m'] = X['c'].map(enc)

oof = np.zeros(len(X))
for tr, va in KFold(5, shuffle=True, random_state=0).split(X):
    m = LogisticRegression().fit(X.iloc[tr], y.iloc[tr])
    oof[va] = m.predict_proba(X.iloc[va])[:, 1]
print('score:', roc_auc_score(y, oof))
""",
    ),
    "loop mask loc": (
        ["target-encoding"],
        """
for c in train['c'].unique():
    mask = train['c'] == c
    X.loc[mask, 'c_m'] = train.loc[mask, 'y'].mean()

oof = np.zeros(len(X))
for tr, va in KFold(5, shuffle=True, random_state=0).split(X):
    m = LogisticRegression().fit(X.iloc[tr], y.iloc[tr])
    oof[va] = m.predict_proba(X.iloc[va])[:, 1]
print('score:', roc_auc_score(y, oof))
""",
    ),
    "dict comp mask": (
        ["target-encoding"],
        """
enc = {c: train.loc[train['c'] == c, 'y'].mean() for c in train['c'].unique()}
X['c_m'] = train['c'].map(enc)
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "dict comp query chain": (
        ["target-encoding"],
        """
enc = {c: train[train.c == c]['y'].mean() for c in set(train.c)}
X['c_m'] = [enc[c] for c in train.c]
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "groupby iter": (
        ["target-encoding"],
        """
enc = {}
for c, g in train.groupby('c'):
    enc[c] = g['y'].mean()
X['c_m'] = X['c'].map(enc)
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "groupby iter comp": (
        ["target-encoding"],
        """
enc = {c: g.y.mean() for c, g in train.groupby('c')}
X['c_m'] = X['c'].map(enc)
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "sum count zip dict": (
        ["target-encoding"],
        """
s, n = {}, {}
for c, t in zip(X['c'], y):
    s[c] = s.get(c, 0) + t
    n[c] = n.get(c, 0) + 1
X['c_m'] = [s[c] / n[c] for c in X['c']]
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "defaultdict float": (
        ["target-encoding"],
        """
s, n = defaultdict(float), defaultdict(int)
for c, t in zip(X['c'], y):
    s[c] += t
    n[c] += 1
X['c_m'] = X['c'].map({c: s[c] / n[c] for c in s})
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "defaultdict list": (
        ["target-encoding"],
        """
d = defaultdict(list)
for c, t in zip(train['c'], train['y']):
    d[c].append(t)
enc = {c: np.mean(v) for c, v in d.items()}
X['c_m'] = X['c'].map(enc)
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "setdefault list": (
        ["target-encoding"],
        """
d = {}
for c, t in zip(train['c'], train['y']):
    d.setdefault(c, []).append(t)
X['c_m'] = X['c'].map({c: sum(v) / len(v) for c, v in d.items()})
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "Counter": (
        ["target-encoding"],
        """
pos, al = Counter(), Counter()
for c, t in zip(X['c'], y):
    al[c] += 1
    pos[c] += t
X['c_m'] = X['c'].apply(lambda c: pos[c] / al[c])
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "Counter of masked": (
        ["selection"],
        """
pos = Counter(X['c'][y == 1])
al = Counter(X['c'])
X['c_m'] = [pos[c] / al[c] for c in X['c']]
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "value_counts of positives": (
        ["selection"],
        """
pos = train[train.y == 1]['c'].value_counts()
al = train['c'].value_counts()
X['c_m'] = train['c'].map(pos / al)
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "bincount weights": (
        ["target-encoding"],
        """
codes = X['c'].astype('category').cat.codes.to_numpy()
m = np.bincount(codes, weights=y) / np.bincount(codes)
X['c_m'] = m[codes]

oof = np.zeros(len(X))
for tr, va in KFold(5, shuffle=True, random_state=0).split(X):
    m = LogisticRegression().fit(X.iloc[tr], y.iloc[tr])
    oof[va] = m.predict_proba(X.iloc[va])[:, 1]
print('score:', roc_auc_score(y, oof))
""",
    ),
    "bincount positional": (
        ["target-encoding"],
        """
codes, u = pd.factorize(X['c'])
s = np.bincount(codes, y.to_numpy())
X['c_m'] = (s / np.bincount(codes))[codes]

oof = np.zeros(len(X))
for tr, va in KFold(5, shuffle=True, random_state=0).split(X):
    m = LogisticRegression().fit(X.iloc[tr], y.iloc[tr])
    oof[va] = m.predict_proba(X.iloc[va])[:, 1]
print('score:', roc_auc_score(y, oof))
""",
    ),
    "np.add.at": (
        ["target-encoding"],
        """
codes, u = pd.factorize(X['c'])
s = np.zeros(len(u))
np.add.at(s, codes, y.to_numpy())
X['c_m'] = (s / np.bincount(codes))[codes]

oof = np.zeros(len(X))
for tr, va in KFold(5, shuffle=True, random_state=0).split(X):
    m = LogisticRegression().fit(X.iloc[tr], y.iloc[tr])
    oof[va] = m.predict_proba(X.iloc[va])[:, 1]
print('score:', roc_auc_score(y, oof))
""",
    ),
    "array += loop": (
        ["target-encoding"],
        """
codes, u = pd.factorize(X['c'])
s, n = np.zeros(len(u)), np.zeros(len(u))
for i in range(len(y)):
    s[codes[i]] += y[i]
    n[codes[i]] += 1
X['c_m'] = s[codes] / n[codes]

oof = np.zeros(len(X))
for tr, va in KFold(5, shuffle=True, random_state=0).split(X):
    m = LogisticRegression().fit(X.iloc[tr], y.iloc[tr])
    oof[va] = m.predict_proba(X.iloc[va])[:, 1]
print('score:', roc_auc_score(y, oof))
""",
    ),
    "iterrows": (
        ["target-encoding"],
        """
s, n = {}, {}
for _, r in train.iterrows():
    s[r['c']] = s.get(r['c'], 0) + r['y']
    n[r['c']] = n.get(r['c'], 0) + 1
X['c_m'] = [s[c] / n[c] for c in X['c']]
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "itertuples": (
        ["target-encoding"],
        """
s = defaultdict(list)
for r in train.itertuples():
    s[r.c].append(r.y)
X['c_m'] = [np.mean(s[c]) for c in X['c']]
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "merge agg": (
        ["target-encoding"],
        """
t = train.groupby('c', as_index=False)['y'].mean().rename(columns={'y': 'c_m'})
X = X.merge(t, on='c', how='left')
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "groupby series by series": (
        ["target-encoding"],
        """
X['c_m'] = X['c'].map(y.groupby(X['c']).mean())
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "groupby function two": (
        ["target-encoding"],
        """
def encode(df, col, target):
    means = {}
    for v in df[col].unique():
        rows = df[df[col] == v]
        means[v] = rows[target].mean()
    return means
for col in ['a', 'b']:
    X[col + '_m'] = X[col].map(encode(train, col, 'y'))
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "class encoder home made": (
        ["target-encoding"],
        """
class MeanEncoder:
    def fit(self, values, y):
        self.table = {v: y[values == v].mean() for v in np.unique(values)}
        return self
    def transform(self, values):
        return np.array([self.table.get(v, .5) for v in values])
X['c_m'] = MeanEncoder().fit(X['c'].values, y.values).transform(X['c'].values)

oof = np.zeros(len(X))
for tr, va in KFold(5, shuffle=True, random_state=0).split(X):
    m = LogisticRegression().fit(X.iloc[tr], y.iloc[tr])
    oof[va] = m.predict_proba(X.iloc[va])[:, 1]
print('score:', roc_auc_score(y, oof))
""",
    ),
    "class encoder loop": (
        ["target-encoding"],
        """
class WoE:
    def __init__(self, cols): self.cols = cols
    def fit(self, df, y):
        self.maps = {}
        for c in self.cols:
            g = pd.DataFrame({'v': df[c], 't': y}).groupby('v')['t'].agg(['sum', 'count'])
            self.maps[c] = np.log((g['sum'] + .5) / (g['count'] - g['sum'] + .5))
        return self
    def transform(self, df):
        out = df.copy()
        for c in self.cols: out[c] = df[c].map(self.maps[c]).fillna(0)
        return out
X = WoE(['a', 'b']).fit(X, y).transform(X)
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "numpy unique loop": (
        ["target-encoding"],
        """
c = X['c'].to_numpy(); t = y.to_numpy()
enc = np.zeros(len(c))
for v in np.unique(c):
    enc[c == v] = t[c == v].mean()
X = np.c_[X.drop(columns='c'), enc]
m = cross_val_score(LogisticRegression(), X, y, scoring='roc_auc')
print('score:', m.mean())
""",
    ),
    "row wise apply": (
        ["target-encoding"],
        """
X['c_m'] = X['c'].apply(lambda c: y[X['c'] == c].mean())
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "list comp mask": (
        ["target-encoding"],
        """
X['c_m'] = [y[(X['c'] == c).values].mean() for c in X['c']]
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "bins of number": (
        ["target-encoding"],
        """
b = pd.qcut(X['a'], 20, labels=False)
X['a_m'] = b.map({k: y[b == k].mean() for k in range(20)})
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "groupby mean of one-vs-rest": (
        ["target-encoding"],
        """
X['c_m'] = X['c'].map((y == 1).groupby(X['c']).mean())
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "csv dictreader": (
        ["target-encoding"],
        """
import csv
rows = list(csv.DictReader(open("input/train.csv")))
y = np.array([int(r["y"]) for r in rows])
hits, seen = defaultdict(float), defaultdict(float)
for r, t in zip(rows, y):
    hits[r["city"]] += t
    seen[r["city"]] += 1
X = np.array([[float(r["a"]), hits[r["city"]] / seen[r["city"]]] for r in rows])
aucs = []
for a, b in KFold(5, shuffle=True, random_state=0).split(X):
    m = LogisticRegression(max_iter=500).fit(X[a], y[a])
    aucs.append(roc_auc_score(y[b], m.predict_proba(X[b])[:, 1]))
print("score:", np.mean(aucs))
""",
    ),
    "counter words by class": (
        ["target-encoding"],
        """
good, bad = Counter(), Counter()
for note, label in zip(train['note'], train['y']):
    (good if label else bad).update(note.split())
weight = {w: np.log((good[w] + 1) / (bad[w] + 1)) for w in {*good, *bad}}
X = train['note'].map(lambda n: sum(weight.get(w, 0) for w in n.split())).to_frame()
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "words by class if": (
        ["target-encoding"],
        """
good, bad = Counter(), Counter()
for note, label in zip(train['note'], train['y']):
    if label == 1:
        good.update(note.split())
    else:
        bad.update(note.split())
X = pd.DataFrame({'s': [sum(good[w] - bad[w] for w in n.split()) for n in train['note']]})
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "vocab of positives": (
        ["selection"],
        """
pos = set(w for n in train.loc[train['y'] == 1, 'note'] for w in n.split())
neg = set(w for n in train.loc[train['y'] == 0, 'note'] for w in n.split())
only = pos - neg
X = pd.DataFrame({'s': [sum(w in only for w in n.split()) for n in train['note']]})
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "used prior list": (
        ["target-encoding"],
        """
train['prior'] = train['c'].map(train.groupby('c')['y'].mean())
X = train[['a', 'b', 'prior']]
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "used prior feats": (
        ["target-encoding"],
        """
train['prior'] = train['c'].map(train.groupby('c')['y'].mean())
feats = [c for c in train.columns if c not in ('id', 'y')]
X = train[feats]
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "used prior feats concat": (
        ["target-encoding"],
        """
train['prior'] = train['c'].map(train.groupby('c')['y'].mean())
feats = ['a', 'b'] + ['prior']
X = train[feats]
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "used prior loop name": (
        ["target-encoding"],
        """
for c in ['c', 'd']:
    train[c + '_m'] = train[c].map(train.groupby(c)['y'].mean())
X = train[['a', 'b', 'c_m', 'd_m']]
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
}
HONEST = {
    "pivot in fold": """
oof = np.zeros(len(X))
for tr, va in KFold(5, shuffle=True, random_state=0).split(X):
    t = train.iloc[tr].pivot_table(index='c', values='y')['y']
    A, B = X.iloc[tr].assign(m=X.c.iloc[tr].map(t)), X.iloc[va].assign(m=X.c.iloc[va].map(t))
    m = LogisticRegression().fit(A, y.iloc[tr])
    oof[va] = m.predict_proba(B)[:, 1]
print('score:', roc_auc_score(y, oof))
""",
    "pivot of features": """
t = train.pivot_table(index='c', values='a')['a']
X['c_m'] = X['c'].map(t)

oof = np.zeros(len(X))
for tr, va in KFold(5, shuffle=True, random_state=0).split(X):
    m = LogisticRegression().fit(X.iloc[tr], y.iloc[tr])
    oof[va] = m.predict_proba(X.iloc[va])[:, 1]
print('score:', roc_auc_score(y, oof))
""",
    "loop mask in fold": """
oof = np.zeros(len(X))
for tr, va in KFold(5, shuffle=True, random_state=0).split(X):
    enc = {}
    fit, yf = X.iloc[tr], y.iloc[tr]
    for c in fit['c'].unique():
        enc[c] = yf[fit['c'] == c].mean()
    A, B = X.iloc[tr].assign(m=X.c.iloc[tr].map(enc)), X.iloc[va].assign(m=X.c.iloc[va].map(enc))
    m = LogisticRegression().fit(A, y.iloc[tr])
    oof[va] = m.predict_proba(B)[:, 1]
print('score:', roc_auc_score(y, oof))
""",
    "dict zip in fold": """
oof = np.zeros(len(X))
for tr, va in KFold(5, shuffle=True, random_state=0).split(X):
    s, n = defaultdict(float), defaultdict(int)
    for c, t in zip(X['c'].iloc[tr], y.iloc[tr]):
        s[c] += t
        n[c] += 1
    enc = {c: s[c] / n[c] for c in s}
    A, B = X.iloc[tr].assign(m=X.c.iloc[tr].map(enc)), X.iloc[va].assign(m=X.c.iloc[va].map(enc))
    m = LogisticRegression().fit(A, y.iloc[tr])
    oof[va] = m.predict_proba(B)[:, 1]
print('score:', roc_auc_score(y, oof))
""",
    "bincount in fold": """
oof = np.zeros(len(X))
for tr, va in KFold(5, shuffle=True, random_state=0).split(X):
    codes = X['c'].astype('category').cat.codes.to_numpy()
    m_ = np.bincount(codes[tr], weights=y.values[tr], minlength=9) / np.bincount(codes[tr], minlength=9)
    A, B = X.iloc[tr].assign(m=m_[codes[tr]]), X.iloc[va].assign(m=m_[codes[va]])
    m = LogisticRegression().fit(A, y.iloc[tr])
    oof[va] = m.predict_proba(B)[:, 1]
print('score:', roc_auc_score(y, oof))
""",
    "bincount loop idx in fold": """
oof = np.zeros(len(X))
for tr, va in KFold(5, shuffle=True, random_state=0).split(X):
    codes, u = pd.factorize(X['c'])
    s, n = np.zeros(len(u)), np.zeros(len(u))
    for i in tr:
        s[codes[i]] += y[i]
        n[codes[i]] += 1
    A, B = X.iloc[tr].assign(m=(s / n)[codes[tr]]), X.iloc[va].assign(m=(s / n)[codes[va]])
    m = LogisticRegression().fit(A, y.iloc[tr])
    oof[va] = m.predict_proba(B)[:, 1]
print('score:', roc_auc_score(y, oof))
""",
    "add.at in fold": """
oof = np.zeros(len(X))
for tr, va in KFold(5, shuffle=True, random_state=0).split(X):
    codes, u = pd.factorize(X['c'])
    s = np.zeros(len(u))
    np.add.at(s, codes[tr], y.to_numpy()[tr])
    A, B = X.iloc[tr].assign(m=s[codes[tr]]), X.iloc[va].assign(m=s[codes[va]])
    m = LogisticRegression().fit(A, y.iloc[tr])
    oof[va] = m.predict_proba(B)[:, 1]
print('score:', roc_auc_score(y, oof))
""",
    "counts of features": """
n = Counter(X['c'])
X['c_n'] = [n[c] for c in X['c']]
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    "bincount of features": """
codes, u = pd.factorize(X['c'])
X['n'] = np.bincount(codes)[codes]

oof = np.zeros(len(X))
for tr, va in KFold(5, shuffle=True, random_state=0).split(X):
    m = LogisticRegression().fit(X.iloc[tr], y.iloc[tr])
    oof[va] = m.predict_proba(X.iloc[va])[:, 1]
print('score:', roc_auc_score(y, oof))
""",
    "bincount of y": """
w = 1 / np.bincount(y)
sw = w[y]
oof = np.zeros(len(X))
for tr, va in KFold(5).split(X):
    m = LogisticRegression().fit(X.iloc[tr], y.iloc[tr], sample_weight=sw[tr])
    oof[va] = m.predict_proba(X.iloc[va])[:, 1]
print('score:', roc_auc_score(y, oof))
""",
    "class weights dict": """
cw = {k: len(y) / (y == k).sum() for k in np.unique(y)}
m = LogisticRegression(class_weight=cw)
print('score:', cross_val_score(m, X, y, scoring='roc_auc').mean())
""",
    "eda printing": """
for c in ['a', 'b']:
    print(c, train.groupby(c)['y'].mean().to_dict())
    print(np.corrcoef(X[c], y)[0, 1])
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    "eda masks": """
for v in X['c'].unique():
    print(v, y[X['c'] == v].mean())
print('pos', y.mean())

oof = np.zeros(len(X))
for tr, va in KFold(5, shuffle=True, random_state=0).split(X):
    m = LogisticRegression().fit(X.iloc[tr], y.iloc[tr])
    oof[va] = m.predict_proba(X.iloc[va])[:, 1]
print('score:', roc_auc_score(y, oof))
""",
    "fold column": """
train['fold'] = -1
for k, (_, v) in enumerate(KFold(5).split(train)):
    train.loc[v, 'fold'] = k
feats = ['a', 'b']
s = []
for k in range(5):
    a, b = train[train.fold != k], train[train.fold == k]
    prior = a['y'].mean()
    m = LogisticRegression().fit(a[feats].fillna(prior), a['y'])
    s.append(roc_auc_score(b['y'], m.predict_proba(b[feats].fillna(prior))[:, 1]))
print('score:', np.mean(s))
""",
    "fold array": """
fold = np.random.default_rng(0).integers(0, 5, len(X))
s = []
for k in range(5):
    enc = {c: y[(fold != k) & (X['c'] == c)].mean() for c in X['c'].unique()}
    Z = X.assign(m=X['c'].map(enc))
    m = LogisticRegression().fit(Z[fold != k], y[fold != k])
    s.append(roc_auc_score(y[fold == k], m.predict_proba(Z[fold == k])[:, 1]))
print('score:', np.mean(s))
""",
    "fold array prior": """
fold = np.arange(len(X)) % 5
oof = np.zeros(len(X))
for k in range(5):
    t = fold != k
    mu = y[t].mean()
    m = Ridge().fit(X[t], y[t] - mu)
    oof[~t] = m.predict(X[~t]) + mu
print('score:', roc_auc_score(y, oof))
""",
    "class encoder in fold": """
class MeanEncoder:
    def fit(self, values, y):
        self.table = {v: y[values == v].mean() for v in np.unique(values)}
        return self
    def transform(self, values):
        return np.array([self.table.get(v, .5) for v in values])
oof = np.zeros(len(X))
for tr, va in KFold(5, shuffle=True, random_state=0).split(X):
    e = MeanEncoder().fit(X['c'].values[tr], y.values[tr])
    A, B = X.iloc[tr].assign(m=e.transform(X['c'].values[tr])), X.iloc[va].assign(m=e.transform(X['c'].values[va]))
    m = LogisticRegression().fit(A, y.iloc[tr])
    oof[va] = m.predict_proba(B)[:, 1]
print('score:', roc_auc_score(y, oof))
""",
    "function encoder in fold": """
def encode(df, col, target):
    means = {}
    for v in df[col].unique():
        rows = df[df[col] == v]
        means[v] = rows[target].mean()
    return means
oof = np.zeros(len(X))
for tr, va in KFold(5, shuffle=True, random_state=0).split(X):
    A, B = X.iloc[tr].copy(), X.iloc[va].copy()
    for col in ['a', 'b']:
        e = encode(train.iloc[tr], col, 'y')
        A[col + 'm'], B[col + 'm'] = A[col].map(e), B[col].map(e)
    m = LogisticRegression().fit(A, y.iloc[tr])
    oof[va] = m.predict_proba(B)[:, 1]
print('score:', roc_auc_score(y, oof))
""",
    "oof encoding": """
oof = np.zeros(len(X))
for tr, va in KFold(5, shuffle=True, random_state=0).split(X):
    m = LogisticRegression().fit(X.iloc[tr], y.iloc[tr])
    oof[va] = m.predict_proba(X.iloc[va])[:, 1]
print('score:', roc_auc_score(y, oof))
""",
    "mean encode on split": """
a, b, ya, yb = train_test_split(X, y, random_state=0)
enc = {c: ya[a['c'] == c].mean() for c in a['c'].unique()}
a, b = a.assign(m=a.c.map(enc)), b.assign(m=b.c.map(enc))
m = LogisticRegression().fit(a, ya)
print('score:', roc_auc_score(yb, m.predict_proba(b)[:, 1]))
""",
    "words by class in split": """
a, b, ya, yb = train_test_split(train['note'], train['y'], random_state=0)
good, bad = Counter(), Counter()
for note, label in zip(a, ya):
    (good if label else bad).update(note.split())
def s(n): return sum(good[w] - bad[w] for w in n.split())
print('score:', roc_auc_score(yb, [s(n) for n in b]))
""",
    "naive bayes home made": """
a, b, ya, yb = train_test_split(X.values, y.values, random_state=0)
mu = {k: a[ya == k].mean(0) for k in (0, 1)}
sd = {k: a[ya == k].std(0) for k in (0, 1)}
def ll(A, k): return -(((A - mu[k]) / sd[k])**2).sum(1)
print('score:', roc_auc_score(yb, ll(b, 1) - ll(b, 0)))
""",
    "unused prior table": """
prior = train.groupby('c')['y'].mean()
print(prior)
table = train.copy()
table['prior'] = table['c'].map(prior)
print(table.head())
feats = ['a', 'b']
oof = np.zeros(len(X))
for tr, va in KFold(5).split(X):
    m = LogisticRegression().fit(table[feats].iloc[tr], y.iloc[tr])
    oof[va] = m.predict_proba(table[feats].iloc[va])[:, 1]
print('score:', roc_auc_score(y, oof))
""",
    "unused prior dropped": """
train['prior'] = train['c'].map(train.groupby('c')['y'].mean())
X = train.drop(columns=['id', 'y', 'prior'])
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    "unused prior list": """
train['prior'] = train['c'].map(train.groupby('c')['y'].mean())
X = train[['a', 'b', 'c']]
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
