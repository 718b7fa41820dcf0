# task: breast_cancer; fault: none
import numpy as np
import pandas as pd
from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.linear_model import LogisticRegressionCV
from sklearn.metrics import log_loss
from sklearn.model_selection import RepeatedStratifiedKFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import QuantileTransformer

train, test = pd.read_csv("input/train.csv"), pd.read_csv("input/test.csv")
X = train.drop(columns=["id", "target"]); y = train["target"].values

def build():
    return Pipeline([
        ("q", QuantileTransformer(n_quantiles=100, output_distribution="normal")),
        ("k", SelectKBest(f_classif, k=15)),
        ("m", LogisticRegressionCV(Cs=[0.03, 0.3, 3.0], cv=3, scoring="neg_log_loss", max_iter=2000)),
    ])

sums, counts = np.zeros(len(y)), np.zeros(len(y))
for tr, va in RepeatedStratifiedKFold(n_splits=4, n_repeats=2, random_state=3).split(X, y):
    fitted = build().fit(X.iloc[tr], y[tr])
    sums[va] += fitted.predict_proba(X.iloc[va])[:, 1]
    counts[va] += 1
print("score:", log_loss(y, sums / counts))
test["target"] = build().fit(X, y).predict_proba(test[X.columns])[:, 1]
test[["id", "target"]].to_csv("submission.csv", index=False)
