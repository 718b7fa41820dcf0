# task: server; fault: none
import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import TimeSeriesSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

train = pd.read_csv("input/train.csv", parse_dates=["timestamp"]).sort_values("timestamp", kind="stable", ignore_index=True)
test = pd.read_csv("input/test.csv", parse_dates=["timestamp"])
for d in (train, test):
    d["log_requests"] = np.log(d["requests"])
    d["hour_sin"] = np.sin(d["timestamp"].dt.hour * np.pi / 12)
    d["hour_cos"] = np.cos(d["timestamp"].dt.hour * np.pi / 12)

clf = make_pipeline(
    make_column_transformer((StandardScaler(), ["log_requests", "memory", "room_temp", "deploy", "hour_sin", "hour_cos"]),
                            (OneHotEncoder(handle_unknown="ignore"), ["machine"])),
    LogisticRegression(C=0.5),
)
aucs = []
for i, (past, future) in enumerate(TimeSeriesSplit(n_splits=4).split(train), start=1):
    clf.fit(train.iloc[past], train["overload"].iloc[past])
    p_past, p_future = clf.predict_proba(train.iloc[past])[:, 1], clf.predict_proba(train.iloc[future])[:, 1]
    aucs.append(roc_auc_score(train["overload"].iloc[future], p_future))
    print(f"fold {i}: train {roc_auc_score(train['overload'].iloc[past], p_past):.5f} valid {aucs[-1]:.5f}")
clf.fit(train, train["overload"])
test["overload"] = clf.predict_proba(test)[:, 1]
test.sort_values("key")[["key", "overload"]].to_csv("submission.csv", index=False)
print(f"score: {np.mean(aucs):.5f}")
