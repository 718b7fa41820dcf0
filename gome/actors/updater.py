"""Updater: take the next step of each trace, and end the run.

RunStarted -> TraceOpened
TraceOpened, MomentumReady, StepFailed -> SolutionProposed or TraceClosed
TraceClosed (the last) -> FinalistsChosen
FinalistsScored -> RunFinished
"""

from collections.abc import Sequence
from typing import ClassVar

from gome.actor import Context
from gome.author import Author
from gome.errors import BudgetExceeded, ModelUnavailable
from gome.memory import History
from gome.messages import (
    DraftQuestion,
    Envelope,
    FinalistsChosen,
    FinalistsScored,
    Message,
    MomentumReady,
    RunFinished,
    RunStarted,
    SolutionProposed,
    Starts,
    StepFailed,
    StopRequested,
    TraceClosed,
    TraceId,
    TraceOpened,
    TrialId,
)
from gome.pace import MIN_TRIAL_S, Pace
from gome.search.finalists import Candidate, finalists
from gome.seeds import seed_for

MAX_FAILED_STEPS = 3  # in a row, before a trace is given up


class Updater:
    """One step at a time in each trace; what the step is, the strategy decides, and the model writes it."""

    name: ClassVar[str] = "updater"
    listens: ClassVar[tuple[type[Message], ...]] = (
        RunStarted,
        TraceOpened,
        MomentumReady,
        StepFailed,
        TraceClosed,
        FinalistsScored,
    )
    says: ClassVar[tuple[type[Message], ...]] = (
        TraceOpened,
        SolutionProposed,
        TraceClosed,
        FinalistsChosen,
        RunFinished,
    )
    folds: ClassVar[tuple[type[Message], ...]] = History.folds
    limit: ClassVar[int] = 64

    def __init__(self, author: Author, pace: Pace, history: History) -> None:
        self._author, self._pace, self._history = author, pace, history
        self._stopped = False

    def fold(self, envelope: Envelope, /) -> None:
        """Follow the run."""
        self._history.fold(envelope)
        self._stopped |= isinstance(envelope.message, StopRequested)

    async def handle(self, message: Message, context: Context, /) -> Sequence[Message]:
        """Answer with the next step."""
        match message:
            case RunStarted():
                return await self._open(message, context)
            case TraceOpened(trace=trace) | StepFailed(trace=trace):
                return [await self._advance(trace, None, context)]
            case MomentumReady(trace=trace):
                return [await self._advance(trace, message, context)]
            case TraceClosed(reason=reason):
                return self._choose_finalists(context.envelope.seq, reason)
            case FinalistsScored():
                return [self._finish(message)]
        raise AssertionError(message)

    async def _open(self, started: RunStarted, context: Context) -> Sequence[Message]:
        question = DraftQuestion(
            task=started.task,
            profile=started.profile,
            starts=started.traces,
            limit_s=max(self._pace.trial_limit_s(), 0.0),
            seed=seed_for(started.seed, "draft"),
            key="draft",
        )
        try:
            answer = await context.once(question.key, lambda: self._author.begin(question), Starts)
        except (BudgetExceeded, ModelUnavailable) as error:  # there is nothing to go on with: the run ends, cleanly
            return [FinalistsChosen(trials=(), reason=self._history.end or str(error))]
        return [
            TraceOpened(trace=TraceId(f"t{number}"), start=start, reason=start.statement)
            for number, start in enumerate(answer.starts[: started.traces], start=1)
        ]

    async def _advance(self, trace: TraceId, momentum: MomentumReady | None, context: Context) -> Message:
        over = self._history.end
        if over is None and self._history.traces[trace].failed_steps >= MAX_FAILED_STEPS:
            over = f"{MAX_FAILED_STEPS} steps in a row failed; {self._history.traces[trace].failure}"
        if over is None and self._pace.trial_limit_s() < MIN_TRIAL_S:
            over = "too little time is left for a trial"
        if over is not None:
            return TraceClosed(trace=trace, reason=over)
        try:
            return await self._author.next(trace, momentum.items if momentum else (), context)
        except BudgetExceeded as error:
            return TraceClosed(trace=trace, reason=str(error))

    def _choose_finalists(self, seq: int, why: str) -> Sequence[Message]:
        """Answer only the last trace to close: by then all are folded."""
        if not self._history.all_closed() or seq != self._history.last_closed:
            return []
        candidates = [
            Candidate(attempt.proposed.trial, attempt.proposed.trace, attempt.finished.score)
            for attempt in self._history.valid()
            if attempt.finished is not None and attempt.finished.score is not None
        ]
        chosen = finalists(candidates, higher_is_better=self._author.task.higher_is_better)
        trials = tuple(TrialId(trial) for trial in chosen)
        reason = self._history.end or f"no trace has anything left to try; the last of them: {why}"
        return [FinalistsChosen(trials=trials, reason=reason)]

    def _finish(self, scored: FinalistsScored) -> Message:
        best = next((score for score in scored.scores if score.trial == scored.winner), None)
        return RunFinished(
            status="stopped" if self._stopped else "finished" if best else "failed",
            stop_reason=self._history.end or scored.reason,
            best=scored.winner,
            score=best.search if best else None,
            final_score=best.final if best else None,
        )
