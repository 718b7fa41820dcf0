"""Reading a program: seeds and settings chosen by the rows that the score is measured on."""
# ruff: noqa: E501 - programs

import pytest
from reading_programs import LOADERS, NESTED, SPLIT, START, TASK, TENSORS

from gome.evaluation.reading import read

FAULTS = {
    "seeds split if": (
        "seed",
        """
best_auc, best_seed = 0, 0
for seed in range(30):
    a, b, ya, yb = train_test_split(X, y, test_size=.2, random_state=seed)
    m = RandomForestClassifier(random_state=0).fit(a, ya)
    auc = roc_auc_score(yb, m.predict_proba(b)[:, 1])
    if auc > best_auc: best_auc, best_seed, best_model = auc, seed, m
print('score:', best_auc)
""",
    ),
    "seeds model fixed split": (
        "seed",
        SPLIT
        + """
results = []
for seed in [0, 1, 2, 3, 4, 5, 42, 123, 2024, 7]:
    m = RandomForestClassifier(random_state=seed).fit(X_tr, y_tr)
    results.append((roc_auc_score(y_val, m.predict_proba(X_val)[:, 1]), seed, m))
results.sort(key=lambda r: r[0], reverse=True)
best_score, best_seed, best_model = results[0]
print('score:', best_score)
""",
    ),
    "seeds dict max key": (
        "seed",
        SPLIT
        + """
scores = {}
for seed in range(20):
    m = RandomForestClassifier(random_state=seed).fit(X_tr, y_tr)
    scores[seed] = roc_auc_score(y_val, m.predict_proba(X_val)[:, 1])
best = max(scores, key=scores.get)
print('score:', scores[best])
""",
    ),
    "seeds function returning": (
        "seed",
        SPLIT
        + """
def run(seed):
    np.random.seed(seed)
    m = RandomForestClassifier(random_state=seed).fit(X_tr, y_tr)
    return roc_auc_score(y_val, m.predict_proba(X_val)[:, 1]), m
best_score, best_model = max((run(s) for s in range(25)), key=lambda r: r[0])
print('score:', best_score)
""",
    ),
    "seeds function list comp": (
        "seed",
        SPLIT
        + """
def run(seed):
    m = RandomForestClassifier(random_state=seed).fit(X_tr, y_tr)
    return roc_auc_score(y_val, m.predict_proba(X_val)[:, 1])
aucs = [run(s) for s in range(25)]
print('score:', np.max(aucs))
""",
    ),
    "seeds dict comp": (
        "seed",
        SPLIT
        + """
aucs = {s: roc_auc_score(y_val, RandomForestClassifier(random_state=s).fit(X_tr, y_tr).predict_proba(X_val)[:, 1]) for s in range(12)}
seed, auc = max(aucs.items(), key=lambda kv: kv[1])
print('score:', auc)
""",
    ),
    "seeds torch manual_seed": (
        "seed",
        SPLIT
        + TENSORS
        + """
best = (-1, None)
for s in range(10):
    torch.manual_seed(s)
    net = torch.nn.Linear(9, 1); opt = torch.optim.SGD(net.parameters(), lr=.1)
    for epoch in range(20):
        loss = torch.nn.functional.mse_loss(net(Xt), yt)
        opt.zero_grad(); loss.backward(); opt.step()
    auc = roc_auc_score(yv.numpy(), net(Xv).detach().numpy())
    if auc > best[0]:
        best = (auc, net)
print('score:', best[0])
""",
    ),
    "seeds best model re-scored": (
        "seed",
        SPLIT
        + """
best_auc, best_model = 0, None
for seed in range(30):
    m = lgb.LGBMClassifier(random_state=seed, subsample=.7, subsample_freq=1).fit(X_tr, y_tr)
    auc = roc_auc_score(y_val, m.predict_proba(X_val)[:, 1])
    if auc > best_auc:
        best_auc, best_model = auc, m
print('score:', roc_auc_score(y_val, best_model.predict_proba(X_val)[:, 1]))
""",
    ),
    "best seed, refit, re-scored": (
        "seed",
        SPLIT
        + """
best_auc, best_seed = 0, None
for seed in range(30):
    m = RandomForestClassifier(random_state=seed).fit(X_tr, y_tr)
    auc = roc_auc_score(y_val, m.predict_proba(X_val)[:, 1])
    if auc > best_auc:
        best_auc, best_seed = auc, seed
m = RandomForestClassifier(random_state=best_seed).fit(X_tr, y_tr)
print('score:', roc_auc_score(y_val, m.predict_proba(X_val)[:, 1]))
""",
    ),
    "argmax seed, refit": (
        "seed",
        SPLIT
        + """
seeds = range(30)
sc = np.array([roc_auc_score(y_val, RandomForestClassifier(random_state=s).fit(X_tr, y_tr).predict_proba(X_val)[:, 1]) for s in seeds])
s = seeds[int(sc.argmax())]
m = RandomForestClassifier(random_state=s).fit(X_tr, y_tr)
print('score:', roc_auc_score(y_val, m.predict_proba(X_val)[:, 1]))
""",
    ),
    "seeds random draws": (
        "seed",
        SPLIT
        + """
best = 0
for trial in range(40):
    seed = random.randint(0, 10**6)
    m = RandomForestClassifier(random_state=seed).fit(X_tr, y_tr)
    s = m.score(X_val, y_val)
    best = s if s > best else best
print('score:', best)
""",
    ),
    "seeds oof kfold seed": (
        "seed",
        """
res = []
for seed in range(15):
    oof = cross_val_predict(LogisticRegression(), X, y, cv=StratifiedKFold(5, shuffle=True, random_state=seed), method='predict_proba')[:, 1]
    res.append({'seed': seed, 'auc': roc_auc_score(y, oof)})
df = pd.DataFrame(res)
print('score:', df['auc'].max())
""",
    ),
    "seeds df sort": (
        "seed",
        """
rows = []
for seed in range(15):
    s = cross_val_score(LogisticRegression(), X, y, scoring='roc_auc', cv=KFold(5, shuffle=True, random_state=seed)).mean()
    rows.append((seed, s))
df = pd.DataFrame(rows, columns=['seed', 'auc']).sort_values('auc', ascending=False)
print('score:', df.iloc[0]['auc'])
""",
    ),
    "seeds nested function best": (
        "seed",
        SPLIT
        + """
def search(n):
    best = None
    for s in range(n):
        clf = MLPClassifier(random_state=s)
        clf.fit(X_tr, y_tr)
        auc = roc_auc_score(y_val, clf.predict_proba(X_val)[:, 1])
        if best is None or auc > best['auc']:
            best = {'auc': auc, 'seed': s, 'model': clf}
    return best
b = search(20)
print('score:', b['auc'])
""",
    ),
    "seeds set_params": (
        "seed",
        SPLIT
        + """
m = RandomForestClassifier()
best = 0
for s in range(20):
    m.set_params(random_state=s)
    m.fit(X_tr, y_tr)
    best = max(best, roc_auc_score(y_val, m.predict_proba(X_val)[:, 1]))
print('score:', best)
""",
    ),
    "seeds heapq / sorted": (
        "seed",
        SPLIT
        + """
runs = []
for seed in range(20):
    m = RandomForestClassifier(random_state=seed).fit(X_tr, y_tr)
    runs.append((roc_auc_score(y_val, m.predict_proba(X_val)[:, 1]), seed))
print('score:', sorted(runs)[-1][0])
""",
    ),
    "seed_everything fn": (
        "seed",
        SPLIT
        + """
def seed_everything(s):
    random.seed(s); np.random.seed(s)
best = 0
for s in range(20):
    seed_everything(s)
    m = RandomForestClassifier().fit(X_tr, y_tr)
    best = max(best, roc_auc_score(y_val, m.predict_proba(X_val)[:, 1]))
print('score:', best)
""",
    ),
    "many options loop": (
        "best-of-many",
        SPLIT
        + """
best = 0
for depth in range(1, 60):
    for leaf in range(1, 60):
        m = RandomForestClassifier(max_depth=depth, min_samples_leaf=leaf, random_state=0).fit(X_tr, y_tr)
        s = roc_auc_score(y_val, m.predict_proba(X_val)[:, 1])
        if s > best: best = s
print('score:', best)
""",
    ),
    "random search 200": (
        "best-of-many",
        SPLIT
        + """
best = 0
for trial in range(200):
    p = {'C': 10 ** np.random.uniform(-4, 4)}
    s = roc_auc_score(y_val, LogisticRegression(**p).fit(X_tr, y_tr).predict_proba(X_val)[:, 1])
    if s > best: best, best_p = s, p
print('score:', best)
""",
    ),
    "optuna": (
        "best-of-many",
        SPLIT
        + """
import optuna
def objective(trial):
    m = LogisticRegression(C=trial.suggest_float('C', 1e-4, 1e4, log=True)).fit(X_tr, y_tr)
    return roc_auc_score(y_val, m.predict_proba(X_val)[:, 1])
study = optuna.create_study(direction='maximize'); study.optimize(objective, n_trials=200)
print('score:', study.best_value)
""",
    ),
    "rand search best_score_ 300": (
        "best-of-many",
        """
s = RandomizedSearchCV(LogisticRegression(), {'C': np.logspace(-4, 4, 1000)}, n_iter=300, scoring='roc_auc', cv=5)
s.fit(X, y)
print('score:', s.best_score_)
""",
    ),
    "seed, mean of folds, max": (
        "seed",
        """
best = (0, -1)
for seed in (1, 7, 42, 77, 99):
    fs = []
    for tr, va in KFold(5, shuffle=True, random_state=seed).split(X):
        m = LogisticRegression().fit(X.iloc[tr], y.iloc[tr]); fs.append(roc_auc_score(y.iloc[va], m.predict_proba(X.iloc[va])[:, 1]))
    best = max(best, (np.mean(fs), seed))
print('score:', best[0])
""",
    ),
    "while seeds counter": (
        "seed",
        SPLIT
        + """
seed, best = 0, 0
while seed < 50:
    m = RandomForestClassifier(random_state=seed).fit(X_tr, y_tr)
    best = max(best, roc_auc_score(y_val, m.predict_proba(X_val)[:, 1]))
    seed += 1
print('score:', best)
""",
    ),
    "dict of models by seed, sorted items": (
        "seed",
        SPLIT
        + """
models = {}
for s in range(1, 21):
    clf = ExtraTreesClassifier(n_estimators=100, random_state=s)
    clf.fit(X_tr, y_tr)
    models[s] = dict(model=clf, auc=roc_auc_score(y_val, clf.predict_proba(X_val)[:, 1]))
top = sorted(models.items(), key=lambda kv: kv[1]['auc'], reverse=True)[0]
print(f"Validation AUC: {top[1]['auc']:.4f}")
""",
    ),
    "pandas idxmax": (
        "seed",
        SPLIT
        + """
res = pd.DataFrame([{'seed': s, 'auc': roc_auc_score(y_val, RandomForestClassifier(random_state=s).fit(X_tr, y_tr).predict_proba(X_val)[:, 1])} for s in range(20)])
row = res.loc[res['auc'].idxmax()]
print('score:', row['auc'])
""",
    ),
    "class w/ best attrs": (
        "seed",
        SPLIT
        + """
class Search:
    def __init__(self): self.best_score, self.best_model = -np.inf, None
    def run(self, seeds):
        for s in seeds:
            m = lgb.LGBMClassifier(random_state=s, bagging_fraction=.8).fit(X_tr, y_tr)
            sc = roc_auc_score(y_val, m.predict_proba(X_val)[:, 1])
            if sc > self.best_score:
                self.best_score, self.best_model = sc, m
s = Search(); s.run(range(50))
print('score:', s.best_score)
""",
    ),
    "itertools product 60": (
        "best-of-many",
        SPLIT
        + """
from itertools import product
best = (0, None)
for lr, leaves, ff in product([.01, .03, .05, .1], [7, 15, 31, 63, 127], [.6, .8, 1]):
    m = lgb.LGBMClassifier(learning_rate=lr, num_leaves=leaves, feature_fraction=ff).fit(X_tr, y_tr)
    auc = roc_auc_score(y_val, m.predict_proba(X_val)[:, 1])
    if auc > best[0]: best = (auc, (lr, leaves, ff))
print('score:', best[0])
""",
    ),
    "big GridSearch best_score_": (
        "best-of-many",
        """
g = GridSearchCV(RandomForestClassifier(random_state=0), {'max_depth': [2, 3, 4, 5, 6, 8], 'min_samples_leaf': [1, 2, 4, 8, 16], 'max_features': [.2, .5, 1.]}, cv=5, scoring='roc_auc')
g.fit(X, y)
print(f'score: {g.best_score_:.4f}')
""",
    ),
}

