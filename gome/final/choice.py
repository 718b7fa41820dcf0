"""The final choice: compare the finalists, try an ensemble against the winner, fit what won on all labelled rows."""

from collections.abc import Sequence

import anyio
import anyio.to_thread
import msgspec

from gome.actor import Context
from gome.errors import BudgetExceeded, ExecutionError, SubmissionInvalid
from gome.evaluation.agreement import alike
from gome.evaluation.harness import Harness
from gome.execution.rig import Rig
from gome.final.averaging import Averaged, Fitted, averaged, fit_again, weights
from gome.final.comparison import ENSEMBLE, Compared, compare
from gome.final.confirming import Confirming
from gome.final.program import program
from gome.final.showing import shower
from gome.folder import RunFolder
from gome.messages import (
    FinalistsChosen,
    FinalistsScored,
    FinalScore,
    Seeded,
    Share,
    TaskBrief,
    TraceId,
    TrialId,
)
from gome.pace import MIN_TRIAL_S, UNLIMITED_TRIAL_S, Pace
from gome.search.finalists import confirmed, ranked

REFIT = TrialId("refit")
EXPORT_S = 1.5  # kept after the refit: a second of grace for its process, then to check it and write the export


class Refitted(Fitted, frozen=True, kw_only=True):
    """What came of fitting the winner on all labelled rows."""

    members: int = 0  # of an ensemble, that were fitted again


class FinalChoice:
    """Chooses between figures that are on record; what is measured and what is run, is measured and run once."""

    def __init__(
        self, task: TaskBrief, folder: RunFolder, rig: Rig, harness: Harness, pace: Pace, *, seed: int, seeds: int = 2
    ) -> None:
        """Take what it needs.

        Args:
            task: the brief.
            folder: of the run.
            rig: runs programs.
            harness: scores what they predict.
            pace: says what time is left.
            seed: that programs are told.
            seeds: others, that the winner is run with too.
        """
        self._confirming = Confirming(folder, rig, harness, pace, seed=seed, count=seeds, turns=task.turns)
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
        together = compared.ensemble
        if together and confirmed(together, compared.scores, scores[0], higher_is_better=higher):
            scores = (together, *scores)
        first, mixed = scores[0], {ENSEMBLE: compared.members}
        best, seeds = await self._confirming.steadiest(scores, mixed, chosen, context, higher_is_better=higher)
        scores = (best, *(score for score in scores if score is not best))
        why = _why(compared, scores, first, higher_is_better=higher) + _steady(first, best, seeds)
        members = mixed.get(best.trial, ())
        refit = await context.once(f"refit/{end}", lambda: self._refit(best.trial, members, context), Refitted)
        more = Averaged()
        if not refit.problem and not members and not chosen.hurried:
            more = await context.once(f"average/{end}", lambda: self._average(best.trial, refit, context), Averaged)
        used: tuple[Refitted | Averaged | Seeded, ...] = (refit, more, *seeds)
        return FinalistsScored(
            scores=scores,
            winner=best.trial,
            members=members,
            refit=None if refit.problem else REFIT,
            refit_s=sum(one.device_s for one in used),
            refit_energy_j=sum(one.energy_j for one in used),
            reason=why + (refit.problem or _done(best.trial, refit.members, len(members), len(more.fits))),
            seeds=seeds,
        )

    async def _compare(self, chosen: FinalistsChosen) -> Compared:
        return await anyio.to_thread.run_sync(lambda: compare(chosen, self._folder, self._harness, seed=self._seed))

    async def _refit(self, winner: TrialId, members: tuple[Share, ...], context: Context) -> Refitted:
        """Fit the winner on all labelled rows and keep its predictions, unless they are other than those confirmed."""
        if members:
            self._folder.write_code(ENSEMBLE, self._program(members))
        if self._harness.own_folds:
            return Refitted(problem="programs have learnt from all labelled rows already")
        if not self._harness.has_test:
            return Refitted(problem="there is no test file to refit for")
        if self._refit_limit_s() < MIN_TRIAL_S:
            return Refitted(problem="no time was left to refit the winner")
        if members:
            return await self._refit_members(members, context)
        fitted = await self._fit(REFIT, winner, context)
        return msgspec.convert(fitted, Refitted, from_attributes=True)

    async def _average(self, winner: TrialId, refit: Refitted, context: Context) -> Averaged:
        """Fit the winner with other seeds too, and hand in the mean, in time that the search could not use."""
        if self._harness.blend is None or not self._pace.is_over():
            return Averaged()
        code = self._folder.code(winner)

        async def fit(name: TrialId, other: str, number: int, least_s: float) -> Fitted:
            seed = self._seed if other != code else self._seed + number
            return await self._fit(name, winner, context, code=other, seed=seed, least_s=least_s)

        more = await fit_again(code, REFIT, refit.took_s, fit)
        if more.fits:
            await anyio.to_thread.run_sync(self._mean, more.fits, code)
        return more

    def _mean(self, fits: tuple[TrialId, ...], code: str) -> None:
        blend, kept = self._harness.blend, self._folder.submission(REFIT)
        assert blend is not None, "asked for first"
        tables = [self._harness.official_refit(self._folder.submission(name)) for name in (REFIT, *fits)]
        self._harness.mix(tables, weights(len(tables)), kept)
        self._folder.write_code(REFIT, averaged(self._task, blend, REFIT, fits, code))

    def _program(self, members: tuple[Share, ...]) -> str:
        blend = self._harness.blend
        assert blend is not None, "it has been mixed"
        return program(self._task, blend, members, {one.trial: self._folder.code(one.trial) for one in members})

    async def _refit_members(self, members: tuple[Share, ...], context: Context) -> Refitted:
        """Fit the members side by side; of those that fail or find no time, what was confirmed is mixed in."""
        fits = [Fitted(problem="not begun") for _ in members]

        async def fit(place: int) -> None:
            fits[place] = await self._fit(TrialId(f"{REFIT}-{place + 1}"), members[place].trial, context)

        async with anyio.create_task_group() as tasks:
            for place in range(len(members)):
                tasks.start_soon(fit, place)
        done = [place for place, fitted in enumerate(fits) if not fitted.problem]
        used = Refitted(device_s=sum(one.device_s for one in fits), energy_j=sum(one.energy_j for one in fits))
        if not done:
            return msgspec.structs.replace(used, problem=next(one.problem for one in fits))
        await anyio.to_thread.run_sync(self._mix, members, done)
        return msgspec.structs.replace(used, members=len(done))

    def _mix(self, members: tuple[Share, ...], done: list[int]) -> None:
        fitted = {place: self._folder.submission(TrialId(f"{REFIT}-{place + 1}")) for place in done}
        tables = [
            self._harness.official_refit(fitted[place])
            if place in fitted
            else self._harness.official(self._folder.submission(member.trial))
            for place, member in enumerate(members)
        ]
        self._harness.mix(tables, [member.weight for member in members], self._folder.submission(REFIT))

    async def _fit(
        self,
        name: TrialId,
        trial: TrialId,
        context: Context,
        *,
        code: str | None = None,
        seed: int | None = None,
        least_s: float = 0.0,
    ) -> Fitted:
        """Fit one trial's program on all labelled rows, its predictions kept under a name of their own.

        Args:
            name: to fit it under.
            trial: whose program it is.
            context: of the handler.
            code: with other seeds; None: as it is.
            seed: that it is told; None: the run's.
            least_s: below which it is not begun.
        """
        code = self._folder.code(trial) if code is None else code
        self._folder.write_code(name, code)
        problem = f"the refit of {trial} on all labelled rows failed"
        try:
            outcome = await self._rig.refit(
                self._folder.trial(name),
                name,
                code=code.encode(),
                kept=self._folder.submission(name),
                limit_s=lambda: limit if (limit := self._refit_limit_s()) >= least_s else 0.0,
                seed=self._seed if seed is None else seed,
                started=shower(context, TraceId("final"), name),
            )
        except (SubmissionInvalid, ExecutionError, BudgetExceeded) as error:  # what was predicted before still stands
            return Fitted(problem=f"{problem}: {error}")
        used = Fitted(took_s=outcome.wall_s, device_s=outcome.device_s, energy_j=outcome.energy_j)
        if outcome.status != "ok":
            return msgspec.structs.replace(used, problem=f"{problem}: {outcome.error or outcome.status}")
        if not await anyio.to_thread.run_sync(self._agrees, name, trial):
            problem = f"the refit of {trial} predicts otherwise than what was confirmed, and is not used"
            return msgspec.structs.replace(used, problem=problem)
        return used

    def _agrees(self, name: TrialId, trial: TrialId) -> bool:
        columns = [column for column in self._task.submission_columns if column != self._task.id_column]
        refit = self._harness.official_refit(self._folder.submission(name))
        return alike(refit, self._harness.official(self._folder.submission(trial)), columns)

    def _refit_limit_s(self) -> float:
        return min(self._pace.left_s() - EXPORT_S, UNLIMITED_TRIAL_S)


