"""What MemoryKeeper knows: the task, how many trials have been judged, and what worked; folded from the journal."""

from typing import ClassVar

import msgspec

from gome.memory.history import History
from gome.memory.successes import Successes
from gome.messages import Diagnosed, Envelope, Message, RunStarted, Success, SuccessRecorded, TaskBrief


class RecollectionState(msgspec.Struct):
    """What was a success, in what run."""

    task: TaskBrief | None
    run: str
    diagnosed: int
    successes: tuple[Success, ...]  # oldest first, each with its record so far


class Recollection:
    """The successes of a run and its predecessors, with their record."""

    folds: ClassVar[tuple[type[Message], ...]] = (RunStarted, Diagnosed, SuccessRecorded)

    def __init__(self, history: History) -> None:
        """Know nothing yet. The history is folded by another, and before this."""
        self._history = history
        self.task: TaskBrief | None = None
        self.run = ""  # its name among all runs: the folder's, and when it began
        self.diagnosed = 0  # trials
        self.successes = Successes()

    def fold(self, envelope: Envelope, /) -> None:
        """Keep what was proposed, what became of it, and what was a success."""
        match envelope.message:
            case Diagnosed() as diagnosed:
                self.diagnosed += 1
                borrowed = self._history.attempts[diagnosed.trial].proposed.borrowed
                self.successes.reused(borrowed, improved=diagnosed.improved)
            case SuccessRecorded(success=success):
                self.successes.add(success)
            case RunStarted(task=task):
                self.task, self.run = task, f"{envelope.run}-{int(envelope.at)}"
            case _:
                pass

    def state(self) -> RecollectionState:
        """See gome.snapshot.Remembers."""
        return RecollectionState(self.task, self.run, self.diagnosed, tuple(self.successes.rows))

    def restore(self, state: RecollectionState) -> None:
        """See gome.snapshot.Remembers."""
        self.task, self.run, self.diagnosed = state.task, state.run, state.diagnosed
        for success in state.successes:
            self.successes.add(success)
