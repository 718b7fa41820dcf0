# task: breast_cancer; fault: none
import pandas as pd
from sklearn.calibration import CalibratedClassifierCV
from sklearn.metrics import log_loss
from sklearn.model_selection import StratifiedKFold
from sklearn.naive_bayes import GaussianNB
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.base import clone

train = pd.read_csv("input/train.csv").set_index("id")
test = pd.read_csv("input/test.csv").set_index("id")
y = train["target"]
X = train.drop(columns=["target"])
Z = pd.DataFrame(PCA(8, random_state=0).fit_transform(StandardScaler().fit_transform(X)), index=X.index)
pca = make_pipeline(StandardScaler(), PCA(8, random_state=0)).fit(X)
proto = CalibratedClassifierCV(GaussianNB(), method="sigmoid", cv=3)
losses = []
for seen, unseen in StratifiedKFold(n_splits=5, shuffle=True, random_state=8).split(Z, y):
    m = clone(proto).fit(Z.iloc[seen], y.iloc[seen])
    losses.append(log_loss(y.iloc[unseen], m.predict_proba(Z.iloc[unseen])))
print("cv logloss: %.4f" % (sum(losses) / len(losses)))
m = clone(proto).fit(Z, y)
out = pd.DataFrame({"id": test.index, "target": m.predict_proba(pca.transform(test))[:, 1]})
out.to_csv("submission.csv", index=False)
