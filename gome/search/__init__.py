"""Which solution next. The port is Strategy; `gradient` is built in, others are plugins.

gradient   follow the diagnosis, with momentum     finalists  what to compare at the end
"""

from collections.abc import Sequence
from typing import Literal, Protocol

import msgspec

from gome.messages import Hypothesis, Operator, Proposal, TraceId, Tried, Weighted


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What a trace does next."""

    operator: Operator | Literal["close"]  # "close": nothing is left to do in this trace
    parent: str | None = None  # trial whose code is changed
    reason: str = ""


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """The hypothesis taken, and why."""

    hypothesis: Hypothesis
    reason: str
    borrowed: tuple[str, ...] = ()  # trials of the successes that weighed on it


class Strategy(Protocol):
    """Decides from values alone: no clock, no files, no waiting; the same history gives the same step."""

    diagnoses: bool  # whether the model is asked why; a search by score alone does not ask

    def step(self, trace: TraceId, tried: Sequence[Tried], best: str | None, /) -> Step:
        """Return the trace's next operator and whose code it works on. `best` is the trace's best trial."""
        ...

    def choose(
        self, proposal: Proposal, momentum: Sequence[Weighted], tried: Sequence[Tried], parent: str, /
    ) -> Choice | None:
        """Return the hypothesis to try on the parent's code; None when every one was tried."""
        ...


__all__ = ["Choice", "Step", "Strategy"]
