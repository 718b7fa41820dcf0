"""The budget and the devices: what is left, and how busy they are."""

from typing import ClassVar, Literal

import msgspec

from gome.messages.message import Message, TraceId

Resource = Literal["wall_s", "trials", "tokens", "cost_usd", "device_s", "energy_j"]


class Limits(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a run may use; None is unlimited."""

    wall_s: float | None = None
    trials: int | None = None
    tokens: int | None = None
    cost_usd: float | None = None
    device_s: float | None = None  # under lease; a device that several hold is shared out between them
    energy_j: float | None = None  # drawn by leased GPUs


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
    leased_to: str  # trials, or ""
    computing: float | None = None  # share of the last moments in which it computed; None: it does not say
    used_mib: float | None = None  # of a GPU's memory
    power_w: float | None = None

    @property
    def lane(self) -> TraceId:
        """Its device: the latest of each is kept, not the latest of all."""
        return TraceId(self.device)


class DeviceLost(Message, frozen=True, kw_only=True, tag="device.lost"):
    """A GPU can no longer be used. Sent by the runtime. What ran on it is repeated elsewhere and costs no trial."""

    device: str
    reason: str  # one line
    repeated: tuple[str, ...] = ()  # who held it and left
    for_good: bool = True  # False: others use it, and it is ours again when they leave


class DeviceBack(Message, frozen=True, kw_only=True, tag="device.back"):
    """Others have left a GPU: it is leased again. Sent by the runtime."""

    device: str


class LeaseLost(Message, frozen=True, kw_only=True, tag="lease.lost"):
    """A program held a device and its end is not on record: gome was killed, or the run was interrupted.

    What it can have used counts as spent. Sent by the runtime, when the run goes on.
    """

    holder: str  # trial and stage
    device: str
    device_s: float  # at most
    energy_j: float = 0.0
    elapsed_s: float = 0.0  # of the run's time, when it began


class WidthChanged(Message, frozen=True, kw_only=True, tag="width.changed"):
    """More or less work may be in flight from now on, since devices were idle or full. Sent by BudgetGuard."""

    raised: bool
    reason: str  # one line, with what was measured
    traces: int  # that take steps
    device: str = ""  # whose slots changed; empty: the traces did
    slots: int = 0  # trials that may share it
