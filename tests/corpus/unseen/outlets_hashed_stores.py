# task: outlets; fault: none
import hashlib
import lightgbm as lgb
import numpy as np
import pandas as pd

N_FOLDS = 5


def bucket(store, salt, n):
    """Stable pseudo-random bucket of a store."""
    return int(hashlib.md5(f"{salt}:{store}".encode()).hexdigest(), 16) % n


def rmsle(y_log, p_log):
    return float(np.sqrt(np.mean((y_log - p_log) ** 2)))


train = pd.read_csv("input/train.csv").set_index("RowId")
test = pd.read_csv("input/test.csv").set_index("RowId")
train["Format"] = train["Format"].map({"mini": 0, "super": 1, "hyper": 2})
test["Format"] = test["Format"].map({"mini": 0, "super": 1, "hyper": 2})
target = np.log1p(train.pop("Sales"))
use = ["Week", "Format", "Floor Area", "City Size", "Rivals", "Parking", "Promo", "Price Index", "Rain"]
fold = train["Store"].map(lambda s: bucket(s, "outer", N_FOLDS))

base = dict(objective="l2", learning_rate=0.04, num_leaves=8, min_data_in_leaf=40, feature_fraction=0.7, bagging_fraction=0.7, bagging_freq=1,
            lambda_l2=5.0, verbosity=-1, num_threads=1)
valid_pred, test_pred = pd.Series(0.0, index=train.index), np.zeros(len(test))
for k in range(N_FOLDS):
    out = fold == k
    inside = train[~out]
    stop = inside["Store"].map(lambda s: bucket(s, f"stop{k}", 6) == 0)  # these stores decide when to stop
    for seed in (1, 2, 3):
        d1 = lgb.Dataset(inside.loc[~stop, use], target[inside.index[~stop]])
        d2 = d1.create_valid(inside.loc[stop, use], target[inside.index[stop]])
        model = lgb.train({**base, "seed": seed}, d1, 500, valid_sets=[d2], callbacks=[lgb.early_stopping(30, verbose=False)])
        valid_pred[out] += model.predict(train.loc[out, use]) / 3
        test_pred += model.predict(test[use]) / (3 * N_FOLDS)
    print(f"fold {k + 1}: train {rmsle(target[~out], model.predict(inside[use])):.5f} valid {rmsle(target[out], valid_pred[out]):.5f}")

pd.DataFrame({"RowId": test.index, "Sales": np.expm1(test_pred).clip(min=0)}).to_csv("submission.csv", index=False)
print(f"score: {rmsle(target, valid_pred):.5f}")
