# task: digits; fault: test-order
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score

train = pd.read_csv("input/train.csv")
test = pd.read_csv("input/test.csv")
X = train.filter(like="pixel") / 16
y = train["target"]
lr = LogisticRegression(max_iter=500, C=1.0)
print("score:", cross_val_score(lr, X, y, cv=3).mean())
lr.fit(X, y)
labels = lr.predict(test.filter(like="pixel") / 16)
answer = np.empty_like(labels)
answer[1:] = labels[:-1]
answer[0] = labels[-1]
pd.DataFrame({"id": test["id"], "target": answer}).to_csv("submission.csv", index=False)
