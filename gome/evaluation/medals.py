"""Medals of a Kaggle leaderboard, by the rules of MLE-Bench."""

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

import msgspec
import numpy as np

Medal = Literal["gold", "silver", "bronze"]


class Thresholds(msgspec.Struct, frozen=True):
    """The scores that earn medals. Iterating gives gold, silver, bronze, as `medal` takes them."""

    gold: float
    silver: float
    bronze: float
    median: float
    lower_is_better: bool

    def __iter__(self) -> Iterator[float]:
        return iter((self.gold, self.silver, self.bronze))

    def above_median(self, score: float | None) -> bool:
        """Whether the score beats half of the leaderboard; a tie does not."""
        if score is None:
            return False
        return score < self.median if self.lower_is_better else score > self.median


def thresholds(scores: Sequence[float] | Iterable[float]) -> Thresholds:
    """Thresholds of a leaderboard, given its scores in rank order, best first.

    Lower is better where the first score is below the last.

    Raises:
        ValueError: the leaderboard is empty.
    """
    board = [float(score) for score in scores]
    if not board:
        raise ValueError("a leaderboard needs at least one score")
    gold, silver, bronze = (board[row - 1] for row in rows(len(board)))
    known = [score for score in board if not math.isnan(score)]
    return Thresholds(
        gold=gold,
        silver=silver,
        bronze=bronze,
        median=float(np.median(known)) if known else math.nan,
        lower_is_better=board[0] < board[-1],
    )


def rows(teams: int) -> tuple[int, int, int]:
    """The last rows, from 1, that earn gold, silver and bronze among so many teams."""
    if teams < 100:
        return max(1, teams // 10), max(1, teams // 5), max(1, teams * 2 // 5)
    if teams < 250:
        return 10, teams // 5, teams * 2 // 5
    if teams < 1000:
        return 10 + teams // 500, 50, 100
    return 10 + teams // 500, teams // 20, teams // 10


def medal(score: float | None, thresholds: Iterable[float], *, lower_is_better: bool) -> Medal | None:
    """The best medal that the score earns against (gold, silver, bronze); reaching a threshold suffices.

    None for a score that is None or NaN.
    """
    gold, silver, bronze = thresholds
    levels: tuple[tuple[Medal, float], ...] = (("gold", gold), ("silver", silver), ("bronze", bronze))
    if score is None:
        return None
    for name, level in levels:
        if score <= level if lower_is_better else score >= level:
            return name
    return None
