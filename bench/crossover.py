"""The gradient, the tree searches and `auto` on simulated tasks, by the reliability of the reasoner.

`just bench crossover` writes bench/results/crossover.json and crossover.svg. Protocol, written before the runs:
landscapes of `gome.testing.landscape` with seeds 0 to N-1, ten reliabilities 0.1 to 1.0, 60 trials, four traces, two
devices; the ring's own choosing, writing and remembering. At equal trials more traces know less at each step; they are
there to think while others train, so one, two and four are also held side by side in equal time. What counts is the
true worth of the solution with the best score that was shown, as a share of the best that hill climbing from 200 places
finds; higher is better. Searches that ask for no diagnosis do not depend on the reliability, and are run once a
landscape. Intervals: bootstrap over landscapes, 95 %, 2,000 draws.

Aims: the gradient needs at most half of greedy's trials to greedy's final score at reliability >= 0.8; `auto` is
within 0.02 of the better of the two everywhere.
"""

import argparse
import json
import time
from collections.abc import Callable, Sequence
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import numpy as np

from gome.search import Strategy
from gome.search.auto import Auto
from gome.search.gradient import Gradient
from gome.study.chart import Line, chart
from gome.study.intervals import crossing, mean
from gome.testing.landscape import Landscape
from gome.testing.rehearsal import Rehearsal
from gome_treesearch import BestOfN, Evolution, Greedy, Mcts, MlMaster

RESULTS = Path(__file__).parent / "results"
RELIABILITIES = tuple(round(0.1 * n, 1) for n in range(1, 11))
TRIALS, TRACES = 60, 4
BLIND: dict[str, Callable[[], Strategy]] = {
    "greedy": Greedy,
    "mcts": Mcts,
    "ml-master": MlMaster,
    "evolution": Evolution,
    "best-of-n": BestOfN,
}
GUIDED: dict[str, Callable[[], Strategy]] = {"gradient": Gradient, "auto": lambda: Auto(Gradient(), Greedy())}
ABLATED_AT = 0.9
WALL_S = 300.0  # for about 65 trials of four traces on two devices, of ten seconds each after five of thinking
TIMED_AT = (0.3, 0.9)
ABLATIONS: dict[str, dict[str, object]] = {
    "whole": {},
    "no diagnosis": {"diagnosis": False},
    "no momentum": {"momentum": False},
    "one trace": {"traces": 1},
}

TIMED: dict[str, dict[str, object]] = {
    f"{number} traces": {"traces": number, "trials": None, "wall_s": WALL_S} for number in (1, 2, 4)
}


class Told(NamedTuple):
    """One run that is asked for."""

    name: str
    seed: int
    reliability: float
    changes: tuple[tuple[str, object], ...] = ()


class Came(NamedTuple):
    """What came of it: shares of the best, after each trial; and the share of steps that improved."""

    told: Told
    curve: list[float]
    improving: float


@cache
def best_of(seed: int) -> float:
    """Return the best there is on a landscape; it does not depend on who looks."""
    return Landscape(seed).best()


def play(told: Told) -> Came:
    """Rehearse one run."""
    landscape = Landscape(told.seed, reliability=told.reliability)
    best = best_of(told.seed)
    factory = {**BLIND, **GUIDED}[told.name]
    run = Rehearsal(
        landscape, factory(), **({"traces": TRACES, "trials": TRIALS, "seed": told.seed} | dict(told.changes))
    )
    run.run()
    steps = [item for item in run.history.tried() if item.against is not None and item.score is not None]
    improving = sum(item.accepted for item in steps) / max(len(steps), 1)
    return Came(told, [value / best for value in run.curve()], improving)


def trials_to(curve: Sequence[float], target: float) -> float:
    """Return after how many trials a curve has come to a target; infinite where it does not."""
    return next((n for n, value in enumerate(curve, start=1) if value >= target), float("inf"))


