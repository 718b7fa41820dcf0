# task: reviews; fault: none
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import f1_score, classification_report
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline

train = pd.read_csv("input/train.csv")
test = pd.read_csv("input/test.csv")
model = make_pipeline(
    TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True),
    SGDClassifier(loss="modified_huber", alpha=1e-4, random_state=0, early_stopping=False, max_iter=30, tol=None),
)
oof = cross_val_predict(model, train["review"], train["rating"], cv=3)
print(classification_report(train["rating"], oof))
print("score:", round(f1_score(train["rating"], oof, average="macro"), 5))
model.fit(train["review"], train["rating"])
test["rating"] = model.predict(test["review"])
test.loc[:, ["id", "rating"]].to_csv("submission.csv", index=False)
