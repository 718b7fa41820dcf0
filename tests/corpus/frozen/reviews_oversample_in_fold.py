# task: reviews; fault: none
import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.metrics import f1_score
from sklearn.model_selection import StratifiedKFold
from sklearn.naive_bayes import MultinomialNB
from sklearn.utils import resample


def balance(frame, label):
    biggest = frame[label].value_counts().max()
    parts = [resample(g, replace=True, n_samples=biggest, random_state=0) for _, g in frame.groupby(label)]
    return pd.concat(parts)


train = pd.read_csv("input/train.csv")
test = pd.read_csv("input/test.csv")
scores = []
for tr, va in StratifiedKFold(n_splits=5, shuffle=True, random_state=9).split(train, train["rating"]):
    fold = balance(train.iloc[tr], "rating")
    cv = CountVectorizer(ngram_range=(1, 2), binary=True)
    nb = MultinomialNB(alpha=0.3).fit(cv.fit_transform(fold["review"]), fold["rating"])
    guess = nb.predict(cv.transform(train.iloc[va]["review"]))
    scores.append(f1_score(train.iloc[va]["rating"], guess, average="macro"))
print(f"CV macro f1: {np.mean(scores):.4f} +- {np.std(scores):.4f}")
whole = balance(train, "rating")
cv = CountVectorizer(ngram_range=(1, 2), binary=True)
nb = MultinomialNB(alpha=0.3).fit(cv.fit_transform(whole["review"]), whole["rating"])
pd.DataFrame({"id": test["id"], "rating": nb.predict(cv.transform(test["review"]))}).to_csv("submission.csv", index=False)
