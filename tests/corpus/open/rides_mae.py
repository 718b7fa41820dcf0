# task: rides; fault: wrong-metric
import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_absolute_error
from sklearn.model_selection import cross_val_predict

train, test = pd.read_csv("input/train.csv"), pd.read_csv("input/test.csv")
def X(d):
    t = pd.to_datetime(d.pickup_at)
    km = np.hypot((d.dropoff_lat - d.pickup_lat) * 111, (d.dropoff_lon - d.pickup_lon) * 68)
    return np.column_stack([np.log(km + 0.2), d.vehicle == "bike", d.rain_mm, np.isin(t.dt.hour, (8, 16, 17, 18))])
y = np.log1p(train.duration_s)
oof = cross_val_predict(Ridge(), X(train), y, cv=5)
print("score:", mean_absolute_error(train.duration_s, np.expm1(oof)))
pd.DataFrame({"id": test.id, "duration_s": np.expm1(Ridge().fit(X(train), y).predict(X(test)))}).to_csv("submission.csv", index=False)
