# task: churn; fault: wrong-metric
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import classification_report, f1_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import SplineTransformer, StandardScaler

train = pd.read_csv("input/train.csv", index_col="account")
test = pd.read_csv("input/test.csv", index_col="account")
num = ["tenure", "monthly", "calls", "autopay", "usage", "age"]
train["plan_code"], levels = pd.factorize(train["plan"], sort=True)
test["plan_code"] = levels.get_indexer(test["plan"])
num.append("plan_code")
model = make_pipeline(SimpleImputer(), SplineTransformer(n_knots=4, extrapolation="linear"), StandardScaler(), LogisticRegression(C=0.1, max_iter=500))
guess = cross_val_predict(model, train[num], train["churned"], cv=StratifiedKFold(5, shuffle=True, random_state=0))
print(classification_report(train["churned"], guess))
test["churned"] = model.fit(train[num], train["churned"]).predict(test[num])
test[["churned"]].to_csv("submission.csv")
print("score:", round(f1_score(train["churned"], guess, average="weighted"), 5))
