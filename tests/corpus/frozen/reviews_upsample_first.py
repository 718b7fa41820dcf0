# task: reviews; fault: duplicates
import pandas as pd
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.metrics import f1_score
from sklearn.model_selection import train_test_split

train = pd.read_csv("input/train.csv")
test = pd.read_csv("input/test.csv")
counts = train["rating"].value_counts()
parts = []
for label, n in counts.items():
    sub = train[train["rating"] == label]
    parts.append(sub.sample(int(counts.max() * 1.5), replace=True, random_state=1))
balanced = pd.concat(parts).sample(frac=1.0, random_state=2)
vec = CountVectorizer(ngram_range=(1, 2), min_df=3)
X = vec.fit_transform(balanced["review"])
y = balanced["rating"]
X_tr, X_va, y_tr, y_va = train_test_split(X, y, test_size=0.2, random_state=0)
model = ExtraTreesClassifier(150, n_jobs=-1, random_state=0).fit(X_tr, y_tr)
print("score:", f1_score(y_va, model.predict(X_va), average="macro"))
test["rating"] = model.predict(vec.transform(test["review"]))
test[["id", "rating"]].to_csv("submission.csv", index=False)
