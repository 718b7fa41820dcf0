"""How numbers and times are written for people."""

from gome.messages import BudgetLow, Limits, Resource

NAMES: dict[Resource, str] = {
    "wall_s": "time",
    "trials": "trials",
    "tokens": "tokens",
    "cost_usd": "money",
    "device_s": "device time",
    "energy_j": "energy",
}


def clock(seconds: float) -> str:
    """Return a time as 0:07, 12:30 or 1:02:03."""
    whole = max(int(seconds), 0)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def figure(score: float | None) -> str:
    """Return a score with five significant digits, zeros kept so that scores line up; "-" for none."""
    if score is None:
        return "-"
    text = f"{score:#.5g}"
    return text.removesuffix(".")


def gained(gain: float | None, noise: float | None) -> str:
    """Return a gain towards better and how it compares with its noise: "+0.0121, 2.3 x its noise"."""
    if gain is None:
        return ""
    if not noise:
        return f"{gain:+.3g}"
    return f"{gain:+.3g}, {abs(gain) / noise:.1f} x its noise"


def spent(resource: Resource, amount: float) -> str:
    """Return an amount of a resource with its unit."""
    match resource:
        case "wall_s" | "device_s":
            return clock(amount)
        case "energy_j":
            return f"{amount / 3600:,.1f} Wh"
        case "cost_usd":
            return f"${amount:.2f}"
        case _:
            return f"{amount:,.0f}"


def count(number: int, noun: str) -> str:
    """Return "1 trial" or "12 trials"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def limits(told: Limits) -> str:
    """Return what a run may use, in words."""
    parts: list[str] = []
    if told.wall_s is not None:
        parts.append(f"{clock(told.wall_s)} of time")
    if told.trials is not None:
        parts.append(count(told.trials, "trial"))
    if told.tokens is not None:
        parts.append(count(told.tokens, "token"))
    if told.cost_usd is not None:
        parts.append(f"${told.cost_usd:.2f}")
    if told.device_s is not None:
        parts.append(f"{clock(told.device_s)} of device time")
    if told.energy_j is not None:
        parts.append(spent("energy_j", told.energy_j))
    return ", ".join(parts) or "no limit"


def low(message: BudgetLow) -> str:
    """Return a warning of the budget in words."""
    used, of = spent(message.resource, message.spent), spent(message.resource, message.limit)
    return f"{message.share:.0%} of the {NAMES[message.resource]} is used ({used} of {of})"
