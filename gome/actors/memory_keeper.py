"""MemoryKeeper: remember what worked, and weigh it for the step at hand.

RunStarted -> SuccessRecorded, for each success that earlier runs left
Diagnosed -> SuccessRecorded, MomentumReady
RunFinished ->
"""

import difflib
from collections.abc import Sequence
from functools import partial
from typing import ClassVar

import msgspec
from anyio import to_thread

from gome.actor import Context
from gome.folder import RunFolder
from gome.memory import History
from gome.memory.keepsakes import Keepsakes, Recalled
from gome.memory.recollection import Recollection, RecollectionState
from gome.messages import (
    NO_TRACE,
    Diagnosed,
    Message,
    MomentumReady,
    RunFinished,
    RunStarted,
    Success,
    SuccessRecorded,
    TrialId,
)

DIFF_MAX = 4096  # characters of a success's diff that are kept


class Left(msgspec.Struct, frozen=True):
    """A run's successes are in the file that later runs begin with."""

    rows: int  # in the file now


class MemoryKeeper:
    """The momentum: successes of every trace weigh on the next step of each."""

    name: ClassVar[str] = "memory_keeper"
    listens: ClassVar[tuple[type[Message], ...]] = (RunStarted, Diagnosed, RunFinished)
    says: ClassVar[tuple[type[Message], ...]] = (SuccessRecorded, MomentumReady)
    folds: ClassVar[tuple[type[Message], ...]] = Recollection.folds

    remembers: ClassVar[type[RecollectionState]] = RecollectionState

    def __init__(
        self, folder: RunFolder, history: History, *, weighs: bool = True, keepsakes: Keepsakes | None = None
    ) -> None:
        self._folder, self._weighs, self._keepsakes = folder, weighs, keepsakes
        self._history, self._memory = history, Recollection(history)
        self.fold, self.state, self.restore = self._memory.fold, self._memory.state, self._memory.restore

    async def handle(self, message: Message, context: Context, /) -> Sequence[Message]:
        """Record an improvement, and weigh the memory for the trace's next step; recall, and leave it to later runs."""
        match message:
            case RunStarted():
                return await self._recall(context)
            case RunFinished():
                await self._leave(context)
                return []
            case Diagnosed():
                return self._weigh(message)
        raise AssertionError(message)

    async def _recall(self, context: Context) -> Sequence[Message]:
        keepsakes = self._keepsakes
        if keepsakes is None:
            return []
        recalled = await context.observe("memory/recall", partial(to_thread.run_sync, keepsakes.recall), Recalled)
        return [SuccessRecorded(trace=NO_TRACE, success=success) for success in recalled.successes]

    async def _leave(self, context: Context) -> None:
        keepsakes, task = self._keepsakes, self._memory.task
        if keepsakes is None or task is None:
            return
        run, rows = self._memory.run, tuple(self._memory.successes.rows)

        async def leave() -> Left:
            return Left(rows=await to_thread.run_sync(keepsakes.keep, run, task.name, task.metric, rows))

        await context.once(f"memory/leave/{context.envelope.seq}", leave, Left)

    def _weigh(self, message: Diagnosed) -> Sequence[Message]:
        step = self._memory.diagnosed
        held = self._history.lineage.line(message.best) if message.best is not None else ()
        items = (
            self._memory.successes.weigh(message.problems, held=held, step=step, otherwise=message.hypothesis)
            if self._weighs
            else ()
        )
        ready = MomentumReady(trace=message.trace, trial=message.trial, items=items)
        success = self._success(message, step)
        return [ready] if success is None else [SuccessRecorded(trace=message.trace, success=success), ready]

    def _success(self, diagnosed: Diagnosed, step: int) -> Success | None:
        """Return the improvement that this trial was.

        None for first solutions, which improve on nothing, and for merges, whose parts are remembered already: what a
        step brought in beside its own change is taken off its gain.
        """
        attempt = self._history.attempts[diagnosed.trial]
        merged = attempt.proposed.operator == "merge" or diagnosed.hypothesis.move.startswith("merge:")  # or mended
        if merged or not diagnosed.improved or attempt.gain is None or attempt.against is None:
            return None
        gain = attempt.gain - self._history.brought(diagnosed.trial)
        if gain <= 0:
            return None
        return Success(
            trial=diagnosed.trial,
            trace=diagnosed.trace,
            problem=self._problem(diagnosed),
            hypothesis=diagnosed.hypothesis,
            gain=gain,
            step=step,
            diff=self._diff(attempt.against, diagnosed.trial),
            expected=diagnosed.hypothesis.effect,
        )

    def _problem(self, diagnosed: Diagnosed) -> str:
        """Return the problem that the hypothesis answered, as the newest diagnosis that named it put it."""
        wanted = diagnosed.hypothesis.problem
        attempts = self._history.attempts.values()
        for earlier in reversed([a.diagnosed for a in attempts if a.diagnosed is not None]):
            if earlier.trace == diagnosed.trace and earlier.trial != diagnosed.trial:
                for problem in earlier.problems:
                    if problem.caption == wanted:
                        return f"{problem.caption}: {problem.evidence}"
        return wanted

    def _diff(self, before: TrialId, after: TrialId) -> str:
        old, new = (self._folder.code(trial).splitlines(keepends=True) for trial in (before, after))
        return "".join(difflib.unified_diff(old, new, before, after))[:DIFF_MAX]
