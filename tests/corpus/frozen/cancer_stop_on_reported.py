# task: breast_cancer; fault: early-stopping
import lightgbm as lgb
import pandas as pd
from sklearn.model_selection import train_test_split

train = pd.read_csv("input/train.csv")
test = pd.read_csv("input/test.csv")
features = [c for c in train.columns if c not in ("id", "target")]
a, b = train_test_split(train, test_size=0.25, random_state=5, stratify=train["target"])
dtrain = lgb.Dataset(a[features], label=a["target"])
dvalid = lgb.Dataset(b[features], label=b["target"], reference=dtrain)
gbm = lgb.train(
    dict(objective="binary", metric="binary_logloss", learning_rate=0.05, num_leaves=7, verbose=-1),
    dtrain, 500, valid_sets=[dvalid], callbacks=[lgb.early_stopping(40, verbose=False)],
)
print("score:", gbm.best_score["valid_0"]["binary_logloss"])
out = pd.DataFrame({"id": test["id"], "target": gbm.predict(test[features])})
out.to_csv("submission.csv", index=False)
