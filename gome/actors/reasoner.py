"""Reasoner: judge a trial, then say why its score is what it is.

TrialFinished -> Diagnosed
"""

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

import anyio.to_thread
import msgspec

from gome.actor import Context
from gome.errors import BudgetExceeded, ModelUnavailable
from gome.evaluation.harness import Harness
from gome.evaluation.ladder import shown_checks, shown_evidence, shown_gain
from gome.evaluation.ruling import Ruling, Standing, rule
from gome.folder import RunFolder
from gome.llm import Model, keeps
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
        best = self._history.traces[trial.trace].best
        gain, gain_noise = await self._gain(trial, best, context)
        before = self._standing(best)
        number = len(self._history.attempts)
        ruling = rule(trial, self._task, before, gain=gain, gain_noise=gain_noise, trials=number)
        improved = ruling.improved
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
                trial=_shown(trial, ruling),
                hypothesis=proposed.hypothesis,
                checks=shown_checks(ruling.checks),
                best_score=before.shown if before else None,
                best_code=self._folder.code(best) if best and not improved else None,
                gain=shown_gain(gain, gain_noise or 0.0, improved=improved),
                limit_s=max(self._pace.trial_limit_s(), 0.0),
                seed=seed_for(self._seed, trial.trial, "diagnose"),
                key=f"diagnose/{trial.trial}",
            )
            try:
                diagnosis = await context.once(
                    question.key, lambda: self._model.diagnose(question), Diagnosis, awaited=not keeps(self._model)
                )
            except (BudgetExceeded, ModelUnavailable) as error:  # the verdict stands without an explanation
                diagnosis = Diagnosis(problems=(), summary=f"No diagnosis: {error}.")
        return [
            Diagnosed(
                trace=trial.trace,
                trial=trial.trial,
                verdict=ruling.verdict,
                improved=improved,
                score=trial.score,
                noise=trial.noise,
                gain=gain,
                gain_noise=gain_noise,
                best=trial.trial if improved else best,
                hypothesis=proposed.hypothesis,
                checks=ruling.checks,
                trusted=ruling.trusted,
                shown=ruling.shown,
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

    def _standing(self, trial: TrialId | None) -> Standing | None:
        attempt = self._history.attempts[trial] if trial else None
        if attempt is None or attempt.diagnosed is None:
            return None
        return Standing(attempt.diagnosed.believed, attempt.score)


def _shown(trial: TrialFinished, ruling: Ruling) -> TrialFinished:
    """Return the trial as a model is told of it."""
    return msgspec.structs.replace(trial, score=ruling.shown, evidence=shown_evidence(trial.evidence), checks=())
