"""Traces and the solutions proposed in them."""

from gome.messages.hypothesis import Hypothesis, Operator
from gome.messages.message import Message, TraceId, TrialId


class TraceOpened(Message, frozen=True, kw_only=True, tag="trace.opened"):
    """A trace exists and knows its first hypothesis. Sent by Updater."""

    trace: TraceId
    start: Hypothesis
    reason: str  # why it starts so, and how it differs from its siblings


class TraceClosed(Message, frozen=True, kw_only=True, tag="trace.closed"):
    """A trace proposes no more. Sent by Updater."""

    trace: TraceId
    reason: str


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


class StepFailed(Message, frozen=True, kw_only=True, tag="step.failed"):
    """A step of a trace ended without a trial, the world being in the way. Sent for the actor that failed."""

    trace: TraceId
    actor: str
    error: str  # one line
