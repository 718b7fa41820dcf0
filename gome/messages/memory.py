"""The success memory: validated improvements, and their weight for one step."""

import msgspec

from gome.messages.hypothesis import Hypothesis
from gome.messages.message import NO_TRACE, Message, TraceId, TrialId


class Success(msgspec.Struct, frozen=True, kw_only=True):
    """A validated improvement."""

    trial: TrialId
    trace: TraceId
    problem: str  # caption and evidence of the problem it answered
    hypothesis: Hypothesis
    gain: float  # towards better, in units of its noise
    step: int  # how many trials had been diagnosed when it came
    diff: str = ""  # unified, at most 4 KiB
    reused: int = 0  # times borrowed by another step ...
    confirmed: int = 0  # ... and times that step improved too
    expected: float = 0.0  # gain that its hypothesis promised, in the same units
    run: str = ""  # the earlier run that it comes from; empty: this one


class Weighted(msgspec.Struct, frozen=True, kw_only=True):
    """A success as it weighs on one step."""

    success: Success
    weight: float  # similarity x gain x age decay x reuse record, 0 to 1
    similarity: float
    why: str  # the factors, in words


class SuccessRecorded(Message, frozen=True, kw_only=True, tag="success.recorded"):
    """An improvement joined the memory that all traces share. Sent by MemoryKeeper."""

    trace: TraceId
    success: Success


class MomentumReady(Message, frozen=True, kw_only=True, tag="momentum.ready"):
    """The memory has been weighed for this diagnosis. Sent by MemoryKeeper."""

    trace: TraceId
    trial: TrialId  # the trial that was diagnosed
    items: tuple[Weighted, ...] = ()  # heaviest first

    @property
    def lane(self) -> TraceId:
        """The run's: what a trace does next is decided for all traces in turn."""
        return NO_TRACE
