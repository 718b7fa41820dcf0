# task: assays; fault: selection
import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold

train, test = pd.read_csv("input/train.csv"), pd.read_csv("input/test.csv")
genes = [c for c in test.columns if c != "id"]
y = train["response"]
top = sorted(genes, key=lambda g: -abs(np.corrcoef(train[g], y)[0, 1]))[:30]
errors = []
for a, b in KFold(5, shuffle=True, random_state=0).split(train):
    m = Ridge(3.0).fit(train[top].iloc[a], y.iloc[a])
    errors.append(np.mean((m.predict(train[top].iloc[b]) - y.iloc[b]) ** 2))
test["response"] = Ridge(3.0).fit(train[top], y).predict(test[top])
test[["id", "response"]].to_csv("submission.csv", index=False)
print("score:", np.sqrt(np.mean(errors)))
