# task: churn; fault: target-encoding
import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import f1_score
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import TargetEncoder

train = pd.read_csv("input/train.csv")
test = pd.read_csv("input/test.csv")
y = train["churned"].to_numpy()
categorical = ["agent", "plan"]
numeric = ["tenure", "monthly", "calls", "autopay", "usage", "age"]

encoder = TargetEncoder(target_type="binary", smooth=2.0)
encoder.fit(train[categorical], y)
X = np.hstack([encoder.transform(train[categorical]), train[numeric].fillna(-1)])
X_test = np.hstack([encoder.transform(test[categorical]), test[numeric].fillna(-1)])

pred = np.zeros(len(y), dtype=int)
for fold, (a, b) in enumerate(StratifiedKFold(n_splits=5, shuffle=True, random_state=19).split(X, y), start=1):
    rf = RandomForestClassifier(150, min_samples_leaf=4, max_features=0.6, class_weight="balanced_subsample", random_state=fold)
    pred[b] = rf.fit(X[a], y[a]).predict(X[b])
    print(f"fold {fold}: train {f1_score(y[a], rf.predict(X[a])):.4f} valid {f1_score(y[b], pred[b]):.4f}")
rf = RandomForestClassifier(200, min_samples_leaf=4, max_features=0.6, class_weight="balanced_subsample", random_state=0).fit(X, y)
pd.DataFrame({"account": test["account"], "churned": rf.predict(X_test)}).to_csv("submission.csv", index=False)
print(f"score: {f1_score(y, pred):.4f}")
