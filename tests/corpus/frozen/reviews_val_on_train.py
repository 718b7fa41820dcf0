# task: reviews; fault: validates-on-train
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import f1_score
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import LinearSVC
import numpy as np

tr = pd.read_csv("input/train.csv")
te = pd.read_csv("input/test.csv")
tfidf = TfidfVectorizer(ngram_range=(1, 2))
Xtr = tfidf.fit_transform(tr["review"])
Xte = tfidf.transform(te["review"])
model = LinearSVC(C=1.0)
model.fit(Xtr, tr["rating"])
fold_scores = []
for _, val_idx in StratifiedKFold(5, shuffle=True, random_state=0).split(Xtr, tr["rating"]):
    guess = model.predict(Xtr[val_idx])
    fold_scores.append(f1_score(tr["rating"].iloc[val_idx], guess, average="macro"))
print("score:", np.mean(fold_scores))
te["rating"] = model.predict(Xte)
te[["id", "rating"]].to_csv("submission.csv", index=False)
