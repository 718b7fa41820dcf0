"""Bootstrap intervals of a mean, of a ratio, and of where two curves cross."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

DRAWS = 2000
LEVEL = 0.95


class Interval(NamedTuple):
    """An estimate and the bounds of its interval."""

    value: float
    low: float
    high: float


def mean(values: Sequence[float], *, seed: int = 0) -> Interval:
    """Return the mean with its percentile bootstrap interval (95 %, 2,000 draws); nan where there are no values."""
    told = np.asarray(values, float)
    if not len(told):
        return Interval(*[float("nan")] * 3)
    rng = np.random.default_rng(seed)
    drawn = told[rng.integers(len(told), size=(DRAWS, len(told)))].mean(axis=1)
    return Interval(float(told.mean()), *_bounds(drawn))


def ratio(pairs: NDArray[np.float64], *, seed: int = 0) -> Interval:
    """Return the ratio of sums, with its percentile bootstrap interval.

    Args:
        pairs: (units, 2): numerator and denominator of each unit that is drawn.
        seed: of the draws.
    """
    rng = np.random.default_rng(seed)
    drawn = pairs[rng.integers(len(pairs), size=(DRAWS, len(pairs)))].sum(axis=1)
    over, under = pairs.sum(axis=0)
    return Interval(float(over / under), *_bounds(drawn[:, 0] / drawn[:, 1]))


def crossing(at: Sequence[float], differences: NDArray[np.float64], *, seed: int = 0) -> Interval | None:
    """Return where the mean difference of two curves changes its sign; None where it does not.

    Args:
        at: places along the axis, rising.
        differences: (units, places): one curve less the other, for each unit that is drawn (a task and a seed).
        seed: of the draws.

    Returns:
        The greatest such place, by linear interpolation. Draws without a crossing count as the axis' end that
        their sign points to: its interval may reach the ends.
    """
    whole = _crosses(at, differences.mean(axis=0))
    if whole is None:
        return None
    rng = np.random.default_rng(seed)
    drawn = []
    for _ in range(DRAWS):
        curve = differences[rng.integers(len(differences), size=len(differences))].mean(axis=0)
        place = _crosses(at, curve)
        drawn.append((at[0] if curve[-1] > 0 else at[-1]) if place is None else place)
    return Interval(whole, *_bounds(np.asarray(drawn)))


def _crosses(at: Sequence[float], curve: NDArray[np.float64]) -> float | None:
    for n in range(len(curve) - 1, 0, -1):
        before, after = float(curve[n - 1]), float(curve[n])
        if (before <= 0 < after) or (before >= 0 > after):
            return float(at[n - 1] + (at[n] - at[n - 1]) * before / (before - after))
    return None


def _bounds(drawn: NDArray[np.float64]) -> tuple[float, float]:
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)
