# task: breast_cancer; fault: train-score
import pandas as pd
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.metrics import log_loss

def main():
    train = pd.read_csv("input/train.csv")
    test = pd.read_csv("input/test.csv")
    x_cols = [c for c in train if c not in ["id", "target"]]
    gbm = GradientBoostingClassifier(n_estimators=60, max_depth=2, random_state=0)
    gbm.fit(train[x_cols], train["target"])
    loss = log_loss(train["target"], gbm.predict_proba(train[x_cols])[:, 1])
    print("score: %.6f" % loss)
    test["target"] = gbm.predict_proba(test[x_cols])[:, 1]
    test[["id", "target"]].to_csv("submission.csv", index=False)

main()
