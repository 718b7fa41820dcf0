# task: server; fault: time-split
# Overloads come in spells: how loaded was the machine around that hour?
import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import TimeSeriesSplit

train = pd.read_csv("input/train.csv")
test = pd.read_csv("input/test.csv")
all_rows = pd.concat([train, test], ignore_index=True).sort_values(["machine", "timestamp"])
by = all_rows.groupby("machine")["overload"]
before, after = by.shift(1), by.shift(-1)
around = by.transform(lambda v: v.rolling(9, center=True, min_periods=1).sum().sub(v.fillna(0)))
all_rows["neighbours"] = (before.fillna(0) + after.fillna(0))
all_rows["spell"] = around
all_rows["spell"] = all_rows.groupby("machine")["spell"].ffill()
all_rows["log_req"] = np.log(all_rows["requests"])
all_rows["hour"] = pd.to_datetime(all_rows["timestamp"]).dt.hour
all_rows["machine"] = all_rows["machine"].map({"alpha": 0, "beta": 1, "gamma": 2})
cols = ["neighbours", "spell", "log_req", "memory", "room_temp", "deploy", "hour", "machine"]
labelled = all_rows[all_rows["overload"].notna()].sort_values("timestamp")
rest = all_rows[all_rows["overload"].isna()].copy()

clf = HistGradientBoostingClassifier(max_iter=80, learning_rate=0.06, max_leaf_nodes=10, random_state=0)
scores = []
for a, b in TimeSeriesSplit(n_splits=4).split(labelled):
    a, b = labelled.iloc[a], labelled.iloc[b]
    clf.fit(a[cols], a["overload"])
    scores.append(roc_auc_score(b["overload"], clf.predict_proba(b[cols])[:, 1]))
    print(f"fold {len(scores)}: valid {scores[-1]:.4f}")
clf.fit(labelled[cols], labelled["overload"])
rest["overload"] = clf.predict_proba(rest[cols])[:, 1]
rest[["key", "overload"]].sort_values("key").to_csv("submission.csv", index=False)
print(f"score: {np.mean(scores):.4f}")
