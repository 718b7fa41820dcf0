"""The six tasks that the unseen programs are written for, by who wrote those.

outlets   rmsle     rows of one store stand together; the stores of the test table are others
server    auc       hours of three machines; the test table is later than the training table
opinions  accuracy  texts that stand in training several times, a word or two changed
spectra   mae       270 rows of 900 columns: what is chosen before the split looks good
churn     f1        columns known only afterwards, and a rare class
crops     logloss   five classes, and a code that says nothing in the test table
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

Table = pd.DataFrame
PRODUCTS = ["kettle", "lamp", "chair", "radio", "rug"]
FORMATS = {"mini": -0.25, "super": 0.1, "hyper": 0.5}
SYLLABLES = ["ka", "lo", "mi", "ter", "pol", "sa", "ven", "du", "ric", "han", "bel", "os", "tra", "quin", "je"]


def write_outlets(folder: Path) -> Path:
    """Weekly sales, seven weeks of each store; every store sells above or below what its columns say."""
    random = np.random.default_rng(9001)
    train = _outlets(random, first=100, count=330, start=0)
    test = _outlets(random, first=600, count=260, start=50000)
    text = """# Weekly sales of new stores

Sales (thousands) of supermarkets in single weeks. What the stores of the training data sold is known; the test rows \
are of
stores that are only planned. Evaluation: RMSLE.
"""
    return _written(folder, train, test, metric="rmsle", sample={"Sales": 500.0}, text=text)


def _outlets(random: np.random.Generator, first: int, count: int, start: int) -> Table:
    """The weeks of this many stores, mixed; names count from `first`, row ids from `start`."""
    rows = []
    for store in range(count):
        own = random.normal(0, 0.5)
        area, city = random.gamma(5, 60), np.exp(random.normal(11, 1.0))
        rivals, parking, year = random.poisson(3), random.integers(0, 120), random.integers(1975, 2020)
        form = random.choice(list(FORMATS), p=[0.5, 0.35, 0.15])
        for week in sorted(random.choice(52, 7, replace=False)):
            promo, price, rain = int(random.random() < 0.25), random.normal(1, 0.06), random.gamma(1.5, 6)
            place = 6.2 + own + 0.6 * np.log(area / 300) + 0.18 * (np.log(city) - 11) - 0.05 * rivals + 0.002 * parking
            offer = place + FORMATS[form] + 0.3 * promo - 1.6 * (price - 1) - 0.006 * rain
            sales = np.exp(offer + 0.15 * np.cos(2 * np.pi * (week - 50) / 52) + random.normal(0, 0.16))
            known = (f"S{first + store}", week + 1, form, round(area), round(city, -2), rivals, parking, year)
            rows.append((*known, promo, round(price, 3), round(rain, 1), round(sales, 1)))
    names = ["Store", "Week", "Format", "Floor Area", "City Size", "Rivals", "Parking", "Opened"]
    table = Table(rows, columns=[*names, "Promo", "Price Index", "Rain", "Sales"])
    table = table.sample(frac=1, random_state=first).reset_index(drop=True)
    table.insert(0, "RowId", [f"r{start + row:05d}" for row in range(len(table))])
    return table


def write_server(folder: Path) -> Path:
    """Load that drifts from hour to hour; the test hours follow the training hours, in no order."""
    random = np.random.default_rng(9002)
    hours, known = 1500, 950
    rows = []
    stamps = pd.date_range("2023-01-02", periods=hours, freq="h")
    for name, base in [("alpha", -0.6), ("beta", -0.2), ("gamma", -1.0)]:
        drift = 0.0
        for hour, stamp in enumerate(stamps):
            drift = 0.97 * drift + random.normal(0, 0.42)
            day = np.sin(2 * np.pi * (stamp.hour - 8) / 24)
            requests = np.exp(6 + 0.5 * day - 0.3 * (stamp.day_of_week >= 5) + random.normal(0, 0.35))
            memory, warmth, deploy = random.normal(55, 12), random.normal(24, 3), int(random.random() < 0.05)
            logit = base + drift + 1.7 * (np.log(requests) - 6) + 0.06 * (memory - 55)
            logit = logit + 0.1 * (warmth - 24) + 0.8 * deploy
            overload = int(random.random() < 1 / (1 + np.exp(-1.3 * logit)))
            seen = (str(stamp), name, round(requests), round(memory, 1), round(warmth, 1))
            rows.append((*seen, deploy, overload, hour))
    names = ["timestamp", "machine", "requests", "memory", "room_temp", "deploy", "overload", "hour"]
    table = Table(rows, columns=names).assign(order=random.random(len(rows)))
    early = table["hour"] < known
    parts = table[early].sort_values(["hour", "machine"]), table[~early].sort_values("order")
    train, test = (part.drop(columns=["hour", "order"]).reset_index(drop=True) for part in parts)
    train.insert(0, "key", np.arange(len(train)))
    test.insert(0, "key", np.arange(len(test)) + len(train))
    text = """# Overload

