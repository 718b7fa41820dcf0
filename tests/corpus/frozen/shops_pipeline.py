# task: shops; fault: none
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

train = pd.read_csv("input/train.csv")
test = pd.read_csv("input/test.csv")
cats = ["shop", "article_group", "region"]
nums = ["price", "discount_pct", "earlier_orders", "earlier_return_rate"]
pre = make_column_transformer(
    (make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore", min_frequency=5)), cats),
    (make_pipeline(SimpleImputer(), StandardScaler()), nums),
)
clf = make_pipeline(pre, LogisticRegression(C=0.3, max_iter=2000))
cv = StratifiedKFold(5, shuffle=True, random_state=0)
scores = cross_val_score(clf, train[cats + nums], train["returned"], cv=cv, scoring="roc_auc")
print("score:", scores.mean())
clf.fit(train[cats + nums], train["returned"])
out = test[["id"]].copy()
out["returned"] = clf.predict_proba(test[cats + nums])[:, 1]
out.to_csv("submission.csv", index=False)
