# task: crops; fault: wrong-metric
import numpy as np
import pandas as pd
import torch
from torch.nn import functional as F

torch.manual_seed(3)
torch.set_num_threads(1)
train, test = pd.read_csv("input/train.csv"), pd.read_csv("input/test.csv")
sample = pd.read_csv("input/sample_submission.csv")
crops = list(sample.columns[1:])
bands = train.columns[1:11]
mu, sd = train[bands].mean(), train[bands].std()
X = torch.tensor(((train[bands] - mu) / sd).fillna(0).to_numpy(), dtype=torch.float32)
T = torch.tensor(((test[bands] - mu) / sd).fillna(0).to_numpy(), dtype=torch.float32)
Y = torch.tensor(np.stack([(train["crop"] == c).to_numpy() for c in crops], axis=1), dtype=torch.float32)


def train_net(X, Y, epochs=40):
    net = torch.nn.Sequential(torch.nn.Linear(X.shape[1], 48), torch.nn.ReLU(), torch.nn.Dropout(0.2), torch.nn.Linear(48, Y.shape[1]))
    opt = torch.optim.AdamW(net.parameters(), lr=5e-3, weight_decay=0.05)
    for _ in range(epochs):
        for i in torch.randperm(len(X)).split(128):
            loss = F.cross_entropy(net(X[i]), Y[i])
            opt.zero_grad()
            loss.backward()
            opt.step()
    return net.eval()


parts = torch.randperm(len(X)) % 5
losses, answer = [], 0
for k in range(5):
    net = train_net(X[parts != k], Y[parts != k])
    with torch.no_grad():
        p = net(X[parts == k]).softmax(1)
        losses.append(F.binary_cross_entropy(p, Y[parts == k]).item())
        answer = answer + net(T).softmax(1) / 5
    print(f"fold {k + 1}: valid {losses[-1]:.5f}")
sample[crops] = answer.numpy()
sample["parcel"] = test["parcel"]
sample.to_csv("submission.csv", index=False)
print(f"score: {np.mean(losses):.5f}")
