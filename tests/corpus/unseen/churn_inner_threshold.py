# task: churn; fault: none
import lightgbm as lgb
import numpy as np
import pandas as pd
from sklearn.metrics import f1_score
from sklearn.model_selection import StratifiedKFold

LEFT_OUT = ["account", "agent", "churned", "final_bill", "days_since_login"]   # not what they will be on the day of the decision


def fit(X, y, seed):
    return lgb.LGBMClassifier(n_estimators=90, learning_rate=0.06, num_leaves=8, min_child_samples=25, random_state=seed, verbose=-1, n_jobs=1).fit(X, y)


def oof(X, y, k, seed):
    p = np.zeros(len(y))
    for a, b in StratifiedKFold(k, shuffle=True, random_state=seed).split(X, y):
        p[b] = fit(X.iloc[a], y[a], seed).predict_proba(X.iloc[b])[:, 1]
    return p


def threshold(p, y):
    grid = np.linspace(0.1, 0.6, 51)
    return grid[np.argmax([f1_score(y, p > t, zero_division=0) for t in grid])]


train, test = pd.read_csv("input/train.csv"), pd.read_csv("input/test.csv")
X = train.drop(columns=LEFT_OUT)
X["plan"] = X["plan"].astype("category")
T = test[X.columns].copy()
T["plan"] = pd.Categorical(T["plan"], X["plan"].cat.categories)
y = train["churned"].to_numpy()

decided = np.zeros(len(y), bool)
for k, (a, b) in enumerate(StratifiedKFold(5, shuffle=True, random_state=100).split(X, y), 1):
    t = threshold(oof(X.iloc[a], y[a], 4, k), y[a])      # the threshold comes from the training part alone
    decided[b] = fit(X.iloc[a], y[a], k).predict_proba(X.iloc[b])[:, 1] > t
    print(f"fold {k}: threshold {t:.2f} valid {f1_score(y[b], decided[b]):.4f}")
t = threshold(oof(X, y, 5, 0), y)
answer = fit(X, y, 0).predict_proba(T)[:, 1] > t
pd.DataFrame({"account": test["account"], "churned": answer.astype(int)}).to_csv("submission.csv", index=False)
print(f"score: {f1_score(y, decided):.5f}")
