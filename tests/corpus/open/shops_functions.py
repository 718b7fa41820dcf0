# task: shops; fault: none
import argparse
import pandas as pd
import numpy as np
from lightgbm import LGBMClassifier, early_stopping
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, train_test_split

TARGET = "returned"

def read():
    return pd.read_csv("input/train.csv"), pd.read_csv("input/test.csv"), pd.read_csv("input/sample_submission.csv")

def codes(train, test):
    for c in train.columns[train.dtypes == object].union(["shop", "article_group", "region"]):
        known = {v: i for i, v in enumerate(train[c].dropna().unique())}
        train[c] = train[c].map(known).fillna(-1)
        test[c] = test[c].map(known).fillna(-1)
    return train, test

def fit_one(X, y, seed):
    a, b, ya, yb = train_test_split(X, y, test_size=0.2, random_state=seed, stratify=y)
    m = LGBMClassifier(n_estimators=500, learning_rate=0.05, num_leaves=15, verbose=-1, random_state=seed)
    m.fit(a, ya, eval_set=[(b, yb)], callbacks=[early_stopping(25, verbose=False)])
    return m

def main():
    train, test, sample = read()
    train, test = codes(train, test)
    X, y = train.drop(columns=["id", TARGET]), train[TARGET]
    oof, preds = np.zeros(len(X)), []
    for seed, (tr, va) in enumerate(StratifiedKFold(5, shuffle=True, random_state=1).split(X, y)):
        m = fit_one(X.iloc[tr], y.iloc[tr], seed)
        oof[va] = m.predict_proba(X.iloc[va])[:, 1]
        preds.append(m.predict_proba(test[X.columns])[:, 1])
    print(f"score: {roc_auc_score(y, oof):.5f}")
    sample[TARGET] = np.mean(preds, axis=0)
    sample.to_csv("submission.csv", index=False)

main()