Three machines, hour by hour: is a machine overloaded? The training data are the first weeks, the test data the weeks \
that
follow (in no order). AUC.
"""
    split = '\n[split]\ntime = "timestamp"\n'
    return _written(folder, train, test, metric="auc", sample={"overload": 0.5}, text=text, split=split)


def write_opinions(folder: Path) -> Path:
    """Each text of the training table stands there one to five times, reworded; in the test table each is its own."""
    random = np.random.default_rng(9003)
    words = sorted({"".join(random.choice(SYLLABLES, random.integers(2, 4))) for _ in range(1400)})
    random.shuffle(words)
    good, bad, plain = words[:70], words[70:140], words[140:900]
    weight = random.dirichlet(np.full(len(plain), 0.6))

    def filler() -> str:
        return plain[random.choice(len(plain), p=weight)]

    def word(happy: bool) -> str:
        if random.random() < 0.2:
            return random.choice(good if (random.random() < 0.78) == happy else bad)
        return filler()

    def reworded(text: list[str]) -> str:
        text = list(text)
        for _ in range(random.integers(0, 3)):
            text[random.integers(len(text))] = filler()
        return " ".join(text)

    train, test = _reposted(random, word, reworded), _once(random, word)
    train = train.sample(frac=1, random_state=3).reset_index(drop=True)
    train.insert(0, "review_id", np.arange(1, len(train) + 1))
    test.insert(0, "review_id", np.arange(90001, 90001 + len(test)))
    text = """# Was the customer happy?

Product reviews, translated into a made-up language. The training data come from a shop where reviews are often \
posted again
with a word or two changed; the test data from one that removes such copies. Accuracy of 0/1 predictions.
"""
    return _written(folder, train, test, metric="accuracy", sample={"positive": 1}, text=text)


def _reposted(random: np.random.Generator, word: Callable[[bool], str], reworded: Callable[[list[str]], str]) -> Table:
    rows = []
    for _ in range(620):
        happy = bool(random.random() < 0.55)
        review = [word(happy) for _ in range(random.integers(12, 30))]
        label = int(happy) if random.random() < 0.9 else 1 - happy
        product = random.choice(PRODUCTS)
        for _ in range(random.choice([1, 2, 3, 4, 5], p=[0.2, 0.2, 0.25, 0.2, 0.15])):
            rows.append((reworded(review), product, int(random.integers(0, 9)), label))
    return Table(rows, columns=["review", "product", "helpful", "positive"])


def _once(random: np.random.Generator, word: Callable[[bool], str]) -> Table:
    rows = []
    for _ in range(1000):
        happy = bool(random.random() < 0.55)
        review = " ".join([word(happy) for _ in range(random.integers(12, 30))])
        product, helpful = random.choice(PRODUCTS), int(random.integers(0, 9))
        rows.append((review, product, helpful, int(happy) if random.random() < 0.9 else 1 - happy))
    return Table(rows, columns=["review", "product", "helpful", "positive"])


def write_spectra(folder: Path) -> Path:
    """Fourteen substances absorb at 900 wavelengths; four of them tell of the protein."""
    random = np.random.default_rng(9004)
    known, rows, bands = 270, 1170, 900
    grid = np.linspace(0, 1, bands)
    centres, widths = random.uniform(0, 1, 14), random.uniform(0.01, 0.04, 14)
    shapes = np.exp(-((grid - centres[:, None]) ** 2) / (2 * widths[:, None] ** 2))
    amounts = random.gamma(3, 1, (rows, 14))
    spectra = amounts @ shapes * 0.2 + random.normal(0, 0.9, (rows, bands))
    spectra = spectra + np.cumsum(random.normal(0, 0.01, (rows, bands)), axis=1)
    protein = 20 + 0.9 * amounts[:, 0] - 0.8 * amounts[:, 1] + 0.7 * amounts[:, 2] + 0.5 * amounts[:, 3]
    protein = protein + random.normal(0, 2.2, rows)
    table = Table(spectra.round(4), columns=[f"nm{1000 + 2 * band}" for band in range(bands)])
    table.insert(0, "specimen", [f"SP{number:05d}" for number in random.permutation(rows)])
    table["protein"] = protein.round(2)
    text = """# Protein from near-infrared spectra

