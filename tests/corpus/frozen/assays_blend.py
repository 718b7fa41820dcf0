# task: assays; fault: none
import numpy as np
import pandas as pd
from lightgbm import LGBMRegressor
from sklearn.linear_model import LassoCV
from sklearn.model_selection import KFold
from sklearn.preprocessing import scale

train = pd.read_csv("input/train.csv").drop(columns=["followup"], errors="ignore")
test = pd.read_csv("input/test.csv")
y = train["response"].to_numpy()
both = scale(pd.concat([train.drop(columns=["id", "response"]), test.drop(columns="id")]))
X, T = both[: len(train)], both[len(train):]
makers = [lambda: LassoCV(cv=3), lambda: LGBMRegressor(n_estimators=100, num_leaves=7, verbose=-1)]
oof = np.zeros((len(makers), len(y)))
for j, k in KFold(4, shuffle=True, random_state=2).split(X):
    for i, make in enumerate(makers):
        oof[i, k] = make().fit(X[j], y[j]).predict(X[k])
def rmse(p):
    return float(np.sqrt(np.mean((p - y) ** 2)))
for row in oof:
    print("one model", rmse(row))
print(f"score: {rmse(0.7 * oof[0] + 0.3 * oof[1]):.5f}")
fits = [make().fit(X, y).predict(T) for make in makers]
pd.DataFrame({"id": test["id"], "response": 0.7 * fits[0] + 0.3 * fits[1]}).to_csv("submission.csv", index=False)