def _done(winner: TrialId, fitted: int, members: int, more: int) -> str:
    some = f"{fitted} of the {members} members of the " if members > fitted else ""
    mean = f", and with {more} other seed{'s' * (more > 1)} in the time that was left: their mean is handed in"
    return f"{some}{winner} {'were' if some else 'was'} refitted on all labelled rows" + (mean if more else "")


def _why(compared: Compared, scores: Sequence[FinalScore], first: FinalScore, *, higher_is_better: bool) -> str:
    """Return what a reader may wonder about in the choice.

    Args:
        compared: what the final holdout told.
        scores: the winner's first.
        first: the winner's, before any was run with other seeds.
        higher_is_better: the metric's direction.
    """
    tried, sign = compared.ensemble, 1 if higher_is_better else -1
    if first is tried:
        names = ", ".join(member.trial for member in compared.members)
        leader, *_ = ranked(compared.scores, higher_is_better=higher_is_better)
        others = [other.trial for other in compared.scores if sign * (other.final - first.final) > 0]
        behind = f", where {', '.join(others)} did better still but not on the search rows" if others else ""
        return f"an ensemble of {names} is better on the final rows than {leader.trial}{behind}; "
    level = first is scores[0] and any(sign * (other.final - first.final) > 0 for other in scores)
    tie = "a tie within the noise, so the leader on the search rows stays; " if level else ""
    return tie + (f"an ensemble ({tried.final:.5g} on the final rows) is not better; " if tried else "")


def _steady(first: FinalScore, best: FinalScore, seeds: Sequence[Seeded]) -> str:
    """Return what other seeds said."""
    gave = {one.trial: ", ".join(f"{score:.5g}" for score in one.final) for one in seeds if one.final}
    if first is not best:
        return (
            f"{first.trial} owes its {first.final:.5g} on the final rows to its seed: others give {gave[first.trial]}, "
            f"{best.trial} with others {gave[best.trial]}; "
        )
    return f"with other seeds {best.trial} gives {gave[best.trial]} there; " if best.trial in gave else ""
