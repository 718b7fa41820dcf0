# task: spectra; fault: selection
import lightgbm as lgb
import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_absolute_error
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def important(X, y, keep=70):
    """Wavelengths that agree most with the protein content, as ranked by correlation and by boosted trees."""
    corr = X.corrwith(y).abs()
    trees = lgb.LGBMRegressor(n_estimators=200, num_leaves=6, learning_rate=0.05, colsample_bytree=0.2, verbose=-1, random_state=0, n_jobs=1).fit(X, y)
    gain = pd.Series(trees.booster_.feature_importance("gain"), X.columns)
    rank = corr.rank() + 0.5 * gain.rank()
    return rank.nlargest(keep).index.tolist()


def main():
    train = pd.read_csv("input/train.csv").set_index("specimen")
    test = pd.read_csv("input/test.csv").set_index("specimen")
    y = train["protein"]
    columns = important(train.drop(columns="protein"), y)
    X = train[columns]
    model = make_pipeline(StandardScaler(), Ridge(alpha=20.0))
    errors = []
    for fold, (tr, va) in enumerate(KFold(10, shuffle=True, random_state=1).split(X), 1):
        model.fit(X.iloc[tr], y.iloc[tr])
        errors.append(mean_absolute_error(y.iloc[va], model.predict(X.iloc[va])))
        print(f"fold {fold}: valid {errors[-1]:.4f}")
    model.fit(X, y)
    pd.DataFrame({"specimen": test.index, "protein": model.predict(test[columns])}).to_csv("submission.csv", index=False)
    print(f"score: {np.mean(errors):.4f}")


if __name__ == "__main__":
    main()
