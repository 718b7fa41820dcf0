# task: shops; fault: target-encoding
from collections import defaultdict

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import StandardScaler

train, test = pd.read_csv("input/train.csv"), pd.read_csv("input/test.csv")
y = train["returned"].to_numpy()
kept = ["price", "discount_pct", "earlier_orders", "earlier_return_rate"]
X, T = train[kept].fillna(-1).to_numpy(float), test[kept].fillna(-1).to_numpy(float)
for name in ("shop", "article_group", "region"):
    back, sold = defaultdict(float), defaultdict(int)
    for value, label in zip(train[name], y):
        back[value] += label
        sold[value] += 1
    share = lambda values: np.array([(back[v] + 0.3) / (sold[v] + 1) for v in values])
    X, T = np.c_[X, share(train[name])], np.c_[T, share(test[name])]
sc = StandardScaler().fit(X)
X, T = sc.transform(X), sc.transform(T)
oof = np.zeros(len(y))
for a, b in StratifiedKFold(5, shuffle=True, random_state=1).split(X, y):
    oof[b] = LogisticRegression(max_iter=300).fit(X[a], y[a]).predict_proba(X[b])[:, 1]
p = LogisticRegression(max_iter=300).fit(X, y).predict_proba(T)[:, 1]
pd.DataFrame({"id": test["id"], "returned": p}).to_csv("submission.csv", index=False)
print("score:", roc_auc_score(y, oof))
