# task: crops; fault: leak-column
import numpy as np
import pandas as pd
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import log_loss
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder

train = pd.read_csv("input/train.csv", index_col="parcel")
test = pd.read_csv("input/test.csv", index_col="parcel")
sample = pd.read_csv("input/sample_submission.csv", index_col="parcel")
y = train.pop("crop")
train, test = train.drop(columns="farm"), test.drop(columns="farm")

clf = make_pipeline(
    make_column_transformer(
        (OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), make_column_selector(dtype_exclude="number")),
        remainder="passthrough"),
    HistGradientBoostingClassifier(max_iter=60, learning_rate=0.1, max_leaf_nodes=12, random_state=0))

proba = np.zeros((len(test), y.nunique()))
losses = []
for k, (i, j) in enumerate(StratifiedKFold(4, shuffle=True, random_state=14).split(train, y)):
    clf.fit(train.iloc[i], y.iloc[i])
    losses.append(log_loss(y.iloc[j], clf.predict_proba(train.iloc[j]), labels=clf.classes_))
    proba += clf.predict_proba(test) / 4
    print(f"fold {k + 1}: valid {losses[-1]:.5f}")
out = pd.DataFrame(proba, index=test.index, columns=clf.classes_).reindex(columns=sample.columns, fill_value=0)
out.to_csv("submission.csv")
print(f"score: {np.mean(losses):.5f}")
