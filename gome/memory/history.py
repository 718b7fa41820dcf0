"""Every trace and trial of a run, folded from the journal."""

from typing import ClassVar

import msgspec

from gome.messages import (
    BudgetExhausted,
    Diagnosed,
    Envelope,
    FinalistsChosen,
    Hypothesis,
    Message,
    SolutionProposed,
    StepFailed,
    StopRequested,
    TraceClosed,
    TraceId,
    TraceOpened,
    TrialFinished,
    TrialId,
    Tried,
)


class Attempt(msgspec.Struct):
    """A solution, and what is known of it so far."""

    proposed: SolutionProposed
    finished: TrialFinished | None = None
    diagnosed: Diagnosed | None = None

    @property
    def tried(self) -> Tried:
        """The attempt as a model is told of it."""
        finished, diagnosed = self.finished, self.diagnosed
        gain = None
        if diagnosed is not None and diagnosed.gain is not None:
            gain = diagnosed.gain / max(diagnosed.gain_noise or 0.0, 1e-12)
        return Tried(
            trial=self.proposed.trial,
            trace=self.proposed.trace,
            hypothesis=self.proposed.hypothesis,
            accepted=diagnosed is not None and diagnosed.improved,
            score=finished.score if finished else None,
            pending=diagnosed is None,
            parent=self.proposed.parent,
            operator=self.proposed.operator,
            gain=gain,
            error=finished.error if finished else "",
        )


class TraceHistory(msgspec.Struct):
    """One chain of improvements."""

    start: Hypothesis
    attempts: list[Attempt] = []
    best: TrialId | None = None
    failed_steps: int = 0  # steps in a row that ended without a trial
    failure: str = ""  # why the last of these did
    closed: bool = False


class History:
    """The run so far. Feed it every message of `folds`, in order."""

    folds: ClassVar[tuple[type[Message], ...]] = (
        TraceOpened,
        TraceClosed,
        SolutionProposed,
        StepFailed,
        TrialFinished,
        Diagnosed,
        BudgetExhausted,
        StopRequested,
        FinalistsChosen,
    )

    def __init__(self) -> None:
        self.traces: dict[TraceId, TraceHistory] = {}
        self.attempts: dict[TrialId, Attempt] = {}
        self.end: str | None = None  # why no further step may begin
        self.last_closed: int = 0  # seq of the newest TraceClosed

    def fold(self, envelope: Envelope) -> None:
        """Take a message into account."""
        match envelope.message:
            case TraceOpened() as opened:
                self.traces[opened.trace] = TraceHistory(start=opened.start)
            case TraceClosed() as closed:
                self.traces[closed.trace].closed = True
                self.last_closed = envelope.seq
            case SolutionProposed() as proposed:
                trace = self.traces[proposed.trace]
                self.attempts[proposed.trial] = Attempt(proposed)
                trace.attempts.append(self.attempts[proposed.trial])
                trace.failed_steps = 0
            case StepFailed() as failed:
                if failed.trace in self.traces:
                    self.traces[failed.trace].failed_steps += 1
                    self.traces[failed.trace].failure = failed.error
            case TrialFinished() as finished:
                self.attempts[finished.trial].finished = finished
            case Diagnosed() as diagnosed:
                self.attempts[diagnosed.trial].diagnosed = diagnosed
                self.traces[diagnosed.trace].best = diagnosed.best
            case BudgetExhausted(reason=reason) | StopRequested(reason=reason) | FinalistsChosen(reason=reason):
                self.end = self.end or reason
            case _:
                pass

    def tried(self) -> tuple[Tried, ...]:
        """Every hypothesis that has been given a trial, oldest first; those in flight included."""
        return tuple(attempt.tried for attempt in self.attempts.values())

    def valid(self) -> list[Attempt]:
        """Attempts with a score that may be trusted, oldest first; suspect ones where there is nothing better."""
        by_verdict: dict[str, list[Attempt]] = {"accepted": [], "suspect": [], "rejected": []}
        for attempt in self.attempts.values():
            if attempt.diagnosed is not None and attempt.diagnosed.score is not None:
                by_verdict[attempt.diagnosed.verdict].append(attempt)
        return by_verdict["accepted"] or by_verdict["suspect"]

    def all_closed(self) -> bool:
        """Whether every trace has ended."""
        return all(trace.closed for trace in self.traces.values())
