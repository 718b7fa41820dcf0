# task: assays; fault: none
import pandas as pd
from sklearn.linear_model import ElasticNetCV
from sklearn.metrics import root_mean_squared_error
from sklearn.model_selection import train_test_split

train, test = pd.read_csv("input/train.csv"), pd.read_csv("input/test.csv")
leaky = set(train) - set(test) - {"response"}
X, y = train.drop(columns=["id", "response", *leaky]), train["response"]
a, b, ya, yb = train_test_split(X, y, test_size=0.25, random_state=0)
m = ElasticNetCV(cv=4).fit(a, ya)
print("score:", root_mean_squared_error(yb, m.predict(b)))
pd.DataFrame({"id": test["id"], "response": ElasticNetCV(cv=4).fit(X, y).predict(test[X.columns])}).to_csv("submission.csv", index=False)