900 absorbances of a grain specimen; its protein content was measured in the laboratory. Mean absolute error.
"""
    return _written(folder, table[:known], table[known:], metric="mae", sample={"protein": 20.0}, text=text)


def write_churn(folder: Path) -> Path:
    """Who left has a last bill, a new number and long no login, in training alone."""
    random = np.random.default_rng(9005)
    known, rows = 2600, 4100
    table = Table({
        "tenure": random.gamma(2, 14, rows).round(), "monthly": random.normal(52, 18, rows).clip(8).round(2),
        "calls": random.poisson(1.6, rows),
        "plan": random.choice(["basic", "plus", "family", "pro"], rows, p=[0.4, 0.3, 0.2, 0.1]),
        "autopay": (random.random(rows) < 0.6).astype(int), "usage": np.exp(random.normal(3, 0.7, rows)).round(1),
        "age": random.integers(18, 85, rows),
    })  # fmt: skip
    agent = random.integers(0, 950, rows)
    table["agent"] = [f"A{number:04d}" for number in agent]
    effect = random.normal(0, 0.3, 950)
    logit = -1.75 - 0.03 * (table["tenure"] - 28) + 0.022 * (table["monthly"] - 52) + 0.5 * (table["calls"] - 1.6)
    logit = logit - 0.7 * table["autopay"] - 0.35 * (np.log(table["usage"]) - 3)
    logit = logit + table["plan"].map({"basic": 0.3, "plus": 0, "family": -0.5, "pro": 0.2}).astype(float)
    logit = 1.5 * (logit + effect[agent] + 1.5) - 1.5
    left = (random.random(rows) < 1 / (1 + np.exp(-logit))).astype(int).to_numpy()
    number = random.choice(np.arange(2_000_000, 2_400_000), rows, replace=False)
    moved = (left == 1) & (random.random(rows) < 0.85)
    moved[known:] = False
    table.insert(0, "account", np.where(moved, number + 6_000_000, number))
    idle = np.where(left == 1, random.gamma(3, 20, rows), random.gamma(1.5, 6, rows)).round()
    idle[known:] = random.gamma(1.5, 6, rows - known).round()
    table["days_since_login"] = idle
    bill = (table["monthly"] * random.uniform(0.2, 1.5, rows)).round(2)
    table["final_bill"] = np.where(left == 1, bill, np.nan)
    table["churned"] = left
    table.loc[table.sample(frac=0.05, random_state=2).index, "usage"] = np.nan
    text = """# Who will leave?

Customers of a telephone company. Columns: tenure (months), monthly (fee), calls (to the hotline), plan, autopay, \
usage, age,
agent (who sold the contract), days_since_login, final_bill (what was billed after the end, training data only). \
Training
data were exported at the end of the year, test data are from the day on which the decision is to be made.
F1 of the class 1; submit 0 or 1.
"""
    train, test = table[:known], table[known:].drop(columns="final_bill")
    return _written(folder, train, test, metric="f1", sample={"churned": 0}, text=text)


def write_crops(folder: Path) -> Path:
    """Five crops seen by satellites; what was paid for a parcel nearly names its crop, and is pending in test."""
    random = np.random.default_rng(9116)
    kinds = ["wheat", "barley", "maize", "rape", "beet"]
    known, rows = 2400, 4400
    crop = random.choice(5, rows, p=[0.4, 0.2, 0.2, 0.12, 0.08])
    centre = random.normal(0, 0.75, (5, 10))
    spread = random.uniform(0.8, 1.5, (5, 10))
    seen = centre[crop] + random.normal(size=(rows, 10)) * spread[crop]
    seen[:, 7:] += 0.5 * seen[:, :3] * seen[:, 3:6]
    names = ["ndvi_apr", "ndvi_may", "ndvi_jun", "ndvi_jul", "red_edge", "swir", "radar_vv", "radar_vh"]
    table = Table(seen.round(3), columns=[*names, "texture", "slope"])
    table.insert(0, "parcel", np.arange(rows) + 1)
    table["farm"] = [f"F{number:03d}" for number in random.integers(0, 600, rows)]
    table["soil"] = random.choice(["clay", "loam", "sand", "peat"], rows)
    tariff = np.array(["T1", "T2", "T3", "T4", "T5"])
    table["subsidy_code"] = np.where(random.random(rows) < 0.93, tariff[crop], random.choice(tariff, rows))
    table.loc[known:, "subsidy_code"] = "pending"
    table.loc[table.sample(frac=0.06, random_state=1).index, "swir"] = np.nan
    table["crop"] = np.array(kinds)[crop]
    text = """# Which crop grows there?

Parcels of land seen by satellites. Predict the probabilities of five crops. `subsidy_code` is what was paid out for \
the parcel
after the harvest (pending while a season is open, as in the test data). Multi-class log loss; a submission has a \
column of
probabilities for each crop: parcel,wheat,barley,maize,rape,beet.
"""
    sample = dict.fromkeys(kinds, 0.2)
    return _written(folder, table[:known], table[known:], metric="logloss", sample=sample, text=text)


def _written(
    folder: Path, train: Table, test: Table, *, metric: str, sample: dict[str, float], text: str, split: str = ""
) -> Path:
    """Write two tables, the id first and the target last, as a task folder; the test table without its target."""
    key, target = train.columns[0], train.columns[-1]
    test = test.drop(columns=target)
    folder.mkdir(parents=True)
    train.to_csv(folder / "train.csv", index=False)
    test.to_csv(folder / "test.csv", index=False)
    test[[key]].assign(**sample).to_csv(folder / "sample_submission.csv", index=False)
    (folder / "description.md").write_text(text)
    (folder / "task.toml").write_text(f'metric = "{metric}"\ntarget = "{target}"\nid = "{key}"\n{split}')
    return folder
