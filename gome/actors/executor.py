"""Executor: run what was proposed, and measure it.

SolutionProposed -> TrialFinished
FinalistsChosen -> FinalistsScored
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar

import msgspec

from gome.actor import Context
from gome.execution.needs import Needs, NeedsState
from gome.execution.rig import Rig
from gome.final import FinalChoice, shower
from gome.folder import RunFolder, write_whole
from gome.messages import (
    FinalistsChosen,
    FinalistsScored,
    Message,
    SolutionProposed,
    TrialFinished,
    TrialStarted,
)
from gome.pace import Pace


class Executor:
    """Trust no number that a program printed: score its predictions on rows whose labels it never saw."""

    name: ClassVar[str] = "executor"
    listens: ClassVar[tuple[type[Message], ...]] = (SolutionProposed, FinalistsChosen)
    says: ClassVar[tuple[type[Message], ...]] = (TrialStarted, TrialFinished, FinalistsScored)
    folds: ClassVar[tuple[type[Message], ...]] = (SolutionProposed, TrialFinished)
    remembers: ClassVar[type[NeedsState]] = NeedsState
    limit: ClassVar[int] = 256  # the devices are the bound

    def __init__(self, folder: RunFolder, rig: Rig, pace: Pace, final: FinalChoice, *, seed: int) -> None:
        self._folder, self._rig, self._pace, self._final, self._seed = folder, rig, pace, final, seed
        self._needs = Needs()
        self.fold, self.state, self.restore = self._needs.fold, self._needs.state, self._needs.restore

    async def handle(self, message: Message, context: Context, /) -> Sequence[Message]:
        """Run a trial, or decide between the finalists."""
        match message:
            case SolutionProposed(trial=trial):
                perform = self._trial(message, context)  # whose stages are on record one by one
                return [await context.once(f"trial/{trial}", perform, TrialFinished, awaited=False)]
            case FinalistsChosen():
                return [await self._final.make(message, context)]
        raise AssertionError(message)

    def _trial(self, proposed: SolutionProposed, context: Context) -> Callable[[], Awaitable[TrialFinished]]:
        async def perform() -> TrialFinished:
            trace, trial = proposed.trace, proposed.trial
            folder, started = self._folder.trial(trial), shower(context, trace, trial)
            finished = await self._rig.try_out(
                folder,
                trace,
                trial,
                code=self._folder.code(trial).encode(),
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
