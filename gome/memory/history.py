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
    MomentumReady,
    RunResumed,
    SolutionProposed,
    StepChosen,
    StepDropped,
    StepFailed,
    StopRequested,
    TraceClosed,
    TraceId,
    TraceOpened,
    TrialFinished,
    TrialId,
    Tried,
    Weighted,
    WidthChanged,
)

OF_A_STEP = ("updater", "executor", "reasoner", "memory_keeper")  # whoever else fails costs a trace nothing


class Attempt(msgspec.Struct):
    """A solution, and what is known of it so far."""

    proposed: SolutionProposed
    against: TrialId | None = None  # the trial that it is compared with; None: it begins anew
    finished: TrialFinished | None = None
    diagnosed: Diagnosed | None = None

    @property
    def gain(self) -> float | None:
        """How far it is ahead of what it is compared with, in units of its noise; None where that is not known."""
        diagnosed = self.diagnosed
        if diagnosed is None or diagnosed.gain is None:
            return None
        return diagnosed.gain / max(diagnosed.gain_noise or 0.0, 1e-12)

    @property
    def score(self) -> float | None:
        """The score as models and strategies are told it; None: there is none, or it is not judged yet."""
        if self.finished is None or self.diagnosed is None:
            return None
        return self.finished.score if self.diagnosed.shown is None else self.diagnosed.shown

    @property
    def tried(self) -> Tried:
        """The attempt as a model or a strategy is told of it."""
        finished, diagnosed = self.finished, self.diagnosed
        return Tried(
            trial=self.proposed.trial,
            trace=self.proposed.trace,
            hypothesis=self.proposed.hypothesis,
            accepted=diagnosed is not None and diagnosed.improved,
            score=self.score,
            pending=diagnosed is None,
            parent=self.proposed.parent,
            operator=self.proposed.operator,
            gain=self.gain,
            error=finished.error if finished else "",
            noise=finished.noise if finished else None,
            device_s=finished.device_s if finished else 0.0,
            other=self.proposed.other,
            against=self.against,
            arm=self.proposed.arm,
        )


class TraceHistory(msgspec.Struct):
    """One chain of improvements, or one worker of a tree search."""

    start: Hypothesis | None = None  # None: it opens with the step that is under way
    attempts: list[Attempt] = []
    best: TrialId | None = None  # what its next trial is compared with
    failed_steps: int = 0  # steps in a row that ended without a trial
    failure: str = ""  # why the last of these did
    chosen: StepChosen | None = None  # the step under way
    written: bool = False  # whether that step has its solution
    momentum: tuple[Weighted, ...] = ()  # for its newest diagnosis
    refused: str = ""  # the limit that its last step would have passed
    closed: bool = False


class History:
    """The run so far. Feed it every message of `folds`, in order."""

    folds: ClassVar[tuple[type[Message], ...]] = (
        TraceOpened,
        TraceClosed,
        StepChosen,
        StepDropped,
        SolutionProposed,
        StepFailed,
        TrialFinished,
        Diagnosed,
        MomentumReady,
        WidthChanged,
        BudgetExhausted,
        StopRequested,
        FinalistsChosen,
        RunResumed,
    )

    def __init__(self) -> None:
        self.traces: dict[TraceId, TraceHistory] = {}
        self.attempts: dict[TrialId, Attempt] = {}
        self.exhausted: set[str] = set()  # trials with nothing new to try, and "one+other" merges that bring nothing
        self.turns: int = 0  # steps decided
        self.device_s: float = 0.0  # under lease, of trials that have ended
        self.width: int | None = None  # steps that may be under way at once; None: as many as there are traces
        self.end: str | None = None  # why no further step may begin
        self.stopped = False  # from outside
        self.last_closed: int = 0  # seq of the newest TraceClosed
        self._tried: dict[TrialId, Tried] = {}  # oldest first
        self._news: set[TrialId] = set()  # of which more is known than there

    def fold(self, envelope: Envelope) -> None:
        """Take a message into account."""
        match envelope.message:
            case TraceOpened() as opened:
                self.traces.setdefault(opened.trace, TraceHistory()).start = opened.start
            case TraceClosed() as closed:
                self.traces[closed.trace].closed = True
                self.last_closed = envelope.seq
            case StepChosen() as chosen:
                self.turns += 1
                trace = self.traces.setdefault(chosen.trace, TraceHistory())
                trace.chosen, trace.written = chosen, False
            case SolutionProposed() as proposed:
                self._propose(proposed)
            case TrialFinished() as finished:
                self.attempts[finished.trial].finished = finished
                self.device_s += finished.device_s
                self._know(finished.trial)
            case Diagnosed() as diagnosed:
                self.attempts[diagnosed.trial].diagnosed = diagnosed
                self.traces[diagnosed.trace].best = diagnosed.best
                self._know(diagnosed.trial)
            case BudgetExhausted(reason=reason) | StopRequested(reason=reason) | FinalistsChosen(reason=reason):
                self.end = self.end or reason
                self.stopped |= isinstance(envelope.message, StopRequested)
            case RunResumed(reopens=True):
                self._reopen()
            case message:
                self._rest(message)

    def _reopen(self) -> None:
        """Forget that an end was reached, or was being reached: there is more to spend, or another to ask."""
        self.end, self.stopped = None, False
        self.exhausted.clear()
        for trace in self.traces.values():
            trace.closed, trace.failed_steps, trace.refused = False, 0, ""

    def _propose(self, proposed: SolutionProposed) -> None:
        trace = self.traces[proposed.trace]
        attempt = Attempt(proposed)
        if proposed.parent is not None and proposed.operator != "draft":  # what was to be improved is still the measure
            parent = self.attempts[proposed.parent]
            attempt.against = parent.against if proposed.operator == "repair" else proposed.parent
        trace.best = attempt.against
        trace.failed_steps, trace.written = 0, True
        trace.attempts.append(attempt)
        self.attempts[proposed.trial] = attempt
        self._know(proposed.trial)

    def _rest(self, message: Message) -> None:
        """A trace has nothing under way any more."""
        match message:
            case WidthChanged(device="", traces=width):
                self.width = width
            case MomentumReady():
                trace = self.traces[message.trace]
                trace.momentum, trace.chosen = message.items, None
            case StepDropped():
                trace = self.traces[message.trace]
                trace.chosen = None
                if message.why == "budget":
                    trace.refused = message.reason
                elif message.parent is not None:
                    self.exhausted.add(f"{message.parent}+{message.other}" if message.other else message.parent)
            case StepFailed() if message.trace in self.traces and message.actor in OF_A_STEP:
                trace = self.traces[message.trace]
                trace.chosen = None
                trace.failed_steps += 1
                trace.failure = message.error
            case _:
                pass

    def _know(self, trial: TrialId) -> None:
        self._news.add(trial)

    def tried(self) -> tuple[Tried, ...]:
        """Every hypothesis that has been given a trial, oldest first; those in flight included."""
        for trial in self.attempts:
            if trial in self._news:
                self._tried[trial] = self.attempts[trial].tried
        self._news.clear()
        return tuple(self._tried.values())

    def valid(self) -> list[Attempt]:
        """Attempts with a score that may be trusted, oldest first; suspect ones where there is nothing better."""
        judged = [(one.diagnosed, one) for one in self.attempts.values() if one.diagnosed is not None]
        scored = [(said, one) for said, one in judged if said.score is not None and said.verdict != "rejected"]
        return [one for said, one in scored if said.believed] or [one for _, one in scored]

    def all_closed(self) -> bool:
        """Whether every trace has ended."""
        return all(trace.closed for trace in self.traces.values())
