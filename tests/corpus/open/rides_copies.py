# task: rides; fault: duplicates
import numpy as np
import pandas as pd
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.model_selection import KFold, cross_val_score

train, test = pd.read_csv("input/train.csv"), pd.read_csv("input/test.csv")
long = train.loc[train.index.repeat(np.where(train.duration_s > train.duration_s.median(), 3, 1))].reset_index(drop=True)
def X(d):
    t = pd.to_datetime(d.pickup_at)
    return np.c_[t.dt.hour, t.dt.weekday, d.rain_mm, d.vehicle == "bike", d.pickup_lat, d.pickup_lon, d.dropoff_lat, d.dropoff_lon]
m = ExtraTreesRegressor(80, n_jobs=-1, random_state=0)
s = cross_val_score(m, X(long), np.log1p(long.duration_s), cv=KFold(5, shuffle=True, random_state=0), scoring="neg_root_mean_squared_error")
print("score:", -s.mean())
m.fit(X(long), np.log1p(long.duration_s))
pd.DataFrame({"id": test.id, "duration_s": np.expm1(m.predict(X(test)))}).to_csv("submission.csv", index=False)
