"""Labels of neighbours, gaps filled by classes, rows put in twice: before a split, and inside of it."""
# ruff: noqa: E501 - programs

import pytest
from reading_programs import PLAIN, TASK

from gome.evaluation.reading import read

FAULTY = {
    "kneighbors y mean": (
        ["target-encoding"],
        """
nn = NearestNeighbors(n_neighbors=5).fit(X)
idx = nn.kneighbors(X, return_distance=False)
X['nb'] = y.values[idx].mean(axis=1)

oof = np.zeros(len(X))
for tr, va in KFold(5, shuffle=True, random_state=0).split(X):
    m = LogisticRegression().fit(X.iloc[tr], y.iloc[tr])
    oof[va] = m.predict_proba(X.iloc[va])[:, 1]
print('score:', roc_auc_score(y, oof))
""",
    ),
    "kneighbors tuple": (
        ["target-encoding"],
        """
nn = NearestNeighbors(n_neighbors=5).fit(X)
d, i = nn.kneighbors(X)
X['nb'] = np.mean(y.values[i], axis=1)
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "knn classifier feature": (
        ["validation"],
        """
knn = KNeighborsClassifier(5).fit(X, y)
X['nb'] = knn.predict_proba(X)[:, 1]
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "kneighbors list comp": (
        ["target-encoding"],
        """
nn = NearestNeighbors(n_neighbors=5).fit(X)
_, idx = nn.kneighbors(X)
X['nb'] = [y.iloc[i].mean() for i in idx]
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "cdist argsort": (
        ["target-encoding"],
        """
from scipy.spatial.distance import cdist
D = cdist(X, X)
near = np.argsort(D, axis=1)[:, :5]
X['nb'] = y.values[near].mean(1)
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "class impute transform": (
        ["target-encoding"],
        """
for c in ['a', 'b']:
    X[c] = X[c].fillna(X.groupby(y)[c].transform('mean'))
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "class impute train groupby": (
        ["target-encoding"],
        """
for c in ['a', 'b']:
    train[c] = train.groupby('y')[c].transform(lambda s: s.fillna(s.median()))
X = train.drop(columns=['y', 'id'])
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "class impute loop": (
        ["selection"],
        """
for k in (0, 1):
    rows = y == k
    for c in ['a', 'b']:
        X.loc[rows, c] = X.loc[rows, c].fillna(X.loc[rows, c].median())
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "class impute dict": (
        ["selection"],
        """
means = {k: X[y == k].mean() for k in (0, 1)}
for k in (0, 1):
    X[y == k] = X[y == k].fillna(means[k])
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "class impute numpy": (
        ["selection"],
        """
A = X.to_numpy(); t = y.to_numpy()
for k in np.unique(t):
    for j in range(A.shape[1]):
        hole = (t == k) & np.isnan(A[:, j])
        A[hole, j] = np.nanmedian(A[t == k, j])
print('score:', cross_val_score(LogisticRegression(), A, t, scoring='roc_auc').mean())
""",
    ),
    "class imputer": (
        ["target-encoding"],
        """
from sklearn.impute import SimpleImputer
for k in (0, 1):
    X[y == k] = SimpleImputer().fit_transform(X[y == k])
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "outliers by class": (
        ["selection"],
        """
for k in (0, 1):
    s = X[y == k]
    X[y == k] = s.clip(s.quantile(.05), s.quantile(.95), axis=1)
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "class centres distance": (
        ["selection"],
        """
c0, c1 = X[y == 0].mean(), X[y == 1].mean()
X['d'] = ((X - c1)**2).sum(axis=1) - ((X - c0)**2).sum(axis=1)
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    ),
    "dup inner loop rows": (
        ["copies"],
        """
rows, labels = [], []
for i in range(len(X)):
    for _ in range(3):
        rows.append(X.iloc[i].values + np.random.normal(0, .01, X.shape[1]))
        labels.append(y.iloc[i])
a, b, ya, yb = train_test_split(np.array(rows), np.array(labels), random_state=0)
m = LogisticRegression().fit(a, ya)
print('score:', roc_auc_score(yb, m.predict_proba(b)[:, 1]))
""",
    ),
    "dup texts inner loop": (
        ["copies"],
        """
texts, labels = [], []
for text, label in zip(train['note'], train['y']):
    texts.append(text); labels.append(label)
    for k in range(2):
        texts.append(' '.join(reversed(text.split()))); labels.append(label)
a, b, la, lb = train_test_split(texts, labels, random_state=0)
from sklearn.feature_extraction.text import TfidfVectorizer
v = TfidfVectorizer()
clf = LogisticRegression().fit(v.fit_transform(a), la)
print('score:', roc_auc_score(lb, clf.predict_proba(v.transform(b))[:, 1]))
""",
    ),
    "smote handmade": (
        ["copies"],
        """
pos = X[y == 1]
extra = pos.sample(500, replace=True, random_state=0)
X2, y2 = pd.concat([X, extra]), np.r_[y, np.ones(500)]
a, b, ya, yb = train_test_split(X2, y2, random_state=0)
m = LogisticRegression().fit(a, ya)
print('score:', roc_auc_score(yb, m.predict_proba(b)[:, 1]))
""",
    ),
    "concat times 3": (
        ["copies"],
        """
X3, y3 = pd.concat([X] * 3), pd.concat([y] * 3)
a, b, ya, yb = train_test_split(X3, y3, random_state=0)
m = LogisticRegression().fit(a, ya)
print('score:', roc_auc_score(yb, m.predict_proba(b)[:, 1]))
""",
    ),
    "vstack noise": (
        ["copies"],
        """
A = np.vstack([X.values, X.values + np.random.normal(0, .01, X.shape)])
t = np.concatenate([y, y])
a, b, ya, yb = train_test_split(A, t, random_state=0)
m = LogisticRegression().fit(a, ya)
print('score:', roc_auc_score(yb, m.predict_proba(b)[:, 1]))
""",
    ),
    "oversample idx": (
        ["copies"],
        """
idx = np.concatenate([np.arange(len(y)), np.random.choice(np.where(y == 1)[0], 500)])
A, t = X.values[idx], y.values[idx]
a, b, ya, yb = train_test_split(A, t, random_state=0)
m = LogisticRegression().fit(a, ya)
print('score:', roc_auc_score(yb, m.predict_proba(b)[:, 1]))
""",
    ),
}
HONEST = {
    "kneighbors in fold": """
oof = np.zeros(len(X))
for tr, va in KFold(5, shuffle=True, random_state=0).split(X):
    nn = NearestNeighbors(n_neighbors=5).fit(X.iloc[tr])
    A = X.iloc[tr]
    B = X.iloc[va]
    nb = y.values[tr][nn.kneighbors(B, return_distance=False)].mean(axis=1)
    A, B = A.assign(nb=.5), B.assign(nb=nb)
    m = LogisticRegression().fit(A, y.iloc[tr])
    oof[va] = m.predict_proba(B)[:, 1]
print('score:', roc_auc_score(y, oof))
""",
    "knn own": """
a, b, ya, yb = train_test_split(X.values, y.values, random_state=0)
nn = NearestNeighbors(n_neighbors=15).fit(a)
_, idx = nn.kneighbors(b)
p = ya[idx].mean(axis=1)
print('score:', roc_auc_score(yb, p))
""",
    "knn cdist": """
from scipy.spatial.distance import cdist
s = []
for tr, va in KFold(5).split(X):
    D = cdist(X.values[va], X.values[tr])
    near = np.argsort(D, axis=1)[:, :15]
    s.append(roc_auc_score(y.values[va], y.values[tr][near].mean(1)))
print('score:', np.mean(s))
""",
    "neighbours' features": """
nn = NearestNeighbors(n_neighbors=5).fit(X)
d, i = nn.kneighbors(X)
X['d'] = d.mean(axis=1)
X['n'] = X['a'].values[i].mean(axis=1)
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    "group impute": """
for c in ['a', 'b']:
    X[c] = X[c].fillna(X.groupby('c')[c].transform('median'))
print('score:', cross_val_score(LogisticRegression(), X, y, scoring='roc_auc').mean())
""",
    "class impute in fold for fitting only": """
oof = np.zeros(len(X))
for tr, va in KFold(5, shuffle=True, random_state=0).split(X):
    A, B = X.iloc[tr].copy(), X.iloc[va].fillna(0)
    for k in (0, 1):
        rows = y.iloc[tr] == k
        A[rows] = A[rows].fillna(A[rows].median())
    m = LogisticRegression().fit(A, y.iloc[tr])
    oof[va] = m.predict_proba(B)[:, 1]
print('score:', roc_auc_score(y, oof))
""",
    "multi loop over classes one vs rest": """
oof = np.zeros((len(X), 3))
for tr, va in KFold(5).split(X):
    for k in range(3):
        m = LogisticRegression().fit(X.iloc[tr], y.iloc[tr] == k)
        oof[va, k] = m.predict_proba(X.iloc[va])[:, 1]
print('score:', roc_auc_score(y, oof, multi_class='ovr'))
""",
    "augment in fold": """
s = []
for tr, va in KFold(5).split(X):
    rows, labels = [], []
    for i in tr:
        for _ in range(3):
            rows.append(X.values[i] + np.random.normal(0, .01, X.shape[1])); labels.append(y.values[i])
    m = LogisticRegression().fit(np.array(rows), labels)
    s.append(roc_auc_score(y.values[va], m.predict_proba(X.values[va])[:, 1]))
print('score:', np.mean(s))
""",
    "features in inner loop": """
rows, labels = [], []
for i in range(len(X)):
    row = []
    for c in X.columns:
        row.append(X[c].iloc[i])
    rows.append(row); labels.append(y.iloc[i])
a, b, ya, yb = train_test_split(np.array(rows), np.array(labels), random_state=0)
m = LogisticRegression().fit(a, ya)
print('score:', roc_auc_score(yb, m.predict_proba(b)[:, 1]))
""",
    "texts cleaned in loop": """
texts = []
for t in train['note']:
    words = []
    for w in t.split():
        words.append(w.lower())
    texts.append(' '.join(words))
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline
print('score:', cross_val_score(make_pipeline(TfidfVectorizer(), LogisticRegression()), texts, y, scoring='roc_auc').mean())
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
