# task: stays; fault: none
import numpy as np
import pandas as pd

train, test = pd.read_csv("input/train.csv"), pd.read_csv("input/test.csv")
names = list("abcdef")
A, y, T = train[names].to_numpy(), train["long"].to_numpy(), test[names].to_numpy()


def fitted(A, y):
    """Fisher's direction."""
    inside = sum(np.cov(A[y == k].T) for k in (0, 1))
    return np.linalg.solve(inside, A[y == 1].mean(0) - A[y == 0].mean(0))


def area(y, s):
    ranks = np.argsort(np.argsort(s)) + 1.0
    ones = (y == 1).sum()
    return (ranks[y == 1].sum() - ones * (ones + 1) / 2) / (ones * (len(y) - ones))


parts = np.random.default_rng(3).integers(0, 5, len(y))
areas = [area(y[parts == k], A[parts == k] @ fitted(A[parts != k], y[parts != k])) for k in range(5)]
pd.DataFrame({"id": test["id"], "long": 1 / (1 + np.exp(-T @ fitted(A, y)))}).to_csv("submission.csv", index=False)
print(f"five parts in turn: {np.mean(sorted(areas)):.4f}")
