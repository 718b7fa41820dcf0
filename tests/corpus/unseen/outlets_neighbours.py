# task: outlets; fault: none
# Stores that look alike: neighbours among stores (one row a store), then the week's own effects on top.
import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import ShuffleSplit
from sklearn.neighbors import KNeighborsRegressor
from sklearn.preprocessing import StandardScaler

train, test = (pd.read_csv(f"input/{n}.csv") for n in ("train", "test"))
STATIC, WEEKLY = ["area", "city", "Rivals", "Parking", "hyper", "mini"], ["Promo", "Price Index", "Rain", "c", "s"]


def enrich(d):
    return d.assign(area=np.log(d["Floor Area"]), city=np.log(d["City Size"]), hyper=(d.Format == "hyper") * 1.0, mini=(d.Format == "mini") * 1.0,
                    c=np.cos(2 * np.pi * d.Week / 52), s=np.sin(2 * np.pi * d.Week / 52))


class Model:
    def fit(self, d):
        z = np.log1p(d.Sales)
        inner = d[WEEKLY] - d.groupby("Store")[WEEKLY].transform("mean")
        self.weekly = LinearRegression().fit(inner, z - z.groupby(d.Store).transform("mean"))
        self.mid = d[WEEKLY].mean()
        stores = d.groupby("Store")[STATIC].first()
        level = (z - self.weekly.predict(d[WEEKLY] - self.mid)).groupby(d.Store).mean()
        self.scale = StandardScaler().fit(stores)
        self.linear = LinearRegression().fit(self.scale.transform(stores), level)
        rest = level - self.linear.predict(self.scale.transform(stores))
        self.near = KNeighborsRegressor(n_neighbors=min(30, len(stores))).fit(self.scale.transform(stores), rest)
        return self

    def predict(self, d):
        S = self.scale.transform(d[STATIC])
        return np.expm1(self.linear.predict(S) + 0.5 * self.near.predict(S) + self.weekly.predict(d[WEEKLY] - self.mid)).clip(0)


def rmsle(m, d):
    return np.sqrt(np.mean((np.log1p(m.predict(d)) - np.log1p(d.Sales)) ** 2))


train, test = enrich(train), enrich(test)
names = np.sort(train.Store.unique())
values = []
for a, b in ShuffleSplit(10, test_size=0.2, random_state=77).split(names):
    seen, unseen = train[train.Store.isin(names[a])], train[train.Store.isin(names[b])]
    m = Model().fit(seen)
    values.append(rmsle(m, unseen))
    print(f"on its own stores {rmsle(m, seen):.4f}, on new stores {values[-1]:.4f}")
test["Sales"] = Model().fit(train).predict(test)
test[["RowId", "Sales"]].to_csv("submission.csv", index=False)
print(f"Mean RMSLE on new stores: {np.mean(values):.5f}")
