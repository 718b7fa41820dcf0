"""Traces and the solutions proposed in them."""

from typing import Literal

from gome.messages.hypothesis import Hypothesis, Operator
from gome.messages.message import NO_TRACE, Message, TraceId, TrialId


class TraceOpened(Message, frozen=True, kw_only=True, tag="trace.opened"):
    """A trace exists and knows its first hypothesis. Sent by Updater."""

    trace: TraceId
    start: Hypothesis
    reason: str  # why it starts so, and how it differs from its siblings


class TraceClosed(Message, frozen=True, kw_only=True, tag="trace.closed"):
    """A trace proposes no more. Sent by Updater."""

    trace: TraceId
    reason: str


class StepChosen(Message, frozen=True, kw_only=True, tag="step.chosen"):
    """What a trace does next is decided, and its code is still to be written. Sent by Updater."""

    trace: TraceId  # may be new: it opens with this step
    operator: Operator
    parent: TrialId | None = None  # whose code is changed, of any trace; None for a draft
    other: TrialId | None = None  # another solution whose changes are brought in: a merge does that alone
    others: tuple[TrialId, ...] = ()  # and further ones
    hypothesis: Hypothesis | None = None  # what is tried, where that is settled; None: the model is asked
    borrowed: tuple[TrialId, ...] = ()  # successes that settled it
    guided: bool = True  # whether the diagnosis and the memory speak to the model
    arm: str = ""  # which of its ways a strategy took, where it has several
    reason: str


class StepDropped(Message, frozen=True, kw_only=True, tag="step.dropped"):
    """The step that was chosen is not taken. Sent by Updater."""

    trace: TraceId
    why: Literal["tried", "budget"]  # the model has nothing new to try on the parent; asking it would pass a limit
    parent: TrialId | None = None
    other: TrialId | None = None  # of a merge that would bring nothing
    reason: str

    @property
    def lane(self) -> TraceId:
        """The run's: what a trace does next is decided for all traces in turn."""
        return NO_TRACE


class SolutionProposed(Message, frozen=True, kw_only=True, tag="solution.proposed"):
    """A solution's code is written and waits for its trial. Sent by Updater."""

    trace: TraceId
    trial: TrialId
    step: int  # 1, 2, ... within the trace
    operator: Operator
    parent: TrialId | None  # whose code it started from
    hypothesis: Hypothesis
    code: str  # path below the run folder
    sha256: str
    reason: str  # why this one now
    borrowed: tuple[TrialId, ...] = ()  # trials of the successes that weighed on the choice
    limit_s: float = 0.0  # what a full trial may take, by the wall clock
    other: TrialId | None = None  # another solution whose changes were brought in
    others: tuple[TrialId, ...] = ()  # and further ones
    arm: str = ""  # which of its ways the strategy took
    rest: int | None = (
        None  # further hypotheses that the model named and nobody tried on this parent; None: not counted
    )


class StepFailed(Message, frozen=True, kw_only=True, tag="step.failed"):
    """A step of a trace ended without a trial, the world being in the way. Sent for the actor that failed."""

    trace: TraceId
    actor: str
    error: str  # one line

    @property
    def lane(self) -> TraceId:
        """The run's: what a trace does next is decided for all traces in turn."""
        return NO_TRACE