def main() -> None:
    """Play all runs, and write what came of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--landscapes", type=int, default=40)
    parser.add_argument("--processes", type=int, default=2)
    told = parser.parse_args()
    seeds = range(told.landscapes)
    asked = [Told(name, seed, 1.0) for name in BLIND for seed in seeds]
    asked += [Told(name, seed, r) for r in RELIABILITIES for name in GUIDED for seed in seeds]
    asked += [
        Told("gradient", seed, ABLATED_AT, tuple(changes.items())) for changes in ABLATIONS.values() for seed in seeds
    ]
    asked += [
        Told("gradient", seed, r, tuple(changes.items()))
        for changes in TIMED.values()
        for r in TIMED_AT
        for seed in seeds
    ]
    began = time.perf_counter()
    with get_context("fork").Pool(told.processes) as pool:
        came = {result.told: result for result in pool.imap_unordered(play, asked, chunksize=4)}
    wall_s = time.perf_counter() - began
    report = _report(came, seeds) | {"runs": len(asked), "wall_s": round(wall_s, 1), "landscapes": len(seeds)}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "crossover.json").write_text(json.dumps(report, indent=2) + "\n")
    (RESULTS / "crossover.svg").write_text(_plot(report))
    print(json.dumps(report, indent=2))


def _report(came: dict[Told, Came], seeds: Sequence[int]) -> dict[str, object]:
    def finals(name: str, reliability: float) -> list[float]:
        return [came[Told(name, seed, reliability)].curve[-1] for seed in seeds]

    blind = {name: mean(finals(name, 1.0)) for name in BLIND}
    guided = {name: [mean(finals(name, r)) for r in RELIABILITIES] for name in GUIDED}
    greedy = np.array(finals("greedy", 1.0))
    gaps = np.array([finals("gradient", r) for r in RELIABILITIES]).T - greedy[:, None]
    ratios = {}
    for reliability in RELIABILITIES:
        found = []
        for seed in seeds:
            against = came[Told("greedy", seed, 1.0)].curve
            needed = trials_to(came[Told("gradient", seed, reliability)].curve, against[-1])
            found.append(min(needed, 2.0 * TRIALS) / trials_to(against, against[-1]))
        ratios[str(reliability)] = {"median": float(np.median(found)), "mean": mean(found)}
    behind = {}
    for n, reliability in enumerate(RELIABILITIES):
        auto = np.array(finals("auto", reliability))
        better = greedy if greedy.mean() > guided["gradient"][n].value else np.array(finals("gradient", reliability))
        behind[str(reliability)] = mean(auto - better)
    ablations = {}
    for name, changes in ABLATIONS.items():
        runs = [came[Told("gradient", seed, ABLATED_AT, tuple(changes.items()))] for seed in seeds]
        ablations[name] = {"share": mean([r.curve[-1] for r in runs]), "improving": mean([r.improving for r in runs])}
    timed = {
        name: {
            str(r): mean([came[Told("gradient", seed, r, tuple(changes.items()))].curve[-1] for seed in seeds])
            for r in TIMED_AT
        }
        for name, changes in TIMED.items()
    }
    return {
        "reliabilities": RELIABILITIES,
        "share of the best": {**blind, **guided},
        "gradient overtakes greedy at": crossing(RELIABILITIES, gaps),
        "gradient's trials to greedy's final score, over greedy's own": ratios,
        "auto less the better of the two": behind,
        f"ablations of the gradient at {ABLATED_AT}": ablations,
        f"the gradient in {WALL_S:.0f} s, by its traces and the reliability": timed,
    }


def _plot(report: dict[str, object]) -> str:
    shares: dict[str, list[list[float]]] = json.loads(json.dumps(report["share of the best"]))
    lines = [Line(name, RELIABILITIES, *zip(*shares[name], strict=True)) for name in GUIDED]
    lines += [Line(name, RELIABILITIES, *[[value] * len(RELIABILITIES) for value in shares[name]]) for name in BLIND]
    return chart("Simulated tasks, 60 trials", "reliability of the reasoner", "share of the best there is", lines)


if __name__ == "__main__":
    main()
