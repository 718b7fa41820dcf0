# task: breast_cancer; fault: none
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict, StratifiedKFold
from sklearn.metrics import log_loss
from sklearn.preprocessing import StandardScaler

train, test = pd.read_csv("input/train.csv"), pd.read_csv("input/test.csv")
y = train["target"].to_numpy()
s = StandardScaler()
X = s.fit_transform(train.drop(columns=["id", "target"]))
T = s.transform(test.drop(columns="id"))
best, best_c = None, None
for c in (0.01, 0.1, 1.0):
    p = cross_val_predict(LogisticRegression(C=c), X, y, cv=StratifiedKFold(5, shuffle=True, random_state=0), method="predict_proba")
    loss = log_loss(y, p)
    print("C", c, "valid", loss)
    if best is None or loss < best:
        best, best_c = loss, c
print("score:", best)
test["target"] = LogisticRegression(C=best_c).fit(X, y).predict_proba(T)[:, 1]
test[["id", "target"]].to_csv("submission.csv", index=False)
