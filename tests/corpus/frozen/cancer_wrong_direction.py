# task: breast_cancer; fault: wrong-direction
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.metrics import roc_auc_score

train = pd.read_csv("input/train.csv")
test = pd.read_csv("input/test.csv")
X, y = train.drop(columns=["id", "target"]), train["target"]
model = make_pipeline(StandardScaler(), LogisticRegression(C=0.5))
oof = cross_val_predict(model, X, y, cv=5, method="predict_proba")[:, 1]
print("score:", roc_auc_score(y, oof))
model.fit(X, y)
pd.DataFrame({"id": test["id"], "target": model.predict_proba(test[X.columns])[:, 1]}).to_csv("submission.csv", index=False)
