# task: assays; fault: none
import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold

train, test = pd.read_csv("input/train.csv"), pd.read_csv("input/test.csv")
genes = [c for c in test.columns if c != "id"]


def chosen(part):
    return sorted(genes, key=lambda g: -abs(np.corrcoef(part[g], part["response"])[0, 1]))[:30]


errors = []
for a, b in KFold(5, shuffle=True, random_state=0).split(train):
    fit, held = train.iloc[a], train.iloc[b]
    top = chosen(fit)
    errors.append(np.mean((Ridge(3.0).fit(fit[top], fit["response"]).predict(held[top]) - held["response"]) ** 2))
top = chosen(train)
test["response"] = Ridge(3.0).fit(train[top], train["response"]).predict(test[top])
test[["id", "response"]].to_csv("submission.csv", index=False)
print("score:", np.sqrt(np.mean(errors)))
