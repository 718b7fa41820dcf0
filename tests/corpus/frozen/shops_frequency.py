# task: shops; fault: none
from pathlib import Path
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split

DATA = Path("input")
train, test = (pd.read_csv(DATA / f"{part}.csv") for part in ("train", "test"))
labels = train["returned"]
everything = pd.concat([train.drop(columns="returned"), test], keys=["train", "test"])
for name in ["shop", "article_group", "region"]:
    everything[f"{name}_count"] = everything[name].map(everything[name].value_counts())
    everything[f"{name}_price"] = everything.groupby(name)["price"].transform("mean")
everything["article_group"] = everything["article_group"].astype("category").cat.codes
everything["region"] = everything["region"].astype("category").cat.codes
everything = everything.drop(columns=["shop", "id"])
fit, hold, y_fit, y_hold = train_test_split(everything.loc["train"], labels, random_state=0, test_size=0.3)
model = HistGradientBoostingClassifier(learning_rate=0.05, early_stopping=True, validation_fraction=0.15, random_state=0)
model.fit(fit, y_fit)
print("score:", roc_auc_score(y_hold, model.predict_proba(hold)[:, 1]))
model.fit(everything.loc["train"], labels)
answer = test[["id"]].assign(returned=model.predict_proba(everything.loc["test"])[:, 1])
answer.to_csv("submission.csv", index=False)
