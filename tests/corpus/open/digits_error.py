# task: digits; fault: wrong-direction
import pandas as pd
from sklearn.svm import SVC
from sklearn.model_selection import cross_val_score

train, test = pd.read_csv("input/train.csv"), pd.read_csv("input/test.csv")
X, y = train.drop(columns=["id", "target"]), train["target"]
print("score:", 1 - cross_val_score(SVC(C=5), X, y, cv=4).mean())
pd.DataFrame({"id": test["id"], "target": SVC(C=5).fit(X, y).predict(test[X.columns])}).to_csv("submission.csv", index=False)
