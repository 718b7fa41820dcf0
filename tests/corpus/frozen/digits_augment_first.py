# task: digits; fault: duplicates
import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import cross_val_score

train = pd.read_csv("input/train.csv")
test = pd.read_csv("input/test.csv")
cols = [c for c in test.columns if c.startswith("pixel")]
X = train[cols].to_numpy(float)
y = train["target"].to_numpy()
rng = np.random.default_rng(0)
noisy = X + rng.normal(0, 0.5, X.shape)
X_big = np.concatenate([X, noisy])
y_big = np.concatenate([y, y])
order = rng.permutation(len(y_big))
X_big, y_big = X_big[order], y_big[order]
forest = RandomForestClassifier(120, n_jobs=-1, random_state=0)
print("score:", cross_val_score(forest, X_big, y_big, cv=5).mean())
forest.fit(X_big, y_big)
pd.DataFrame({"id": test["id"], "target": forest.predict(test[cols].to_numpy(float))}).to_csv("submission.csv", index=False)
