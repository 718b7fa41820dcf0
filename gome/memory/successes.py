"""The success memory: what has worked, weighed for the step at hand. This is the momentum.

weight = similarity x gain x age x reuse, each between 0 and 1:
similarity of the problem and its answer to the diagnosis at hand; gain g in units of its noise, as
g / (1 + g), so that no metric's scale matters; age halved every 30 diagnosed trials; reuse
(1 + confirmed) / (1 + reused).
"""

from collections.abc import Collection, Sequence

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from gome.messages import Hypothesis, Problem, Success, TrialId, Weighted
from gome.similarity import Shelf, Similarity

HALF_LIFE = 30.0  # diagnosed trials after which a success weighs half; the released code's constant
MOST = 5  # successes that weigh on one step
ROWS = 1024  # by which the columns grow


class Successes:
    """All validated improvements of a run, shared by its traces, and those that were kept of earlier runs."""

    def __init__(self) -> None:
        self._similarity = Similarity()
        self._shelf = Shelf(self._similarity)
        self._rows: list[Success] = []
        self._place: dict[str, int] = {}
        self._columns: NDArray[np.float32] = np.zeros((3, ROWS), np.float32)  # gain factor, step, reuse factor

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def rows(self) -> Sequence[Success]:
        """All of them, oldest first, each with its record so far."""
        return self._rows

    def add(self, success: Success) -> None:
        """Remember an improvement."""
        place = len(self._rows)
        if place == self._columns.shape[1]:
            self._columns = np.concatenate([self._columns, np.zeros_like(self._columns)], axis=1)
        self._place[success.trial] = place
        self._rows.append(success)
        self._shelf.add(f"{success.problem} {describe(success.hypothesis)}")
        gain = max(success.gain, 0.0)
        self._columns[:, place] = gain / (1.0 + gain), success.step, _reuse(success)

    def reused(self, trials: Sequence[TrialId], *, improved: bool) -> None:
        """Note how a step that borrowed these successes fared."""
        for trial in trials:
            if (place := self._place.get(trial)) is not None:
                row = self._rows[place]
                row = self._rows[place] = replace(row, reused=row.reused + 1, confirmed=row.confirmed + improved)
                self._columns[2, place] = _reuse(row)

    def weigh(
        self, problems: Sequence[Problem], *, held: Collection[str], step: int, otherwise: Hypothesis | None = None
    ) -> tuple[Weighted, ...]:
        """Return the successes that weigh most on the answer to these problems, heaviest first.

        Those that are part of the code at hand do not count.

        Args:
            problems: of the diagnosis at hand.
            held: trials that the code at hand comes from, itself included.
            step: how many trials have been diagnosed.
            otherwise: what was tried last, to compare with where there is no diagnosis.
        """
        texts = [f"{p.caption} {p.cause} {p.direction} {p.component}" for p in problems]
        if not texts and otherwise is not None:
            texts = [describe(otherwise)]
        if not texts or not self._rows:
            return ()
        similarity = self._shelf.alike(" ".join(texts))  # (rows,)
        gain, steps, reuse = self._columns[:, : len(self._rows)]
        age = np.exp2(np.minimum(steps - np.float32(step), np.float32(0)) * np.float32(1 / HALF_LIFE))
        weights = similarity * gain * age * reuse
        weights[[self._place[trial] for trial in held if trial in self._place]] = 0.0
        return tuple(
            Weighted(
                success=self._rows[place],
                weight=float(weights[place]),
                similarity=float(similarity[place]),
                why=f"similarity {similarity[place]:.2f} x gain {gain[place]:.2f} x age {age[place]:.2f}"
                f" x reuse {reuse[place]:.2f}",
            )
            for place in self._heaviest(weights)
        )

    def _heaviest(self, weights: NDArray[np.float32]) -> list[int]:
        """Places of the heaviest that weigh anything, by trial among equals."""
        if len(weights) > MOST:
            bound = np.partition(weights, -MOST)[-MOST]
            near = np.flatnonzero((weights >= bound) & (weights > 0))
        else:
            near = np.flatnonzero(weights > 0)
        return sorted((int(p) for p in near), key=lambda p: (-weights[p], self._rows[p].trial))[:MOST]


def _reuse(success: Success) -> float:
    return (1 + success.confirmed) / (1 + success.reused)


def describe(hypothesis: Hypothesis) -> str:
    """Return a hypothesis as the text by which it is compared."""
    return f"{hypothesis.caption} {hypothesis.statement} {hypothesis.component} {hypothesis.move}"
