# task: digits; fault: none
import numpy as np
import pandas as pd
from sklearn.neighbors import KNeighborsClassifier
from sklearn.model_selection import KFold


def shift(images, dy, dx):
    return np.roll(np.roll(images.reshape(-1, 8, 8), dy, axis=1), dx, axis=2).reshape(len(images), 64)


def augment(X, y):
    moves = [(0, 0), (0, 1), (0, -1), (1, 0), (-1, 0)]
    return np.vstack([shift(X, *m) for m in moves]), np.concatenate([y] * len(moves))


class Model:
    def fit(self, X, y):
        big, labels = augment(X, y)
        self.knn = KNeighborsClassifier(3).fit(big, labels)
        return self

    def predict(self, X):
        return self.knn.predict(X)


def validate(X, y):
    hits = []
    for a, b in KFold(5, shuffle=True, random_state=0).split(X):
        hits.append(np.mean(Model().fit(X[a], y[a]).predict(X[b]) == y[b]))
    return float(np.mean(hits))


if __name__ == "__main__":
    train = pd.read_csv("input/train.csv")
    test = pd.read_csv("input/test.csv")
    names = [c for c in test if c != "id"]
    X, y = train[names].to_numpy(float), train["target"].to_numpy()
    print("score:", validate(X, y))
    test["target"] = Model().fit(X, y).predict(test[names].to_numpy(float))
    test[["id", "target"]].to_csv("submission.csv", index=False)
