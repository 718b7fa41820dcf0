"""Averaging: the winner fitted on all rows again with other seeds, while there is time that nobody else can use.

The mean of fits that differ by chance alone is expected to lose no more than one of them: for a convex loss by
Jensen's inequality; for votes and ranks by experience (Breiman, Bagging Predictors, 1996).
"""

from collections.abc import Awaitable, Callable

import anyio
import msgspec

from gome.evaluation.ensemble import Blend
from gome.final.program import program
from gome.final.reseeding import reseeded, variant
from gome.messages import Share, TaskBrief, TrialId

MOST = 8  # fits beside the first
LEAST_SHARE = 0.4  # of what the first took, in which another is begun: some are quicker, and one that is not is cut off
FIRST = 1.01  # weight of the first for one of any other: it decides where votes are level


class Fitted(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one fit."""

    problem: str = ""  # why its predictions are not used; empty where they are
    took_s: float = 0.0
    device_s: float = 0.0
    energy_j: float = 0.0


Fit = Callable[[TrialId, str, int, float], Awaitable[Fitted]]  # name, code, number of its seed, least seconds


class Averaged(msgspec.Struct, frozen=True, kw_only=True):
    """What came of all of them."""

    fits: tuple[TrialId, ...] = ()  # that are used beside the first
    device_s: float = 0.0
    energy_j: float = 0.0


async def fit_again(code: str, name: TrialId, took_s: float, fit: Fit) -> Averaged:
    """Fit a program with other seeds as far as there is time.

    Args:
        code: of the program.
        name: of its first fit.
        took_s: by the first fit.
        fit: fits a program.
    """
    fits: dict[TrialId, Fitted] = {}

    async def one(number: int) -> None:
        again = variant(name, number)
        fits[again] = await fit(again, reseeded(code, number), number, LEAST_SHARE * took_s)

    async with anyio.create_task_group() as tasks:  # devices are handed out in turn
        for number in range(1, MOST + 1):
            tasks.start_soon(one, number)
    return Averaged(
        fits=tuple(again for again, fitted in sorted(fits.items()) if not fitted.problem),
        device_s=sum(fitted.device_s for fitted in fits.values()),
        energy_j=sum(fitted.energy_j for fitted in fits.values()),
    )


def weights(number: int) -> list[float]:
    """Return the weights of so many fits, the first one's first; they sum to 1."""
    whole = FIRST + number - 1
    return [FIRST / whole, *[1 / whole] * (number - 1)]


def averaged(task: TaskBrief, blend: Blend, name: TrialId, again: tuple[TrialId, ...], code: str) -> str:
    """Return the program that fits a program with all these seeds, and averages what it predicts."""
    names = (name, *again)
    shares = [Share(trial=one, weight=weight) for one, weight in zip(names, weights(len(names)), strict=True)]
    numbers = [0, *(int(one.rpartition("seed")[2]) for one in again)]
    codes = {one: reseeded(code, number) for one, number in zip(names, numbers, strict=True)}
    return program(task, blend, shares, codes)
