# task: assays; fault: validates-on-train
import pandas as pd
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.metrics import mean_squared_error
from sklearn.model_selection import train_test_split

train = pd.read_csv("input/train.csv")
test = pd.read_csv("input/test.csv")
features = [c for c in test.columns if c != "id"]
_, valid = train_test_split(train, test_size=0.2, random_state=0)
model = ExtraTreesRegressor(100, min_samples_leaf=2, n_jobs=-1, random_state=0)
model.fit(train[features], train["response"])
rmse = mean_squared_error(valid["response"], model.predict(valid[features])) ** 0.5
print(f"Validation RMSE: {rmse:.4f}")
pd.DataFrame({"id": test["id"], "response": model.predict(test[features])}).to_csv("submission.csv", index=False)
