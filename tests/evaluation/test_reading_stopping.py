"""Reading a program: training stopped, or its best state taken, by the rows that the score is measured on."""
# ruff: noqa: E501 - programs

import pytest
from reading_programs import LOADERS, NESTED, NET, SPLIT, START, TASK, TENSORS

from gome.evaluation.reading import read

FAULTS = {
    "xgb ctor": SPLIT
    + """
m = XGBClassifier(n_estimators=2000, early_stopping_rounds=50, eval_metric='auc')
m.fit(X_tr, y_tr, eval_set=[(X_val, y_val)], verbose=False)
print('score:', roc_auc_score(y_val, m.predict_proba(X_val)[:, 1]))
""",
    "xgb best_score": SPLIT
    + """
m = XGBClassifier(n_estimators=2000, early_stopping_rounds=50, eval_metric='auc')
m.fit(X_tr, y_tr, eval_set=[(X_val, y_val)], verbose=False)
print(f'score: {m.best_score:.5f}')
""",
    "lgb best_score_ dict": SPLIT
    + """
m = lgb.LGBMClassifier(n_estimators=2000)
m.fit(X_tr, y_tr, eval_set=[(X_val, y_val)], eval_metric='auc', callbacks=[lgb.early_stopping(50)])
print('score:', m.best_score_['valid_0']['auc'])
""",
    "lgb native best_score dict": SPLIT
    + """
b = lgb.train({'objective':'binary','metric':'auc'}, lgb.Dataset(X_tr, y_tr), 2000, valid_sets=[lgb.Dataset(X_val, y_val)], callbacks=[lgb.early_stopping(50)])
print('score:', b.best_score['valid_0']['auc'])
""",
    "xgb native": SPLIT
    + """
dtr, dva = xgb.DMatrix(X_tr, label=y_tr), xgb.DMatrix(X_val, label=y_val)
b = xgb.train({'eval_metric':'auc'}, dtr, num_boost_round=3000, evals=[(dtr,'train'),(dva,'valid')], early_stopping_rounds=50, verbose_eval=False)
print('score:', roc_auc_score(y_val, b.predict(dva, iteration_range=(0, b.best_iteration + 1))))
""",
    "xgb native best_score": SPLIT
    + """
dtr, dva = xgb.DMatrix(X_tr, label=y_tr), xgb.DMatrix(X_val, label=y_val)
b = xgb.train({'eval_metric':'auc'}, dtr, num_boost_round=3000, evals=[(dtr,'train'),(dva,'valid')], early_stopping_rounds=50, verbose_eval=False)
print('score:', b.best_score)
""",
    "catboost use_best_model": SPLIT
    + """
m = CatBoostClassifier(iterations=2000, use_best_model=True, verbose=0)
m.fit(X_tr, y_tr, eval_set=(X_val, y_val))
print('score:', roc_auc_score(y_val, m.predict_proba(X_val)[:, 1]))
""",
    "catboost pool": SPLIT
    + """
m = CatBoostClassifier(iterations=2000, verbose=0, early_stopping_rounds=50)
m.fit(Pool(X_tr, y_tr), eval_set=Pool(X_val, y_val))
print('score:', roc_auc_score(y_val, m.predict_proba(X_val)[:, 1]))
""",
    "catboost best_score get": SPLIT
    + """
m = CatBoostClassifier(iterations=2000, verbose=0, early_stopping_rounds=50)
m.fit(X_tr, y_tr, eval_set=(X_val, y_val))
print('score:', m.get_best_score()['validation']['AUC'])
""",
    "catboost od_type eval default best": SPLIT
    + """
m = CatBoostClassifier(iterations=2000, verbose=0, od_type='Iter', od_wait=40)
m.fit(X_tr, y_tr, eval_set=(X_val, y_val))
print('score:', roc_auc_score(y_val, m.predict_proba(X_val)[:, 1]))
""",
    "catboost plain eval_set": SPLIT
    + """
m = CatBoostClassifier(iterations=2000, verbose=0)
m.fit(X_tr, y_tr, eval_set=(X_val, y_val))
print('score:', roc_auc_score(y_val, m.predict_proba(X_val)[:, 1]))
""",
    "folds, function, mean of scores": """
def fit_fold(Xa, ya, Xb, yb):
    m = lgb.LGBMClassifier(n_estimators=5000, learning_rate=.03)
    m.fit(Xa, ya, eval_set=[(Xb, yb)], eval_metric='auc', callbacks=[lgb.early_stopping(100, verbose=False), lgb.log_evaluation(0)])
    return m
scores = []
models = []
for fold, (tr, va) in enumerate(StratifiedKFold(5).split(X, y)):
    m = fit_fold(X.iloc[tr], y.iloc[tr], X.iloc[va], y.iloc[va])
    p = m.predict_proba(X.iloc[va])[:, 1]
    scores.append(roc_auc_score(y.iloc[va], p)); models.append(m)
    print(f'fold {fold}: {scores[-1]}')
print(f'score: {np.mean(scores):.5f}')
""",
    "params dict": SPLIT
    + """
params = dict(n_estimators=3000, learning_rate=.05, early_stopping_rounds=50, eval_metric='auc')
m = XGBClassifier(**params)
m.fit(X_tr, y_tr, eval_set=[(X_tr, y_tr), (X_val, y_val)], verbose=0)
print('score:', roc_auc_score(y_val, m.predict_proba(X_val)[:, 1]))
""",
    "fit kwargs dict": SPLIT
    + """
fit_params = {'eval_set': [(X_val, y_val)], 'callbacks': [lgb.early_stopping(20)]}
m = lgb.LGBMClassifier(n_estimators=2000)
m.fit(X_tr, y_tr, **fit_params)
print('score:', roc_auc_score(y_val, m.predict_proba(X_val)[:, 1]))
""",
    "lgb params native dict es round": SPLIT
    + """
p = {'objective':'binary','early_stopping_round': 30, 'metric': 'auc'}
b = lgb.train(p, lgb.Dataset(X_tr, label=y_tr), num_boost_round=2000, valid_sets=[lgb.Dataset(X_val, label=y_val)])
print('score:', roc_auc_score(y_val, b.predict(X_val)))
""",
    "n_estimators loop best if": SPLIT
    + """
best, best_n = 0, None
for n in range(10, 400, 10):
    m = GradientBoostingClassifier(n_estimators=n).fit(X_tr, y_tr)
    s = roc_auc_score(y_val, m.predict_proba(X_val)[:, 1])
    if s > best:
        best, best_n = s, n
final = GradientBoostingClassifier(n_estimators=best_n).fit(X, y)
print('score:', best)
""",
    "staged predict argmax": SPLIT
    + """
m = GradientBoostingClassifier(n_estimators=500).fit(X_tr, y_tr)
aucs = [roc_auc_score(y_val, p[:, 1]) for p in m.staged_predict_proba(X_val)]
best_n = int(np.argmax(aucs)) + 1
print('score:', aucs[best_n - 1])
""",
    "staged predict max": SPLIT
    + """
m = HistGradientBoostingClassifier(max_iter=500, early_stopping=False).fit(X_tr, y_tr)
print('score:', max(roc_auc_score(y_val, p[:, 1]) for p in m.staged_predict_proba(X_val)))
""",
    "torch best state then predict": """
n = len(A); perm = torch.randperm(n); tr, va = perm[: int(.8*n)], perm[int(.8*n):]
net = torch.nn.Sequential(torch.nn.Linear(9, 32), torch.nn.ReLU(), torch.nn.Linear(32, 1))
opt = torch.optim.Adam(net.parameters()); lossf = torch.nn.BCEWithLogitsLoss()
best_auc, best_state, patience = -1, None, 0
for epoch in range(200):
    net.train()
    for i in range(0, len(tr), 64):
        b = tr[i:i+64]
        opt.zero_grad(); loss = lossf(net(A[b]).squeeze(1), t[b]); loss.backward(); opt.step()
    net.eval()
    with torch.no_grad():
        auc = roc_auc_score(t[va].numpy(), torch.sigmoid(net(A[va]).squeeze(1)).numpy())
    if auc > best_auc:
        best_auc, patience = auc, 0
        best_state = copy.deepcopy(net.state_dict())
    else:
        patience += 1
        if patience >= 10:
            break
net.load_state_dict(best_state)
with torch.no_grad():
    p = torch.sigmoid(net(A[va]).squeeze(1)).numpy()
print('score:', roc_auc_score(t[va].numpy(), p))
""",
    "torch best state dict comp val loss": SPLIT
    + TENSORS
    + """
class Net(torch.nn.Module):
    def __init__(self, d):
        super().__init__()
        self.l = torch.nn.Linear(d, 1)
    def forward(self, x):
        return self.l(x).squeeze(-1)
def train_model():
    net = Net(X.shape[1]); opt = torch.optim.Adam(net.parameters()); crit = torch.nn.BCEWithLogitsLoss()
    best_loss = float('inf'); best = None; wait = 0
    for ep in range(100):
        opt.zero_grad(); l = crit(net(Xt), yt); l.backward(); opt.step()
        with torch.no_grad():
            vl = crit(net(Xv), yv).item()
        if vl < best_loss:
            best_loss = vl; best = {k: v.clone() for k, v in net.state_dict().items()}; wait = 0
        else:
            wait += 1
            if wait > 5: break
    net.load_state_dict(best)
    return net
net = train_model()
pv = net(Xv).detach().numpy()
print('Validation AUC:', roc_auc_score(y_val, pv))
""",
    "torch epochs function, no epoch name": SPLIT
    + TENSORS
    + NET
    + """
def train_one(net):
    opt.zero_grad(); torch.nn.functional.mse_loss(net(Xt), yt).backward(); opt.step()
def evaluate(net):
    with torch.no_grad():
        return roc_auc_score(yv.numpy(), net(Xv).numpy())
history = []
for k in range(80):
    train_one(net)
    history.append(evaluate(net))
print('score:', max(history))
""",
    "torch history dict": SPLIT
    + TENSORS
    + NET
    + """
hist = {'auc': [], 'loss': []}
for epoch in range(80):
    loss = torch.nn.functional.mse_loss(net(Xt), yt)
    opt.zero_grad(); loss.backward(); opt.step()
    hist['loss'].append(loss.item())
    hist['auc'].append(roc_auc_score(yv.numpy(), net(Xv).detach().numpy()))
best = np.argmax(hist['auc'])
print('score:', hist['auc'][best])
""",
    "torch best_score max()": SPLIT
    + TENSORS
    + NET
    + """
best = 0.0
for epoch in range(80):
    loss = torch.nn.functional.mse_loss(net(Xt), yt)
    opt.zero_grad(); loss.backward(); opt.step()
    best = max(best, roc_auc_score(yv.numpy(), net(Xv).detach().numpy()))
print('score:', best)
""",
    "keep best predictions": SPLIT
    + TENSORS
    + NET
    + """
best, best_pred = 0.0, None
for epoch in range(80):
    loss = torch.nn.functional.mse_loss(net(Xt), yt)
    opt.zero_grad(); loss.backward(); opt.step()
    pv = net(Xv).detach().numpy()
    s = roc_auc_score(yv.numpy(), pv)
    if s > best:
        best = s; best_pred = pv
print('score:', roc_auc_score(y_val, best_pred))
""",
    "torch saved file": SPLIT
    + TENSORS
    + NET
    + """
best = 0.0
for epoch in range(80):
    loss = torch.nn.functional.mse_loss(net(Xt), yt)
    opt.zero_grad(); loss.backward(); opt.step()
    s = roc_auc_score(yv.numpy(), net(Xv).detach().numpy())
    if s > best:
        best = s
        torch.save(net.state_dict(), 'best.pt')
net.load_state_dict(torch.load('best.pt'))
print('score:', roc_auc_score(y_val, net(Xv).detach().numpy()))
""",
    "partial_fit epochs sgd": SPLIT
    + """
from sklearn.linear_model import SGDClassifier
m = SGDClassifier(loss='log_loss')
scores = {}
for epoch in range(60):
    m.partial_fit(X_tr, y_tr, classes=[0, 1])
    scores[epoch] = roc_auc_score(y_val, m.decision_function(X_val))
print('score:', max(scores.values()))
""",
    "warm_start": SPLIT
    + """
m = GradientBoostingClassifier(warm_start=True)
best = -1; bad = 0
for n in range(1, 300):
    m.set_params(n_estimators=n); m.fit(X_tr, y_tr)
    auc = roc_auc_score(y_val, m.predict_proba(X_val)[:, 1])
    if auc > best: best = auc; bad = 0
    else:
        bad += 1
        if bad == 10: break
print('score: %.5f' % best)
""",
    "while epochs": SPLIT
    + TENSORS
    + NET
    + """
best, stale = 0.0, 0
while stale < 5:
    loss = torch.nn.functional.mse_loss(net(Xt), yt)
    opt.zero_grad(); loss.backward(); opt.step()
    s = roc_auc_score(yv.numpy(), net(Xv).detach().numpy())
    if s > best: best, stale = s, 0
    else: stale += 1
print('score:', best)
""",
    "class early stopper": SPLIT
    + """
class EarlyStopper:
    def __init__(self, patience):
        self.patience, self.best, self.count, self.state = patience, -1, 0, None
    def step(self, score, net):
        if score > self.best:
            self.best = score; self.count = 0; self.state = copy.deepcopy(net.state_dict())
        else:
            self.count += 1
        return self.count >= self.patience
Xt, Xv = torch.tensor(X_tr.values), torch.tensor(X_val.values); yt, yv = torch.tensor(y_tr.values), torch.tensor(y_val.values)
net = torch.nn.Linear(9, 1); opt = torch.optim.SGD(net.parameters(), lr=.1)
stop = EarlyStopper(5)
for epoch in range(80):
    loss = torch.nn.functional.mse_loss(net(Xt), yt)
    opt.zero_grad(); loss.backward(); opt.step()
    if stop.step(roc_auc_score(yv.numpy(), net(Xv).detach().numpy()), net):
        break
print('score:', stop.best)
""",
    "keras": SPLIT
    + """
import tensorflow as tf
m = tf.keras.Sequential([tf.keras.layers.Dense(8)]); m.compile('adam', 'mse')
m.fit(X_tr, y_tr, validation_data=(X_val, y_val), epochs=100, callbacks=[tf.keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True)])
print('score:', roc_auc_score(y_val, m.predict(X_val)))
""",
    "lgb.cv best rounds": """
r = lgb.cv({'objective':'binary','metric':'auc'}, lgb.Dataset(X, y), 2000, nfold=5, callbacks=[lgb.early_stopping(50)])
print('score:', max(r['valid auc-mean']))
""",
    "xgb.cv": """
r = xgb.cv({'eval_metric':'auc'}, xgb.DMatrix(X, label=y), num_boost_round=999, nfold=5, early_stopping_rounds=30)
print('score:', r['test-auc-mean'].max())
""",
    "main guard, method class": """
class Trainer:
    def __init__(self, params): self.params = params; self.models = []
    def fit(self, X, y):
        self.oof = np.zeros(len(X))
        for tr, va in KFold(5).split(X):
            m = lgb.LGBMClassifier(**self.params)
            m.fit(X.iloc[tr], y.iloc[tr], eval_set=[(X.iloc[va], y.iloc[va])], callbacks=[lgb.early_stopping(30)])
            self.oof[va] = m.predict_proba(X.iloc[va])[:, 1]
            self.models.append(m)
        return self
def main():
    tr = Trainer({'n_estimators': 900}).fit(X, y)
    print(f'score: {roc_auc_score(y, tr.oof):.5f}')
if __name__ == '__main__':
    main()
""",
    "optuna best_params rescored": SPLIT
    + """
import optuna
def objective(trial):
    p = {'n_estimators': trial.suggest_int('n', 10, 900), 'max_depth': trial.suggest_int('d', 2, 9)}
    m = lgb.LGBMClassifier(**p).fit(X_tr, y_tr)
    return roc_auc_score(y_val, m.predict_proba(X_val)[:, 1])
study = optuna.create_study(direction='maximize'); study.optimize(objective, n_trials=60)
m = lgb.LGBMClassifier(**study.best_params).fit(X_tr, y_tr)
print('score:', roc_auc_score(y_val, m.predict_proba(X_val)[:, 1]))
""",
    "evals_result max": SPLIT
    + """
m = XGBClassifier(n_estimators=800, eval_metric='auc')
m.fit(X_tr, y_tr, eval_set=[(X_val, y_val)], verbose=0)
print('score:', max(m.evals_result()['validation_0']['auc']))
""",
    "iteration loop on booster": SPLIT
    + """
b = xgb.train({}, xgb.DMatrix(X_tr, label=y_tr), num_boost_round=600)
dv = xgb.DMatrix(X_val)
best, best_n = 0, 0
for n in range(10, 600, 10):
    s = roc_auc_score(y_val, b.predict(dv, iteration_range=(0, n)))
    if s > best: best, best_n = s, n
print('score:', roc_auc_score(y_val, b.predict(dv, iteration_range=(0, best_n))))
""",
    "torch fold epochs oof best preds": """
oof = np.zeros(len(X))
for tr, va in KFold(5).split(X):
    net = torch.nn.Linear(9, 1); opt = torch.optim.Adam(net.parameters())
    best = 1e9; best_p = None
    for epoch in range(40):
        opt.zero_grad(); loss = torch.nn.functional.binary_cross_entropy_with_logits(net(A[tr]), t[tr]); loss.backward(); opt.step()
        with torch.no_grad():
            p = net(A[va]); vl = torch.nn.functional.binary_cross_entropy_with_logits(p, t[va]).item()
        if vl < best:
            best, best_p = vl, p.numpy()
    oof[va] = best_p
print('score:', roc_auc_score(y, oof))
""",
    "torch dataloader validate fn improved flag": SPLIT
    + """
from torch.utils.data import DataLoader, TensorDataset
tl = DataLoader(TensorDataset(torch.tensor(X_tr.values), torch.tensor(y_tr.values)), batch_size=64, shuffle=True)
vl = DataLoader(TensorDataset(torch.tensor(X_val.values), torch.tensor(y_val.values)), batch_size=64)
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__(); self.f = torch.nn.Linear(9, 1)
    def forward(self, x): return self.f(x)
def train(net, opt):
    for xb, yb in tl:
        opt.zero_grad(); torch.nn.functional.mse_loss(net(xb), yb).backward(); opt.step()
def validate(net):
    ps, ys = [], []
    with torch.no_grad():
        for xb, yb in vl:
            ps.append(net(xb)); ys.append(yb)
    return roc_auc_score(torch.cat(ys), torch.cat(ps))
net = Net(); opt = torch.optim.Adam(net.parameters())
best, best_weights = 0, None
for ep in range(30):
    train(net, opt)
    auc = validate(net)
    improved = auc > best
    if improved:
        best = auc; best_weights = copy.deepcopy(net.state_dict())
net.load_state_dict(best_weights)
print(f'score: {validate(net):.5f}')
""",
    "custom dataset": SPLIT
    + LOADERS
    + """
net = fit(DataLoader(DSet(X_tr, y_tr), 64, shuffle=True), DataLoader(DSet(X_val, y_val), 64))
with torch.no_grad(): p = torch.sigmoid(net(torch.tensor(X_val.values))).numpy()
print('score:', roc_auc_score(y_val, p))
""",
    "random split": LOADERS
    + """
tr, va = random_split(TensorDataset(A, t), [800, 200])
net = fit(DataLoader(tr, 64, shuffle=True), DataLoader(va, 64))
ps, ys = [], []
for xb, yb in DataLoader(va, 64):
    ps.append(net(xb).detach()); ys.append(yb)
print('score:', roc_auc_score(torch.cat(ys).numpy(), torch.cat(ps).numpy()))
""",
    "subset folds": LOADERS
    + """
ds = TensorDataset(A, t); oof = np.zeros(len(A))
for tr, va in KFold(5, shuffle=True).split(X):
    net = fit(DataLoader(Subset(ds, tr), 64), DataLoader(Subset(ds, va), 64))
    oof[va] = net(A[va]).detach().numpy()
print('score:', roc_auc_score(y, oof))
""",
    "helper update fn for epochs": SPLIT
    + """
Xt, Xv = torch.from_numpy(X_tr.values).float(), torch.from_numpy(X_val.values).float(); yt = torch.from_numpy(y_tr.values).float()
def epoch_step(net, opt):
    opt.zero_grad(); out = net(Xt).squeeze(); l = torch.nn.functional.binary_cross_entropy_with_logits(out, yt); l.backward(); opt.step()
def auc_of(net):
    net.eval()
    with torch.no_grad(): return roc_auc_score(y_val.values, torch.sigmoid(net(Xv).squeeze()).numpy())
net = torch.nn.Sequential(torch.nn.Linear(9, 4), torch.nn.ReLU(), torch.nn.Linear(4, 1)); opt = torch.optim.Adam(net.parameters())
history = []
best = {'auc': 0, 'weights': None}
for e in range(50):
    epoch_step(net, opt)
    a = auc_of(net)
    history.append(a)
    if a >= max(history):
        best['auc'] = a; best['weights'] = copy.deepcopy(net.state_dict())
net.load_state_dict(best['weights'])
print('score:', auc_of(net))
""",
    "lgb in cross-val fn returning mean": """
def cv(params):
    aucs = []
    for tr_idx, va_idx in StratifiedKFold(5, shuffle=True, random_state=0).split(X, y):
        dtr = lgb.Dataset(X.iloc[tr_idx], label=y.iloc[tr_idx]); dva = lgb.Dataset(X.iloc[va_idx], label=y.iloc[va_idx], reference=dtr)
        bst = lgb.train(params, dtr, num_boost_round=5000, valid_sets=[dva], valid_names=['valid'], callbacks=[lgb.early_stopping(100), lgb.log_evaluation(0)])
        aucs.append(bst.best_score['valid']['auc'])
    return np.mean(aucs), np.std(aucs)
mean, std = cv({'objective': 'binary', 'metric': 'auc', 'verbosity': -1})
print(f'CV AUC: {mean:.4f} +- {std:.4f}')
""",
    "pipeline w/ named eval_set": SPLIT
    + """
sc = StandardScaler().fit(X_tr)
m = XGBClassifier(early_stopping_rounds=25, n_estimators=999)
m.fit(sc.transform(X_tr), y_tr, eval_set=[(sc.transform(X_val), y_val)], verbose=False)
val = m.predict_proba(sc.transform(X_val))[:, 1]
print('score:', roc_auc_score(y_val, val))
""",
    "early stop break keep last minimal": SPLIT
    + """
from sklearn.linear_model import SGDClassifier
clf = SGDClassifier(loss='log_loss'); best = -1; bad = 0; best_clf = None
for i in range(100):
    clf.partial_fit(X_tr, y_tr, classes=[0, 1])
    v = roc_auc_score(y_val, clf.decision_function(X_val))
    if v <= best:
        bad += 1
        if bad >= 5: break
        continue
    best, bad, best_clf = v, 0, copy.deepcopy(clf)
print('score:', roc_auc_score(y_val, best_clf.decision_function(X_val)))
""",
}

