# task: rides; fault: train-score
import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestRegressor

train = pd.read_csv("input/train.csv")
test = pd.read_csv("input/test.csv")
for d in (train, test):
    when = pd.to_datetime(d["pickup_at"])
    d["hour"] = when.dt.hour
    d["dow"] = when.dt.dayofweek
    d["km"] = np.hypot((d["dropoff_lat"] - d["pickup_lat"]) * 111, (d["dropoff_lon"] - d["pickup_lon"]) * 68)
    d["bike"] = (d["vehicle"] == "bike").astype(int)
cols = ["hour", "dow", "km", "bike", "rain_mm", "pickup_lat", "pickup_lon", "dropoff_lat", "dropoff_lon"]
forest = RandomForestRegressor(120, n_jobs=-1, random_state=0)
forest.fit(train[cols], np.log1p(train["duration_s"]))
fitted = forest.predict(train[cols])
score = np.sqrt(np.mean((fitted - np.log1p(train["duration_s"])) ** 2))
print("score:", score)
test["duration_s"] = np.expm1(forest.predict(test[cols]))
test[["id", "duration_s"]].to_csv("submission.csv", index=False)
