# task: churn; fault: none
import pandas as pd
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.impute import SimpleImputer
from sklearn.metrics import f1_score, precision_score, recall_score
from sklearn.model_selection import StratifiedKFold, TunedThresholdClassifierCV, cross_val_predict
from sklearn.pipeline import make_pipeline

SEED = 5
train = pd.read_csv("input/train.csv")
test = pd.read_csv("input/test.csv")
X = pd.get_dummies(train[["tenure", "monthly", "calls", "plan", "autopay", "usage", "age"]], dtype=int)
X_test = pd.get_dummies(test[["tenure", "monthly", "calls", "plan", "autopay", "usage", "age"]], dtype=int).reindex(columns=X.columns, fill_value=0)
y = train["churned"]

trees = make_pipeline(SimpleImputer(strategy="median"), ExtraTreesClassifier(n_estimators=100, min_samples_leaf=5, random_state=SEED))
clf = TunedThresholdClassifierCV(trees, scoring="f1", cv=StratifiedKFold(3, shuffle=True, random_state=SEED))
guess = cross_val_predict(clf, X, y, cv=StratifiedKFold(5, shuffle=True, random_state=SEED + 1))
print("precision %.3f recall %.3f" % (precision_score(y, guess), recall_score(y, guess)))
clf.fit(X, y)
print("threshold of the final model: %.3f" % clf.best_threshold_)
pd.DataFrame({"account": test["account"], "churned": clf.predict(X_test)}).to_csv("submission.csv", index=False)
print("F1 = %.4f" % f1_score(y, guess))
print("score: %.4f" % f1_score(y, guess))