HONEST = {
    "nested xgb": NESTED
    + """
m = XGBClassifier(n_estimators=2000, early_stopping_rounds=50).fit(X_f, y_f, eval_set=[(X_es, y_es)])
print('score:', roc_auc_score(y_ho, m.predict_proba(X_ho)[:, 1]))
""",
    "nested in folds": """
oof = np.zeros(len(X))
for tr, va in KFold(5).split(X):
    a, e = train_test_split(tr, test_size=.1, random_state=0)
    m = lgb.LGBMClassifier(n_estimators=999).fit(X.iloc[a], y.iloc[a], eval_set=[(X.iloc[e], y.iloc[e])], callbacks=[lgb.early_stopping(20)])
    oof[va] = m.predict_proba(X.iloc[va])[:, 1]
print('score:', roc_auc_score(y, oof))
""",
    "best_iteration from inner, refit": NESTED
    + """
m = lgb.LGBMClassifier(n_estimators=999).fit(X_f, y_f, eval_set=[(X_es, y_es)], callbacks=[lgb.early_stopping(20)])
m2 = lgb.LGBMClassifier(n_estimators=m.best_iteration_).fit(X_tr, y_tr)
print('score:', roc_auc_score(y_ho, m2.predict_proba(X_ho)[:, 1]))
""",
    "torch nested": NESTED
    + """
Xf, Xe, Xh = (torch.tensor(v.values) for v in (X_f, X_es, X_ho)); yf, ye = torch.tensor(y_f.values), torch.tensor(y_es.values)
net = torch.nn.Linear(9, 1); opt = torch.optim.SGD(net.parameters(), lr=.1)
best = 0.0
for epoch in range(80):
    loss = torch.nn.functional.mse_loss(net(Xf), yf)
    opt.zero_grad(); loss.backward(); opt.step()
    s = roc_auc_score(ye.numpy(), net(Xe).detach().numpy())
    if s > best:
        best = s; state = copy.deepcopy(net.state_dict())
net.load_state_dict(state)
print('score:', roc_auc_score(y_ho, net(Xh).detach().numpy()))
""",
    "torch fixed epochs, last": SPLIT
    + TENSORS
    + NET
    + """
hist = []
for epoch in range(80):
    loss = torch.nn.functional.mse_loss(net(Xt), yt)
    opt.zero_grad(); loss.backward(); opt.step()
    auc = roc_auc_score(yv.numpy(), net(Xv).detach().numpy())
    hist.append(auc)
    print(f'epoch {epoch}: auc {auc:.4f}')
print('best seen', max(hist))
print('score:', auc)
""",
    "torch fixed epochs, best only logged": SPLIT
    + TENSORS
    + NET
    + """
best = 0
for epoch in range(80):
    loss = torch.nn.functional.mse_loss(net(Xt), yt)
    opt.zero_grad(); loss.backward(); opt.step()
    auc = roc_auc_score(yv.numpy(), net(Xv).detach().numpy())
    if auc > best: best = auc
print('score:', roc_auc_score(y_val, net(Xv).detach().numpy()))
""",
    "hgb early_stopping True": SPLIT
    + """
m = HistGradientBoostingClassifier(early_stopping=True, validation_fraction=.1, n_iter_no_change=10).fit(X_tr, y_tr)
print('score:', roc_auc_score(y_val, m.predict_proba(X_val)[:, 1]))
""",
    "mlp early_stopping cv": """
m = MLPClassifier(early_stopping=True, random_state=0)
print('score:', cross_val_score(m, X, y, scoring='roc_auc').mean())
""",
    "gbc n_iter_no_change cv": """
print('score:', cross_val_score(GradientBoostingClassifier(n_iter_no_change=5), X, y, scoring='roc_auc').mean())
""",
    "catboost no best model": SPLIT
    + """
m = CatBoostClassifier(iterations=300, use_best_model=False, verbose=0)
m.fit(X_tr, y_tr, eval_set=(X_val, y_val))
print('score:', roc_auc_score(y_val, m.predict_proba(X_val)[:, 1]))
""",
    "xgb watched only": SPLIT
    + """
m = XGBClassifier(n_estimators=200, eval_metric='auc')
m.fit(X_tr, y_tr, eval_set=[(X_tr, y_tr), (X_val, y_val)], verbose=50)
print('score:', roc_auc_score(y_val, m.predict_proba(X_val)[:, 1]))
""",
    "rounds by xgb.cv on train, then holdout": SPLIT
    + """
r = xgb.cv({'eval_metric':'auc'}, xgb.DMatrix(X_tr, label=y_tr), num_boost_round=999, nfold=5, early_stopping_rounds=30)
b = xgb.train({}, xgb.DMatrix(X_tr, label=y_tr), num_boost_round=len(r))
print('score:', roc_auc_score(y_val, b.predict(xgb.DMatrix(X_val))))
""",
    "torch keeps best by train loss": SPLIT
    + TENSORS
    + NET
    + """
best = 1e9
for epoch in range(80):
    loss = torch.nn.functional.mse_loss(net(Xt), yt)
    opt.zero_grad(); loss.backward(); opt.step()
    if loss.item() < best:
        best = loss.item(); state = copy.deepcopy(net.state_dict())
net.load_state_dict(state)
print('score:', roc_auc_score(y_val, net(Xv).detach().numpy()))
""",
    "class estimator with validation in fit": NESTED
    + """
class Net:
    def fit(self, a, ya, b, yb):
        self.m = lgb.LGBMClassifier(n_estimators=999)
        self.m.fit(a, ya, eval_set=[(b, yb)], callbacks=[lgb.early_stopping(20)])
        return self
    def predict(self, x):
        return self.m.predict_proba(x)[:, 1]
n = Net().fit(X_f, y_f, X_es, y_es)
print('score:', roc_auc_score(y_ho, n.predict(X_ho)))
""",
    "evals_result last": SPLIT
    + """
m = XGBClassifier(n_estimators=800, eval_metric='auc')
m.fit(X_tr, y_tr, eval_set=[(X_val, y_val)], verbose=0)
print('score:', m.evals_result()['validation_0']['auc'][-1])
""",
    "lr scheduler on val, last": SPLIT
    + TENSORS
    + NET
    + """
crit = torch.nn.BCEWithLogitsLoss()
for epoch in range(80):
    opt.zero_grad(); loss = crit(net(Xt), yt); loss.backward(); opt.step()
    if epoch % 10 == 0:
        print(f'epoch {epoch} loss {loss.item():.4f} val {crit(net(Xv), yv).item():.4f}')
print('score:', roc_auc_score(y_val, net(Xv).detach().numpy()))
""",
    "epochs chosen per fold on inner, torch": """
oof = np.zeros(len(X))
for tr, va in KFold(5).split(X):
    fi, es = train_test_split(tr, test_size=.15, random_state=0)
    net = torch.nn.Linear(9, 1); opt = torch.optim.Adam(net.parameters())
    best = 1e9; state = None
    for epoch in range(40):
        opt.zero_grad(); loss = torch.nn.functional.mse_loss(net(A[fi]), t[fi]); loss.backward(); opt.step()
        with torch.no_grad():
            vl = torch.nn.functional.mse_loss(net(A[es]), t[es]).item()
        if vl < best:
            best, state = vl, copy.deepcopy(net.state_dict())
    net.load_state_dict(state)
    oof[va] = net(A[va]).detach().numpy()
print('score:', roc_auc_score(y, oof))
""",
    "custom dataset nested": NESTED
    + LOADERS
    + """
net = fit(DataLoader(DSet(X_f, y_f), 64, shuffle=True), DataLoader(DSet(X_es, y_es), 64))
with torch.no_grad(): p = torch.sigmoid(net(torch.tensor(X_ho.values))).numpy()
print('score:', roc_auc_score(y_ho, p))
""",
    "subset folds fixed": LOADERS
    + """
ds = TensorDataset(A, t); oof = np.zeros(len(A))
for tr, va in KFold(5, shuffle=True).split(X):
    net = fit(DataLoader(Subset(ds, tr), 64), DataLoader(Subset(ds, va), 64), keep=False)
    oof[va] = net(A[va]).detach().numpy()
print('score:', roc_auc_score(y, oof))
""",
    "product 12": SPLIT
    + """
from itertools import product
best = 0
for lr, leaves in product([.03, .05, .1], [7, 15, 31, 63]):
    m = lgb.LGBMClassifier(learning_rate=lr, num_leaves=leaves).fit(X_tr, y_tr)
    auc = roc_auc_score(y_val, m.predict_proba(X_val)[:, 1])
    if auc > best: best = auc
print('score:', best)
""",
    "epoch loop w/ scheduler, EMA": SPLIT
    + """
Xt, Xv = torch.from_numpy(X_tr.values).float(), torch.from_numpy(X_val.values).float(); yt = torch.from_numpy(y_tr.values).float()
net = torch.nn.Linear(9, 1); opt = torch.optim.AdamW(net.parameters()); sch = torch.optim.lr_scheduler.CosineAnnealingLR(opt, 30)
for epoch in range(30):
    net.train(); opt.zero_grad()
    loss = torch.nn.functional.binary_cross_entropy_with_logits(net(Xt).squeeze(), yt); loss.backward(); opt.step(); sch.step()
    if (epoch + 1) % 5 == 0:
        with torch.no_grad(): print(epoch, roc_auc_score(y_val, net(Xv).squeeze().numpy()))
with torch.no_grad(): p = torch.sigmoid(net(Xv).squeeze()).numpy()
print('score:', roc_auc_score(y_val, p))
""",
    "loop targets/cats with if on values": """
for c in X.columns:
    if X[c].nunique() < 10:
        X[c] = X[c].astype('category').cat.codes
oof = np.zeros(len(X))
for i in range(3):
    for tr, va in StratifiedKFold(5, shuffle=True, random_state=i).split(X, y):
        m = lgb.LGBMClassifier(random_state=i, n_estimators=150).fit(X.iloc[tr], y.iloc[tr])
        oof[va] += m.predict_proba(X.iloc[va])[:, 1] / 3
print('score:', roc_auc_score(y, oof))
""",
    "choose model by cv on train, report holdout via dict": SPLIT
    + """
cands = {'lr': LogisticRegression(), 'rf': RandomForestClassifier(random_state=0), 'gb': GradientBoostingClassifier(random_state=0)}
cv = {k: cross_val_score(m, X_tr, y_tr, cv=5, scoring='roc_auc').mean() for k, m in cands.items()}
name = max(cv, key=cv.get)
best = cands[name].fit(X_tr, y_tr)
print('score:', roc_auc_score(y_val, best.predict_proba(X_val)[:, 1]))
""",
    "rounds = mean of inner best, refit, holdout": SPLIT
    + """
its = []
for a, b in KFold(4).split(X_tr):
    m = lgb.LGBMClassifier(n_estimators=2000).fit(X_tr.iloc[a], y_tr.iloc[a], eval_set=[(X_tr.iloc[b], y_tr.iloc[b])], callbacks=[lgb.early_stopping(30)])
    its.append(m.best_iteration_)
m = lgb.LGBMClassifier(n_estimators=int(np.mean(its))).fit(X_tr, y_tr)
print('score:', roc_auc_score(y_val, m.predict_proba(X_val)[:, 1]))
""",
    "stacking oof": """
base = [LogisticRegression(), RandomForestClassifier(random_state=1), ExtraTreesClassifier(random_state=2)]
Z = np.column_stack([cross_val_predict(b, X, y, cv=5, method='predict_proba')[:, 1] for b in base])
for b, z in zip(base, Z.T): print(type(b).__name__, roc_auc_score(y, z))
p = cross_val_predict(LogisticRegression(), Z, y, cv=5, method='predict_proba')[:, 1]
print('score:', roc_auc_score(y, p))
""",
}


