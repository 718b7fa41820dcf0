# task: outlets; fault: constant
import re
import numpy as np
import pandas as pd
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.model_selection import GroupShuffleSplit


def clean(name):
    return re.sub(r"\W+", "_", name).lower()


train = pd.read_csv("input/train.csv")
test = pd.read_csv("input/test.csv")
train.columns = [clean(c) for c in train.columns]
y = np.log1p(train["sales"])
X = pd.get_dummies(train.drop(columns=["rowid", "store", "sales"]), dtype=float)
X["log_area"] = np.log(X.pop("floor_area"))
X_test = pd.get_dummies(test, columns=["Format"], dtype=float).reindex(columns=X.columns, fill_value=0.0)


def model():
    return GradientBoostingRegressor(n_estimators=90, learning_rate=0.06, max_depth=3, subsample=0.6, max_features=0.5, random_state=0)


scores = []
for a, b in GroupShuffleSplit(5, test_size=0.2, random_state=0).split(X, y, train["store"]):
    scores.append(np.sqrt(np.mean((model().fit(X.iloc[a], y.iloc[a]).predict(X.iloc[b]) - y.iloc[b]) ** 2)))
    print(f"fold {len(scores)}: valid {scores[-1]:.4f}")
sales = np.expm1(model().fit(X, y).predict(X_test))
pd.DataFrame({"RowId": test["RowId"], "Sales": sales}).to_csv("submission.csv", index=False)
print(f"score: {np.mean(scores):.4f}")
