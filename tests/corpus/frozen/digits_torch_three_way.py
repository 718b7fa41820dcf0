# task: digits; fault: none
import numpy as np
import pandas as pd
import torch

torch.set_num_threads(1)
rng = np.random.default_rng(0)
torch.manual_seed(0)
train = pd.read_csv("input/train.csv")
test = pd.read_csv("input/test.csv")
pix = [c for c in test.columns if c != "id"]
X = torch.tensor(train[pix].values / 16.0, dtype=torch.float32)
y = torch.tensor(train["target"].values)
order = rng.permutation(len(X))
n = len(X)
fit_i, stop_i, hold_i = order[: int(0.7 * n)], order[int(0.7 * n): int(0.8 * n)], order[int(0.8 * n):]


def train_net(rows, stop_rows=None, epochs=60):
    net = torch.nn.Sequential(torch.nn.Linear(64, 96), torch.nn.ReLU(), torch.nn.Dropout(0.1), torch.nn.Linear(96, 10))
    opt = torch.optim.AdamW(net.parameters(), lr=3e-3)
    best_loss, best_weights = np.inf, None
    for epoch in range(epochs):
        net.train()
        rng.shuffle(rows)
        for start in range(0, len(rows), 64):
            b = rows[start:start + 64]
            loss = torch.nn.functional.cross_entropy(net(X[b]), y[b])
            opt.zero_grad(); loss.backward(); opt.step()
        if stop_rows is not None:
            net.eval()
            with torch.no_grad():
                stop_loss = torch.nn.functional.cross_entropy(net(X[stop_rows]), y[stop_rows]).item()
            if stop_loss < best_loss:
                best_loss, best_weights = stop_loss, {k: v.clone() for k, v in net.state_dict().items()}
    if best_weights is not None:
        net.load_state_dict(best_weights)
    net.eval()
    return net


net = train_net(fit_i, stop_i)
with torch.no_grad():
    hits = (net(X[hold_i]).argmax(1) == y[hold_i]).float().mean().item()
    print(f"score: {hits:.5f}")
    labels = net(torch.tensor(test[pix].values / 16.0, dtype=torch.float32)).argmax(1).numpy()
pd.DataFrame({"id": test["id"], "target": labels}).to_csv("submission.csv", index=False)
