# task: assays; fault: leak-column
import pandas as pd
from lightgbm import LGBMRegressor
from sklearn.metrics import root_mean_squared_error
from sklearn.model_selection import train_test_split

train, test = pd.read_csv("input/train.csv"), pd.read_csv("input/test.csv")
test = test.reindex(columns=train.columns.drop("response"))
X, y = train.drop(columns=["id", "response"]), train["response"]
a, b, ya, yb = train_test_split(X, y, test_size=0.2, random_state=1)
m = LGBMRegressor(n_estimators=80, verbose=-1).fit(a, ya)
print("score:", root_mean_squared_error(yb, m.predict(b)))
pd.DataFrame({"id": test["id"], "response": m.predict(test[X.columns])}).to_csv("submission.csv", index=False)
