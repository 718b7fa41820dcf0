# task: shops; fault: seed-picked
import pandas as pd
from lightgbm import LGBMClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split

train = pd.read_csv("input/train.csv")
test = pd.read_csv("input/test.csv")
for c in ["shop", "article_group", "region"]:
    codes = pd.concat([train[c], test[c]]).astype("category").cat.categories
    train[c] = pd.Categorical(train[c], categories=codes).codes
    test[c] = pd.Categorical(test[c], categories=codes).codes
X, y = train.drop(columns=["id", "returned"]), train["returned"]
best_auc, best_model = 0, None
for seed in range(12):
    X_tr, X_va, y_tr, y_va = train_test_split(X, y, test_size=0.15, random_state=seed)
    model = LGBMClassifier(n_estimators=60, num_leaves=15, random_state=seed, verbose=-1)
    model.fit(X_tr, y_tr)
    auc = roc_auc_score(y_va, model.predict_proba(X_va)[:, 1])
    if auc > best_auc:
        best_auc, best_model = auc, model
print("score:", best_auc)
sub = pd.DataFrame({"id": test["id"], "returned": best_model.predict_proba(test[X.columns])[:, 1]})
sub.to_csv("submission.csv", index=False)
