"""Nested limits: what may still be spent, reserved before it is spent and settled after.

A ledger counts for its scope and for every scope around it (run > trace > trial), or for none of them.
"""

import math
import re
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from gome.errors import BudgetExceeded, SettingInvalid
from gome.messages import (
    NO_TRACE,
    OF_A_TRIAL,
    FinalistsScored,
    LeaseLost,
    Limits,
    Message,
    ModelCalled,
    Resource,
    SolutionProposed,
    TraceId,
    TrialFinished,
    TrialId,
    trace_of,
)
from gome.settings import Settings

UNIT_S = {"d": 86400, "h": 3600, "m": 60, "s": 1}
DURATION = re.compile("".join(rf"(?:([0-9]+(?:\.[0-9]+)?){unit})?" for unit in UNIT_S))
LEAST_DEVICE_S = 4.0  # less would do for no trial and its end
ENERGY_SHARE = 0.95  # of a limit: what is left then would do for no trial at full power
LEAST = {  # of settings
    "traces": 1, "seed": 0, "max_trials": 1, "max_tokens": 0, "max_cost_usd": 0, "budget_s": 0.1,
    "max_device_s": LEAST_DEVICE_S,
    "max_energy_j": 1.0, "reserve_s": 0, "max_traces": 1,
    "max_trial_s": 2.0,  # less is not begun
    "max_trace_trials": 1, "max_trace_tokens": 1, "max_trace_cost_usd": 0, "max_trace_device_s": LEAST_DEVICE_S,
    "max_trace_energy_j": 1.0,
}  # fmt: skip
WITHIN = {  # settings: one that is within another
    "max_trial_s": "budget_s", "max_trace_trials": "max_trials", "max_trace_tokens": "max_tokens",
    "max_trace_cost_usd": "max_cost_usd", "max_trace_device_s": "max_device_s", "max_trace_energy_j": "max_energy_j",
}  # fmt: skip
UNIT_J = {"kwh": 3.6e6, "wh": 3600.0, "kj": 1000.0, "mj": 1e6, "j": 1.0}
ENERGY = re.compile(rf"([0-9]+(?:\.[0-9]+)?) ?({'|'.join(UNIT_J)})")
NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")


class Ledger:
    """What one scope has spent and promised, against its own limits and those around it."""

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        scope: str = "run",
        outer: "Ledger | None" = None,
        spent: Mapping[Resource, float] | None = None,
    ) -> None:
        self.scope, self.outer = scope, outer
        self._limits = limits or Limits()
        self._spent = dict(spent or {})
        self._open: dict[Resource, dict[Reservation, float]] = {}

    def inner(
        self, scope: str, limits: Limits | None = None, spent: Mapping[Resource, float] | None = None
    ) -> "Ledger":
        """Return a ledger inside this one: what it spends, this one spends. `spent` is in this one already."""
        return Ledger(limits, scope=scope, outer=self, spent=spent)

    def reserve(self, resource: Resource, amount: float) -> "Reservation":
        """Promise an amount in this scope and all around it. Settle it, or cancel it.

        Raises:
            BudgetExceeded: a limit would be passed; the narrowest one is named, and nothing is promised.
        """
        _check(amount)
        for ledger in self.refusing(resource, amount):
            total = ledger.spent(resource) + ledger.reserved(resource) + amount
            raise BudgetExceeded(resource, scope=ledger.scope, spent=total, limit=ledger.limit(resource) or 0.0)
        return Reservation(self._scopes(), resource, amount)

    def refusing(self, resource: Resource, amount: float) -> "tuple[Ledger, ...]":
        """Return those of this scope and all around it whose limit an amount would pass, the narrowest first."""
        totals = ((one, one.limit(resource), one.spent(resource) + one.reserved(resource)) for one in self._scopes())
        return tuple(one for one, limit, promised in totals if limit is not None and promised + amount > limit)

    def charge(self, resource: Resource, amount: float) -> None:
        """Record what was spent without asking first: the truth, though it may pass a limit."""
        _check(amount)
        for ledger in self._scopes():
            ledger._spent[resource] = ledger.spent(resource) + amount

    def limit(self, resource: Resource) -> float | None:
        """Return this scope's own limit; None is unlimited."""
        limit: float | None = getattr(self._limits, resource)
        return limit

    def spent(self, resource: Resource) -> float:
        """Return what has been spent in this scope and inside it."""
        return self._spent.get(resource, 0.0)

    def reserved(self, resource: Resource) -> float:
        """Return what is promised in this scope and inside it, and neither settled nor cancelled."""
        return math.fsum(self._open.get(resource, {}).values())

    def left(self, resource: Resource) -> float:
        """Return what may still be reserved here, the scopes around included; infinite without a limit."""
        left = math.inf
        for ledger in self._scopes():
            limit = ledger.limit(resource)
            if limit is not None:
                left = min(left, limit - ledger.spent(resource) - ledger.reserved(resource))
        return max(left, 0.0)

    def share(self, resource: Resource) -> float:
        """Return the part of this scope's limit that is spent: 0 without a limit, above 1 where it was passed."""
        limit = self.limit(resource)
        if limit is None:
            return 0.0
        return self.spent(resource) / limit if limit else 1.0

    def _scopes(self) -> "tuple[Ledger, ...]":
        return (self, *self.outer._scopes()) if self.outer else (self,)


