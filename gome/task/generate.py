"""Generated tables: made-up reviews, rides and shops, with structure that a thoughtful solution finds."""

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]

_PRAISE = ("great", "excellent", "solid", "lovely", "reliable", "superb", "handy", "impressive")
_BLAME = ("poor", "awful", "flimsy", "ugly", "unreliable", "broken", "clumsy", "disappointing")
_ASPECTS = (("battery", 1.4), ("screen", 1.0), ("sound", 0.9), ("delivery", 0.5), ("manual", 0.25), ("packaging", 0.15))
_FILLERS = (
    "bought it for my brother",
    "the box came on a rainy day",
    "my old one lasted six years",
    "I use it at work and at home",
    "my neighbour has the same model",
    "it is the blue version",
)


def reviews(seed: int, rows: int = 3000) -> pd.DataFrame:
    """Reviews: some aspects matter more than others, "not" turns a word round, a high price makes blame weigh more."""
    random = np.random.default_rng([seed, 11])
    price = np.round(np.exp(random.normal(3.6, 0.7, rows)), 2)
    texts, scores = [], np.zeros(rows)
    for row in range(rows):
        clauses = []
        for place in random.choice(len(_ASPECTS), size=random.integers(2, 5), replace=False):
            aspect, weight = _ASPECTS[place]
            good = random.random() < 0.5
            negated, stressed = random.random() < 0.2, random.random() < 0.25
            word = random.choice(_PRAISE if good != negated else _BLAME)
            clauses.append(f"the {aspect} is {'not ' if negated else ''}{'really ' if stressed else ''}{word}")
            harsh = 1.0 if good else 1.0 + 0.5 * (price[row] > 60)
            scores[row] += (1 if good else -1) * weight * harsh * (1.4 if stressed else 1.0)
        clauses += [str(random.choice(_FILLERS)) for _ in range(random.integers(0, 3))]
        random.shuffle(clauses)
        texts.append(". ".join(clause[0].upper() + clause[1:] for clause in clauses) + ".")
    days = random.integers(1, 400, rows)
    helpful = random.poisson(1.0 + 1.5 * np.abs(scores))
    noisy = scores + random.normal(0, 0.45, rows) + 0.002 * (200 - days)
    return pd.DataFrame(
        {
            "review": texts,
            "price": price,
            "days_since_delivery": days,
            "helpful_votes": helpful,
            "rating": np.digitize(noisy, np.quantile(noisy, [0.35, 0.6])),
        }
    )


