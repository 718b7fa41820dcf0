# task: shops; fault: none
import numpy as np
import pandas as pd
import lightgbm as lgb
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import KFold

df = pd.read_csv("./input/train.csv")
te = pd.read_csv("./input/test.csv")
ss = pd.read_csv("./input/sample_submission.csv")
CATS = ["shop", "article_group", "region"]


def target_mean(fit, col, smooth=10.0):
    prior = fit["returned"].mean()
    agg = fit.groupby(col)["returned"].agg(["sum", "count"])
    return (agg["sum"] + smooth * prior) / (agg["count"] + smooth), prior


def encode(fit, *others):
    out = [o.copy() for o in others]
    for c in CATS:
        table, prior = target_mean(fit, c)
        for o in out:
            o[c + "_te"] = o[c].map(table).fillna(prior)
    return out


def columns(d):
    return d.drop(columns=CATS + ["id", "returned"], errors="ignore")


oof = np.zeros(len(df))
pred = np.zeros(len(te))
kf = KFold(n_splits=5, shuffle=True, random_state=3)
for tr_idx, va_idx in kf.split(df):
    fit = df.iloc[tr_idx]
    inner = np.zeros((len(fit), len(CATS)))
    for a, b in KFold(5, shuffle=True, random_state=1).split(fit):
        (piece,) = encode(fit.iloc[a], fit.iloc[b])
        inner[b] = piece[[c + "_te" for c in CATS]].to_numpy()
    f = fit.copy()
    for i, c in enumerate(CATS):
        f[c + "_te"] = inner[:, i]
    v, t = encode(fit, df.iloc[va_idx], te)
    m = lgb.LGBMClassifier(n_estimators=80, learning_rate=0.05, num_leaves=15, verbose=-1, random_state=0)
    m.fit(columns(f), f["returned"])
    oof[va_idx] = m.predict_proba(columns(v)[columns(f).columns])[:, 1]
    pred += m.predict_proba(columns(t)[columns(f).columns])[:, 1] / 5
print(f"score: {roc_auc_score(df['returned'], oof):.5f}")
ss["returned"] = pred
ss.to_csv("submission.csv", index=False)
