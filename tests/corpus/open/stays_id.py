# task: stays; fault: leak-id
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import cross_val_score

train, test = pd.read_csv("input/train.csv"), pd.read_csv("input/test.csv")
X, y = train.drop(columns="long"), train.long
m = RandomForestClassifier(100, min_samples_leaf=3, random_state=0, n_jobs=1)
s = cross_val_score(m, X, y, scoring="roc_auc", cv=5).mean()
pd.DataFrame({"id": test.id, "long": m.fit(X, y).predict_proba(test[X.columns])[:, 1]}).to_csv("submission.csv", index=False)
print("score:", s)
