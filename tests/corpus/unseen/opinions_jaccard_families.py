# task: opinions; fault: none
"""Reviews that were posted again go into one fold together (Jaccard similarity of their words, union-find)."""
import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline

train = pd.read_csv("input/train.csv")
test = pd.read_csv("input/test.csv")


def families(texts, threshold=0.45):
    B = CountVectorizer(binary=True, token_pattern=r"\S+").fit_transform(texts).astype(np.int32)
    size = np.asarray(B.sum(axis=1)).ravel()
    parent = np.arange(B.shape[0])

    def root(i):
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for start in range(0, B.shape[0], 256):
        both = (B[start:start + 256] @ B.T).toarray()
        union = size[start:start + 256, None] + size[None, :] - both
        for i, j in zip(*np.nonzero(both >= threshold * union)):
            a, b = root(start + i), root(j)
            if a != b:
                parent[max(a, b)] = min(a, b)
    return np.array([root(i) for i in range(len(parent))])


group = families(train["review"])
print(f"note: {len(train)} reviews in {len(set(group))} families")
weight = 1 / pd.Series(group).map(pd.Series(group).value_counts()).to_numpy()
text, y = train["review"].to_numpy(), train["positive"].to_numpy()
ok = np.zeros(len(y))
for k, (a, b) in enumerate(GroupKFold(6).split(text, y, group)):
    model = make_pipeline(TfidfVectorizer(sublinear_tf=True), LogisticRegression(C=1.0, max_iter=300))
    model.fit(text[a], y[a], logisticregression__sample_weight=weight[a])
    ok[b] = model.predict(text[b]) == y[b]
    print(f"fold {k + 1}: train {model.score(text[a], y[a]):.4f} valid {ok[b].mean():.4f}")
model = make_pipeline(TfidfVectorizer(sublinear_tf=True), LogisticRegression(C=1.0, max_iter=300))
model.fit(text, y, logisticregression__sample_weight=weight)
test["positive"] = model.predict(test["review"])
test[["review_id", "positive"]].to_csv("submission.csv", index=False)
print(f"score: {ok.mean():.4f}")
