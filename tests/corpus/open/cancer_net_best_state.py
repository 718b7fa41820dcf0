# task: breast_cancer; fault: early-stopping
import copy

import numpy as np
import pandas as pd
import torch
from sklearn.metrics import log_loss
from sklearn.model_selection import StratifiedKFold, train_test_split
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
torch.set_num_threads(1)
train, test = pd.read_csv("input/train.csv"), pd.read_csv("input/test.csv")
cols = [c for c in test.columns if c != "id"]
mean, std = train[cols].mean(), train[cols].std()
X = ((train[cols] - mean) / std).to_numpy(dtype=np.float32)
T = torch.tensor(((test[cols] - mean) / std).to_numpy(dtype=np.float32))
y = train["target"].to_numpy(dtype=np.float32)


class Net(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(width, 32), nn.ReLU(), nn.Linear(32, 1))

    def forward(self, x):
        return self.body(x).squeeze(-1)


def loss_on(net, loader, crit):
    net.eval()
    total = 0.0
    with torch.no_grad():
        for xb, yb in loader:
            total += crit(net(xb), yb).item() * len(yb)
    return total


def train_net(fit, watch, epochs=60, patience=8):
    net = Net(X.shape[1])
    crit, opt = nn.BCEWithLogitsLoss(), torch.optim.AdamW(net.parameters(), lr=3e-3)
    loader = DataLoader(TensorDataset(torch.tensor(X[fit]), torch.tensor(y[fit])), batch_size=32, shuffle=True)
    watched = DataLoader(TensorDataset(torch.tensor(X[watch]), torch.tensor(y[watch])), batch_size=128)
    best, state, stale = float("inf"), None, 0
    for epoch in range(epochs):
        net.train()
        for xb, yb in loader:
            opt.zero_grad()
            crit(net(xb), yb).backward()
            opt.step()
        now = loss_on(net, watched, crit)
        if now < best:
            best, state, stale = now, copy.deepcopy(net.state_dict()), 0
        else:
            stale += 1
            if stale == patience:
                break
    net.load_state_dict(state)
    return net.eval()


oof, out = np.zeros(len(y)), np.zeros(len(T))
for a, b in StratifiedKFold(4, shuffle=True, random_state=0).split(X, y):
    net = train_net(a, b)
    with torch.no_grad():
        oof[b] = torch.sigmoid(net(torch.tensor(X[b]))).numpy()
        out += torch.sigmoid(net(T)).numpy() / 4
print(f"score: {log_loss(y, oof):.5f}")
pd.DataFrame({"id": test["id"], "target": out}).to_csv("submission.csv", index=False)
