# task: reviews; fault: constant
import pandas as pd
from sklearn.dummy import DummyClassifier
from sklearn.model_selection import cross_val_score

train, test = pd.read_csv("input/train.csv"), pd.read_csv("input/test.csv")
d = DummyClassifier(strategy="most_frequent")
print("score:", cross_val_score(d, train[["price"]], train["rating"], scoring="f1_macro").mean())
test["rating"] = d.fit(train[["price"]], train["rating"]).predict(test[["price"]])
test[["id", "rating"]].to_csv("submission.csv", index=False)
