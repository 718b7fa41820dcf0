# task: digits; fault: none
import pandas as pd
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import MinMaxScaler
from sklearn.svm import SVC

train = pd.read_csv("input/train.csv")
test = pd.read_csv("input/test.csv")
pixels = [c for c in train.columns if c.startswith("pixel")]
scaler = MinMaxScaler()
X = scaler.fit_transform(train[pixels])
X_test = scaler.transform(test[pixels])
y = train["target"]
X_train, X_valid, y_train, y_valid = train_test_split(X, y, test_size=0.2, stratify=y, random_state=42)
model = SVC(C=10, gamma="scale")
model.fit(X_train, y_train)
print("train accuracy:", accuracy_score(y_train, model.predict(X_train)))
print("score:", accuracy_score(y_valid, model.predict(X_valid)))
model.fit(X, y)
pd.DataFrame({"id": test["id"], "target": model.predict(X_test)}).to_csv("submission.csv", index=False)
