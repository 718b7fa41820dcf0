"""What a program claims of labels that mean nothing: what is better than guessing comes from seeing them.

One shuffle tells much where a validation leaks much. Where it leaks a little, or measures itself on few rows, luck
could have done the same: the labels are shuffled anew, and the claims are judged together, since luck averages out.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from gome.evaluation.answers import Answers
from gome.evaluation.chance import chance
from gome.evaluation.metrics import Metric
from gome.evaluation.validated import LEAST
from gome.messages import Check, TaskBrief

MOST = 4  # shuffles
ENOUGH = 3  # of them, for what the code says of its validation to count, and how far the claims scatter
UNSURE = 1.5  # standard deviations above chance that another shuffle is worth
SURE = 4.0  # and that no honest validation reaches, its best of some settings included


class Shuffled:
    """The claims of one program, shuffle by shuffle."""

    def __init__(self, metric: Metric, task: TaskBrief, *, before: float | None, share: float, seed: int = 0) -> None:
        """Take what the claims are held against.

        Args:
            metric: the task's.
            task: the brief.
            before: what the program printed on the same rows with their own labels; None: nothing, or not known.
            share: of the rows that it seems to measure itself on; see `validated`.
            seed: of the guesses.
        """
        self._metric, self._task, self._before, self._share, self._seed = metric, task, before, share, seed
        self._claims: list[float] = []
        self._chance: tuple[float, float, float] | None = None  # best of guessing; its spread on few rows, on the share

    def add(self, folder: Path, claimed: float | None) -> None:
        """Take another claim, made on the view in `folder`."""
        if claimed is None:
            return
        if self._chance is None:
            self._chance = self._guessing(folder)
        if self._chance is None:
            return
        if claimed < 0 <= self._chance[0] and not self._metric.higher_is_better:
            claimed = -claimed
        self._claims.append(claimed)

    @property
    def unsure(self) -> bool:
        """Whether another shuffle could tell luck from a leak."""
        if self._chance is None or not 0 < len(self._claims) < MOST or self._stands_still:
            return False
        return self._ahead() <= SURE and self._ahead(self._chance[2]) > UNSURE

    def check(self) -> Check | None:
        """What follows from the claims so far; None: nothing."""
        if self._chance is None or not self._claims:
            return None
        name, count = "shuffled-labels", len(self._claims)
        times = "" if count == 1 else f" {count} times"
        mean = float(np.mean(self._claims))
        where = f"claims {mean:.5g} after the labels were shuffled{times}, guessing gives {self._chance[0]:.5g}"
        if self._stands_still:
            words = f"{where}; the very claim made before: it measures nothing"
            return Check(name=name, status="warned", evidence=words)
        ahead = self._ahead()
        if ahead <= SURE:
            return Check(name=name, status="passed", evidence=where)
        words = (
            f"{where}: {min(ahead, 999):.0f} standard deviations better than it can be; its validation sees the "
            "labels that it is measured on"
        )
        return Check(name=name, status="warned", evidence=words)

    @property
    def _stands_still(self) -> bool:
        return self._claims[:1] == [self._before] and self._ahead() > 0

    def _ahead(self, spread: float | None = None) -> float:
        """By how many standard deviations the claims, taken together, are better than guessing."""
        assert self._chance is not None, "there is a claim"
        level, few, share = self._chance
        count = len(self._claims)
        if spread is None:
            # what the code says may be wrong: the claims themselves must lie as close as it promises
            scatter = float(np.std(self._claims, ddof=1)) if count >= ENOUGH else few
            spread = min(few, max(share, scatter))
        lead = self._metric.sign * (float(np.mean(self._claims)) - level)
        return float(lead / max(spread, 1e-9) * count**0.5)

    def _guessing(self, folder: Path) -> tuple[float, float, float] | None:
        task = self._task
        train, sample = (pd.read_csv(folder / name) for name in (task.train_file, task.sample_file))
        answers = Answers(
            sample, targets=task.targets, id_column=task.id_column, wanted=task.wanted, classes=task.classes
        )
        truth = answers.truth(train.dropna(subset=list(task.targets)))
        few = chance(self._metric, answers, truth, share=LEAST, seed=self._seed)
        many = chance(self._metric, answers, truth, share=self._share, seed=self._seed)
        if few is None or many is None:
            return None
        return few[0], few[1], min(few[1], many[1])
