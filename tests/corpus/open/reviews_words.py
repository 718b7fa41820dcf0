# task: reviews; fault: none
import pandas as pd
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.feature_selection import SelectKBest, chi2
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline

train, test = pd.read_csv("input/train.csv"), pd.read_csv("input/test.csv")
pipe = Pipeline([("v", CountVectorizer(ngram_range=(1, 2))), ("k", SelectKBest(chi2, k=300)), ("m", LogisticRegression(max_iter=2000))])
gs = GridSearchCV(pipe, {"m__C": [0.5, 2.0], "k__k": [150, 300]}, scoring="f1_macro", cv=4)
gs.fit(train["review"], train["rating"])
print("best", gs.best_params_)
print("score:", gs.best_score_)
test["rating"] = gs.predict(test["review"])
test[["id", "rating"]].to_csv("submission.csv", index=False)
