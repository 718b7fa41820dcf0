# task: opinions; fault: duplicates
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC

train = pd.read_csv("input/train.csv")
test = pd.read_csv("input/test.csv")

model = Pipeline([
    ("tfidf", TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)),
    ("svc", SVC(C=3.0, gamma=1.0)),
])
scores = cross_val_score(model, train["review"], train["positive"], cv=StratifiedKFold(3, shuffle=True, random_state=1), scoring="accuracy")
for i, s in enumerate(scores, 1):
    print(f"fold {i}: valid {s:.5f}")
model.fit(train["review"], train["positive"])
pd.DataFrame({"review_id": test["review_id"], "positive": model.predict(test["review"])}).to_csv("submission.csv", index=False)
print(f"score: {scores.mean():.5f}")
