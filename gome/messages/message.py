"""What a message is, and the envelope in which the bus sends it."""

from typing import ClassVar, NewType

import msgspec

RunId = NewType("RunId", str)
TraceId = NewType("TraceId", str)  # "t1", "t2", ...
TrialId = NewType("TrialId", str)  # "t1-003": third solution of trace t1

NO_TRACE = TraceId("")  # the lane of messages that concern the whole run


def trace_of(trial: TrialId) -> TraceId:
    """Return the trace that a trial is of; NO_TRACE where there is none."""
    return TraceId(trial.rpartition("-")[0])


class Message(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A fact, as a value. Carries no time and no id: the envelope does.

    Values hold no cycles, so the garbage collector need not look at them: it would at every message queued.

    Subclasses give an explicit, permanent `tag`; plugins prefix theirs (`"tuner/trial.finished"`).
    New fields get defaults; the type of a field never changes. Large payloads travel by path.
    """

    durable: ClassVar[bool] = True  # False: never journaled; only the latest matters

    @property
    def lane(self) -> TraceId:
        """The trace within which this message keeps its order."""
        lane: TraceId = getattr(self, "trace", NO_TRACE)
        return lane


class Envelope(msgspec.Struct, frozen=True, gc=False):
    """A message with what the bus knows of it."""

    seq: int  # 1, 2, ...: position in the journal; 0 for messages that are not journaled
    at: float  # seconds since the epoch, by the wall clock, when it was recorded
    cause: int | None  # seq of the message that this one answers
    run: RunId
    message: Message
    actor: str = ""  # who said it; "" for the runtime
