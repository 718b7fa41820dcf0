# task: digits; fault: none
import numpy as np
import pandas as pd
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

train, test = pd.read_csv("input/train.csv"), pd.read_csv("input/test.csv")
cols = [c for c in test.columns if c != "id"]
X, y, T = train[cols].to_numpy() / 16, train["target"].to_numpy(), test[cols].to_numpy() / 16
X_rest, X_hold, y_rest, y_hold = train_test_split(X, y, test_size=0.2, random_state=0)
X_fit, X_pick, y_fit, y_pick = train_test_split(X_rest, y_rest, test_size=0.2, random_state=1)
def fitted(seed):
    np.random.seed(seed)
    return MLPClassifier((24,), max_iter=25, random_state=seed).fit(X_fit, y_fit)

best_seed, best = None, -1.0
for s in range(12):
    acc = accuracy_score(y_pick, fitted(s).predict(X_pick))
    if acc > best:
        best, best_seed = acc, s
model = fitted(best_seed)
print("score:", accuracy_score(y_hold, model.predict(X_hold)))
pd.DataFrame({"id": test["id"], "target": model.predict(T)}).to_csv("submission.csv", index=False)
