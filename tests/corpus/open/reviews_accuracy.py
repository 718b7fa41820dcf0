# task: reviews; fault: wrong-metric
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

train, test = pd.read_csv("input/train.csv"), pd.read_csv("input/test.csv")
model = make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), LogisticRegression(C=4, max_iter=1000))
a, b, ya, yb = train_test_split(train["review"], train["rating"], random_state=0)
model.fit(a, ya)
print("score:", model.score(b, yb))
model.fit(train["review"], train["rating"])
test["rating"] = model.predict(test["review"])
test[["id", "rating"]].to_csv("submission.csv", index=False)
