# task: server; fault: none
# Lags of what is measured (never of the answer), by machine, then a forest judged in blocks that follow its training data.
import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import roc_auc_score

train, test = pd.read_csv("input/train.csv"), pd.read_csv("input/test.csv")
both = pd.concat([train.drop(columns="overload").assign(part=0), test.assign(part=1)], ignore_index=True)
both["when"] = pd.to_datetime(both["timestamp"])
both = both.sort_values(["machine", "when"])
g = both.groupby("machine")
for c in ("requests", "memory"):
    both[c + "_before"] = g[c].shift(1)
    both[c + "_day"] = g[c].transform(lambda s: s.rolling(12, min_periods=1).mean())
both["hour"] = both["when"].dt.hour
both["m"] = both["machine"].astype("category").cat.codes
both = both.fillna(-1)
cols = ["requests", "memory", "room_temp", "deploy", "requests_before", "memory_before", "requests_day", "memory_day", "hour", "m"]
A = both[both.part == 0].set_index("key").join(train.set_index("key")["overload"]).sort_values("when")
B = both[both.part == 1].set_index("key")


def forest(seed):
    return RandomForestClassifier(150, min_samples_leaf=12, max_features=0.5, random_state=seed, n_jobs=1)


n = len(A)
blocks = [(int(n * f), int(n * (f + 0.15))) for f in (0.55, 0.7, 0.85)]
scores, weights = [], []
for k, (lo, hi) in enumerate(blocks, 1):
    fit, val = A.iloc[:lo], A.iloc[lo:hi]
    s = roc_auc_score(val["overload"], forest(k).fit(fit[cols], fit["overload"]).predict_proba(val[cols])[:, 1])
    print(f"fold {k}: valid {s:.5f}")
    scores.append(s)
    weights.append(hi - lo)
B["overload"] = forest(0).fit(A[cols], A["overload"]).predict_proba(B[cols])[:, 1]
B[["overload"]].reset_index().to_csv("submission.csv", index=False)
print(f"score: {np.average(scores, weights=weights):.5f}")
