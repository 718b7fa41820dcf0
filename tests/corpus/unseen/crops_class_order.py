# task: crops; fault: test-order
import numpy as np
import pandas as pd
from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis
from sklearn.impute import SimpleImputer
from sklearn.metrics import log_loss
from sklearn.model_selection import StratifiedShuffleSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PowerTransformer

train = pd.read_csv("input/train.csv")
test = pd.read_csv("input/test.csv")
sample = pd.read_csv("input/sample_submission.csv")
X, T = train.loc[:, "ndvi_apr":"slope"], test.loc[:, "ndvi_apr":"slope"]
qda = make_pipeline(SimpleImputer(), PowerTransformer(), QuadraticDiscriminantAnalysis(solver="eigen", shrinkage=0.2))
values = []
for a, b in StratifiedShuffleSplit(6, test_size=0.25, random_state=2).split(X, train["crop"]):
    qda.fit(X.iloc[a], train["crop"].iloc[a])
    values.append(log_loss(train["crop"].iloc[b], qda.predict_proba(X.iloc[b]), labels=qda.classes_))
    print("split %d: %.4f" % (len(values), values[-1]))
qda.fit(X, train["crop"])
sample.iloc[:, 1:] = qda.predict_proba(T)
sample.to_csv("submission.csv", index=False)
print("score: %.5f" % np.mean(values))
