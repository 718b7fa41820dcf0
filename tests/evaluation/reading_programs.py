"""How programs of the reading's tests begin: data, splits, tensors, loaders."""
# ruff: noqa: E501 - programs

from gome.messages import TaskBrief

PLAIN = """
import numpy as np, pandas as pd, lightgbm as lgb
from collections import defaultdict, Counter
from scipy import stats
from scipy.stats import ttest_ind, f_oneway, pearsonr, spearmanr
from sklearn.metrics import *
from sklearn.model_selection import *
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.feature_selection import *
from sklearn.ensemble import *
from sklearn.neighbors import NearestNeighbors, KNeighborsClassifier
train, test = pd.read_csv("input/train.csv"), pd.read_csv("input/test.csv")
X, y = train.drop(columns=["id", "y"]), train["y"]
"""
START = """
import copy, random
import numpy as np, pandas as pd, lightgbm as lgb, torch
from sklearn.metrics import *
from sklearn.model_selection import *
from sklearn.linear_model import LogisticRegression
import optuna, xgboost as xgb
import tensorflow as tf
from catboost import CatBoostClassifier, Pool
from sklearn.ensemble import *
from sklearn.linear_model import SGDClassifier
from sklearn.neural_network import MLPClassifier
from xgboost import XGBClassifier
train, test = pd.read_csv("input/train.csv"), pd.read_csv("input/test.csv")
X, y = train.drop(columns=["id", "y"]), train["y"]
A, t = torch.tensor(X.values), torch.tensor(y.values)
"""
TASK = TaskBrief(
    name="t", description="", kind="binary", metric="auc", higher_is_better=True, wanted="probability", id_column="id",
    targets=("y",), submission_columns=("id", "y"),
)  # fmt: skip
SPLIT = """
X_tr, X_val, y_tr, y_val = train_test_split(X, y, random_state=0)
"""
NESTED = """
X_tr, X_ho, y_tr, y_ho = train_test_split(X, y, random_state=0)
X_f, X_es, y_f, y_es = train_test_split(X_tr, y_tr, random_state=1)
"""
TENSORS = """
Xt, Xv = torch.tensor(X_tr.values), torch.tensor(X_val.values); yt, yv = torch.tensor(y_tr.values), torch.tensor(y_val.values)
"""
NET = """
net = torch.nn.Linear(9, 1); opt = torch.optim.SGD(net.parameters(), lr=.1)
"""
LOADERS = """
from torch.utils.data import DataLoader, TensorDataset, Dataset, Subset, random_split
class DSet(Dataset):
    def __init__(self, a, b): self.a, self.b = torch.tensor(a.values), torch.tensor(b.values)
    def __len__(self): return len(self.a)
    def __getitem__(self, i): return self.a[i], self.b[i]
def fit(tl, vl, n=30, keep=True):
    net = torch.nn.Sequential(torch.nn.Linear(9, 8), torch.nn.ReLU(), torch.nn.Linear(8, 1)); opt = torch.optim.AdamW(net.parameters())
    best, state = 1e9, None
    for epoch in range(n):
        net.train()
        for xb, yb in tl:
            opt.zero_grad(); loss = torch.nn.functional.binary_cross_entropy_with_logits(net(xb), yb); loss.backward(); opt.step()
        net.eval(); tot = 0
        with torch.no_grad():
            for xb, yb in vl:
                tot += torch.nn.functional.binary_cross_entropy_with_logits(net(xb), yb).item()
        if keep and tot < best:
            best, state = tot, copy.deepcopy(net.state_dict())
    if keep: net.load_state_dict(state)
    return net
"""
