"""Dealing rows into parts of one size, for hiding them in turns."""

import heapq

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.intp]

NEVER = -1  # the part of rows that are never hidden


def deal(units: Codes, strata: Codes, parts: int, random: np.random.Generator) -> Codes:
    """A part, 0 to parts - 1, for each row: units stay whole, parts are alike in size and in strata.

    Args:
        units: which rows belong together, 0 to n - 1, each at least once.
        strata: what each part should have its share of.
        parts: at most the number of units.
        random: decides among equals.
    """
    sizes = np.bincount(units)
    order = np.lexsort((random.random(len(sizes)), _stratum(units, strata)))
    dealt = np.empty(len(sizes), dtype=np.intp)
    seats = random.permutation(parts)
    if sizes.max() == 1:
        dealt[order] = seats[np.arange(len(order)) % parts]
        return dealt[units]
    order = order[np.argsort(-sizes[order], kind="stable")]  # the largest first, so that the small ones level the rest
    loads = [(0, seat, int(part)) for seat, part in enumerate(seats)]
    for unit in order:
        load, seat, part = heapq.heappop(loads)
        dealt[unit] = part
        heapq.heappush(loads, (load + int(sizes[unit]), seat, part))
    return dealt[units]


def _stratum(units: Codes, strata: Codes) -> Codes:
    """The middle stratum of each unit's rows."""
    order = np.lexsort((strata, units))
    starts = np.concatenate(([0], np.cumsum(np.bincount(units))))
    middles: Codes = strata[order][(starts[:-1] + starts[1:]) // 2]
    return middles


def keep_classes(sides: Codes, labels: Codes, units: Codes, folds: int) -> None:
    """Never hide one unit of each class that some view would lack: it lies in one fold alone, or in the final holdout.

    Args:
        sides: each row's fold, or `folds` for the final holdout; changed in place.
        labels: each row's class.
        units: which rows belong together.
        folds: their number.
    """
    for label in np.unique(labels):
        mine = np.flatnonzero(labels == label)
        parts = np.unique(sides[mine])
        if NEVER in parts or (parts < folds).sum() > 1:
            continue
        spared = mine[sides[mine] < folds] if (parts < folds).any() else mine
        sides[units == units[spared[0]]] = NEVER
