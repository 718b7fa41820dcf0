"""MemoryKeeper: remember what worked, and weigh it for the step at hand.

Diagnosed -> SuccessRecorded, MomentumReady
"""

import difflib
from collections.abc import Sequence
from typing import ClassVar

from gome.actor import Context
from gome.folder import RunFolder
from gome.memory import Successes
from gome.messages import (
    Diagnosed,
    Envelope,
    Message,
    MomentumReady,
    SolutionProposed,
    Success,
    SuccessRecorded,
    TrialId,
)

DIFF_MAX = 4096  # characters of a success's diff that are kept


class MemoryKeeper:
    """The momentum: successes of every trace weigh on the next step of each."""

    name: ClassVar[str] = "memory_keeper"
    listens: ClassVar[tuple[type[Message], ...]] = (Diagnosed,)
    says: ClassVar[tuple[type[Message], ...]] = (SuccessRecorded, MomentumReady)
    folds: ClassVar[tuple[type[Message], ...]] = (SolutionProposed, Diagnosed, SuccessRecorded)

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        self._successes = Successes()
        self._proposed: dict[TrialId, SolutionProposed] = {}
        self._diagnosed: dict[TrialId, Diagnosed] = {}

    def fold(self, envelope: Envelope, /) -> None:
        """Keep what was proposed, what became of it, and what was a success."""
        match envelope.message:
            case SolutionProposed() as proposed:
                self._proposed[proposed.trial] = proposed
            case Diagnosed() as diagnosed:
                self._diagnosed[diagnosed.trial] = diagnosed
                self._successes.reused(self._proposed[diagnosed.trial].borrowed, improved=diagnosed.improved)
            case SuccessRecorded(success=success):
                self._successes.add(success)
            case _:
                pass

    async def handle(self, message: Message, _: Context, /) -> Sequence[Message]:
        """Record an improvement, and weigh the memory for the trace's next step."""
        assert isinstance(message, Diagnosed)
        step = len(self._diagnosed)
        items = self._successes.weigh(message.problems, trace=message.trace, step=step)
        ready = MomentumReady(trace=message.trace, trial=message.trial, items=items)
        success = self._success(message, step)
        return [ready] if success is None else [SuccessRecorded(trace=message.trace, success=success), ready]

    def _success(self, diagnosed: Diagnosed, step: int) -> Success | None:
        """Return the improvement that this trial was; None for first solutions, which improve on nothing."""
        proposed = self._proposed[diagnosed.trial]
        if not diagnosed.improved or diagnosed.gain is None or proposed.parent is None:
            return None
        return Success(
            trial=diagnosed.trial,
            trace=diagnosed.trace,
            problem=self._problem(proposed),
            hypothesis=proposed.hypothesis,
            gain=diagnosed.gain / max(diagnosed.gain_noise or 0.0, 1e-12),
            step=step,
            diff=self._diff(proposed.parent, proposed.trial),
        )

    def _problem(self, proposed: SolutionProposed) -> str:
        """Return the problem that the hypothesis answered, as its parent's diagnosis put it."""
        wanted = proposed.hypothesis.problem
        for earlier in reversed(list(self._diagnosed.values())):
            if earlier.trace == proposed.trace:
                for problem in earlier.problems:
                    if problem.caption == wanted:
                        return f"{problem.caption}: {problem.evidence}"
        return wanted

    def _diff(self, before: TrialId, after: TrialId) -> str:
        old, new = (self._folder.code(trial).splitlines(keepends=True) for trial in (before, after))
        return "".join(difflib.unified_diff(old, new, before, after))[:DIFF_MAX]
