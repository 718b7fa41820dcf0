# task: outlets; fault: duplicates
import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestRegressor
from sklearn.model_selection import KFold, cross_val_score
from sklearn.preprocessing import OrdinalEncoder

train, test = pd.read_csv("input/train.csv"), pd.read_csv("input/test.csv")
enc = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
train["Format"] = enc.fit_transform(train[["Format"]])
test["Format"] = enc.transform(test[["Format"]])
X = train.drop(columns=["RowId", "Store", "Sales"])
z = np.log1p(train["Sales"])
rf = RandomForestRegressor(n_estimators=120, max_features=0.6, min_samples_leaf=2, random_state=0, n_jobs=1)
mse = -cross_val_score(rf, X, z, cv=KFold(5, shuffle=True, random_state=0), scoring="neg_mean_squared_error")
print("RMSLE per fold:", np.sqrt(mse).round(4))
sub = pd.DataFrame({"RowId": test["RowId"], "Sales": np.expm1(rf.fit(X, z).predict(test[X.columns]))})
sub.to_csv("submission.csv", index=False)
print("score:", np.sqrt(mse.mean()).round(5))
