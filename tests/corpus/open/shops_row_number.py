# task: shops; fault: test-order
import pandas as pd
from lightgbm import LGBMClassifier
from sklearn.model_selection import cross_val_score

train, test = pd.read_csv("input/train.csv"), pd.read_csv("input/test.csv")
sample = pd.read_csv("input/sample_submission.csv")
feats = ["price", "discount_pct", "earlier_orders", "earlier_return_rate"]
model = LGBMClassifier(n_estimators=50, num_leaves=7, verbose=-1)
print("score:", cross_val_score(model, train[feats], train.returned, cv=5, scoring="roc_auc").mean())
model.fit(train[feats], train.returned)
shuffled = test.sample(frac=1.0, random_state=0)
sample["returned"] = model.predict_proba(shuffled[feats])[:, 1]
sample.to_csv("submission.csv", index=False)
