"""The final choice: compare the finalists, try an ensemble against the winner, fit what won on all labelled rows."""

import anyio.to_thread
import msgspec

from gome.actor import Context
from gome.errors import BudgetExceeded, ExecutionError, SubmissionInvalid
from gome.evaluation.agreement import alike
from gome.evaluation.harness import Harness
from gome.execution import Device
from gome.execution.rig import Rig, Started
from gome.final.comparison import ENSEMBLE, Compared, compare
from gome.final.program import program
from gome.folder import RunFolder
from gome.messages import (
    FinalistsChosen,
    FinalistsScored,
    FinalScore,
    Share,
    Stage,
    TaskBrief,
    TraceId,
    TrialId,
    TrialStarted,
)
from gome.pace import MIN_TRIAL_S, UNLIMITED_TRIAL_S, Pace
from gome.search.finalists import confirmed, ranked

REFIT = TrialId("refit")
EXPORT_S = 1.5  # kept after the refit: a second of grace for its process, then to check it and write the export


class Refitted(msgspec.Struct, frozen=True, kw_only=True):
    """What came of fitting the winner on all labelled rows."""

    problem: str = ""  # why its predictions are not used; empty where they are
    device_s: float = 0.0
    energy_j: float = 0.0


class FinalChoice:
    """Chooses between figures that are on record; what is measured and what is run, is measured and run once."""

    def __init__(
        self, task: TaskBrief, folder: RunFolder, rig: Rig, harness: Harness, pace: Pace, *, seed: int
    ) -> None:
        self._task, self._folder, self._rig, self._harness, self._pace = task, folder, rig, harness, pace
        self._seed = seed

    async def make(self, chosen: FinalistsChosen, context: Context) -> FinalistsScored:
        """Return the winner and how it came to win."""
        end = context.envelope.seq  # a run that is given more comes to its end again
        compared = await context.once(f"compare/{end}", lambda: self._compare(chosen), Compared)
        higher = self._task.higher_is_better
        scores = ranked(compared.scores, higher_is_better=higher)
        if not scores:
            return FinalistsScored(scores=(), winner=None, reason="no trial was accepted")
        best, members, together = scores[0], compared.members, compared.ensemble
        if together and confirmed(together, compared.scores, best, higher_is_better=higher):
            scores, best = (together, *scores), together
            why = f"an ensemble of {', '.join(member.trial for member in members)} is better on both holdouts; "
        else:
            why, members = _why(compared, scores, higher_is_better=higher), ()
        refit = await context.once(f"refit/{end}", lambda: self._refit(best.trial, members, context), Refitted)
        return FinalistsScored(
            scores=scores,
            winner=best.trial,
            members=members,
            refit=None if refit.problem else REFIT,
            refit_s=refit.device_s,
            refit_energy_j=refit.energy_j,
            reason=why + (refit.problem or f"{best.trial} was refitted on all labelled rows"),
        )

    async def _compare(self, chosen: FinalistsChosen) -> Compared:
        left_s, pace = self._refit_limit_s(), self._pace

        def work() -> Compared:
            return compare(
                chosen,
                self._folder,
                self._harness,
                affordable=lambda members: sum(pace.expected_refit_s(one.stage_s) for one in members) <= left_s,
                seed=self._seed,
            )

        return await anyio.to_thread.run_sync(work)

    async def _refit(self, winner: TrialId, members: tuple[Share, ...], context: Context) -> Refitted:
        """Fit the winner on all labelled rows and keep its predictions, unless they are other than those confirmed."""
        if winner == ENSEMBLE:
            blend, codes = self._harness.blend, {member.trial: self._folder.code(member.trial) for member in members}
            assert blend is not None, "it has been mixed"
            self._folder.write_code(ENSEMBLE, program(self._task, blend, members, codes))
        if not self._harness.has_test:
            return Refitted(problem="there is no test file to refit for")
        if self._refit_limit_s() < MIN_TRIAL_S:
            return Refitted(problem="no time was left to refit the winner")
        self._folder.write_code(REFIT, self._folder.code(winner))
        problem = f"the refit of {winner} on all labelled rows failed"
        try:
            outcome = await self._rig.refit(
                self._folder.trial(REFIT),
                REFIT,
                kept=self._folder.submission(REFIT),
                limit_s=self._refit_limit_s,
                seed=self._seed,
                started=shower(context, TraceId("final"), REFIT),
            )
        except (SubmissionInvalid, ExecutionError, BudgetExceeded) as error:  # what was predicted before still stands
            return Refitted(problem=f"{problem}: {error}")
        used = Refitted(device_s=outcome.device_s, energy_j=outcome.energy_j)
        if outcome.status != "ok":
            return msgspec.structs.replace(used, problem=f"{problem}: {outcome.error or outcome.status}")
        if not await anyio.to_thread.run_sync(self._agrees, winner):
            problem = f"the refit of {winner} predicts otherwise than what was confirmed, and is not used"
            return msgspec.structs.replace(used, problem=problem)
        return used

    def _agrees(self, winner: TrialId) -> bool:
        columns = [name for name in self._task.submission_columns if name != self._task.id_column]
        refit = self._harness.official_refit(self._folder.submission(REFIT))
        return alike(refit, self._harness.official(self._folder.submission(winner)), columns)

    def _refit_limit_s(self) -> float:
        return min(self._pace.left_s() - EXPORT_S, UNLIMITED_TRIAL_S)


def _why(compared: Compared, scores: tuple[FinalScore, ...], *, higher_is_better: bool) -> str:
    """Return what a reader may wonder about in the choice of a single trial."""
    sign = 1 if higher_is_better else -1
    level = any(sign * (other.final - scores[0].final) > 0 for other in scores)
    tie = "a tie within the noise, so the leader on the search rows stays; " if level else ""
    tried = compared.ensemble
    return tie + (f"an ensemble ({tried.final:.5g} on the final rows) is not better; " if tried else "")


def shower(context: Context, trace: TraceId, trial: TrialId) -> Started:
    """Return what tells those who watch of each stage that begins."""

    def started(stage: Stage, device: Device, limit_s: float) -> None:
        context.show(TrialStarted(trace=trace, trial=trial, stage=stage, device=device.name, limit_s=limit_s))

    return started
