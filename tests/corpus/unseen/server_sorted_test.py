# task: server; fault: test-order
import numpy as np
import pandas as pd
from lightgbm import LGBMClassifier
from sklearn.metrics import roc_auc_score

train = pd.read_csv("input/train.csv")
test = pd.read_csv("input/test.csv")
table = pd.concat([train, test], keys=["train", "test"])
table["timestamp"] = pd.to_datetime(table["timestamp"])
table = table.sort_values(["machine", "timestamp"])
table["requests_rise"] = table.groupby("machine")["requests"].diff().fillna(0)
table["memory_3h"] = table.groupby("machine")["memory"].transform(lambda v: v.rolling(3, min_periods=1).mean())
table["hour"] = table["timestamp"].dt.hour
table = pd.get_dummies(table, columns=["machine"], dtype=int)
features = [c for c in table.columns if c not in ("key", "timestamp", "overload")]
known, unknown = table.loc["train"].sort_values("timestamp"), table.loc["test"]

n = int(len(known) * 0.75)
model = LGBMClassifier(n_estimators=80, learning_rate=0.05, num_leaves=7, min_child_samples=40, verbose=-1, random_state=0, n_jobs=1)
model.fit(known[features].iloc[:n], known["overload"].iloc[:n])
score = roc_auc_score(known["overload"].iloc[n:], model.predict_proba(known[features].iloc[n:])[:, 1])
model.fit(known[features], known["overload"])
submission = pd.DataFrame({"key": test["key"], "overload": model.predict_proba(unknown[features])[:, 1]})
submission.to_csv("submission.csv", index=False)
print(f"AUC on the last quarter of the training period")
print(f"score: {score:.5f}")
