"""Does the Ladder keep hundreds of adaptive trials from learning the holdout: two ways to adapt, with it and without.

`just bench ladder` writes results/ladder.json and ladder.svg. Five hundred trials meet one search holdout of 500 rows;
fresh labels of 20,000 rows say what the best of them is worth. Only the holdout's answers differ: exact scores and any
gain accepted, or what gome tells and accepts.

climber   changes a few weights of its best linear model each time and keeps what is told to be better, as a trace does
voter     tries random models, then lets those vote that were told to be better than chance (the attack of the paper)
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gome.evaluation.ladder import improves, shown
from gome.evaluation.metrics import Metrics
from gome.evaluation.noise import noise, paired

RESULTS = Path(__file__).parent / "results"
TRIALS, ROWS, FRESH, FEATURES, TRUE, SEEDS = 500, 500, 20_000, 100, 5, 4
AIM = 0.5
Floats = NDArray[np.float64]
METRIC = Metrics.builtin().named("auc")


class World:
    """A task whose labels five of a hundred features drive, weakly."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.truth_of = np.zeros(FEATURES)
        self.truth_of[:TRUE] = 0.5
        self.search, self.labels = self._drawn(ROWS)
        self.fresh, self.fresh_labels = self._drawn(FRESH)

    def _drawn(self, rows: int) -> tuple[Floats, NDArray[np.intp]]:
        features = self.random.standard_normal((rows, FEATURES))
        chance = 1 / (1 + np.exp(-features @ self.truth_of))
        return features, (self.random.random(rows) < chance).astype(np.intp)

    def score(self, weights: Floats) -> float:
        """On the search holdout."""
        return METRIC(self.labels, self.search @ weights)

    def worth(self, weights: Floats) -> float:
        """On fresh labels."""
        return METRIC(self.fresh_labels, self.fresh @ weights)


class Answer:
    """What a holdout tells of a trial: `better` than the best so far, and a score."""

    def __init__(self, world: World, *, ladder: bool) -> None:
        self.world, self.ladder = world, ladder
        self.best: Floats | None = None
        self.told = 0.0
        self.trials = 0

    def __call__(self, weights: Floats) -> tuple[bool, float]:
        """Whether a trial is better than the best before it, and its score as told."""
        world, here = self.world, self.world.search @ weights
        score = METRIC(world.labels, here)
        self.trials += 1
        if not self.ladder:
            better = self.best is None or score > self.told
            self.best, self.told = (weights, score) if better else (self.best, self.told)
            return better, score
        if self.best is None:
            step = noise(METRIC, world.labels, here)
            self.best, self.told = weights, shown(score, step, best=None, gain=None, improved=True)
            return True, self.told
        gain, gain_noise = paired(METRIC, world.labels, world.search @ self.best, here)
        better = improves(gain, gain_noise, trials=self.trials)
        told = shown(score, gain_noise, best=self.told, gain=gain, improved=better)
        if better:
            self.best, self.told = weights, told
        return better, told


def climber(world: World, answer: Answer) -> list[tuple[float, float]]:
    """Search score and worth of the best after each trial."""
    random = np.random.default_rng(world.random.integers(2**31))
    best = random.standard_normal(FEATURES) * 0.1
    answer(best)
    curve = []
    score, worth = world.score(best), world.worth(best)
    for _ in range(TRIALS):
        trial = best + random.standard_normal(FEATURES) * 0.15 * (random.random(FEATURES) < 0.1)
        if answer(trial)[0]:
            best = trial
            score, worth = world.score(best), world.worth(best)
        curve.append((score, worth))
    return curve


def voter(world: World, answer: Answer) -> list[tuple[float, float]]:
    """The same of the vote of all so far; the vote itself is not asked about before the end."""
    random = np.random.default_rng(world.random.integers(2**31))
    vote = np.zeros(FEATURES)
    curve = []
    score = worth = 0.5
    for number in range(TRIALS):
        trial = random.standard_normal(FEATURES)
        trial[:TRUE] = 0.0  # knows nothing
        _, told = answer(trial)
        if told > 0.5:
            vote += trial
        elif not answer.ladder or told < 0.5:
            vote -= trial
        if number % 10 == 9 and vote.any():
            score, worth = world.score(vote), world.worth(vote)
        curve.append((score, worth))
    return curve


