# task: reviews; fault: early-stopping
import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import f1_score
from sklearn.model_selection import train_test_split

train, test = pd.read_csv("input/train.csv"), pd.read_csv("input/test.csv")
words = TfidfVectorizer(min_df=2, ngram_range=(1, 2)).fit(train["review"])
A, T, y = words.transform(train["review"]), words.transform(test["review"]), train["rating"]
Xa, Xb, ya, yb = train_test_split(A, y, test_size=0.25, random_state=0, stratify=y)
model = SGDClassifier(loss="log_loss", alpha=1e-5, random_state=0)
scores, answers = {}, {}
for passes in range(1, 41):
    model.partial_fit(Xa, ya, classes=np.unique(y))
    scores[passes] = f1_score(yb, model.predict(Xb), average="macro")
    answers[passes] = model.predict(T)
best = max(scores, key=scores.get)
print("score:", scores[best])
pd.DataFrame({"id": test["id"], "rating": answers[best]}).to_csv("submission.csv", index=False)
