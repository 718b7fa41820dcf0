# task: rides; fault: wrong-metric
import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.metrics import r2_score
from sklearn.model_selection import train_test_split

train, test = pd.read_csv("input/train.csv"), pd.read_csv("input/test.csv")
def fx(d):
    w = pd.to_datetime(d.pickup_at)
    return np.column_stack([w.dt.hour, w.dt.dayofweek, d.rain_mm, d.passengers, (d.vehicle == "bike"),
        np.hypot((d.dropoff_lat - d.pickup_lat) * 111, (d.dropoff_lon - d.pickup_lon) * 68), d.pickup_lat, d.pickup_lon]).astype(float)
X, y = fx(train), np.log1p(train.duration_s.values)
a, b, ya, yb = train_test_split(X, y, test_size=0.2, random_state=0)
m = HistGradientBoostingRegressor(random_state=0).fit(a, ya)
print("score:", r2_score(yb, m.predict(b)))
m.fit(X, y)
pd.DataFrame({"id": test.id, "duration_s": np.expm1(m.predict(fx(test)))}).to_csv("submission.csv", index=False)
