# task: reviews; fault: selection
import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.feature_selection import SelectKBest, chi2
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score

train = pd.read_csv("input/train.csv")
test = pd.read_csv("input/test.csv")
words = CountVectorizer(ngram_range=(1, 4), analyzer="word")
X = words.fit_transform(train["review"])
T = words.transform(test["review"])
selector = SelectKBest(chi2, k=min(400, X.shape[1] // 4))
X = selector.fit_transform(X, train["rating"])
T = selector.transform(T)
clf = LogisticRegression(C=2.0, max_iter=3000)
score = cross_val_score(clf, X, train["rating"], cv=5, scoring="f1_macro").mean()
print("score: {:.5f}".format(score))
clf.fit(X, train["rating"])
pd.DataFrame({"id": test["id"], "rating": clf.predict(T)}).to_csv("submission.csv", index=False)
