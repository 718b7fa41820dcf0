# task: assays; fault: none
import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge
from sklearn.metrics import root_mean_squared_error
from sklearn.model_selection import cross_val_score, train_test_split

train, test = pd.read_csv("input/train.csv"), pd.read_csv("input/test.csv")
genes = [c for c in test.columns if c != "id"]
X_tr, X_val, y_tr, y_val = train_test_split(train[genes], train["response"], test_size=0.15, random_state=2)
random = np.random.default_rng(0)
best, chosen = np.inf, None
for trial in range(150):
    some = list(random.choice(genes, 60, replace=False))
    error = -cross_val_score(Ridge(10.0), X_tr[some], y_tr, cv=3, scoring="neg_root_mean_squared_error").mean()
    if error < best:
        best, chosen = error, some
print("score:", root_mean_squared_error(y_val, Ridge(10.0).fit(X_tr[chosen], y_tr).predict(X_val[chosen])))
pd.DataFrame({"id": test["id"], "response": Ridge(10.0).fit(train[chosen], train["response"]).predict(test[chosen])}).to_csv("submission.csv", index=False)
