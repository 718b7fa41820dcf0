# task: breast_cancer; fault: none
import pandas as pd
from sklearn.ensemble import RandomForestClassifier, StackingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

train = pd.read_csv("input/train.csv", index_col="id")
test = pd.read_csv("input/test.csv", index_col="id")
y = train.pop("target")
stack = StackingClassifier(
    [("lr", make_pipeline(StandardScaler(), LogisticRegression(C=0.5))), ("rf", RandomForestClassifier(100, random_state=0))],
    final_estimator=LogisticRegression(),
    cv=3,
)
loss = -cross_val_score(stack, train, y, cv=4, scoring="neg_log_loss").mean()
print(f"score: {loss:.4f}")
stack.fit(train, y)
pd.Series(stack.predict_proba(test)[:, 1], index=test.index, name="target").to_csv("submission.csv")
