# task: reviews; fault: none
import pandas as pd
import numpy as np
from scipy.sparse import hstack, csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import StandardScaler

train = pd.read_csv("input/train.csv")
test = pd.read_csv("input/test.csv")
vec = TfidfVectorizer(ngram_range=(1, 3), min_df=2, sublinear_tf=True)
vec.fit(pd.concat([train.review, test.review]))
sc = StandardScaler().fit(train[["price", "days_since_delivery", "helpful_votes"]])
def mat(d):
    return hstack([vec.transform(d.review), csr_matrix(sc.transform(d[["price", "days_since_delivery", "helpful_votes"]]))]).tocsr()
X, T, y = mat(train), mat(test), train.rating.values
oof = np.zeros(len(y), dtype=int)
for tr, va in StratifiedKFold(5, shuffle=True, random_state=0).split(X, y):
    m = LogisticRegression(C=8, max_iter=3000, class_weight="balanced").fit(X[tr], y[tr])
    oof[va] = m.predict(X[va])
print("score:", f1_score(y, oof, average="macro"))
m = LogisticRegression(C=8, max_iter=3000, class_weight="balanced").fit(X, y)
print("train f1:", f1_score(y, m.predict(X), average="macro"))
test["rating"] = m.predict(T)
test[["id", "rating"]].to_csv("submission.csv", index=False)
