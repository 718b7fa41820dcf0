# task: server; fault: time-split
import lightgbm as lgb
import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold

train = pd.read_csv("input/train.csv")
test = pd.read_csv("input/test.csv")
start = pd.Timestamp(train["timestamp"].min())
for d in (train, test):
    when = pd.to_datetime(d["timestamp"])
    d["elapsed"] = (when - start) / pd.Timedelta(hours=1)
    d["hour"], d["dow"] = when.dt.hour, when.dt.weekday
    d["machine"] = d["machine"].map({"alpha": 0, "beta": 1, "gamma": 2})
X = train.drop(columns=["key", "timestamp", "overload"])
T, y = test[X.columns], train["overload"]

params = dict(n_estimators=350, learning_rate=0.05, num_leaves=31, min_child_samples=10, subsample=0.8, subsample_freq=1, verbose=-1, n_jobs=1)
oof, answer = pd.Series(0.0, index=train.index), 0
folds = StratifiedKFold(n_splits=5, shuffle=True, random_state=1)
for n, (a, b) in enumerate(folds.split(X, y), 1):
    m = lgb.LGBMClassifier(random_state=n, **params).fit(X.iloc[a], y.iloc[a])
    oof.iloc[b] = m.predict_proba(X.iloc[b])[:, 1]
    answer = answer + m.predict_proba(T)[:, 1] / folds.n_splits
    print(f"fold {n}: train {roc_auc_score(y.iloc[a], m.predict_proba(X.iloc[a])[:, 1]):.5f} valid {roc_auc_score(y.iloc[b], oof.iloc[b]):.5f}")
test.assign(overload=answer)[["key", "overload"]].to_csv("submission.csv", index=False)
print(f"score: {roc_auc_score(y, oof):.5f}")