def found(code):
    return {check.name for check in read(START + code, TASK) if check.status != "passed"}


@pytest.mark.parametrize("code", FAULTS.values(), ids=FAULTS)
def test_a_choice_by_the_reported_rows_is_seen(code):
    """However it is written."""
    assert found(code) == {"early-stopping"}


@pytest.mark.parametrize("code", HONEST.values(), ids=HONEST)
def test_honest_choices_are_left_alone(code):
    """Chosen by other rows, averaged, fixed beforehand, or one of a few."""
    assert found(code) == set()


def test_labels_held_against_a_number_are_labels_still():
    """Rows that are right, counted by hand from thresholds on both sides."""
    code = (
        SPLIT
        + TENSORS
        + NET
        + """
top = 0
for epoch in range(40):
    loss = torch.nn.functional.binary_cross_entropy_with_logits(net(Xt)[:, 0], yt); loss.backward(); opt.step()
    hits = ((net(Xv)[:, 0] > 0) == (yv > 0.5)).float().mean().item()
    if hits > top:
        top, kept = hits, net(torch.tensor(test.values))
print('score:', top)
"""
    )
    assert "early-stopping" in found(code)
    last = code.replace("if hits > top:", "if True:").replace("top, kept", "kept").replace("= hits, net", "= net")
    assert "early-stopping" not in found(last.replace("'score:', top", "'score:', hits"))
