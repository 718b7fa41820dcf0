"""A solution's way through its stages: a small sample first, where bugs are cheap, then the full data."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import anyio
import anyio.to_thread
import msgspec

from gome.budget import Ledger
from gome.errors import MetricHangs, SubmissionInvalid
from gome.evaluation.claims import claimed_score
from gome.evaluation.harness import Harness
from gome.execution import Device, Outcome, Program, Runner
from gome.execution.estimate import Estimate, hopeless
from gome.execution.leases import Leases
from gome.execution.leasing import Leasing, LimitS
from gome.execution.pool import DevicePool
from gome.execution.review import Review
from gome.execution.turns import finished_so, furnish, places, said, scored_and_settled, submission, together, written
from gome.folder import keep, remove, settle
from gome.messages import OF_A_TRIAL, Stage, TraceId, TrialFinished, TrialId, trace_of

SAMPLE_LIMIT_S = 60.0

Started = Callable[[Stage, Device, float], None]
Once = Callable[..., Awaitable[Outcome]]  # see gome.effects.Effects.once


class Inputs(msgspec.Struct, frozen=True):
    """The folders that solutions see as ./input, by stage."""

    sample: Path | None  # None: the data is hardly larger than a sample, so that one would save nothing
    searches: tuple[Path, ...]  # several where rows are hidden in turns: a trial runs on each
    full: Path
    growth: float = 1.0  # rows of a search view, for one of the sample


class Rig:
    """Everything a trial needs: who runs it, on what, with which data, and who scores it."""

    def __init__(
        self,
        runner: Runner,
        devices: DevicePool,
        inputs: Inputs,
        harness: Harness,
        *,
        slots: DevicePool | None = None,
        memory_mib: int | None = None,
        ledger: Ledger | None = None,
        scope: Callable[[TraceId], Ledger] | None = None,
        leases: Leases | None = None,
        look: Callable[[], Awaitable[None]] | None = None,
        once: Once | None = None,
        review: Review | None = None,
    ) -> None:
        """Take what a rig is made of.

        Args:
            runner: runs programs.
            devices: that the full data is learnt on.
            inputs: what programs see.
            harness: scores what they predict.
            slots: CPU slots for what is small: samples, probes; by default the devices.
            memory_mib: cap of one program.
            ledger: in which what programs take of the devices is reserved and settled.
            scope: the ledger of a trace, inside that one; None: only that one.
            leases: puts what is held on record; None: nobody does.
            look: looks at once whether the GPUs are still there.
            once: keeps how a stage ended the moment it is known, for a sitting after a crash; None: nobody does.
            review: looks at programs that have a score; None: only their predictions are looked at.
        """
        self._leasing = Leasing(runner, devices, slots=slots, ledger=ledger, leases=leases, look=look)
        self._inputs, self._harness, self._memory_mib, self._review = inputs, harness, memory_mib, review
        self._scope, self._once = scope or (lambda _: ledger or Ledger()), once
        self._estimate: Estimate | None = None  # made when first asked: a replay has no inputs

    def open(self, seed: int) -> None:
        """Begin with what programs with this seed would wait for. To be closed."""
        self._leasing.open(seed)

    def close(self) -> None:
        """Let go of what programs were run with."""
        self._leasing.close()

    async def try_out(
        self,
        folder: Path,
        trace: TraceId,
        trial: TrialId,
        *,
        code: bytes,
        kept: Path,
        limit_s: LimitS,
        seed: int,
        started: Started,
        need_mib: float | None = None,
    ) -> TrialFinished:
        """Run a program through both stages and score what it predicts.

        Args:
            folder: where it runs, made if it is not there; what it writes stays there.
            trace: for the record.
            trial: for the record.
            code: of the program.
            kept: file to which a valid submission is copied, out of the reach of programs.
            limit_s: what a stage may take; asked when it has its device, so that waiting in line is not its time.
            seed: for the solution.
            started: told of each stage that begins.
            need_mib: of a GPU's memory, expected; None: not known, so that it gets a GPU to itself.

        Raises:
            ExecutionError: it could not be started.
        """
        folders = await anyio.to_thread.run_sync(places, folder, len(self._inputs.searches), code)
        first = Outcome(status="ok", exit_code=0, wall_s=0.0)
        if self._inputs.sample is not None:
            await anyio.to_thread.run_sync(furnish, folder / "sample", code)
            first = await self._sample(folder / "sample", self._inputs.sample, trial, limit_s, seed, started, kept)
            if first.status != "ok":
                return finished_so(trace, trial, "sample", first)
            self._estimate = self._estimate or Estimate(self._inputs.growth)
            if why := hopeless(self._estimate.full_s(first.wall_s), limit_s()):
                first = msgspec.structs.replace(first, status="killed", exit_code=None, error=why)
                return finished_so(trace, trial, "sample", first)
        turns: list[Outcome] = []
        for place, view in zip(folders, self._inputs.searches, strict=True):
            turns += [await self.kept("full", place, view, trial, limit_s, seed, started, near=kept, need_mib=need_mib)]
            if turns[-1].status != "ok" or submission(place) is None:
                break
        finished = finished_so(trace, trial, "full", together(turns, len(folders)), first, turns=len(turns))
        if turns[-1].status != "ok":
            return finished
        reader = self._review.claims(code) if self._review else claimed_score
        finished = msgspec.structs.replace(finished, claimed=said(turns, reader))
        finished = await self._scored(folders, kept, code, finished)
        if finished.score is None or self._review is None:
            return finished

        async def probe(at: Path, data: Path, most: float) -> Outcome:
            return await self.stage(
                "probe", at, data, trial, lambda: min(SAMPLE_LIMIT_S, most, limit_s()), seed, started
            )

        same = first if self._inputs.sample is not None else turns[0]  # that ran on the rows which are probed
        return await self._review.of(finished, code, folder, same, probe)

    async def refit(
        self, folder: Path, trial: TrialId, *, code: bytes, kept: Path, limit_s: LimitS, seed: int, started: Started
    ) -> Outcome:
        """Run a program on all labelled rows, and keep what it predicts for the real test rows.

        Raises:
            ExecutionError: it could not be started.
            SubmissionInvalid: what it wrote does not fit the official sample.
        """
        await anyio.to_thread.run_sync(furnish, folder, code)
        outcome = await self.stage("refit", folder, self._inputs.full, trial, limit_s, seed, started)
        if outcome.status == "ok":
            path = submission(folder)
            if path is None:
                raise SubmissionInvalid("it wrote no submission.csv")
            await anyio.to_thread.run_sync(self._harness.official_refit, path)
            await anyio.to_thread.run_sync(keep, path, kept)
        return outcome

    async def repeat(
        self, folder: Path, trial: TrialId, *, code: bytes, kept: Path, limit_s: LimitS, seed: int, started: Started
    ) -> Outcome:
        """Run a program on all that a trial runs on, without a sample, and keep what it predicts.

        Raises:
            ExecutionError: it could not be started.
            SubmissionInvalid: what it wrote does not fit the sample.
        """
        folders = await anyio.to_thread.run_sync(places, folder, len(self._inputs.searches), code)
        turns: list[Outcome] = []
        for place, view in zip(folders, self._inputs.searches, strict=True):
            turns.append(await self.stage("repeat", place, view, trial, limit_s, seed, started))
            if turns[-1].status != "ok" or submission(place) is None:
                break
        if turns[-1].status == "ok":
            await self._gather(folders, kept)
            await anyio.to_thread.run_sync(settle, kept)  # before the journal says that it is there
        return together(turns, len(folders))

    async def stage(
        self,
        stage: Stage,
        folder: Path,
        data: Path,
        trial: TrialId,
        limit_s: LimitS,
        seed: int,
        started: Started,
        *,
        need_mib: float | None = None,
        report: Path | None = None,
    ) -> Outcome:
        """Run folder/solution.py once, with `data` as its ./input, under a lease: a CPU slot for a sample.

        Raises:
            ExecutionError: it could not be started.
        """

        def make(device: Device, limit: float) -> Program:
            started(stage, device, limit)
            program = Program(folder=folder, input=data, device=device, limit_s=limit, seed=seed, report=report)
            return msgspec.structs.replace(program, memory_mib=self._memory_mib)

        small = stage in {"sample", "probe"}
        return await self._leasing.run(
            f"{trial} {stage}",
            make,
            limit_s=limit_s,
            small=small,
            need_mib=need_mib,
            ledger=self._scope(trace_of(trial)) if stage in OF_A_TRIAL else None,
        )

    async def kept(
        self,
        stage: Stage,
        folder: Path,
        data: Path,
        trial: TrialId,
        limit_s: LimitS,
        seed: int,
        started: Started,
        *,
        near: Path,
        need_mib: float | None = None,
    ) -> Outcome:
        """Run a stage once, also if gome is killed after it: how it ended goes on record while it is looked at.

        Until then the supervisor's report tells, should it be killed. Where what it wrote is lost it runs again.

        Raises:
            ExecutionError: it could not be started.
        """
        performed, report = False, near.with_name(f"{trial}.{stage}.{folder.name}.json")

        async def perform() -> Outcome:
            nonlocal performed
            performed = True
            told = report if self._once else None
            return await self.stage(stage, folder, data, trial, limit_s, seed, started, need_mib=need_mib, report=told)

        if self._once is None:
            return await perform()
        key = f"stage/{trial}/{stage}/{folder.name}"
        outcome = await self._once(key, perform, Outcome, awaited=False, settled=lambda: remove(report))
        if performed:
            return outcome
        ledger = self._scope(trace_of(trial))
        ledger.charge("device_s", outcome.device_s)
        ledger.charge("energy_j", outcome.energy_j)
        if outcome.status != "ok" or submission(folder) is not None:
            return outcome
        again = await perform()  # and the trial has taken both
        both_s, both_j = again.device_s + outcome.device_s, again.energy_j + outcome.energy_j
        return msgspec.structs.replace(again, device_s=both_s, energy_j=both_j)

    async def _sample(
        self, folder: Path, data: Path, trial: TrialId, limit_s: LimitS, seed: int, started: Started, near: Path
    ) -> Outcome:
        """Run it where a bug costs seconds; not to write a submission is one."""
        outcome = await self.kept(
            "sample", folder, data, trial, lambda: min(SAMPLE_LIMIT_S, limit_s()), seed, started, near=near
        )
        if outcome.status == "ok" and not submission(folder):
            return msgspec.structs.replace(outcome, status="failed", error="it wrote no submission.csv")
        return outcome

    async def _gather(self, folders: Sequence[Path], kept: Path) -> None:
        """Keep what a program has predicted in its turns. Raises SubmissionInvalid where it does not fit."""
        paths = [path for folder in folders if (path := submission(folder)) is not None]
        if len(paths) < len(folders):
            raise SubmissionInvalid("it wrote no submission.csv")
        if self._harness.own_folds:
            if (held := written(folders[0], "oof.csv")) is None:
                raise SubmissionInvalid("it wrote no oof.csv, which is to hold a prediction for each labelled row")
            paths.append(held)
        await anyio.to_thread.run_sync(self._harness.gather, paths, kept)

    async def _scored(self, folders: Sequence[Path], kept: Path, code: bytes, finished: TrialFinished) -> TrialFinished:
        if any(submission(folder) is None for folder in folders):
            return msgspec.structs.replace(finished, status="failed", error="it wrote no submission.csv")
        try:
            await self._gather(folders, kept)
            scored = await anyio.to_thread.run_sync(scored_and_settled, self._harness, kept, code, finished.claimed)
        except (SubmissionInvalid, MetricHangs) as error:
            return msgspec.structs.replace(finished, status="failed", error=f"submission: {error}")
        evidence = msgspec.structs.replace(
            scored.evidence, folds=finished.evidence.folds, notes=finished.evidence.notes
        )
        return msgspec.structs.replace(
            finished, score=scored.score, noise=scored.noise, evidence=evidence, checks=scored.checks
        )
