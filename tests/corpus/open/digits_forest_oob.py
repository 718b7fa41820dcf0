# task: digits; fault: none
import pandas as pd
from sklearn.ensemble import RandomForestClassifier

train, test = pd.read_csv("input/train.csv"), pd.read_csv("input/test.csv")
X, y = train.drop(columns=["id", "target"]), train["target"]
rf = RandomForestClassifier(200, oob_score=True, random_state=0, n_jobs=-1).fit(X, y)
print("score:", rf.oob_score_)
pd.DataFrame({"id": test["id"], "target": rf.predict(test[X.columns])}).to_csv("submission.csv", index=False)
