# task: churn; fault: none
import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import KFold, cross_val_predict
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler


class AgentEvidence(BaseEstimator, TransformerMixin):
    """Agents as shrunken log-odds of churn. Rows that it is fitted on get theirs from the other half of the rows."""

    def __init__(self, strength=12.0, parts=5):
        self.strength = strength
        self.parts = parts

    def _learn(self, agent, y):
        g = pd.Series(y).groupby(np.asarray(agent))
        rate = (g.sum() + self.strength * np.mean(y)) / (g.count() + self.strength)
        return np.log(rate / (1 - rate)), np.log(np.mean(y) / (1 - np.mean(y)))

    def fit(self, X, y):
        self.table_, self.default_ = self._learn(X["agent"], np.asarray(y))
        return self

    def fit_transform(self, X, y):
        y = np.asarray(y)
        self.fit(X, y)
        e = np.zeros(len(X))
        for a, b in KFold(self.parts, shuffle=True, random_state=0).split(X):
            table, default = self._learn(X["agent"].iloc[a], y[a])
            e[b] = X["agent"].iloc[b].map(table).fillna(default)
        return self._table(X, e)

    def transform(self, X):
        return self._table(X, X["agent"].map(self.table_).fillna(self.default_))

    def _table(self, X, evidence):
        out = X.drop(columns=["agent", "plan"]).assign(evidence=np.asarray(evidence), usage=np.log(X["usage"]))
        for p in ("basic", "plus", "family"):
            out[p] = (X["plan"] == p).astype(int)
        return out


train, test = pd.read_csv("input/train.csv"), pd.read_csv("input/test.csv")
cols = ["tenure", "monthly", "calls", "plan", "autopay", "usage", "age", "agent"]
pipe = Pipeline([("agents", AgentEvidence()), ("fill", SimpleImputer()), ("scale", StandardScaler()), ("lr", LogisticRegression(class_weight="balanced", C=0.3))])
p = cross_val_predict(pipe, train[cols], train["churned"], cv=KFold(7, shuffle=True, random_state=31))
pipe.fit(train[cols], train["churned"])
test["churned"] = pipe.predict(test[cols])
test.filter(["account", "churned"]).to_csv("submission.csv", index=False)
print(f"score: {f1_score(train['churned'], p):.4f}")
