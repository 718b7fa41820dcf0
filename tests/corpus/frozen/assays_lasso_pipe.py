# task: assays; fault: none
import pandas as pd
from sklearn.feature_selection import SelectFromModel
from sklearn.linear_model import Lasso, LinearRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

train = pd.read_csv("input/train.csv")
test = pd.read_csv("input/test.csv")
columns = train.columns.intersection(test.columns).drop("id")
pipe = make_pipeline(StandardScaler(), SelectFromModel(Lasso(alpha=0.15)), LinearRegression())
mse = cross_val_score(pipe, train[columns], train["response"], scoring="neg_root_mean_squared_error", cv=5)
print("score:", -mse.mean())
pipe.fit(train[columns], train["response"])
pd.DataFrame({"id": test["id"], "response": pipe.predict(test[columns])}).to_csv("submission.csv", index=False)
