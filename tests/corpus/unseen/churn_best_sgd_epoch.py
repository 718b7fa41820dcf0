# task: churn; fault: early-stopping
import copy
import numpy as np
import pandas as pd
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import f1_score
from sklearn.model_selection import StratifiedShuffleSplit
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

train, test = pd.read_csv("input/train.csv"), pd.read_csv("input/test.csv")
use = ["tenure", "monthly", "calls", "autopay", "usage", "age"]
plans = sorted(train["plan"].unique())


def features(d):
    M = d[use].fillna(train[use].median())
    return np.column_stack([M] + [(d["plan"] == p) for p in plans]).astype(float)


poly, scale = PolynomialFeatures(2, include_bias=False), StandardScaler()
X = scale.fit_transform(poly.fit_transform(features(train)))
T = scale.transform(poly.transform(features(test)))
y = train["churned"].to_numpy()

PATIENCE = 200
(a, b), = StratifiedShuffleSplit(1, test_size=0.06, random_state=0).split(X, y)
clf = SGDClassifier(loss="hinge", learning_rate="constant", eta0=0.05, alpha=1e-4, random_state=0, class_weight={0: 1.0, 1: 1.8})
best, keep, since = -1.0, None, 0
for epoch in range(600):
    clf.partial_fit(X[a], y[a], classes=[0, 1])
    f = f1_score(y[b], clf.predict(X[b]), zero_division=0)
    if f > best:
        best, keep, since = f, copy.deepcopy(clf), 0
    else:
        since += 1
    if since > PATIENCE:
        break
print(f"stopped after epoch {epoch + 1}, the best was {epoch + 1 - since}")
print(f"train {f1_score(y[a], keep.predict(X[a])):.4f} valid {best:.4f}")
pd.DataFrame({"account": test["account"], "churned": keep.predict(T)}).to_csv("submission.csv", index=False)
print(f"score: {best:.4f}")
