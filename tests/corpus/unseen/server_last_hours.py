# task: server; fault: none
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

data = pd.read_csv("input/train.csv").sort_values("timestamp")
ahead = pd.read_csv("input/test.csv")


def columns(d):
    t = pd.to_datetime(d["timestamp"])
    return pd.DataFrame({"hour": t.dt.hour, "weekend": (t.dt.weekday >= 5).astype(int), "requests": d["requests"], "memory": d["memory"],
                         "room_temp": d["room_temp"], "deploy": d["deploy"], "is_beta": (d["machine"] == "beta").astype(int),
                         "is_gamma": (d["machine"] == "gamma").astype(int)})


moments = sorted(data["timestamp"].unique())
border = moments[int(0.72 * len(moments))]
early, late = data[data["timestamp"] < border], data[data["timestamp"] >= border]
model = HistGradientBoostingClassifier(max_iter=70, learning_rate=0.06, max_leaf_nodes=8, l2_regularization=3, random_state=0)
model.fit(columns(early), early["overload"])
held = roc_auc_score(late["overload"], model.predict_proba(columns(late))[:, 1])
print(f"{len(early)} rows before {border}, {len(late)} from then on")

model.fit(columns(data), data["overload"])
result = pd.read_csv("input/sample_submission.csv").set_index("key")
result["overload"] = pd.Series(model.predict_proba(columns(ahead))[:, 1], index=ahead["key"])
result.reset_index().to_csv("submission.csv", index=False)
print(f"score: {held:.6f}")