class Reservation:
    """A promised amount. As a context manager it is cancelled at the end, unless it was settled."""

    def __init__(self, scopes: tuple[Ledger, ...], resource: Resource, amount: float) -> None:
        self._scopes, self.resource, self.amount = scopes, resource, amount
        for ledger in scopes:
            ledger._open.setdefault(resource, {})[self] = amount

    @property
    def is_open(self) -> bool:
        """Whether it still counts as promised."""
        return bool(self._scopes)

    def settle(self, actual: float) -> None:
        """Record what was spent instead of what was promised; more than promised is recorded too."""
        _check(actual)
        if not self.is_open:
            raise ValueError(f"{self.resource}: this reservation is already closed")
        for ledger in self._scopes:
            ledger._spent[self.resource] = ledger.spent(self.resource) + actual
        self.cancel()

    def cancel(self) -> None:
        """Promise nothing any more. Does nothing to one that is closed."""
        for ledger in self._scopes:
            del ledger._open[self.resource][self]
        self._scopes = ()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cancel()


def costs(message: Message) -> dict[Resource, float]:
    """Return what a message says was spent: from these a ledger is charged again when a run is resumed."""
    match message:
        case SolutionProposed():
            return {"trials": 1}
        case TrialFinished(device_s=device_s, energy_j=energy_j) | LeaseLost(device_s=device_s, energy_j=energy_j):
            return {"device_s": device_s, "energy_j": energy_j}
        case FinalistsScored(refit_s=device_s, refit_energy_j=energy_j):
            return {"device_s": device_s, "energy_j": energy_j}
        case ModelCalled() as called:
            return {"tokens": called.input_tokens + called.output_tokens, "cost_usd": called.cost_usd or 0.0}
        case _:
            return {}


def is_used_up(resource: Resource, spent: float, limit: float) -> bool:
    """Whether what is left of a limit would do for nothing more."""
    match resource:
        case "device_s":
            return spent + LEAST_DEVICE_S > limit
        case "energy_j":
            return spent >= ENERGY_SHARE * limit
        case _:
            return spent >= limit


def charged_to(message: Message) -> TraceId:
    """Return the trace whose limits are charged with what a message says was spent; NO_TRACE: the run's alone."""
    match message:
        case SolutionProposed(trace=trace) | TrialFinished(trace=trace):
            return trace
        case LeaseLost(holder=holder):
            trial, _, stage = holder.partition(" ")
            return trace_of(TrialId(trial)) if stage in OF_A_TRIAL else NO_TRACE
        case ModelCalled(key=key):
            return asked_in(key)
        case _:
            return NO_TRACE


def asked_in(key: str) -> TraceId:
    """Return the trace that asks a question, by the question's key: "propose/t1-004"; NO_TRACE: the run does."""
    role, _, about = key.partition("/")
    return NO_TRACE if role == "check" else trace_of(TrialId(about.partition("/")[0]))


def parse_duration(text: str) -> float:
    """Return the seconds that "12h", "30m", "90s", "1h30m", "2d" or "45" mean.

    Raises:
        SettingInvalid: it is none of these, or not above zero.
    """
    plain = text.strip().lower()
    if NUMBER.fullmatch(plain):
        seconds = float(plain)
    else:
        match = DURATION.fullmatch(plain)
        amounts = match.groups() if match else ()
        seconds = sum(float(amount or 0) * unit_s for amount, unit_s in zip(amounts, UNIT_S.values(), strict=False))
    if not 0 < seconds < math.inf:
        raise SettingInvalid(f"{text!r} is not a duration above zero; write 12h, 30m, 90s, 1h30m, or seconds")
    return seconds


def parse_energy(text: str) -> float:
    """Return the joules that "2kWh", "500Wh", "100kJ" or "5000" mean; a number without a unit is one of joules.

    Raises:
        SettingInvalid: it is none of these, or not above zero.
    """
    plain = text.strip().lower()
    match = ENERGY.fullmatch(plain)
    energy_j = float(plain) if NUMBER.fullmatch(plain) else 0.0
    if match:
        energy_j = float(match[1]) * UNIT_J[match[2]]
    if not 0 < energy_j < math.inf:
        raise SettingInvalid(f"{text!r} is not an energy above zero; write 2kWh, 500Wh, 100kJ, or joules")
    return energy_j


def check(settings: Settings) -> None:
    """Raise SettingInvalid where the limits of a run, taken together, make no sense.

    A limit of a trial or a trace above the run's is none of these: the smaller holds.
    """
    for name, bound in LEAST.items():
        value = getattr(settings, name)
        if value is not None and not bound <= value < math.inf:
            raise SettingInvalid(f"{name} is {value}: give {bound} or more")
    budget_s, reserve_s = settings.budget_s, settings.reserve_s
    if budget_s is not None and reserve_s is not None and reserve_s >= budget_s:
        raise SettingInvalid(f"--reserve {reserve_s:g} leaves nothing of the budget of {budget_s:g} s: give less")
    if settings.max_traces is not None and settings.max_traces < settings.traces:
        raise SettingInvalid(
            f"--max-traces {settings.max_traces} is less than the {settings.traces} traces to begin with"
        )


def _check(amount: float) -> None:
    """Refuse what no caller may mean. Raises ValueError."""
    if not 0 <= amount < math.inf:
        raise ValueError(f"an amount is finite and not negative, not {amount}")
