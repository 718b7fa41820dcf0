"""The budget and the devices: what is left, and how busy they are."""

from typing import ClassVar, Literal

import msgspec

from gome.messages.message import Message, TraceId

Resource = Literal["wall_s", "trials", "tokens", "cost_usd", "device_s"]


class Limits(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a run may use; None is unlimited."""

    wall_s: float | None = None
    trials: int | None = None
    tokens: int | None = None
    cost_usd: float | None = None
    device_s: float | None = None


class BudgetLow(Message, frozen=True, kw_only=True, tag="budget.low"):
    """Half, 80 % or 95 % of a limit is used. Sent by BudgetGuard, once each."""

    resource: Resource
    share: float  # 0.5, 0.8 or 0.95
    spent: float
    limit: float


class BudgetExhausted(Message, frozen=True, kw_only=True, tag="budget.exhausted"):
    """No further step is admitted; what is left is reserved for the end. Sent by BudgetGuard, once."""

    resource: Resource
    spent: float
    limit: float
    reason: str


class ClockTicked(Message, frozen=True, kw_only=True, tag="clock.ticked"):
    """A second or so has passed. Sent by the runtime."""

    durable: ClassVar[bool] = False

    elapsed_s: float  # of the run, all its sittings


class DeviceSampled(Message, frozen=True, kw_only=True, tag="device.sampled"):
    """How busy the devices are. Sent by BudgetGuard."""

    durable: ClassVar[bool] = False

    device: str
    busy: float  # share of the time since the run began, 0 to 1
    leased_to: str  # trial, or ""

    @property
    def lane(self) -> TraceId:
        """Its device: the latest of each is kept, not the latest of all."""
        return TraceId(self.device)
