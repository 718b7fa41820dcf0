# task: server; fault: none
import csv, math
from datetime import datetime

def load(name):
    with open("input/" + name) as f: return list(csv.DictReader(f))

def vector(r):
    h = datetime.fromisoformat(r["timestamp"]).hour
    return [1.0, math.log(float(r["requests"])) - 6, (float(r["memory"]) - 55) / 12, (float(r["room_temp"]) - 24) / 3, float(r["deploy"]),
            math.sin(h * math.pi / 12), r["machine"] == "alpha", r["machine"] == "beta"]

def fit(rows, steps=150, rate=1.0, decay=1e-3):
    X, y = [vector(r) for r in rows], [int(r["overload"]) for r in rows]
    w = [0.0] * len(X[0])
    for _ in range(steps):
        g = [0.0] * len(w)
        for x, t in zip(X, y):
            e = 1 / (1 + math.exp(-sum(a * b for a, b in zip(w, x)))) - t
            for i, v in enumerate(x): g[i] += e * v
        w = [a - rate * (b / len(X) + decay * a) for a, b in zip(w, g)]
    return w

def value(w, r): return 1 / (1 + math.exp(-sum(a * b for a, b in zip(w, vector(r)))))

def auc(truth, guess):
    order = sorted(range(len(guess)), key=guess.__getitem__)
    ranks, i = [0.0] * len(guess), 0
    while i < len(order):
        j = i
        while j < len(order) and guess[order[j]] == guess[order[i]]: j += 1
        for k in range(i, j): ranks[order[k]] = (i + j + 1) / 2
        i = j
    pos = sum(truth); neg = len(truth) - pos
    return (sum(r for r, t in zip(ranks, truth) if t) - pos * (pos + 1) / 2) / (pos * neg)

rows = sorted(load("train.csv"), key=lambda r: r["timestamp"])
cut = len(rows) * 2 // 3
cut_at = rows[cut]["timestamp"]
older = [r for r in rows if r["timestamp"] < cut_at]
newer = [r for r in rows if r["timestamp"] >= cut_at]
w = fit(older)
print("train auc: %.4f" % auc([int(r["overload"]) for r in older], [value(w, r) for r in older]))
result = auc([int(r["overload"]) for r in newer], [value(w, r) for r in newer])
w = fit(rows)
with open("submission.csv", "w") as f:
    f.write("key,overload\n")
    for r in load("test.csv"): f.write(f"{r['key']},{value(w, r):.6f}\n")
print("validated on the last third of the time")
print("score: %.4f" % result)
