"""A trial under examination, and how a finding about it is put."""

import msgspec

from gome.expert.recipe import Recipe
from gome.expert.scene import Scene
from gome.messages import Component, DiagnoseQuestion, Problem


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A trial under examination."""

    question: DiagnoseQuestion
    scene: Scene
    recipe: Recipe | None  # of the code that will be changed next; None for code of other origin
    tested: Recipe | None  # of the code that was tried

    @property
    def span(self) -> float | None:
        """How far the score is from that of a constant, in the metric's units."""
        trial = self.question.trial
        if trial.score is None or trial.evidence.constant is None:
            return None
        return abs(trial.score - trial.evidence.constant)

    @property
    def sign(self) -> int:
        """1 where higher scores are better, else -1."""
        return 1 if self.question.task.higher_is_better else -1

    @property
    def noise(self) -> float:
        """Standard error of the score; a hundredth of it where that is unknown."""
        trial = self.question.trial
        return trial.noise or abs(trial.score or 1.0) / 100


def finding(
    caption: str, component: Component, evidence: str, cause: str, direction: str, effect: float, cost: float = 1.0
) -> Problem:
    """A problem; `effect` in noise units, `cost` as a multiple of the trial's wall time."""
    return Problem(
        caption=caption,
        evidence=evidence,
        cause=cause,
        component=component,
        direction=direction,
        effect=round(effect, 2),
        cost=cost,
    )
