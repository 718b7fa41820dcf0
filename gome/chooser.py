"""Which steps are taken now: the strategy's choices over all traces, within what the run may still use.

Pure: the same history and the same time left give the same messages. Choices are made one after the other,
in the run's own lane, so that each knows the one before.
"""

from collections.abc import Iterator, Sequence
from itertools import islice

from msgspec.structs import replace

from gome.memory import History
from gome.messages import Limits, Message, StepChosen, TraceClosed, TraceId, TrialId
from gome.scopes import used_up
from gome.search import Chain, Standing, Step, Strategy
from gome.search.convergence import converged

MAX_FAILED_STEPS = 3  # in a row, before a trace is given up
USED = "nothing is left to try"


class Chooser:
    """Asks the strategy, and puts what it says into messages."""

    def __init__(
        self,
        strategy: Strategy,
        history: History,
        limits: Limits,
        *,
        traces: int,
        higher_is_better: bool,
        seed: int,
        until_converged: bool = False,
        each: Limits | None = None,
    ) -> None:
        self._strategy, self._history, self._limits = strategy, history, limits
        self._traces, self._higher_is_better, self._seed = traces, higher_is_better, seed
        self._until_converged, self._each = until_converged, each or Limits()

    def decide(self, left: float, over: str | None = None) -> Sequence[Message]:
        """Return what each idle trace does next: a step, or its end. Those that rest are not named.

        Args:
            left: share of the run's time that is left, 1 to 0.
            over: why no further trial may begin, if so.
        """
        history = self._history
        over = history.end or over
        if over is not None:
            return [TraceClosed(trace=trace, reason=over) for trace in self._idle()]
        closing = dict(self._given_up())
        standing = self._standing(left, closing)
        if self._until_converged and (why := converged(standing)) is not None:
            return [TraceClosed(trace=trace, reason=why) for trace in self._idle()]
        room = self._room()
        steps = self._strategy.steps(standing) if room > 0 and standing.idle else ()
        said: list[Message] = [TraceClosed(trace=trace, reason=why) for trace, why in closing.items()]
        begun = 0
        for step, trace in self._named(list(steps), closing):
            if step.operator == "close":
                closing[trace] = step.reason
                said.append(TraceClosed(trace=trace, reason=step.reason))
            elif begun < room:
                begun += 1
                said.append(_chosen(step, trace))
        if not begun and not self._busy():  # nothing moves any more: those that rest are called in
            reason = USED if room > 0 else f"all {self._limits.trials} trials are used"
            said += [TraceClosed(trace=trace, reason=reason) for trace in self._idle() if trace not in closing]
        return said

    def widen(self, left: float) -> Sequence[Message]:
        """Return a step more, in a trace that rests or in a new one, now that more may be under way."""
        history = self._history
        if history.end is not None or history.all_closed() or self._room() <= 0:
            return []
        standing, fresh = self._standing(left, {}), f"t{len(history.traces) + 1}"
        if not standing.idle:
            standing = replace(standing, chains=(*standing.chains, Chain(trace=fresh, idle=True, best=None)))
        steps = (step for step in self._strategy.steps(standing) if step.operator != "close" and step.trace is not None)
        return [_chosen(step, TraceId(step.trace or "")) for step in islice(steps, 1)]

    def _standing(self, left: float, closing: dict[TraceId, str]) -> Standing:
        history, limits = self._history, self._limits
        shares = [left]
        if limits.trials is not None:
            shares.append(1.0 - len(history.attempts) / limits.trials)
        if limits.device_s is not None:
            shares.append(1.0 - history.device_s / limits.device_s)
        return Standing(
            chains=tuple(
                Chain(
                    trace=name,
                    idle=trace.chosen is None,
                    best=trace.best,
                    failed_steps=trace.failed_steps,
                    start=trace.start,
                    momentum=trace.momentum,
                )
                for name, trace in history.traces.items()
                if not trace.closed and name not in closing
            ),
            tried=history.tried(),
            unwritten=tuple(self._unwritten()),
            exhausted=frozenset(history.exhausted),
            higher_is_better=self._higher_is_better,
            width=self._width,
            left=max(min(shares), 0.0),
            turn=history.turns,
            seed=self._seed,
        )

    def _unwritten(self) -> Iterator[Step]:
        """Steps under way whose trial is not proposed yet."""
        for name, trace in self._history.traces.items():
            chosen = trace.chosen
            if chosen is not None and not trace.written:
                yield Step(
                    trace=name,
                    operator=chosen.operator,
                    parent=chosen.parent,
                    other=chosen.other,
                    others=chosen.others,
                    arm=chosen.arm,
                )

    @property
    def _width(self) -> int:
        return self._history.width or self._traces

    def _room(self) -> int:
        """Steps that may begin now: trials that are left, and what may be under way at once."""
        busy = sum(trace.chosen is not None and not trace.closed for trace in self._history.traces.values())
        room = max(self._width - busy, 0)
        if self._limits.trials is None:
            return room
        return min(room, self._limits.trials - len(self._history.attempts) - sum(1 for _ in self._unwritten()))

    def _given_up(self) -> Iterator[tuple[TraceId, str]]:
        for name in self._idle():
            trace = self._history.traces[name]
            if trace.failed_steps >= MAX_FAILED_STEPS:
                yield name, f"{MAX_FAILED_STEPS} steps in a row failed; {trace.failure}"
            elif trace.refused:
                yield name, trace.refused
            elif why := used_up(trace, self._each):
                yield name, why

    def _named(self, steps: Sequence[Step], closing: dict[TraceId, str]) -> Iterator[tuple[Step, TraceId]]:
        """Each step with its trace, new ones named; a strategy that gives a busy trace a step has a bug."""
        free = {name for name in self._idle() if name not in closing}
        fresh = len(self._history.traces)
        for step in steps:
            if step.trace is None:
                fresh += 1
                yield step, TraceId(f"t{fresh}")
                continue
            trace = TraceId(step.trace)
            if trace not in free:
                raise ValueError(f"the strategy gives {trace} a step, which is not idle or has one already")
            free.discard(trace)
            yield step, trace

    def _idle(self) -> list[TraceId]:
        return [name for name, trace in self._history.traces.items() if not trace.closed and trace.chosen is None]

    def _busy(self) -> bool:
        return any(trace.chosen is not None and not trace.closed for trace in self._history.traces.values())


def _chosen(step: Step, trace: TraceId) -> StepChosen:
    assert step.operator != "close", "told apart by the caller"
    return StepChosen(
        trace=trace,
        operator=step.operator,
        parent=TrialId(step.parent) if step.parent else None,
        other=TrialId(step.other) if step.other else None,
        others=tuple(TrialId(trial) for trial in step.others),
        hypothesis=step.hypothesis,
        borrowed=tuple(TrialId(trial) for trial in step.borrowed),
        guided=step.guided,
        arm=step.arm,
        reason=step.reason,
    )
