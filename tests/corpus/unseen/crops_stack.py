# task: crops; fault: none
import numpy as np
import pandas as pd
from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis
from sklearn.ensemble import RandomForestClassifier, StackingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import cross_val_predict
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

train, test = pd.read_csv("input/train.csv"), pd.read_csv("input/test.csv")
numbers = train.select_dtypes("number").columns.drop("parcel")
stack = make_pipeline(
    SimpleImputer(strategy="median"), StandardScaler(),
    StackingClassifier(
        [("qda", QuadraticDiscriminantAnalysis(solver="eigen", shrinkage=0.1)), ("nb", GaussianNB()), ("rf", RandomForestClassifier(60, min_samples_leaf=4, random_state=0)),
         ("poly", make_pipeline(PolynomialFeatures(2), LogisticRegression(C=0.01, max_iter=300)))],
        final_estimator=LogisticRegression(C=0.3, max_iter=300), cv=4, stack_method="predict_proba",
    ),
)
p = cross_val_predict(stack, train[numbers], train["crop"], cv=3, method="predict_proba")
stack.fit(train[numbers], train["crop"])
out = pd.DataFrame(stack.predict_proba(test[numbers]), columns=stack.classes_)
out.insert(0, "parcel", test["parcel"])
order = pd.read_csv("input/sample_submission.csv", nrows=0).columns
out.reindex(columns=order, fill_value=0.0).to_csv("submission.csv", index=False)
print("score: %.5f" % log_loss(train["crop"], p))
