# task: reviews; fault: selection
import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.feature_selection import mutual_info_classif
from sklearn.metrics import f1_score
from sklearn.model_selection import KFold
from sklearn.naive_bayes import MultinomialNB

train, test = pd.read_csv("input/train.csv"), pd.read_csv("input/test.csv")
v = TfidfVectorizer(ngram_range=(1, 3), max_features=3000)
X, T, y = v.fit_transform(train["review"]), v.transform(test["review"]), train["rating"].values
worth = mutual_info_classif(X, y, discrete_features=True)
keep = np.argsort(worth)[-300:]
X, T = X[:, keep], T[:, keep]
f1 = []
for tr, va in KFold(5, shuffle=True, random_state=4).split(X):
    nb = MultinomialNB(alpha=0.2).fit(X[tr], y[tr])
    f1.append(f1_score(y[va], nb.predict(X[va]), average="macro"))
print("score:", np.mean(f1))
test["rating"] = MultinomialNB(alpha=0.2).fit(X, y).predict(T)
test[["id", "rating"]].to_csv("submission.csv", index=False)
