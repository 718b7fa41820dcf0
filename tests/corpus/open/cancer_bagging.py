# task: breast_cancer; fault: none
import numpy as np
import pandas as pd
from lightgbm import LGBMClassifier
from sklearn.metrics import log_loss
from sklearn.model_selection import StratifiedKFold

train, test = pd.read_csv("input/train.csv"), pd.read_csv("input/test.csv")
X, y = train.drop(columns=["id", "target"]), train["target"]
oof, out, seeds = np.zeros(len(X)), np.zeros(len(test)), [0, 1, 2]
for seed in seeds:
    for a, b in StratifiedKFold(5, shuffle=True, random_state=seed).split(X, y):
        m = LGBMClassifier(n_estimators=60, learning_rate=0.07, num_leaves=7, random_state=seed, verbose=-1).fit(X.iloc[a], y.iloc[a])
        oof[b] += m.predict_proba(X.iloc[b])[:, 1] / len(seeds)
        out += m.predict_proba(test[X.columns])[:, 1] / 15
    print("seed", seed, "done")
print("score:", log_loss(y, oof))
pd.DataFrame({"id": test.id, "target": out}).to_csv("submission.csv", index=False)
