# task: assays; fault: selection
import numpy as np
import pandas as pd
from sklearn.feature_selection import RFE
from sklearn.linear_model import Ridge
from sklearn.model_selection import cross_val_score

train, test = pd.read_csv("input/train.csv").drop(columns=["followup"]), pd.read_csv("input/test.csv")
X, y = train.drop(columns=["id", "response"]), train["response"]
chosen = X.columns[RFE(Ridge(), n_features_to_select=60, step=20).fit(X, y).support_]
print("score:", -cross_val_score(Ridge(), X[chosen], y, cv=5, scoring="neg_root_mean_squared_error").mean())
pd.DataFrame({"id": test["id"], "response": Ridge().fit(X[chosen], y).predict(test[chosen])}).to_csv("submission.csv", index=False)
