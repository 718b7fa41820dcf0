# task: digits; fault: train-score
import pandas as pd
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.neighbors import KNeighborsClassifier

train = pd.read_csv("input/train.csv")
test = pd.read_csv("input/test.csv")
feature_names = train.columns.difference(["id", "target"])
knn = make_pipeline(StandardScaler(), KNeighborsClassifier(1))
knn.fit(train[feature_names], train["target"])
print("accuracy:", knn.score(train[feature_names], train["target"]))
pd.DataFrame({"id": test["id"], "target": knn.predict(test[feature_names])}).to_csv("submission.csv", index=False)
