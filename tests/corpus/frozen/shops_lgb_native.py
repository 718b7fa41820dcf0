# task: shops; fault: none
import lightgbm as lgb
import pandas as pd
from sklearn.model_selection import train_test_split
from sklearn import metrics

tr = pd.read_csv("input/train.csv")
te = pd.read_csv("input/test.csv")
y = tr.pop("returned")
full = pd.concat([tr, te], axis=0)
for c in ["shop", "article_group", "region"]:
    full[c] = full[c].astype("category")
    full[c + "_n"] = full.groupby(c, observed=True)[c].transform("size").astype(float)
full = full.drop(columns="id")
X, Xt = full.iloc[: len(tr)], full.iloc[len(tr):]

dev_x, hold_x, dev_y, hold_y = train_test_split(X, y, test_size=0.25, random_state=11, stratify=y)
fit_x, stop_x, fit_y, stop_y = train_test_split(dev_x, dev_y, test_size=0.2, random_state=12, stratify=dev_y)
params = {"objective": "binary", "metric": "auc", "learning_rate": 0.04, "num_leaves": 12, "verbosity": -1, "seed": 1}
booster = lgb.train(
    params,
    lgb.Dataset(fit_x, fit_y),
    num_boost_round=400,
    valid_sets=[lgb.Dataset(stop_x, stop_y)],
    callbacks=[lgb.early_stopping(30, verbose=False)],
)
auc = metrics.roc_auc_score(hold_y, booster.predict(hold_x))
print("holdout rows never used for stopping")
print("score:", auc)
final = lgb.train(params, lgb.Dataset(X, y), num_boost_round=max(booster.best_iteration, 10))
pd.DataFrame({"id": te["id"], "returned": final.predict(Xt)}).to_csv("submission.csv", index=False)
