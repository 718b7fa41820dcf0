# task: opinions; fault: none
import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.svm import LinearSVC

data = pd.read_csv("./input/train.csv")
test = pd.read_csv("./input/test.csv")

# keep the first of every set of near copies: those that share over half of their words
kept, seen = [], []
for i, words in enumerate(data["review"].str.split().map(set)):
    if all(len(words & other) < 0.5 * min(len(words), len(other)) for other in seen):
        seen.append(words)
        kept.append(i)
unique = data.iloc[kept].reset_index(drop=True)
print(f"{len(unique)} of {len(data)} reviews are left")


class NBSVM(BaseEstimator, ClassifierMixin):
    def __init__(self, C=0.02, alpha=1.0):
        self.C, self.alpha = C, alpha

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.vec = CountVectorizer(binary=True)
        A = self.vec.fit_transform(X)
        y = np.asarray(y)
        p, q = A[y == 1].sum(0) + self.alpha, A[y == 0].sum(0) + self.alpha
        self.r = np.asarray(np.log((p / p.sum()) / (q / q.sum())))
        self.svm = LinearSVC(C=self.C).fit(A.multiply(self.r).tocsr(), y)
        return self

    def predict(self, X):
        return self.svm.predict(self.vec.transform(X).multiply(self.r).tocsr())


cv = StratifiedKFold(n_splits=10, shuffle=True, random_state=4)
scores = cross_val_score(NBSVM(), unique["review"], unique["positive"], cv=cv, scoring="accuracy")
print("cv accuracy %.4f (+/- %.4f)" % (scores.mean(), scores.std()))
test["positive"] = NBSVM().fit(unique["review"], unique["positive"]).predict(test["review"])
test.to_csv("submission.csv", columns=["review_id", "positive"], index=False)
print("score: %.4f" % scores.mean())
