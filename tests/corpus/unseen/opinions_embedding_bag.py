# task: opinions; fault: none
import random
from collections import Counter
import numpy as np
import pandas as pd
import torch
import torch.nn as nn
from scipy.sparse.csgraph import connected_components
from sklearn.feature_extraction.text import TfidfVectorizer

random.seed(0); torch.manual_seed(0); torch.set_num_threads(1)
train = pd.read_csv("input/train.csv"); test = pd.read_csv("input/test.csv")

V = TfidfVectorizer().fit_transform(train.review)
copies = connected_components((V @ V.T) > 0.55, directed=False)[1]
ids = np.unique(copies); np.random.RandomState(1).shuffle(ids)


class Bag(nn.Module):
    def __init__(self, vocabulary):
        super().__init__()
        self.emb = nn.EmbeddingBag(vocabulary + 1, 24, mode="mean")
        self.drop = nn.Dropout(0.3)
        self.out = nn.Linear(24, 1)

    def forward(self, flat, offsets):
        return self.out(self.drop(self.emb(flat, offsets))).squeeze(1)


def pack(texts, index):
    codes = [[index.get(w, 0) for w in t.split()] for t in texts]
    flat = torch.tensor([c for row in codes for c in row])
    return flat, torch.tensor(np.cumsum([0] + [len(r) for r in codes[:-1]]))


def learn(fit, stop):
    counts = Counter(w for t in fit.review for w in t.split())
    index = {w: i + 1 for i, w in enumerate(w for w, n in counts.items() if n > 1)}
    net, best, wait = Bag(len(index)), (1e9, None), 0
    opt = torch.optim.Adam(net.parameters(), lr=0.01, weight_decay=1e-4)
    loss = nn.BCEWithLogitsLoss()
    F, S = pack(fit.review, index), pack(stop.review, index)
    yf, ys = (torch.tensor(d.positive.values, dtype=torch.float32) for d in (fit, stop))
    for _ in range(150):
        net.train(); opt.zero_grad(); loss(net(*F), yf).backward(); opt.step()
        net.eval()
        with torch.no_grad(): l = loss(net(*S), ys).item()
        if l < best[0]: best, wait = (l, {k: v.clone() for k, v in net.state_dict().items()}), 0
        else: wait += 1
        if wait == 15: break
    net.load_state_dict(best[1])
    return lambda texts: (net(*pack(texts, index)) > 0).int().numpy()


def inner(rows):
    g = np.unique(rows.copy_of)
    s = set(random.sample(list(g), max(1, len(g) // 6)))
    mask = rows.copy_of.isin(s)
    return learn(rows[~mask], rows[mask])


train["copy_of"] = copies
K, correct = 4, []
for k in range(K):
    out = train.copy_of.isin(ids[k::K])
    predict = inner(train[~out])
    correct.append((predict(train[out].review) == train[out].positive).to_numpy())
    print(f"fold {k + 1}: valid {correct[-1].mean():.4f}")
votes = sum(inner(train)(test.review) for _ in range(3))
test["positive"] = (votes >= 2).astype(int)
test[["review_id", "positive"]].to_csv("submission.csv", index=False)
print(f"score: {np.concatenate(correct).mean():.4f}")
