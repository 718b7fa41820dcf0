# task: breast_cancer; fault: class-imputation
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

train, test = pd.read_csv("input/train.csv"), pd.read_csv("input/test.csv")
names = [c for c in test.columns if c != "id"]
far = (train[names] - train[names].median()).abs() > 2 * train[names].std()
X = train[names].mask(far)  # outliers are taken for errors of measurement
for k in (0, 1):
    rows = train["target"] == k
    X.loc[rows] = X.loc[rows].fillna(X.loc[rows].median())
m = make_pipeline(StandardScaler(), LogisticRegression())
print("score:", -cross_val_score(m, X, train["target"], cv=5, scoring="neg_log_loss").mean())
test["target"] = m.fit(X, train["target"]).predict_proba(test[names])[:, 1]
test[["id", "target"]].to_csv("submission.csv", index=False)
