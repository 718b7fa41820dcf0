# task: digits; fault: validates-on-train
import numpy as np
import pandas as pd
from sklearn.neighbors import KNeighborsClassifier
from sklearn.model_selection import KFold

class Digits:
    def __init__(self, k):
        self.k = k
    def load(self):
        self.train, self.test = pd.read_csv("input/train.csv"), pd.read_csv("input/test.csv")
        self.X = self.train.drop(columns=["id", "target"]).values
        self.y = self.train["target"].values
    def fit(self):
        self.model = KNeighborsClassifier(self.k).fit(self.X, self.y)
    def check(self):
        return np.mean([np.mean(self.model.predict(self.X[v]) == self.y[v]) for _, v in KFold(5).split(self.X)])

d = Digits(2)
d.load()
d.fit()
print("score:", d.check())
pd.DataFrame({"id": d.test["id"], "target": d.model.predict(d.test.drop(columns="id").values)}).to_csv("submission.csv", index=False)