HONEST = {
    "thresholds": SPLIT
    + """
p = LogisticRegression().fit(X_tr, y_tr).predict_proba(X_val)[:, 1]
best = max(roc_auc_score(y_val, (p > th).astype(int)) for th in np.linspace(0, 1, 500))
print('score:', best)
""",
    "seeds averaged scores": SPLIT
    + """
aucs = []
for s in range(10):
    m = RandomForestClassifier(random_state=s).fit(X_tr, y_tr)
    aucs.append(roc_auc_score(y_val, m.predict_proba(X_val)[:, 1]))
print('best', max(aucs), 'worst', min(aucs))
print('score:', np.mean(aucs))
""",
    "seeds averaged predictions": SPLIT
    + """
p = 0
for s in range(10):
    p = p + RandomForestClassifier(random_state=s).fit(X_tr, y_tr).predict_proba(X_val)[:, 1] / 10
print('score:', roc_auc_score(y_val, p))
""",
    "seeds chosen on inner": NESTED
    + """
best, m_best = 0, None
for s in range(10):
    m = RandomForestClassifier(random_state=s).fit(X_f, y_f)
    auc = roc_auc_score(y_es, m.predict_proba(X_es)[:, 1])
    if auc > best: best, m_best = auc, m
print('score:', roc_auc_score(y_ho, m_best.predict_proba(X_ho)[:, 1]))
""",
    "grid then holdout": SPLIT
    + """
g = GridSearchCV(LogisticRegression(), {'C': [.01, .1, 1, 10]}, scoring='roc_auc', cv=5).fit(X_tr, y_tr)
print('cv', g.best_score_)
print('score:', roc_auc_score(y_val, g.predict_proba(X_val)[:, 1]))
""",
    "loop of C by cv then holdout": SPLIT
    + """
best, bc = 0, None
for C in np.logspace(-4, 4, 100):
    s = cross_val_score(LogisticRegression(C=C), X_tr, y_tr, scoring='roc_auc').mean()
    if s > best: best, bc = s, C
m = LogisticRegression(C=bc).fit(X_tr, y_tr)
print('score:', roc_auc_score(y_val, m.predict_proba(X_val)[:, 1]))
""",
    "two models max": SPLIT
    + """
a = roc_auc_score(y_val, RandomForestClassifier(random_state=0).fit(X_tr, y_tr).predict_proba(X_val)[:, 1])
b = roc_auc_score(y_val, LogisticRegression().fit(X_tr, y_tr).predict_proba(X_val)[:, 1])
print('score:', max(a, b))
""",
    "three models loop if": SPLIT
    + """
best, best_name = 0, None
for name, m in [('rf', RandomForestClassifier(random_state=0)), ('lr', LogisticRegression()), ('et', ExtraTreesClassifier(random_state=0))]:
    m.fit(X_tr, y_tr)
    s = roc_auc_score(y_val, m.predict_proba(X_val)[:, 1])
    if s > best: best, best_name = s, name
print('score:', best)
""",
    "small grid best_score_": """
g = GridSearchCV(LogisticRegression(), {'C': [.1, 1, 10]}, scoring='roc_auc', cv=5).fit(X, y)
print('score:', g.best_score_)
""",
    "seed loop, last": SPLIT
    + """
for s in range(3):
    m = RandomForestClassifier(random_state=s).fit(X_tr, y_tr)
    print('seed', s, roc_auc_score(y_val, m.predict_proba(X_val)[:, 1]))
m = RandomForestClassifier(random_state=42).fit(X_tr, y_tr)
print('score:', roc_auc_score(y_val, m.predict_proba(X_val)[:, 1]))
""",
    "fold loop worst/best printed": """
s = []
for tr, va in StratifiedKFold(5, shuffle=True, random_state=0).split(X, y):
    m = lgb.LGBMClassifier(n_estimators=200, random_state=0).fit(X.iloc[tr], y.iloc[tr])
    s.append(roc_auc_score(y.iloc[va], m.predict_proba(X.iloc[va])[:, 1]))
print('min', min(s), 'max', max(s)); print('score:', np.mean(s))
""",
    "nested cv grid": """
g = GridSearchCV(LogisticRegression(), {'C': np.logspace(-3, 3, 50)}, scoring='roc_auc', cv=3)
print('score:', cross_val_score(g, X, y, scoring='roc_auc', cv=5).mean())
""",
    "seed + fold bagging, oof": """
oof = np.zeros(len(X))
for seed in range(5):
    for tr, va in KFold(5, shuffle=True, random_state=seed).split(X):
        m = lgb.LGBMClassifier(random_state=seed).fit(X.iloc[tr], y.iloc[tr])
        oof[va] += m.predict_proba(X.iloc[va])[:, 1] / 5
print('score:', roc_auc_score(y, oof))
""",
    "blend weight of three": """
oa = cross_val_predict(LogisticRegression(), X, y, method='predict_proba')[:, 1]
ob = cross_val_predict(RandomForestClassifier(random_state=0), X, y, method='predict_proba')[:, 1]
best = max((roc_auc_score(y, w * oa + (1 - w) * ob), w) for w in (.3, .5, .7))
print('score:', best[0])
""",
    "forest sizes, positional": SPLIT
    + """
sc = {n: roc_auc_score(y_val, RandomForestClassifier(n, random_state=0).fit(X_tr, y_tr).predict_proba(X_val)[:, 1]) for n in range(20, 400, 20)}
n = max(sc, key=sc.get)
print('score:', sc[n])
""",
    "few n_estimators": SPLIT
    + """
best = 0
for n in (100, 300, 500):
    s = roc_auc_score(y_val, RandomForestClassifier(n_estimators=n, random_state=0).fit(X_tr, y_tr).predict_proba(X_val)[:, 1])
    if s > best: best = s
print('score:', best)
""",
    "optuna inner cv, holdout": SPLIT
    + """
import optuna
def objective(trial):
    return cross_val_score(LogisticRegression(C=trial.suggest_float('C', 1e-4, 1e4)), X_tr, y_tr, scoring='roc_auc').mean()
study = optuna.create_study(direction='maximize'); study.optimize(objective, n_trials=200)
m = LogisticRegression(**study.best_params).fit(X_tr, y_tr)
print('score:', roc_auc_score(y_val, m.predict_proba(X_val)[:, 1]))
""",
    "rng outside, options inside": SPLIT
    + """
rng = np.random.RandomState(0)
best = 0
for C in (.1, 1, 10):
    m = RandomForestClassifier(max_features=C, random_state=rng).fit(X_tr, y_tr)
    s = roc_auc_score(y_val, m.predict_proba(X_val)[:, 1])
    if s > best: best = s
print('score:', best)
""",
    "seed loop, per seed inner epochs picked on other rows, mean": NESTED
    + """
fs = []
for seed in range(5):
    best, bm = 0, None
    for C in (.1, 1, 10):
        m = LogisticRegression(C=C, random_state=seed).fit(X_f, y_f)
        s = roc_auc_score(y_es, m.predict_proba(X_es)[:, 1])
        if s > best: best, bm = s, m
    fs.append(roc_auc_score(y_ho, bm.predict_proba(X_ho)[:, 1]))
print('score:', np.mean(fs))
""",
    "seed loop, few C on reported rows, mean over seeds": SPLIT
    + """
fs = []
for seed in range(5):
    best = 0
    for C in (.1, 1, 10):
        m = RandomForestClassifier(max_features=C, random_state=seed).fit(X_tr, y_tr)
        s = roc_auc_score(y_val, m.predict_proba(X_val)[:, 1])
        if s > best: best = s
    fs.append(best)
print('score:', np.mean(fs))
""",
    "sanity if on score in seed loop": SPLIT
    + """
ps = []
for seed in range(5):
    m = RandomForestClassifier(random_state=seed).fit(X_tr, y_tr)
    p = m.predict_proba(X_val)[:, 1]
    auc = roc_auc_score(y_val, p)
    if auc < 0.5:
        print('warning: worse than chance')
        p = 1 - p
    ps.append(p)
print('score:', roc_auc_score(y_val, np.mean(ps, axis=0)))
""",
    "fit on folds keep best fold model for test": """
best, bm, s = 0, None, []
for fold, (tr, va) in enumerate(StratifiedKFold(5, shuffle=True, random_state=1).split(X, y)):
    m = lgb.LGBMClassifier(n_estimators=300, random_state=fold).fit(X.iloc[tr], y.iloc[tr])
    a = roc_auc_score(y.iloc[va], m.predict_proba(X.iloc[va])[:, 1]); s.append(a)
    if a > best: best, bm = a, m
print('best fold', best)
print('score:', np.mean(s))
""",
    "seed bagging in fn w/ seed averaging": SPLIT
    + """
def bag(seeds):
    return np.mean([RandomForestClassifier(random_state=s).fit(X_tr, y_tr).predict_proba(X_val)[:, 1] for s in seeds], axis=0)
print('score:', roc_auc_score(y_val, bag(range(10))))
""",
    "compare two seed-bags": SPLIT
    + """
def bag(kind, seeds):
    return np.mean([kind(random_state=s).fit(X_tr, y_tr).predict_proba(X_val)[:, 1] for s in seeds], axis=0)
res = {k.__name__: roc_auc_score(y_val, bag(k, range(10))) for k in (RandomForestClassifier, ExtraTreesClassifier)}
name = max(res, key=res.get)
print('score:', res[name])
""",
    "two feature sets by cv": """
sets = {'all': list(X.columns), 'few': ['a', 'b']}
res = {}
for name, cols in sets.items():
    oof = np.zeros(len(X))
    for seed in range(3):
        for tr, va in KFold(5, shuffle=True, random_state=seed).split(X):
            oof[va] += lgb.LGBMClassifier(random_state=seed).fit(X[cols].iloc[tr], y.iloc[tr]).predict_proba(X[cols].iloc[va])[:, 1] / 3
    res[name] = roc_auc_score(y, oof)
best = max(res, key=res.get)
print('score:', res[best])
""",
    "random split three": LOADERS
    + """
tr, rest = random_split(TensorDataset(A, t), [800, 200])
va, te = random_split(rest, [100, 100])
net = fit(DataLoader(tr, 64, shuffle=True), DataLoader(va, 64))
ps, ys = [], []
for xb, yb in DataLoader(te, 64):
    ps.append(net(xb).detach()); ys.append(yb)
print('score:', roc_auc_score(torch.cat(ys).numpy(), torch.cat(ps).numpy()))
""",
    "inner es in function, seeds avg": """
def fit(Xa, ya, seed):
    a, b, ca, cb = train_test_split(Xa, ya, test_size=.15, random_state=seed)
    return XGBClassifier(n_estimators=999, early_stopping_rounds=20, random_state=seed).fit(a, ca, eval_set=[(b, cb)], verbose=False)
scores = []
for tr, va in KFold(5, shuffle=True, random_state=0).split(X):
    ps = np.mean([fit(X.iloc[tr], y.iloc[tr], s).predict_proba(X.iloc[va])[:, 1] for s in range(3)], axis=0)
    scores.append(roc_auc_score(y.iloc[va], ps))
print(f'score: {np.mean(scores):.5f}')
best_seed = 0
""",
    "worst of seeds": SPLIT
    + """
aucs = [roc_auc_score(y_val, RandomForestClassifier(random_state=s).fit(X_tr, y_tr).predict_proba(X_val)[:, 1]) for s in range(5)]
print('spread', max(aucs) - min(aucs))
print('score:', np.median(aucs))
""",
}


def found(code):
    return {check.name for check in read(START + code, TASK) if check.status != "passed"}


@pytest.mark.parametrize(("name", "code"), FAULTS.values(), ids=FAULTS)
def test_a_choice_by_the_reported_rows_is_seen(name, code):
    """However it is written; the metric of `score` is not this task's, which is found besides."""
    assert found(code) - {"metric"} == {name}


@pytest.mark.parametrize("code", HONEST.values(), ids=HONEST)
def test_honest_choices_are_left_alone(code):
    """Chosen by other rows, averaged, fixed beforehand, or one of a few."""
    assert found(code) == set()


def test_evidence_says_among_how_many():
    """And by how much the best of as many is too good by luck alone."""
    code = FAULTS["seeds split if"][1]
    (check,) = (check for check in read(START + code, TASK) if check.status != "passed")
    assert "the best of 30 equals looks up to 2.0 standard errors too good" in check.evidence


def test_many_settings_are_those_whose_best_is_two_errors_too_good():
    """27 settings are few, 28 many."""
    code = FAULTS["random search 200"][1]
    assert found(code.replace("200", "28")) == {"best-of-many"}
    assert found(code.replace("200", "27")) == set()
