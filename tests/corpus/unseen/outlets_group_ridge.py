# task: outlets; fault: none
import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.linear_model import RidgeCV
from sklearn.metrics import root_mean_squared_log_error
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

df_train = pd.read_csv("input/train.csv")
df_test = pd.read_csv("input/test.csv")

skewed = ["Floor Area", "City Size"]
plain = ["Rivals", "Parking", "Promo", "Price Index", "Rain"]
prep = ColumnTransformer([
    ("log", Pipeline([("l", FunctionTransformer(np.log1p)), ("s", StandardScaler())]), skewed),
    ("std", StandardScaler(), plain),
    ("fmt", OneHotEncoder(handle_unknown="ignore"), ["Format"]),
])
reg = TransformedTargetRegressor(
    Pipeline([("prep", prep), ("ridge", RidgeCV(alphas=np.logspace(-2, 3, 12)))]),
    func=np.log1p, inverse_func=np.expm1,
)
X, y, stores = df_train[skewed + plain + ["Format"]], df_train["Sales"], df_train["Store"]
oof = cross_val_predict(reg, X, y, groups=stores, cv=GroupKFold(n_splits=8))
reg.fit(X, y)
df_test["Sales"] = np.maximum(reg.predict(df_test[X.columns]), 0)
df_test[["RowId", "Sales"]].to_csv("submission.csv", index=False)
print("score:", root_mean_squared_log_error(y, np.maximum(oof, 0)))
