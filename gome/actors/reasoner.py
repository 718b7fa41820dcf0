"""Reasoner: judge a trial, then say why its score is what it is.

TrialFinished -> Diagnosed
"""

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

import anyio.to_thread

from gome.actor import Context
from gome.errors import BudgetExceeded, ModelUnavailable
from gome.evaluation.checks import judge, verdict
from gome.evaluation.harness import Harness
from gome.folder import RunFolder
from gome.llm import Model
from gome.memory import History
from gome.messages import (
    Diagnosed,
    DiagnoseQuestion,
    Diagnosis,
    Message,
    Profile,
    TaskBrief,
    TrialFinished,
    TrialId,
)
from gome.pace import Pace
from gome.seeds import seed_for

BEYOND = 1.0  # standard errors of its gain that a solution must win by to replace its trace's best (Ladder rule)


class Gain(NamedTuple):
    """How far a trial is ahead of its trace's best; None where one has no score."""

    gain: float | None = None
    noise: float | None = None  # standard error, over the same rows


class Reasoner:
    """Numbers decide, the model explains: no model is asked whether a solution is better."""

    name: ClassVar[str] = "reasoner"
    listens: ClassVar[tuple[type[Message], ...]] = (TrialFinished,)
    says: ClassVar[tuple[type[Message], ...]] = (Diagnosed,)
    limit: ClassVar[int] = 64

    def __init__(
        self,
        task: TaskBrief,
        profile: Profile,
        folder: RunFolder,
        harness: Harness,
        model: Model,
        pace: Pace,
        history: History,
        *,
        diagnoses: bool,
        seed: int,
    ) -> None:
        self._task, self._profile, self._folder, self._harness = task, profile, folder, harness
        self._model, self._pace, self._diagnoses, self._seed = model, pace, diagnoses, seed
        self._history = history

    async def handle(self, message: Message, context: Context, /) -> Sequence[Message]:
        """Judge in code, compare with the trace's best, then ask for the diagnosis."""
        assert isinstance(message, TrialFinished)
        trial = message
        checks = judge(trial, self._task)
        ruling = verdict(checks)
        best = self._history.traces[trial.trace].best
        gain, gain_noise = await self._gain(trial, best, context)
        if gain is None:
            improved = ruling != "rejected"  # a suspect solution is better than none ...
        elif self._suspect(best):
            improved = ruling == "accepted" or (ruling == "suspect" and gain > BEYOND * (gain_noise or 0.0))
        else:  # ... and worse than any above suspicion
            improved = ruling == "accepted" and gain > BEYOND * (gain_noise or 0.0)
        proposed = self._history.attempts[trial.trial].proposed
        diagnosis = Diagnosis(problems=(), summary="")
        if trial.score is None:  # what failed is repaired from its error; a diagnosis would explain no score
            diagnosis = Diagnosis(problems=(), summary=f"No score: {trial.error or trial.status}.")
        elif self._history.end is not None:
            diagnosis = Diagnosis(problems=(), summary="Not explained: no step is left that would use it.")
        elif self._diagnoses:
            question = DiagnoseQuestion(
                task=self._task,
                profile=self._profile,
                code=self._folder.code(trial.trial),
                trial=trial,
                hypothesis=proposed.hypothesis,
                checks=checks,
                best_score=self._score(best),
                best_code=self._folder.code(best) if best and not improved else None,
                gain=None if gain is None else gain / max(gain_noise or 0.0, 1e-12),
                limit_s=max(self._pace.trial_limit_s(), 0.0),
                seed=seed_for(self._seed, trial.trial, "diagnose"),
                key=f"diagnose/{trial.trial}",
            )
            try:
                diagnosis = await context.once(question.key, lambda: self._model.diagnose(question), Diagnosis)
            except (BudgetExceeded, ModelUnavailable) as error:  # the verdict stands without an explanation
                diagnosis = Diagnosis(problems=(), summary=f"No diagnosis: {error}.")
        return [
            Diagnosed(
                trace=trial.trace,
                trial=trial.trial,
                verdict=ruling,
                improved=improved,
                score=trial.score,
                noise=trial.noise,
                gain=gain,
                gain_noise=gain_noise,
                best=trial.trial if improved else best,
                hypothesis=proposed.hypothesis,
                checks=checks,
                problems=diagnosis.problems,
                summary=diagnosis.summary,
            )
        ]

    async def _gain(self, trial: TrialFinished, best: TrialId | None, context: Context) -> Gain:
        """Return how far the trial is ahead of the trace's best, and the standard error, over the same rows."""
        if trial.score is None or best is None:
            return Gain()
        paths = self._folder.submission(best), self._folder.submission(trial.trial)
        return await context.observe(
            f"compare/{trial.trial}", lambda: anyio.to_thread.run_sync(self._harness.compare, *paths), Gain
        )

    def _suspect(self, trial: TrialId | None) -> bool:
        diagnosed = self._history.attempts[trial].diagnosed if trial else None
        return diagnosed is not None and diagnosed.verdict == "suspect"

    def _score(self, trial: TrialId | None) -> float | None:
        finished = self._history.attempts[trial].finished if trial else None
        return finished.score if finished else None
