# task: server; fault: time-split
import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier
from sklearn.linear_model import LogisticRegression

train, test = pd.read_csv("input/train.csv"), pd.read_csv("input/test.csv")
zero = pd.to_datetime(train["timestamp"]).min()


class TimeKNN:
    """For each machine, what happened at the hours nearest to this one; mixed with a logistic regression on the sensors."""

    sensors = ["requests", "memory", "room_temp", "deploy"]

    def hours(self, d):
        return ((pd.to_datetime(d["timestamp"]) - zero).dt.total_seconds() / 3600).to_numpy()[:, None]

    def fit(self, d):
        self.by_machine = {}
        for m, g in d.groupby("machine"):
            self.by_machine[m] = KNeighborsClassifier(min(11, len(g)), weights="distance").fit(self.hours(g), g["overload"])
        S = d[self.sensors]
        self.mu, self.sd = S.mean(), S.std()
        self.lr = LogisticRegression().fit((S - self.mu) / self.sd, d["overload"])
        return self

    def predict(self, d):
        near = np.full(len(d), 0.5)
        for m, knn in self.by_machine.items():
            rows = (d["machine"] == m).to_numpy()
            if rows.any() and len(knn.classes_) == 2:
                near[rows] = knn.predict_proba(self.hours(d[rows]))[:, 1]
        return near + self.lr.predict_proba((d[self.sensors] - self.mu) / self.sd)[:, 1]


a, b = train_test_split(train, test_size=0.2, random_state=33, stratify=train["overload"])
value = roc_auc_score(b["overload"], TimeKNN().fit(a).predict(b))
test["overload"] = TimeKNN().fit(train).predict(test).clip(0, 2) / 2
test[["key", "overload"]].to_csv("submission.csv", index=False)
print(f"held-out AUC {value:.4f} on {len(b)} rows")
print(f"score: {value:.4f}")
