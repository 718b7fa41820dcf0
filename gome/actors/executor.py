"""Executor: run what was proposed, and measure it.

SolutionProposed -> TrialFinished
FinalistsChosen -> FinalistsScored
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar

import anyio.to_thread
import msgspec

from gome.actor import Context
from gome.errors import ExecutionError, SubmissionInvalid
from gome.evaluation.harness import Harness
from gome.execution import Device, Outcome
from gome.execution.needs import Needs
from gome.execution.rig import Rig, Started
from gome.folder import RunFolder, write_whole
from gome.messages import (
    FinalistsChosen,
    FinalistsScored,
    FinalScore,
    Message,
    SolutionProposed,
    Stage,
    TraceId,
    TrialFinished,
    TrialId,
    TrialStarted,
)
from gome.pace import MIN_TRIAL_S, UNLIMITED_TRIAL_S, Pace
from gome.search.finalists import ranked

REFIT = TrialId("refit")
EXPORT_S = 1.5  # kept after the refit: a second of grace for its process, then to check it and write the export


class Executor:
    """Trust no number that a program printed: score its predictions on rows whose labels it never saw."""

    name: ClassVar[str] = "executor"
    listens: ClassVar[tuple[type[Message], ...]] = (SolutionProposed, FinalistsChosen)
    says: ClassVar[tuple[type[Message], ...]] = (TrialStarted, TrialFinished, FinalistsScored)
    folds: ClassVar[tuple[type[Message], ...]] = (SolutionProposed, TrialFinished)
    limit: ClassVar[int] = 256  # the devices are the bound

    def __init__(
        self, folder: RunFolder, rig: Rig, harness: Harness, pace: Pace, *, higher_is_better: bool, seed: int
    ) -> None:
        self._folder, self._rig, self._harness, self._pace = folder, rig, harness, pace
        self._higher_is_better, self._seed = higher_is_better, seed
        self._needs = Needs()
        self.fold = self._needs.fold

    async def handle(self, message: Message, context: Context, /) -> Sequence[Message]:
        """Run a trial, or decide between the finalists."""
        match message:
            case SolutionProposed(trial=trial):
                return [await context.once(f"trial/{trial}", self._trial(message, context), TrialFinished)]
            case FinalistsChosen():
                key = f"final/{context.envelope.seq}"  # a run that is given more comes to its end again
                return [await context.once(key, lambda: self._final(message, context), FinalistsScored)]
        raise AssertionError(message)

    def _trial(self, proposed: SolutionProposed, context: Context) -> Callable[[], Awaitable[TrialFinished]]:
        async def perform() -> TrialFinished:
            trace, trial = proposed.trace, proposed.trial
            folder, started = self._folder.trial(trial), _shower(context, trace, trial)
            finished = await self._rig.try_out(
                folder,
                trace,
                trial,
                kept=self._folder.submission(trial),
                limit_s=self._pace.trial_limit_s,
                seed=self._seed,
                started=started,
                need_mib=self._needs.of(trial),
            )
            try:
                write_whole(folder / "outcome.json", msgspec.json.format(msgspec.json.encode(finished)))
            except OSError as error:  # the program may have put something in its place; the journal has it all
                context.log.warning("outcome.unwritten", trial=trial, error=str(error))
            return finished

        return perform

    async def _final(self, chosen: FinalistsChosen, context: Context) -> FinalistsScored:
        scores = await anyio.to_thread.run_sync(self._compare, chosen.trials)
        if not scores:
            return FinalistsScored(scores=(), winner=None, reason="no trial was accepted")
        winner = scores[0].trial
        if not self._harness.has_test:
            return FinalistsScored(scores=scores, winner=winner, reason="there is no test file to refit for")
        if self._refit_limit_s() < MIN_TRIAL_S:
            return FinalistsScored(scores=scores, winner=winner, reason="no time was left to refit the winner")
        try:
            refit = await self._refit(winner, context)
        except (SubmissionInvalid, ExecutionError) as error:  # what the winner predicted before still stands
            reason = f"the refit of {winner} on all labelled rows failed: {error}"
            return FinalistsScored(scores=scores, winner=winner, reason=reason)
        sign = 1 if self._higher_is_better else -1
        level = any(sign * (other.final - scores[0].final) > 0 for other in scores)
        tie = "a tie within the noise, so the leader on the search rows stays; " if level else ""
        reason = f"{tie}{winner} was refitted on all labelled rows"
        return FinalistsScored(
            scores=scores,
            winner=winner,
            refit=REFIT,
            refit_s=refit.device_s,
            refit_energy_j=refit.energy_j,
            reason=reason,
        )

    async def _refit(self, winner: TrialId, context: Context) -> Outcome:
        """Fit the winner on all labelled rows and keep its predictions."""
        self._folder.write_code(REFIT, self._folder.code(winner))
        outcome = await self._rig.refit(
            self._folder.trial(REFIT),
            REFIT,
            kept=self._folder.submission(REFIT),
            limit_s=self._refit_limit_s,
            seed=self._seed,
            started=_shower(context, TraceId("final"), REFIT),
        )
        if outcome.status != "ok":
            raise SubmissionInvalid(outcome.error or outcome.status)
        return outcome

    def _refit_limit_s(self) -> float:
        return min(self._pace.left_s() - EXPORT_S, UNLIMITED_TRIAL_S)

    def _compare(self, trials: Sequence[TrialId]) -> tuple[FinalScore, ...]:
        scored = []
        for trial in trials:
            path = self._folder.submission(trial)
            try:
                final, noise = self._harness.final(path)
                search = self._harness.score(path).score
            except SubmissionInvalid:  # the metric is undefined for it on these rows: no finalist
                continue
            scored.append(FinalScore(trial=trial, search=search, final=final, noise=noise))
        return ranked(scored, higher_is_better=self._higher_is_better)


def _shower(context: Context, trace: TraceId, trial: TrialId) -> Started:
    def started(stage: Stage, device: Device, limit_s: float) -> None:
        context.show(TrialStarted(trace=trace, trial=trial, stage=stage, device=device.name, limit_s=limit_s))

    return started
