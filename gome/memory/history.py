"""Every trace and trial of a run, folded from the journal."""

from collections.abc import Callable
from typing import ClassVar

import msgspec

from gome.budget import charged_to, costs
from gome.lineage import Lineage
from gome.messages import (
    BudgetExhausted,
    Diagnosed,
    Envelope,
    FinalistsChosen,
    Hypothesis,
    LeaseLost,
    Message,
    ModelCalled,
    MomentumReady,
    Resource,
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
            others=self.proposed.others,
            against=self.against,
            arm=self.proposed.arm,
            rest=self.proposed.rest,
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
    spent: dict[Resource, float] = {}  # by its trials and its questions


class HistoryState(msgspec.Struct):
    """What a run has come to."""

    traces: dict[TraceId, TraceHistory]  # without their attempts
    judged: tuple[Attempt, ...]  # of all traces, oldest first: they change no more
    open: dict[int, Attempt]  # the others, by their place among all
    exhausted: list[str]
    turns: int
    device_s: float
    width: int | None
    end: str | None
    stopped: bool
    last_closed: int


class History:
    """The run so far. Feed it every message of `folds`, in order."""

    def __init__(self) -> None:
        self.traces: dict[TraceId, TraceHistory] = {}
        self.attempts: dict[TrialId, Attempt] = {}
        self.lineage = Lineage()
        self.exhausted: set[str] = set()  # trials with nothing new to try, and "one+other" merges that bring nothing
        self.turns: int = 0  # steps decided
        self.device_s: float = 0.0  # under lease, of trials that have ended
        self.width: int | None = None  # steps that may be under way at once; None: as many as there are traces
        self.end: str | None = None  # why no further step may begin
        self.stopped = False  # from outside
        self.last_closed: int = 0  # seq of the newest TraceClosed
        self._tried: dict[TrialId, Tried] = {}  # oldest first
        self._news: set[TrialId] = set()  # of which more is known than there

    def state(self) -> HistoryState:
        """See gome.snapshot.Remembers."""
        attempts = self.attempts.values()
        return HistoryState(
            {name: msgspec.structs.replace(trace, attempts=[]) for name, trace in self.traces.items()},
            tuple(attempt for attempt in attempts if attempt.diagnosed is not None),
            {place: attempt for place, attempt in enumerate(attempts) if attempt.diagnosed is None},
            sorted(self.exhausted),
            self.turns,
            self.device_s,
            self.width,
            self.end,
            self.stopped,
            self.last_closed,
        )

    def restore(self, state: HistoryState) -> None:
        """See gome.snapshot.Remembers."""
        self.traces, self.exhausted = state.traces, set(state.exhausted)
        self.turns, self.device_s = state.turns, state.device_s
        self.width, self.end, self.stopped, self.last_closed = state.width, state.end, state.stopped, state.last_closed
        attempts = list(state.judged)
        for place, attempt in sorted(state.open.items()):
            attempts.insert(place, attempt)
        for attempt in attempts:
            self.attempts[attempt.proposed.trial] = attempt
            self.lineage.add(attempt.proposed)
            self.traces[attempt.proposed.trace].attempts.append(attempt)
        self._news.update(self.attempts)

    def fold(self, envelope: Envelope) -> None:
        """Take a message into account."""
        take = self._takes.get(type(envelope.message))
        if take is not None:
            take(self, envelope.message, envelope.seq)
        self._spend(envelope.message)

    def _open(self, opened: TraceOpened, _: int) -> None:
        self.traces.setdefault(opened.trace, TraceHistory()).start = opened.start

    def _close(self, closed: TraceClosed, seq: int) -> None:
        self.traces[closed.trace].closed = True
        self.last_closed = seq

    def _choose(self, chosen: StepChosen, _: int) -> None:
        self.turns += 1
        trace = self.traces.setdefault(chosen.trace, TraceHistory())
        trace.chosen, trace.written = chosen, False

    def _propose(self, proposed: SolutionProposed, _: int) -> None:
        trace = self.traces[proposed.trace]
        attempt = Attempt(proposed)
        if proposed.parent is not None and proposed.operator != "draft":  # what was to be improved is still the measure
            parent = self.attempts[proposed.parent]
            attempt.against = parent.against if proposed.operator == "repair" else proposed.parent
        trace.best = attempt.against
        trace.failed_steps, trace.written = 0, True
        trace.attempts.append(attempt)
        self.attempts[proposed.trial] = attempt
        self.lineage.add(proposed)
        self._news.add(proposed.trial)

    def _finish(self, finished: TrialFinished, _: int) -> None:
        self.attempts[finished.trial].finished = finished
        self.device_s += finished.device_s
        self._news.add(finished.trial)

    def _spend(self, message: Message) -> None:
        if (trace := self.traces.get(charged_to(message))) is not None:
            for resource, amount in costs(message).items():
                trace.spent[resource] = trace.spent.get(resource, 0.0) + amount

    def _judge(self, diagnosed: Diagnosed, _: int) -> None:
        self.attempts[diagnosed.trial].diagnosed = diagnosed
        self.traces[diagnosed.trace].best = diagnosed.best
        self._news.add(diagnosed.trial)

    def _rest(self, ready: MomentumReady, _: int) -> None:
        """A trace has nothing under way any more, nor where its step was dropped or has failed."""
        trace = self.traces[ready.trace]
        trace.momentum, trace.chosen = ready.items, None

    def _drop(self, dropped: StepDropped, _: int) -> None:
        trace = self.traces[dropped.trace]
        trace.chosen = None
        if dropped.why == "budget":
            trace.refused = dropped.reason
        elif dropped.parent is not None:
            self.exhausted.add(f"{dropped.parent}+{dropped.other}" if dropped.other else dropped.parent)

    def _fail(self, failed: StepFailed, _: int) -> None:
        if failed.trace in self.traces and failed.actor in OF_A_STEP:
            trace = self.traces[failed.trace]
            trace.chosen = None
            trace.failed_steps += 1
            trace.failure = failed.error

    def _widen(self, changed: WidthChanged, _: int) -> None:
        if not changed.device:
            self.width = changed.traces

    def _end(self, why: BudgetExhausted | StopRequested | FinalistsChosen, _: int) -> None:
        self.end = self.end or why.reason
        self.stopped |= isinstance(why, StopRequested)

    def _resume(self, resumed: RunResumed, _: int) -> None:
        """Forget that an end was reached, or was being reached, where there is more to spend, or another to ask."""
        if not resumed.reopens:
            return
        self.end, self.stopped = None, False
        self.exhausted.clear()
        for trace in self.traces.values():
            trace.closed, trace.failed_steps, trace.refused = False, 0, ""

    _takes: ClassVar[dict[type[Message], Callable[..., None]]] = {
        TraceOpened: _open,
        TraceClosed: _close,
        StepChosen: _choose,
        StepDropped: _drop,
        SolutionProposed: _propose,
        StepFailed: _fail,
        TrialFinished: _finish,
        Diagnosed: _judge,
        MomentumReady: _rest,
        WidthChanged: _widen,
        BudgetExhausted: _end,
        StopRequested: _end,
        FinalistsChosen: _end,
        RunResumed: _resume,
    }
    folds: ClassVar[tuple[type[Message], ...]] = (*_takes, LeaseLost, ModelCalled)  # these cost, and no more

    def tried(self) -> tuple[Tried, ...]:
        """Every hypothesis that has been given a trial, oldest first; those in flight included."""
        for trial in self.attempts:
            if trial in self._news:
                self._tried[trial] = self.attempts[trial].tried
        self._news.clear()
        return tuple(self._tried.values())

    def brought(self, trial: TrialId) -> float:
        """Return what all that a solution brought in from others had gained there, in noise units."""
        proposed = self.attempts[trial].proposed
        if proposed.other is None or proposed.parent is None:
            return 0.0
        mine, before = self.lineage.line(trial), self.lineage.line(proposed.parent)
        return sum(max(self.attempts[TrialId(name)].gain or 0.0, 0.0) for name in mine - before - {trial})

    def valid(self) -> list[Attempt]:
        """Attempts with a score that may be trusted, oldest first; suspect ones where there is nothing better."""
        judged = [(one.diagnosed, one) for one in self.attempts.values() if one.diagnosed is not None]
        scored = [(said, one) for said, one in judged if said.score is not None and said.verdict != "rejected"]
        return [one for said, one in scored if said.believed] or [one for _, one in scored]

    def all_closed(self) -> bool:
        """Whether every trace has ended."""
        return all(trace.closed for trace in self.traces.values())
