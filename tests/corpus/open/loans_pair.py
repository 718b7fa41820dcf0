# task: loans; fault: leak-pair
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import cross_val_score

train, test = pd.read_csv("input/train.csv"), pd.read_csv("input/test.csv")
for d in (train, test):
    d["open"] = d["due"] - d["paid"]
X = train.drop(columns=["id", "defaulted"])
m = HistGradientBoostingClassifier(max_iter=60, random_state=0)
s = -cross_val_score(m, X, train.defaulted, cv=4, scoring="neg_log_loss").mean()
m.fit(X, train.defaulted)
pd.DataFrame({"id": test.id, "defaulted": m.predict_proba(test[X.columns])[:, 1]}).to_csv("submission.csv", index=False)
print("score:", s)
