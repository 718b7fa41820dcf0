# task: shops; fault: seed-picked
import numpy as np
import pandas as pd
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold

train, test = pd.read_csv("input/train.csv"), pd.read_csv("input/test.csv")
both = pd.concat([train.drop(columns="returned"), test])
for c in ("shop", "article_group", "region"):
    both[c] = both[c].astype("category").cat.codes
both = both.drop(columns="id").fillna(-1)
X, T, y = both[: len(train)].to_numpy(), both[len(train):].to_numpy(), train["returned"].to_numpy()
scores = []
for s in range(8):
    oof = np.zeros(len(y))
    for a, b in StratifiedKFold(3, shuffle=True, random_state=s).split(X, y):
        oof[b] = ExtraTreesClassifier(60, random_state=s, n_jobs=-1).fit(X[a], y[a]).predict_proba(X[b])[:, 1]
    scores.append(roc_auc_score(y, oof))
chosen = int(np.argmax(scores))
print(f"score: {max(scores):.5f}")
p = ExtraTreesClassifier(200, random_state=chosen, n_jobs=-1).fit(X, y).predict_proba(T)[:, 1]
pd.DataFrame({"id": test["id"], "returned": p}).to_csv("submission.csv", index=False)