def rides(seed: int, rows: int = 3000) -> pd.DataFrame:
    """Rides: duration is distance over a speed that depends on hour, weekday, centre and rain; errors multiply."""
    random = np.random.default_rng([seed, 12])
    start = pd.Timestamp("2024-01-01")
    weight = np.array([1, 1, 1, 1, 1, 2, 4, 8, 9, 6, 5, 5, 6, 6, 6, 7, 8, 10, 9, 7, 5, 4, 3, 2], dtype=float)
    hour = random.choice(24, rows, p=weight / weight.sum())
    moment = (
        start
        + pd.to_timedelta(random.integers(0, 270, rows), unit="D")
        + pd.to_timedelta(hour * 3600 + random.integers(0, 3600, rows), unit="s")
    )
    pickup_lat, pickup_lon = 52.52 + random.normal(0, 0.035, rows), 13.40 + random.normal(0, 0.06, rows)
    drop_lat, drop_lon = 52.52 + random.normal(0, 0.045, rows), 13.40 + random.normal(0, 0.08, rows)
    far = random.random(rows) < 0.08  # to the airport
    drop_lat, drop_lon = np.where(far, 52.366, drop_lat), np.where(far, 13.503, drop_lon)
    north, east = (drop_lat - pickup_lat) * 111.2, (drop_lon - pickup_lon) * 67.7  # km
    distance = np.hypot(north, east) * 0.6 + (np.abs(north) + np.abs(east)) * 0.4 + 0.4
    weekday = np.asarray(moment.day_of_week)
    rush = np.where(weekday < 5, np.exp(-((hour - 8) ** 2) / 3) + 1.2 * np.exp(-((hour - 17.5) ** 2) / 5), 0.0)
    centre = np.exp(-(((pickup_lat - 52.52) * 111.2) ** 2 + ((pickup_lon - 13.40) * 67.7) ** 2) / 18)
    rain = np.where(random.random(rows) < 0.25, random.exponential(2.0, rows), 0.0)
    vehicle = random.choice(["taxi", "van", "bike"], rows, p=[0.6, 0.25, 0.15])
    motor = vehicle != "bike"
    speed = np.where(motor, 34.0 - 7 * centre, 15.0) / (1 + np.where(motor, 0.9, 0.15) * rush * (0.4 + centre))
    speed = speed / (1 + 0.05 * rain * np.where(motor, 1, 2.5)) * (1 + 0.25 * (far & motor))
    waiting = np.where(motor, 90 + 80 * centre, 20)
    seconds = (distance / speed * 3600 + waiting) * np.exp(random.normal(0, 0.16, rows))
    return pd.DataFrame(
        {
            "pickup_at": moment.strftime("%Y-%m-%d %H:%M:%S"),
            "pickup_lat": pickup_lat.round(5),
            "pickup_lon": pickup_lon.round(5),
            "dropoff_lat": drop_lat.round(5),
            "dropoff_lon": drop_lon.round(5),
            "passengers": random.choice([1, 2, 3, 4], rows, p=[0.65, 0.2, 0.1, 0.05]),
            "rain_mm": rain.round(1),
            "vehicle": vehicle,
            "duration_s": seconds.round().astype(int),
        }
    )


def shops(seed: int, rows: int = 4000) -> pd.DataFrame:
    """Orders: each shop has its own rate of returns, article and region interact, what is missing says something."""
    random = np.random.default_rng([seed, 13])
    levels = 500
    popular = 1 / (np.arange(levels) + 8.0)
    shop = random.choice(levels, rows, p=popular / popular.sum())
    code = random.permutation(9000)[:levels] + 1000  # numbers without an order
    strictness = random.normal(0, 1.1, levels)[shop]
    articles, regions = 24, 12
    article, region = random.integers(0, articles, rows), random.integers(0, regions, rows)
    taste = random.normal(0, 0.9, (articles, regions))[article, region] + random.normal(0, 0.6, articles)[article]
    price = np.exp(random.normal(3.5, 0.8, rows))
    discount = np.where(random.random(rows) < 0.4, random.integers(1, 11, rows) * 5.0, 0.0)
    earlier = random.poisson(4, rows).astype(float)
    habit = random.beta(2, 5, rows)
    unknown = random.random(rows) < 0.25  # new customers: no history
    logit = (
        -1.3
        + strictness
        + taste
        + 0.5 * (np.log(price) - 3.5) * np.where(discount > 20, -0.6, 1.0)
        + np.where(unknown, 0.7, 3.0 * (habit - 0.29) + 0.05 * (earlier - 4))
    )
    returned = (random.random(rows) < 1 / (1 + np.exp(-1.3 * logit))).astype(int)
    table = pd.DataFrame(
        {
            "shop": [f"shop_{code[level]}" for level in shop],
            "article_group": [f"A{(7 * level + 3) % articles:02d}" for level in article],
            "region": [f"region {(5 * level + 2) % regions}" for level in region],
            "price": price.round(2),
            "discount_pct": discount,
            "earlier_orders": np.where(unknown, np.nan, earlier),
            "earlier_return_rate": np.where(unknown, np.nan, habit.round(3)),
            "returned": returned,
        }
    )
    for name, share in (("shop", 0.04), ("region", 0.08), ("discount_pct", 0.1), ("price", 0.03)):
        table.loc[random.random(rows) < share, name] = None
    return table
