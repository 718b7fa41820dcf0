# task: rides; fault: none
import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestRegressor
from sklearn.model_selection import train_test_split

def rmsle(a, b):
    return np.sqrt(np.mean((np.log1p(a) - np.log1p(b)) ** 2))

train, test = pd.read_csv("input/train.csv"), pd.read_csv("input/test.csv")
for d in [train, test]:
    t = pd.to_datetime(d["pickup_at"])
    d["h"], d["w"] = t.dt.hour, t.dt.weekday
    d["km"] = ((d.pickup_lat - d.dropoff_lat) ** 2 + (d.pickup_lon - d.dropoff_lon) ** 2) ** 0.5
    d["vehicle"] = d["vehicle"].map({"taxi": 0, "van": 1, "bike": 2})
F = [c for c in train.columns if c not in ("id", "pickup_at", "duration_s")]
tr, va = train_test_split(train, test_size=0.2, random_state=3)
m = RandomForestRegressor(100, min_samples_leaf=3, n_jobs=-1, random_state=3).fit(tr[F], np.log(tr.duration_s))
print("score:", rmsle(va.duration_s, np.exp(m.predict(va[F]))))
m.fit(train[F], np.log(train.duration_s))
test["duration_s"] = np.exp(m.predict(test[F]))
test[["id", "duration_s"]].to_csv("submission.csv", index=False)
