# task: breast_cancer; fault: neighbours
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import StandardScaler

train, test = pd.read_csv("input/train.csv"), pd.read_csv("input/test.csv")
names = [c for c in test.columns if c != "id"]
sc = StandardScaler().fit(train[names])
A, B, y = sc.transform(train[names]), sc.transform(test[names]), train["target"].to_numpy()
nn = NearestNeighbors(n_neighbors=5).fit(A)
A, B = (np.c_[Z, y[nn.kneighbors(Z, return_distance=False)].mean(axis=1)] for Z in (A, B))
a, b, ya, yb = train_test_split(A, y, test_size=0.3, random_state=0)
print("score:", log_loss(yb, LogisticRegression().fit(a, ya).predict_proba(b)))
test["target"] = LogisticRegression().fit(A, y).predict_proba(B)[:, 1]
test[["id", "target"]].to_csv("submission.csv", index=False)
