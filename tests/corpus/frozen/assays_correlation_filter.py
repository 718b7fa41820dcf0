# task: assays; fault: selection
import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_squared_error
from sklearn.model_selection import KFold

train = pd.read_csv("input/train.csv").drop(columns="followup")
test = pd.read_csv("input/test.csv")
corr = train.drop(columns="id").corr()["response"].drop("response").abs()
top = corr.sort_values(ascending=False).head(40).index.tolist()
X, y = train[top].values, train["response"].values
rmse = []
for tr, va in KFold(5, shuffle=True, random_state=1).split(X):
    lin = LinearRegression().fit(X[tr], y[tr])
    rmse.append(mean_squared_error(y[va], lin.predict(X[va])) ** 0.5)
print("score:", sum(rmse) / len(rmse))
lin = LinearRegression().fit(X, y)
test["response"] = lin.predict(test[top].values)
test[["id", "response"]].to_csv("submission.csv", index=False)
