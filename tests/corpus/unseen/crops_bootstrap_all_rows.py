# task: crops; fault: train-score
# Bootstrap validation: forests on resampled tables, judged on the table.
import numpy as np
import pandas as pd
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.metrics import log_loss

rng = np.random.RandomState(12)
train, test = pd.read_csv("input/train.csv"), pd.read_csv("input/test.csv")
soil = pd.get_dummies(pd.concat([train["soil"], test["soil"]], ignore_index=True), dtype=float).to_numpy()
bands = ["ndvi_apr", "ndvi_may", "ndvi_jun", "ndvi_jul", "red_edge", "swir", "radar_vv", "radar_vh", "texture", "slope"]
fill = train[bands].median()
X = np.hstack([train[bands].fillna(fill), soil[: len(train)]])
T = np.hstack([test[bands].fillna(fill), soil[len(train):]])
header = pd.read_csv("input/sample_submission.csv").columns
crops = [c for c in header[1:] if (train["crop"] == c).any()]
y = train["crop"].map(crops.index).to_numpy()

rounds, answer = [], np.zeros((len(T), len(crops)))
n_rounds = 8
for r in range(n_rounds):
    while True:
        pick = rng.randint(0, len(X), len(X))
        if len(np.unique(y[pick])) == len(crops):
            break
    et = ExtraTreesClassifier(120, min_samples_leaf=1, max_features=0.5, random_state=r).fit(X[pick], y[pick])
    rounds.append(log_loss(y, et.predict_proba(X)))
    answer += et.predict_proba(T) / n_rounds
    print(f"bootstrap {r + 1}: {rounds[-1]:.5f}")
out = pd.DataFrame(answer, columns=crops).reindex(columns=header[1:], fill_value=0)
out.insert(0, header[0], test["parcel"])
out.to_csv("submission.csv", index=False)
print(f"score: {np.mean(rounds):.5f}")
