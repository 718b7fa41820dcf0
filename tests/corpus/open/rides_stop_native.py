# task: rides; fault: early-stopping
import lightgbm as lgb
import numpy as np
import pandas as pd
from sklearn.model_selection import KFold

train, test = pd.read_csv("input/train.csv"), pd.read_csv("input/test.csv")
def prep(d):
    t = pd.to_datetime(d.pickup_at)
    return pd.DataFrame({"h": t.dt.hour, "w": t.dt.weekday, "rain": d.rain_mm, "bike": d.vehicle.eq("bike").astype(int),
        "km": np.hypot((d.dropoff_lat - d.pickup_lat) * 111, (d.dropoff_lon - d.pickup_lon) * 68), "a": d.pickup_lat, "b": d.pickup_lon})
X, T, y = prep(train), prep(test), np.log1p(train.duration_s)
oof, out = np.zeros(len(X)), 0
for tr, va in KFold(5, shuffle=True, random_state=0).split(X):
    ds, dv = lgb.Dataset(X.iloc[tr], y.iloc[tr]), lgb.Dataset(X.iloc[va], y.iloc[va])
    b = lgb.train({"objective": "l2", "num_leaves": 15, "learning_rate": 0.05, "verbose": -1}, ds, 3000, valid_sets=[ds, dv],
                  callbacks=[lgb.early_stopping(stopping_rounds=50, verbose=False)])
    oof[va] = b.predict(X.iloc[va])
    out = out + b.predict(T) / 5
print("score:", np.sqrt(np.mean((oof - y) ** 2)))
pd.DataFrame({"id": test.id, "duration_s": np.expm1(out)}).to_csv("submission.csv", index=False)
