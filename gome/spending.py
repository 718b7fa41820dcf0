"""What a run has spent, what has been said of it, and what was allowed: folded from the journal."""

from typing import ClassVar

import msgspec

from gome.budget import costs
from gome.execution.pool import DevicePool
from gome.messages import (
    BudgetExhausted,
    BudgetLow,
    Diagnosed,
    Envelope,
    FinalistsScored,
    LeaseLost,
    Message,
    ModelCalled,
    Resource,
    RunResumed,
    SolutionProposed,
    TraceClosed,
    TrialFinished,
    TrialId,
    WidthChanged,
)
from gome.pace import Pace, PaceState
from gome.width import Width, WidthState


class SpendingState(msgspec.Struct):
    """What was spent, and what has been said of it."""

    amounts: dict[Resource, float]
    stages_s: dict[TrialId, float]
    low: list[tuple[Resource, float]]
    over: bool
    slots: dict[str, int]
    pace: PaceState
    width: WidthState


class Spending:
    """BudgetGuard folds it. What it hears also moves the run's pace, its width, and how many share a device."""

    folds: ClassVar[tuple[type[Message], ...]] = (
        SolutionProposed,
        TrialFinished,
        FinalistsScored,
        LeaseLost,
        Diagnosed,
        ModelCalled,
        TraceClosed,
        BudgetLow,
        BudgetExhausted,
        WidthChanged,
        RunResumed,
    )

    def __init__(self, pace: Pace, devices: DevicePool, width: Width) -> None:
        self._pace, self._devices, self._width = pace, devices, width
        self.amounts: dict[Resource, float] = {}  # the time by the wall is not among them
        self.low: set[tuple[Resource, float]] = set()  # shares that have been said to be spent
        self.over = False  # whether a limit was said to be reached
        self._stages_s: dict[TrialId, float] = {}
        self._slots: dict[str, int] = {}  # trials that may share a device, where that was changed

    def fold(self, envelope: Envelope, /) -> None:
        """Count what was spent, and what has been said of it."""
        for resource, amount in costs(envelope.message).items():
            self.amounts[resource] = self.amounts.get(resource, 0.0) + amount
        match envelope.message:
            case TrialFinished() as finished:
                self._width.fold(envelope)
                self._pace.held(finished.device_s)
                self._stages_s[finished.trial] = finished.stage_s or finished.wall_s
                if finished.score is not None:
                    self._pace.took(finished.wall_s, finished.stage_s)
            case LeaseLost(device_s=device_s):
                self._pace.held(device_s)
            case Diagnosed(improved=True) as diagnosed:
                self._pace.leads(diagnosed.trace, self._stages_s[diagnosed.trial])
            case BudgetLow(resource=resource, share=share):
                self.low.add((resource, share))
            case BudgetExhausted() | FinalistsScored():
                self.over = True
            case TraceClosed():
                self._width.fold(envelope)
            case WidthChanged(device=device, slots=slots):
                self._width.fold(envelope)
                if device:
                    self._slots[device] = slots
                    self._devices.allow(device, slots)
            case RunResumed(reopens=reopens):
                self.low.clear()  # the limits may be others now
                self.over &= not reopens
            case _:
                pass

    def state(self) -> SpendingState:
        """See gome.snapshot.Remembers."""
        pace, width = self._pace.state(), self._width.state()
        return SpendingState(self.amounts, self._stages_s, sorted(self.low), self.over, self._slots, pace, width)

    def restore(self, state: SpendingState) -> None:
        """See gome.snapshot.Remembers."""
        self.amounts, self._stages_s, self.low = state.amounts, state.stages_s, set(state.low)
        self.over, self._slots = state.over, state.slots
        self._pace.restore(state.pace)
        self._width.restore(state.width)
        for device, slots in self._slots.items():
            self._devices.allow(device, slots)
