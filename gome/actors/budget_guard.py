"""BudgetGuard: watch what is spent and how busy the devices are; say when it is enough, and when more may be done.

ClockTicked, SolutionProposed -> DeviceSampled, BudgetLow, BudgetExhausted, WidthChanged
"""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import ClassVar

from gome.actor import Context
from gome.budget import Ledger, is_used_up
from gome.execution.pool import DevicePool
from gome.messages import (
    BudgetExhausted,
    BudgetLow,
    ClockTicked,
    DeviceSampled,
    Limits,
    Message,
    Resource,
    SolutionProposed,
    WidthChanged,
)
from gome.pace import Pace
from gome.spending import Spending, SpendingState
from gome.width import Judged, Width

SHARES = (0.5, 0.8, 0.95)
EACH: tuple[Resource, ...] = ("wall_s", "trials", "device_s", "energy_j", "tokens", "cost_usd")


class BudgetGuard:
    """No limit is passed, the end of the run has its time, and no device is idle while there is something to spend."""

    name: ClassVar[str] = "budget_guard"
    listens: ClassVar[tuple[type[Message], ...]] = (ClockTicked, SolutionProposed)
    says: ClassVar[tuple[type[Message], ...]] = (DeviceSampled, BudgetLow, BudgetExhausted, WidthChanged)
    folds: ClassVar[tuple[type[Message], ...]] = Spending.folds
    remembers: ClassVar[type[SpendingState]] = SpendingState

    def __init__(
        self, ledger: Ledger, limits: Limits, pace: Pace, devices: DevicePool, width: Width, spending: Spending
    ) -> None:
        self._around = ledger.outer
        self._limits, self._pace, self._devices, self._width = limits, pace, devices, width
        self._spending = spending
        self.fold, self.state, self.restore = spending.fold, spending.state, spending.restore

    async def handle(self, message: Message, context: Context, /) -> Sequence[Message]:
        """Compare what is spent with the limits, and how busy the devices are with what they could be."""
        said: list[Message] = []
        if isinstance(message, ClockTicked):
            said += self._sample(message.elapsed_s)
            if not self._spending.over:
                weighed = await context.observe("width", partial(self._weigh, message.elapsed_s), Judged)
                said += () if weighed.changed is None else (weighed.changed,)
                if weighed.over is not None:
                    self._spending.over = True
                    said.append(weighed.over)
        return said + list(self._judge())

    def _sample(self, elapsed_s: float) -> Iterator[Message]:
        for device, (busy_s, holder) in self._devices.usage().items():
            seen = self._devices.seen(device)
            yield DeviceSampled(
                device=device,
                busy=min(busy_s / max(elapsed_s, 1e-9), 1.0),
                leased_to=holder,
                computing=seen.busy if seen else None,
                used_mib=seen.used_mib if seen else None,
                power_w=seen.power_w if seen else None,
            )

    async def _weigh(self, elapsed_s: float) -> Judged:
        loads, waiting = self._devices.loads(), len(self._devices.waiting)
        changed = self._width.judge(elapsed_s, loads, waiting, left=self._pace.left_share())
        return Judged(changed, next(self._used_up_around(), None))

    def _used_up_around(self) -> Iterator[BudgetExhausted]:
        """Yield the limits around the run that other runs may have used up: no step of this one is spent on them."""
        around = self._around
        while around is not None:
            for resource in EACH:
                limit, spent = around.limit(resource), around.spent(resource)
                if limit is not None and is_used_up(resource, spent, limit):
                    reason = f"{around.scope}: {REASONS[resource].format(spent=spent, limit=limit)}"
                    yield BudgetExhausted(resource=resource, spent=spent, limit=limit, reason=reason)
            around = around.outer

    def _judge(self) -> Iterator[Message]:
        spent = dict.fromkeys(EACH, 0.0) | self._spending.amounts | {"wall_s": self._pace.elapsed_s()}
        for resource in EACH:
            limit: float | None = getattr(self._limits, resource)
            if limit is None or not spent[resource]:
                continue
            reached = [share for share in SHARES if spent[resource] >= share * limit]
            if reached and (resource, reached[-1]) not in self._spending.low:
                yield BudgetLow(resource=resource, share=reached[-1], spent=spent[resource], limit=limit)
            if self._is_over(resource, spent[resource], limit) and not self._spending.over:
                self._spending.over = True  # said once, also when two limits are reached at the same moment
                reason = REASONS[resource].format(spent=spent[resource], limit=limit)
                yield BudgetExhausted(resource=resource, spent=spent[resource], limit=limit, reason=reason)

    def _is_over(self, resource: Resource, spent: float, limit: float) -> bool:
        match resource:
            case "wall_s":
                return self._pace.is_over()
            case "device_s":
                return self._pace.is_used_up()
            case _:
                return is_used_up(resource, spent, limit)


REASONS: dict[Resource, str] = {
    "wall_s": "the time is used: {spent:.0f} s of {limit:.0f} s, the rest is kept for the end",
    "trials": "{spent:.0f} of {limit:.0f} trials are used",
    "device_s": "the device time is used: {spent:.0f} s of {limit:.0f} s, the rest is kept for the end",
    "energy_j": "the energy is used: {spent:.0f} J of {limit:.0f} J",
    "tokens": "the tokens are used: {spent:,.0f} of {limit:,.0f}",
    "cost_usd": "the money is used: ${spent:.4f} of ${limit:.2f}",
}
