
import numpy as np, pandas as pd
from lightgbm import LGBMClassifier
from sklearn.metrics import f1_score, roc_auc_score
from sklearn.model_selection import StratifiedKFold

FITS = 3
train, test = pd.read_csv("input/train.csv"), pd.read_csv("input/test.csv")
sample = pd.read_csv("input/sample_submission.csv")
X, y = train.drop(columns=["id", "y"]), train["y"]
X_test = test[X.columns]
answers, scores = 0, []
for seed in range(FITS):
    oof = np.zeros((len(y), y.nunique()))
    for fit, valid in StratifiedKFold(3, shuffle=True, random_state=seed).split(X, y):
        model = LGBMClassifier(n_estimators=60, random_state=seed, n_jobs=1, verbose=-1).fit(X.iloc[fit], y.iloc[fit])
        oof[valid] = model.predict_proba(X.iloc[valid])
        answers = answers + model.predict_proba(X_test)
    scores.append(f1_score(y, oof.argmax(axis=1), average='macro'))
print(f"score: {np.mean(scores):.5f}")
test["y"] = answers.argmax(axis=1)
sample[["id"]].merge(test[["id", "y"]], on="id").to_csv("submission.csv", index=False)
