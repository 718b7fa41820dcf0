"""Updater: take the next step of each trace, and end the run.

RunStarted, RunResumed -> TraceOpened, StepChosen
StepChosen -> SolutionProposed, after TraceOpened where the trace is new; or StepDropped
MomentumReady, StepFailed, StepDropped, WidthChanged -> StepChosen, TraceClosed
TraceClosed (the last) -> FinalistsChosen
FinalistsScored -> RunFinished
"""

from collections.abc import Sequence
from typing import ClassVar

from gome.actor import Context
from gome.author import Author
from gome.chooser import Chooser
from gome.errors import BudgetExceeded, ModelUnavailable
from gome.memory import History
from gome.memory.history import HistoryState
from gome.messages import (
    FinalistsChosen,
    FinalistsScored,
    Message,
    MomentumReady,
    RunFinished,
    RunResumed,
    RunStarted,
    SolutionProposed,
    StepChosen,
    StepDropped,
    StepFailed,
    TraceClosed,
    TraceId,
    TraceOpened,
    TrialId,
    WidthChanged,
)
from gome.pace import MIN_TRIAL_S, Pace
from gome.search.finalists import Candidate, finalists, library


class Updater:
    """What each trace does next is chosen for all of them in turn; the steps are then written side by side."""

    name: ClassVar[str] = "updater"
    listens: ClassVar[tuple[type[Message], ...]] = (
        RunStarted,
        RunResumed,
        StepChosen,
        MomentumReady,
        StepFailed,
        StepDropped,
        WidthChanged,
        TraceClosed,
        FinalistsScored,
    )
    says: ClassVar[tuple[type[Message], ...]] = (
        TraceOpened,
        StepChosen,
        StepDropped,
        SolutionProposed,
        TraceClosed,
        FinalistsChosen,
        RunFinished,
    )
    folds: ClassVar[tuple[type[Message], ...]] = History.folds
    remembers: ClassVar[type[HistoryState]] = HistoryState
    limit: ClassVar[int] = 64

    def __init__(self, author: Author, chooser: Chooser, pace: Pace, history: History) -> None:
        self._author, self._chooser, self._pace, self._history = author, chooser, pace, history
        self.fold, self.state, self.restore = history.fold, history.state, history.restore

    async def handle(self, message: Message, context: Context, /) -> Sequence[Message]:
        """Answer with what comes next."""
        match message:
            case RunStarted(traces=traces):
                return await self._open(traces, "draft", context)
            case RunResumed():
                more = message.traces - len(self._history.traces)
                opened = await self._open(more, f"draft/{context.envelope.seq}", context) if more > 0 else ()
                return [*opened, *(self._decide() if message.reopens else ())]
            case StepChosen():
                return await self._take(message, context)
            case MomentumReady() | StepFailed() | StepDropped():
                return self._decide()
            case WidthChanged():
                return self._chooser.widen(self._pace.left_share()) if message.raised and not message.device else []
            case TraceClosed(reason=reason):
                return self._choose_finalists(context.envelope.seq, reason)
            case FinalistsScored():
                return [self._finish(message)]
        raise AssertionError(message)

    async def _open(self, count: int, key: str, context: Context) -> Sequence[Message]:
        """Open so many traces more; without any there is nothing to go on with, and the run ends, cleanly."""
        there = len(self._history.traces)
        try:
            starts = await self._author.starts(count, key, context, patient=True)
        except (BudgetExceeded, ModelUnavailable) as error:
            return [] if there else [FinalistsChosen(trials=(), reason=self._history.end or str(error))]
        said: list[Message] = []
        for number, start in enumerate(starts, start=there + 1):
            trace, why = TraceId(f"t{number}"), "the trace's first solution"
            said.append(TraceOpened(trace=trace, start=start, reason=start.statement))
            said.append(StepChosen(trace=trace, operator="draft", hypothesis=start, reason=why))
        return said

    def _decide(self) -> Sequence[Message]:
        over = "too little time is left for a trial" if self._pace.trial_limit_s() < MIN_TRIAL_S else None
        return self._chooser.decide(self._pace.left_share(), over)

    async def _take(self, chosen: StepChosen, context: Context) -> Sequence[Message]:
        try:
            if (end := self._history.end) is not None:  # the run has ended since the step was chosen
                return [StepDropped(trace=chosen.trace, why="budget", reason=end)]
            return await self._author.write(chosen, context)
        except BudgetExceeded as error:
            return [StepDropped(trace=chosen.trace, why="budget", reason=str(error))]

    def _choose_finalists(self, seq: int, why: str) -> Sequence[Message]:
        """Answer only the last trace to close: by then all are folded."""
        if not self._history.all_closed() or seq != self._history.last_closed:
            return []
        candidates = [
            Candidate(trial.proposed.trial, trial.proposed.trace, trial.finished.score, trial.finished.stage_s)
            for trial in self._history.valid()
            if trial.finished is not None and trial.finished.score is not None
        ]
        higher = self._author.task.higher_is_better
        trials = tuple(TrialId(trial) for trial in finalists(candidates, higher_is_better=higher))
        saved = library(candidates, higher_is_better=higher)
        reason = self._history.end or f"no trace has anything left to try; the last of them: {why}"
        hurried = self._history.stopped
        return [FinalistsChosen(trials=trials, library=saved, reason=reason, hurried=hurried)]

    def _finish(self, scored: FinalistsScored) -> Message:
        best = next((score for score in scored.scores if score.trial == scored.winner), None)
        return RunFinished(
            status="stopped" if self._history.stopped else "finished" if best else "failed",
            stop_reason=self._history.end or scored.reason,
            best=scored.winner,
            score=best.search if best else None,
            final_score=best.final if best else None,
        )
