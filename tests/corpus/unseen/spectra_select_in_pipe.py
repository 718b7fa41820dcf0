# task: spectra; fault: none
import pandas as pd
from sklearn.feature_selection import SelectPercentile, f_regression
from sklearn.linear_model import BayesianRidge
from sklearn.model_selection import cross_validate, RepeatedKFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import RobustScaler

X = pd.read_csv("input/train.csv").drop(columns="specimen")
T = pd.read_csv("input/test.csv")
y = X.pop("protein")
model = Pipeline(steps=[("scaler", RobustScaler()), ("filter", SelectPercentile(f_regression, percentile=8)), ("regression", BayesianRidge())])
result = cross_validate(model, X, y, cv=RepeatedKFold(n_splits=5, n_repeats=2, random_state=0), scoring="neg_mean_absolute_error", return_train_score=True)
for i, (a, b) in enumerate(zip(-result["train_score"], -result["test_score"]), 1):
    print(f"fold {i}: train {a:.5f} valid {b:.5f}")
T["protein"] = model.fit(X, y).predict(T[X.columns])
T[["specimen", "protein"]].to_csv("submission.csv", index=False)
print(f"score: {-result['test_score'].mean():.5f}")
