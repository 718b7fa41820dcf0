"""What the live view shows, folded from a run's messages."""

from collections import deque
from collections.abc import Iterable
from typing import Literal

import msgspec

from gome.cli.figures import count
from gome.memory import History
from gome.messages import (
    NO_TRACE,
    BudgetExhausted,
    Diagnosed,
    Envelope,
    FinalistsChosen,
    FinalistsScored,
    Limits,
    MomentumReady,
    Resource,
    RunFinished,
    RunId,
    RunResumed,
    RunStarted,
    SolutionProposed,
    StepChosen,
    StepDropped,
    StepFailed,
    StopRequested,
    TraceClosed,
    TraceId,
    TraceOpened,
    TrialFinished,
    TrialStarted,
)
from gome.summary import RunResult, Summary

State = Literal["thinking", "waiting", "sample", "training", "diagnosing", "refitting", "closed"]
CHANGES = 5  # accepted changes that are shown
STAGES: dict[str, State] = {
    "sample": "sample",
    "probe": "sample",
    "full": "training",
    "repeat": "training",
    "refit": "refitting",
}


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One trace."""

    trace: str
    state: State
    best: float | None
    trials: int
    trying: str  # caption of the hypothesis at hand


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """An accepted step."""

    at_s: float
    trial: str
    score: float
    gain: float | None  # towards better; None for a first score
    noise: float | None
    caption: str


class Spent(msgspec.Struct, frozen=True, kw_only=True):
    """How much of one limit is used."""

    resource: Resource
    spent: float
    limit: float


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """The board at one moment."""

    task: str = ""
    metric: str = ""
    higher_is_better: bool = True
    model: str = ""
    strategy: str = ""
    elapsed_s: float = 0.0
    limits: tuple[Spent, ...] = ()
    trials: int = 0
    accepted: int = 0
    busy: float | None = None  # share of the devices' time, 0 to 1
    rows: tuple[Row, ...] = ()
    curve: tuple[tuple[float, float], ...] = ()  # (seconds, best score so far), at each change
    first: float | None = None
    best: float | None = None
    best_trial: str = ""
    changes: tuple[Change, ...] = ()  # oldest first
    phase: str = ""  # what the run as a whole is doing


class Board:
    """Feed it every message of a run, in order."""

    def __init__(self, run: RunId) -> None:
        self.summary, self.history = Summary(run), History()
        self.changes: deque[Change] = deque(maxlen=CHANGES)
        self.began: float | None = None
        self._started: RunStarted | None = None
        self._curve: list[tuple[float, float]] = []
        self._states: dict[TraceId, State] = {}
        self._phase = "preparing"

    @property
    def result(self) -> RunResult:
        """The run's summary so far."""
        return self.summary.result

    def fold(self, envelope: Envelope) -> None:
        """Take a message into account."""
        self.began = envelope.at if self.began is None else self.began
        self.summary.fold(envelope)
        self.history.fold(envelope)
        at_s = envelope.at - self.began
        self._phase = _phase(envelope) or self._phase
        state = _state(envelope)
        if state is not None:
            self._states[getattr(envelope.message, "trace", NO_TRACE)] = state
        match envelope.message:
            case RunStarted() as started:
                self._started = started
            case RunResumed() as resumed:
                self._resumed(resumed, envelope.at)
            case Diagnosed(improved=True, score=float(score)) as diagnosed:
                self.changes.append(
                    Change(
                        at_s=at_s,
                        trial=diagnosed.trial,
                        score=score,
                        gain=diagnosed.gain,
                        noise=diagnosed.gain_noise,
                        caption=diagnosed.hypothesis.caption,
                    )
                )
            case _:
                pass
        best = self.summary.result.best
        if self.summary.best_changed and best is not None and best.score is not None:
            self._curve.append((at_s, best.score))

    def _resumed(self, resumed: RunResumed, at: float) -> None:
        """Let the clock go on from what was used, and the limits be the new ones."""
        assert self._started is not None, "a run begins before it goes on"
        self.began = at - resumed.elapsed_s
        self._started = msgspec.structs.replace(
            self._started, limits=resumed.limits, model=resumed.model, strategy=resumed.strategy
        )

    def shown(self, now: float, running: Iterable[TrialStarted] = (), busy: float | None = None) -> Shown:
        """Return the board as a value.

        Args:
            now: seconds since the epoch.
            running: the newest sign of life of each trace's trial.
            busy: share of the devices' time so far.
        """
        result, started = self.summary.result, self._started
        elapsed_s = 0.0 if self.began is None else max(now - self.began, 0.0)
        return Shown(
            task=result.task,
            metric=result.metric,
            higher_is_better=result.higher_is_better,
            model=started.model if started else "",
            strategy=started.strategy if started else "",
            elapsed_s=elapsed_s,
            limits=_limits(started.limits if started else Limits(), result, elapsed_s),
            trials=result.trials,
            accepted=result.accepted,
            busy=busy,
            rows=tuple(self._rows({sign.trace: sign for sign in running})),
            curve=tuple(self._curve),
            first=result.first.score if result.first else None,
            best=result.best.score if result.best else None,
            best_trial=result.best.trial if result.best else "",
            changes=tuple(self.changes),
            phase=self._phase,
        )

    def _rows(self, running: dict[TraceId, TrialStarted]) -> Iterable[Row]:
        for name, trace in self.history.traces.items():
            last = trace.attempts[-1] if trace.attempts else None
            state = self._states.get(name, "thinking")
            sign = running.get(name)
            if state == "waiting" and last is not None and sign is not None and sign.trial == last.proposed.trial:
                state = STAGES[sign.stage]
            best = self.history.attempts[trace.best].finished if trace.best else None
            yield Row(
                trace=name,
                state=state,
                best=best.score if best else None,
                trials=len(trace.attempts),
                trying=last.proposed.hypothesis.caption if last else trace.start.caption if trace.start else "",
            )


def _state(envelope: Envelope) -> State | None:
    match envelope.message:
        case TraceOpened() | StepChosen() | MomentumReady() | StepFailed() | StepDropped():
            return "thinking"
        case SolutionProposed():
            return "waiting"
        case TrialFinished():
            return "diagnosing"
        case TraceClosed():
            return "closed"
        case _:
            return None


def _phase(envelope: Envelope) -> str | None:
    match envelope.message:
        case RunStarted() | RunResumed(reopens=True):
            return "searching"
        case BudgetExhausted() | StopRequested():
            return "finishing what is in flight"
        case FinalistsChosen(trials=trials):
            return f"comparing {count(len(trials), 'finalist')}, refitting the winner" if trials else "ending"
        case FinalistsScored():
            return "writing the export"
        case RunFinished(status=status):
            return status
        case _:
            return None


def _limits(limits: Limits, result: RunResult, elapsed_s: float) -> tuple[Spent, ...]:
    used: tuple[tuple[Resource, float, float | None], ...] = (
        ("wall_s", elapsed_s, limits.wall_s),
        ("trials", result.trials, limits.trials),
        ("tokens", result.tokens, limits.tokens),
        ("cost_usd", result.cost_usd, limits.cost_usd),
        ("device_s", result.device_s, limits.device_s),
    )
    return tuple(
        Spent(resource=resource, spent=float(spent), limit=float(limit))
        for resource, spent, limit in used
        if limit is not None
    )