def gaps(way: Callable[[World, Answer], list[tuple[float, float]]], *, ladder: bool) -> Floats:
    """(SEEDS, TRIALS, 2): search score and worth."""
    curves = []
    for seed in range(SEEDS):
        world = World(seed)
        curves.append(way(world, Answer(world, ladder=ladder)))
    return np.array(curves)


def svg(curves: dict[str, Floats]) -> str:
    """Mean search score (full) and worth (dashed) over trials, a panel a way."""
    width, height, left, bottom = 320, 220, 44, 34
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{2 * width}" height="{height}" font-family="sans-serif" '
        f'font-size="11"><rect width="100%" height="100%" fill="white"/>'
    ]
    for panel, way in enumerate(("climber", "voter")):
        x0 = panel * width
        parts.append(f'<text x="{x0 + left}" y="14">{way}: AUC over trials</text>')
        low, high = 0.45, 1.0

        def y_of(value: float) -> float:
            return height - bottom - (value - 0.45) / 0.55 * (height - bottom - 24)

        parts += [
            f'<text x="{x0 + 8}" y="{y_of(tick) + 4:.0f}">{tick:g}</text><line x1="{x0 + left}" '
            f'x2="{x0 + width - 8}" y1="{y_of(tick):.0f}" y2="{y_of(tick):.0f}" stroke="#ddd"/>'
            for tick in (low, 0.6, 0.8, high)
        ]
        for tick in (0, 250, 500):
            place = x0 + left + tick / TRIALS * (width - left - 16)
            parts.append(f'<text x="{place - 8:.0f}" y="{height - 20}">{tick}</text>')
        for name, colour in (("without", "#c33"), ("with", "#36c")):
            mean = curves[f"{way} {name}"].mean(axis=0)
            for column, dash in ((0, ""), (1, ' stroke-dasharray="4 3"')):
                points = " ".join(
                    f"{x0 + left + at / TRIALS * (width - left - 16):.1f},{y_of(mean[at, column]):.1f}"
                    for at in range(0, TRIALS, 5)
                )
                parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.5"{dash}/>')
    parts.append(
        f'<text x="{left}" y="{height - 5}"><tspan fill="#c33">without</tspan> / <tspan fill="#36c">with</tspan> the '
        "Ladder; full: on the search holdout, dashed: on fresh labels</text></svg>"
    )
    return "\n".join(parts) + "\n"


def main() -> int:
    """Run both ways, with and without."""
    curves = {
        f"{way.__name__} {name}": gaps(way, ladder=name == "with")
        for way in (climber, voter)
        for name in ("without", "with")
    }
    result: dict[str, object] = {"trials": TRIALS, "rows": ROWS, "seeds": SEEDS, "aim": AIM}
    good = True
    for way in ("climber", "voter"):
        last = {name: curves[f"{way} {name}"][:, -1].mean(axis=0) for name in ("without", "with")}
        gap = {name: float(values[0] - values[1]) for name, values in last.items()}
        ratio = gap["with"] / gap["without"]
        good &= ratio <= AIM
        result[way] = {
            name: {"search": float(search), "fresh": float(fresh), "gap": gap[name]}
            for name, (search, fresh) in last.items()
        } | {"ratio": ratio}  # fmt: skip
        print(f"{way}: gap {gap['without']:.4f} without, {gap['with']:.4f} with the Ladder ({ratio:.2f}); fresh "
              f"{last['without'][1]:.4f} and {last['with'][1]:.4f}")  # fmt: skip
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "ladder.json").write_text(json.dumps(result, indent=1) + "\n")
    (RESULTS / "ladder.svg").write_text(svg(curves))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
