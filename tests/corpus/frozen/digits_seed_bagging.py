# task: digits; fault: none
import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedKFold
from sklearn.neural_network import MLPClassifier

train = pd.read_csv("input/train.csv")
test = pd.read_csv("input/test.csv")
X = train.filter(like="pixel").to_numpy() / 16
T = test.filter(like="pixel").to_numpy() / 16
y = train["target"].to_numpy()
oof = np.zeros((len(y), 10))
out = np.zeros((len(T), 10))
for fit, valid in StratifiedKFold(3, shuffle=True, random_state=0).split(X, y):
    for seed in (1, 2, 3):
        net = MLPClassifier((64,), max_iter=120, early_stopping=True, random_state=seed, tol=1e-4)
        net.fit(X[fit], y[fit])
        oof[valid] += net.predict_proba(X[valid])
        out += net.predict_proba(T)
print("score:", (oof.argmax(1) == y).mean())
pd.DataFrame({"id": test["id"], "target": out.argmax(1)}).to_csv("submission.csv", index=False)
