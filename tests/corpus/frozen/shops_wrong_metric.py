# task: shops; fault: wrong-metric
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OrdinalEncoder

def main():
    train = pd.read_csv("input/train.csv")
    test = pd.read_csv("input/test.csv")
    y = train["returned"]
    cat = ["shop", "article_group", "region"]
    num = [c for c in test.columns if c not in cat + ["id"]]
    pipe = Pipeline([
        ("pre", ColumnTransformer([
            ("cat", OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-2), cat),
            ("num", SimpleImputer(strategy="median"), num),
        ])),
        ("rf", RandomForestClassifier(n_estimators=150, min_samples_leaf=3, n_jobs=-1, random_state=0)),
    ])
    result = cross_val_score(pipe, train[cat + num], y, cv=4, scoring="accuracy")
    print(f"score: {result.mean():.4f}")
    pipe.fit(train[cat + num], y)
    test["returned"] = pipe.predict_proba(test[cat + num])[:, 1]
    test[["id", "returned"]].to_csv("submission.csv", index=False)

if __name__ == "__main__":
    main()
