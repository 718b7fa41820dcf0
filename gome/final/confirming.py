"""Confirming: finalists run again with other seeds, so that a lucky one is known for what it is."""

from collections.abc import Mapping, Sequence

import anyio
import anyio.to_thread
import msgspec

from gome.actor import Context
from gome.errors import BudgetExceeded, ExecutionError, MetricHangs, SubmissionInvalid
from gome.evaluation.harness import Harness
from gome.execution import Outcome
from gome.execution.leasing import LimitS
from gome.execution.rig import Rig
from gome.final.reseeding import reseeded, variant
from gome.final.showing import shower
from gome.folder import RunFolder
from gome.messages import FinalistsChosen, FinalScore, Seeded, Share, TraceId, TrialId
from gome.pace import UNLIMITED_TRIAL_S, Pace
from gome.search.finalists import overtakes, worth

RIVALS = 2  # finalists, next to the winner, that may take its place
MARGIN = 1.3  # that a run may take longer than its trial did
VARIABLE = "GOME_SEED"  # in which programs are told a seed
SHARE = 0.25  # of what the run has taken so far, that confirming one finalist is expected to take at most


class Confirming:
    """Runs finalists with other seeds as far as there is time for it, the refit's left alone."""

    def __init__(
        self, folder: RunFolder, rig: Rig, harness: Harness, pace: Pace, *, seed: int, count: int, turns: int = 1
    ) -> None:
        """Take what it needs.

        Args:
            folder: of the run.
            rig: runs programs.
            harness: scores what they predict.
            pace: says what may be spent.
            seed: that programs were told in their trials.
            count: other seeds; 0: none.
            turns: how often a trial runs its program.
        """
        self._folder, self._rig, self._harness, self._pace = folder, rig, harness, pace
        self._seed, self._count, self._turns = seed, count, turns

    async def steadiest(
        self,
        scores: Sequence[FinalScore],
        members: Mapping[TrialId, Sequence[Share]],
        chosen: FinalistsChosen,
        context: Context,
        *,
        higher_is_better: bool,
    ) -> tuple[FinalScore, tuple[Seeded, ...]]:
        """Return the first of the scores that no later one beats with other seeds too, and what all of these gave.

        Args:
            scores: on the final holdout, winner first.
            members: of an ensemble among them.
            chosen: says what programs took to run once.
            context: of the handler.
            higher_is_better: the metric's direction.
        """
        best = scores[0]
        if self._count < 1 or chosen.hurried:
            return best, ()
        found = {best.trial: await self._seeded(best.trial, members, chosen, context)}
        for rival in scores[1 : 1 + RIVALS]:
            mine = worth(best, found[best.trial])
            if not overtakes(rival.final, mine, noise=best.noise, higher_is_better=higher_is_better):
                continue
            seeded = found[rival.trial] = await self._seeded(rival.trial, members, chosen, context)
            if seeded.final and overtakes(
                worth(rival, seeded), mine, noise=best.noise, higher_is_better=higher_is_better
            ):
                best = rival
        return best, tuple(found.values())

    async def _seeded(
        self, trial: TrialId, members: Mapping[TrialId, Sequence[Share]], chosen: FinalistsChosen, context: Context
    ) -> Seeded:
        shares = tuple(members.get(trial, (Share(trial=trial, weight=1.0),)))
        return await context.once(
            f"seeds/{context.envelope.seq}/{trial}", lambda: self._run(trial, shares, chosen, context), Seeded
        )

    async def _run(self, trial: TrialId, shares: Sequence[Share], chosen: FinalistsChosen, context: Context) -> Seeded:
        took = {saved.trial: saved.stage_s for saved in chosen.library}
        stages = [took.get(share.trial, 0.0) for share in shares]
        spare_s, count = self._pace.spare_s(stages), self._count
        most_s = min(spare_s, SHARE * self._pace.elapsed_s())
        while count and self._pace.side_by_side_s([MARGIN * self._turns * s for s in stages] * count) > most_s:
            count -= 1
        if not count:
            return Seeded(trial=trial, problem="no time was left to run it with other seeds")
        until_s = self._pace.elapsed_s() + min(spare_s, UNLIMITED_TRIAL_S)
        runs: list[Outcome] = []
        problems: list[str] = []

        async def run(number: int, share: Share) -> None:
            try:
                outcome = await self._once_more(share.trial, number, lambda: until_s - self._pace.elapsed_s(), context)
            except (SubmissionInvalid, ExecutionError, BudgetExceeded) as error:
                problems.append(str(error))
                return
            runs.append(outcome)
            if outcome.status != "ok":
                problems.append(outcome.error or outcome.status)

        async with anyio.create_task_group() as tasks:
            for number in range(1, count + 1):
                for share in shares:
                    tasks.start_soon(run, number, share)
        used = Seeded(
            trial=trial, device_s=sum(one.device_s for one in runs), energy_j=sum(one.energy_j for one in runs)
        )
        if problems:
            return msgspec.structs.replace(used, problem=f"with other seeds it fails: {problems[0]}")
        try:
            scores = [await anyio.to_thread.run_sync(self._score, shares, number) for number in range(1, count + 1)]
        except (SubmissionInvalid, MetricHangs) as error:
            return msgspec.structs.replace(used, problem=f"with other seeds it cannot be scored: {error}")
        search, final = zip(*scores, strict=True)
        return msgspec.structs.replace(used, search=search, final=final)

    async def _once_more(self, trial: TrialId, number: int, limit_s: LimitS, context: Context) -> Outcome:
        """Run a program with another seed: one in its code where it is written there, else one that it is told."""
        name, code = variant(trial, number), self._folder.code(trial)
        other = reseeded(code, number)
        self._folder.write_code(name, other)
        return await self._rig.repeat(
            self._folder.trial(name),
            name,
            code=other.encode(),
            kept=self._folder.submission(name),
            limit_s=lambda: limit_s() / self._turns,
            seed=self._seed if other != code and VARIABLE not in code else self._seed + number,
            started=shower(context, TraceId("final"), name),
        )

    def _score(self, shares: Sequence[Share], number: int) -> tuple[float, float]:
        """Scores on both holdouts of the programs' predictions, mixed where they are several."""
        path = self._folder.submission(variant(shares[0].trial, number))
        if len(shares) > 1:
            tables = [self._harness.checked(self._folder.submission(variant(one.trial, number))) for one in shares]
            path = self._folder.submission(variant(TrialId("ensemble"), number))
            self._harness.mix(tables, [one.weight for one in shares], path)
        return self._harness.score(path).score, self._harness.final(path)[0]
