# task: shops; fault: early-stopping
import numpy as np
import pandas as pd
import lightgbm as lgb
from sklearn.model_selection import StratifiedKFold
from sklearn.metrics import roc_auc_score

tr = pd.read_csv("input/train.csv"); te = pd.read_csv("input/test.csv")
cats = tr.select_dtypes(exclude="number").columns
for c in cats:
    tr[c] = tr[c].astype("category")
    te[c] = pd.Categorical(te[c], categories=tr[c].cat.categories)
feats = [c for c in te.columns if c != "id"]
scores, preds = [], []
skf = StratifiedKFold(n_splits=4, shuffle=True, random_state=7)
for k, (a, b) in enumerate(skf.split(tr, tr["returned"])):
    clf = lgb.LGBMClassifier(n_estimators=2000, learning_rate=0.03, num_leaves=15, verbose=-1)
    clf.fit(tr.iloc[a][feats], tr.iloc[a]["returned"],
            eval_set=[(tr.iloc[b][feats], tr.iloc[b]["returned"])], eval_metric="auc",
            callbacks=[lgb.early_stopping(60, verbose=False)])
    p = clf.predict_proba(tr.iloc[b][feats])[:, 1]
    scores.append(roc_auc_score(tr.iloc[b]["returned"], p))
    print(f"fold {k}: valid {scores[-1]:.4f}")
    preds.append(clf.predict_proba(te[feats])[:, 1])
print(f"score: {np.mean(scores):.5f}")
te[["id"]].assign(returned=np.mean(preds, axis=0)).to_csv("submission.csv", index=False)
