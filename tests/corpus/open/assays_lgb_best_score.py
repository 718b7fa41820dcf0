# task: assays; fault: early-stopping
import lightgbm as lgb
import pandas as pd
from sklearn.model_selection import train_test_split

train, test = pd.read_csv("input/train.csv"), pd.read_csv("input/test.csv")
genes = [c for c in test.columns if c != "id"]
X_tr, X_val, y_tr, y_val = train_test_split(train[genes], train["response"], test_size=0.2, random_state=5)
params = dict(n_estimators=3000, learning_rate=0.05, num_leaves=7, verbose=-1, n_jobs=1)
fit_params = {"eval_set": [(X_val, y_val)], "eval_metric": "rmse", "callbacks": [lgb.early_stopping(60, verbose=False)]}
model = lgb.LGBMRegressor(**params)
model.fit(X_tr, y_tr, **fit_params)
print(f"score: {model.best_score_['valid_0']['rmse']:.5f}")
pd.DataFrame({"id": test["id"], "response": model.predict(test[genes])}).to_csv("submission.csv", index=False)
