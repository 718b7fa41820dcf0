# task: breast_cancer; fault: none
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

def standardise(a, reference):
    mean, deviation = reference.mean(axis=0), reference.std(axis=0)
    return (a - mean) / deviation

train = pd.read_csv("./input/train.csv")
test = pd.read_csv("./input/test.csv")
names = [n for n in train if n not in ("id", "target")]
fit = standardise(train[names], train[names])
model = LogisticRegression(C=0.3).fit(fit, train.target)
probability = model.predict_proba(standardise(test[names], train[names]))[:, 1]
pd.DataFrame(dict(id=test.id, target=np.clip(probability, 0.003, 0.997))).to_csv("./submission.csv", index=False)
print("trained on", len(train), "rows")
