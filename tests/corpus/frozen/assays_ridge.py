# task: assays; fault: none
import numpy as np
import pandas as pd
from sklearn.linear_model import RidgeCV
from sklearn.metrics import root_mean_squared_error
from sklearn.model_selection import KFold
from sklearn.preprocessing import StandardScaler

train, test = pd.read_csv("input/train.csv"), pd.read_csv("input/test.csv")
shared = [c for c in test.columns if c in train.columns and c != "id"]
scaler = StandardScaler().fit(np.vstack([train[shared], test[shared]]))
X, T, y = scaler.transform(train[shared].to_numpy()), scaler.transform(test[shared].to_numpy()), train["response"].to_numpy()
errors = []
for number, (tr, va) in enumerate(KFold(5, shuffle=True, random_state=0).split(X)):
    model = RidgeCV(np.logspace(0, 4, 12)).fit(X[tr], y[tr])
    errors.append(root_mean_squared_error(y[va], model.predict(X[va])))
    print(f"fold {number}: train {root_mean_squared_error(y[tr], model.predict(X[tr])):.4f} valid {errors[-1]:.4f}")
print("score:", np.mean(errors))
model = RidgeCV(np.logspace(0, 4, 12)).fit(X, y)
pd.DataFrame({"id": test["id"], "response": model.predict(T)}).to_csv("submission.csv", index=False)
