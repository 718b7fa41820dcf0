# task: crops; fault: none
import numpy as np
import pandas as pd
from lightgbm import LGBMClassifier
from scipy.optimize import minimize_scalar
from scipy.special import softmax
from sklearn.metrics import log_loss
from sklearn.model_selection import StratifiedKFold, train_test_split

train = pd.read_csv("input/train.csv")
test = pd.read_csv("input/test.csv")
names = sorted(train["crop"].unique())
y = train["crop"].map({c: i for i, c in enumerate(names)}).to_numpy()
bands = [c for c in train if c.startswith(("ndvi", "red", "swir", "radar", "tex", "slope"))]


def table(d):
    out = d[bands].copy()
    out["ndvi_range"] = d.filter(like="ndvi").max(axis=1) - d.filter(like="ndvi").min(axis=1)
    out["radar_ratio"] = d["radar_vv"] - d["radar_vh"]
    return out


def fit_scaled(X, t, seed):
    """Boosted trees, and a temperature found on a part of the rows that the trees were not shown."""
    Xa, Xb, ta, tb = train_test_split(X, t, test_size=0.2, random_state=seed, stratify=t)
    m = LGBMClassifier(n_estimators=110, learning_rate=0.07, num_leaves=10, min_child_samples=20, colsample_bytree=0.7, verbose=-1, random_state=seed, n_jobs=1)
    m.fit(Xa, ta)
    raw = m.predict(Xb, raw_score=True)
    best = minimize_scalar(lambda k: log_loss(tb, softmax(raw * k, axis=1), labels=range(len(names))), bounds=(0.2, 3), method="bounded").x
    return lambda A: softmax(m.predict(A, raw_score=True) * best, axis=1)


X, T = table(train), table(test)
oof, answer = np.zeros((len(train), len(names))), np.zeros((len(test), len(names)))
for k, (a, b) in enumerate(StratifiedKFold(5, shuffle=True, random_state=3).split(X, y), 1):
    f = fit_scaled(X.iloc[a], y[a], k)
    oof[b] = f(X.iloc[b])
    answer += f(T) / 5
    print(f"fold {k}: train {log_loss(y[a], f(X.iloc[a]), labels=range(len(names))):.5f} valid {log_loss(y[b], oof[b], labels=range(len(names))):.5f}")
sample = pd.read_csv("input/sample_submission.csv")
out = pd.DataFrame(answer, columns=names).assign(parcel=test["parcel"])
for c in sample.columns[1:]:
    if c not in out:
        out[c] = 1e-6
out[sample.columns].to_csv("submission.csv", index=False)
print(f"score: {log_loss(y, oof):.5f}")
