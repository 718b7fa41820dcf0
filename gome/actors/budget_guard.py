"""BudgetGuard: watch what is spent, and say when it is enough.

ClockTicked, SolutionProposed -> DeviceSampled, BudgetLow, BudgetExhausted
"""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from gome.actor import Context
from gome.execution.devices import DevicePool
from gome.messages import (
    BudgetExhausted,
    BudgetLow,
    ClockTicked,
    DeviceSampled,
    Diagnosed,
    Envelope,
    Limits,
    Message,
    ModelCalled,
    Resource,
    SolutionProposed,
    TrialFinished,
    TrialId,
)
from gome.pace import Pace

SHARES = (0.5, 0.8, 0.95)


class BudgetGuard:
    """No limit is passed, and the end of the run has its time."""

    name: ClassVar[str] = "budget_guard"
    listens: ClassVar[tuple[type[Message], ...]] = (ClockTicked, SolutionProposed)
    says: ClassVar[tuple[type[Message], ...]] = (DeviceSampled, BudgetLow, BudgetExhausted)
    folds: ClassVar[tuple[type[Message], ...]] = (
        SolutionProposed,
        TrialFinished,
        Diagnosed,
        ModelCalled,
        BudgetLow,
        BudgetExhausted,
    )

    def __init__(self, limits: Limits, pace: Pace, devices: DevicePool) -> None:
        self._limits, self._pace, self._devices = limits, pace, devices
        self._spent: dict[Resource, float] = dict.fromkeys(("trials", "device_s", "tokens", "cost_usd"), 0.0)
        self._walls_s: dict[TrialId, float] = {}
        self._low: set[tuple[Resource, float]] = set()
        self._over = False

    def fold(self, envelope: Envelope, /) -> None:
        """Count what was spent, and what has been said of it."""
        match envelope.message:
            case SolutionProposed():
                self._spent["trials"] += 1
            case TrialFinished() as finished:
                self._spent["device_s"] += finished.device_s
                self._walls_s[finished.trial] = finished.wall_s
                if finished.score is not None:
                    self._pace.took(finished.wall_s)
            case Diagnosed(improved=True) as diagnosed:
                self._pace.leads(diagnosed.trace, self._walls_s[diagnosed.trial])
            case ModelCalled() as called:
                self._spent["tokens"] += called.input_tokens + called.output_tokens
                self._spent["cost_usd"] += called.cost_usd or 0.0
            case BudgetLow(resource=resource, share=share):
                self._low.add((resource, share))
            case BudgetExhausted():
                self._over = True
            case _:
                pass

    async def handle(self, message: Message, _: Context, /) -> Sequence[Message]:
        """Compare what is spent with the limits."""
        said: list[Message] = []
        if isinstance(message, ClockTicked):
            said += self._sample(message.elapsed_s)
        return said + list(self._judge())

    def _sample(self, elapsed_s: float) -> Iterator[Message]:
        for device, (busy_s, holder) in self._devices.usage().items():
            yield DeviceSampled(device=device, busy=min(busy_s / max(elapsed_s, 1e-9), 1.0), leased_to=holder)

    def _judge(self) -> Iterator[Message]:
        limits: dict[Resource, float | None] = {
            "wall_s": self._limits.wall_s,
            "trials": self._limits.trials,
            "device_s": self._limits.device_s,
            "tokens": self._limits.tokens,
            "cost_usd": self._limits.cost_usd,
        }
        spent = self._spent | {"wall_s": self._pace.elapsed_s()}
        for resource, limit in limits.items():
            if limit is None or not spent[resource]:
                continue
            reached = [share for share in SHARES if spent[resource] >= share * limit]
            if reached and (resource, reached[-1]) not in self._low:
                yield BudgetLow(resource=resource, share=reached[-1], spent=spent[resource], limit=limit)
            over = self._pace.is_over() if resource == "wall_s" else spent[resource] >= limit
            if over and not self._over:
                self._over = True  # said once, also when two limits are reached at the same moment
                reason = REASONS[resource].format(spent=spent[resource], limit=limit)
                yield BudgetExhausted(resource=resource, spent=spent[resource], limit=limit, reason=reason)


REASONS: dict[Resource, str] = {
    "wall_s": "the time is used: {spent:.0f} s of {limit:.0f} s, the rest is kept for the end",
    "trials": "{spent:.0f} of {limit:.0f} trials are used",
    "device_s": "the device time is used: {spent:.0f} s of {limit:.0f} s",
    "tokens": "the tokens are used: {spent:,.0f} of {limit:,.0f}",
    "cost_usd": "the money is used: ${spent:.4f} of ${limit:.2f}",
}
