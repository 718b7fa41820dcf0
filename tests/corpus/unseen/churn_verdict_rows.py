# task: churn; fault: none
import logging
import sys
import numpy as np
import pandas as pd
from scipy.stats import loguniform, randint
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.metrics import f1_score
from sklearn.model_selection import RandomizedSearchCV, train_test_split

logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(message)s")
log = logging.getLogger("churn")


def read(name):
    d = pd.read_csv(f"input/{name}.csv")
    d["plan_rank"] = d["plan"].map({"basic": 0, "plus": 1, "pro": 2, "family": 3})
    d["usage_missing"] = d["usage"].isna().astype(int)
    d["usage"] = np.log1p(d["usage"].fillna(0))
    d["fee_per_use"] = d["monthly"] / (1 + d["usage"])
    return d


FEATURES = ["tenure", "monthly", "calls", "autopay", "usage", "usage_missing", "age", "plan_rank", "fee_per_use"]
train, test = read("train"), read("test")
development, verdict = train_test_split(train, test_size=0.35, random_state=8, stratify=train["churned"])
space = {"n_estimators": randint(40, 160), "learning_rate": loguniform(0.02, 0.2), "max_depth": randint(2, 4), "subsample": [0.6, 0.8, 1.0]}
weights = np.where(development["churned"] == 1, 2.0, 1.0)
search = RandomizedSearchCV(GradientBoostingClassifier(random_state=0), space, n_iter=8, scoring="f1", cv=3, random_state=0)
search.fit(development[FEATURES], development["churned"], sample_weight=weights)
log.info("search: %.4f with %s", search.best_score_, search.best_params_)
score = f1_score(verdict["churned"], search.predict(verdict[FEATURES]))
final = GradientBoostingClassifier(random_state=0, **search.best_params_)
final.fit(train[FEATURES], train["churned"], sample_weight=np.where(train["churned"] == 1, 2.0, 1.0))
test.assign(churned=final.predict(test[FEATURES]))[["account", "churned"]].to_csv("submission.csv", index=False)
log.info("score: %.4f", score)
