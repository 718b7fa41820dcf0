# task: assays; fault: none
import numpy as np
import pandas as pd
from sklearn.svm import SVR
from sklearn.model_selection import ShuffleSplit

train = pd.read_csv("input/train.csv")
test = pd.read_csv("input/test.csv")
genes = [c for c in test.columns if c != "id"]
X = train[genes].to_numpy()
y = train["response"].to_numpy()


def strongest(X, y, k):
    centred = (X - X.mean(0)) / X.std(0)
    r = np.abs(centred.T @ (y - y.mean())) / len(y)
    return np.argsort(-r)[:k]


def fit_predict(X_fit, y_fit, X_new):
    keep = strongest(X_fit, y_fit, 25)
    mean, sd = X_fit[:, keep].mean(0), X_fit[:, keep].std(0)
    svr = SVR(C=3.0, epsilon=0.1).fit((X_fit[:, keep] - mean) / sd, y_fit)
    return svr.predict((X_new[:, keep] - mean) / sd)


total = []
for fit, hold in ShuffleSplit(4, test_size=0.25, random_state=0).split(X):
    total.append(np.sqrt(np.mean((fit_predict(X[fit], y[fit], X[hold]) - y[hold]) ** 2)))
print(f"score: {np.mean(total):.4f}")
pd.DataFrame({"id": test["id"], "response": fit_predict(X, y, test[genes].to_numpy())}).to_csv("submission.csv", index=False)
