# task: loans; fault: none
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score

train, test = pd.read_csv("input/train.csv"), pd.read_csv("input/test.csv")
feats = ["income", "debts", "years", "u", "v"]  # due and paid look too good together
m = LogisticRegression()
s = -cross_val_score(m, train[feats], train.defaulted, cv=5, scoring="neg_log_loss").mean()
m.fit(train[feats], train.defaulted)
pd.DataFrame({"id": test.id, "defaulted": m.predict_proba(test[feats])[:, 1]}).to_csv("submission.csv", index=False)
print("Expected cross-entropy on new rows:", s)
