"""When a call is tried again: how long to wait, and what an endpoint's Retry-After means."""

import random
import time
from collections.abc import Awaitable, Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import TypeVar

import anyio

from gome.errors import AttemptFailed

FIRST_S = 1.0
LONGEST_S = 30.0
LONGEST_AFTER_S = 3600.0  # that a Retry-After is believed: who was told of days looks once an hour
SPARED_S = 5.0  # longest wait for one who wants to be left alone, where somebody else can be asked
SLOW = ("timeout", "stalled")
Outcome = TypeVar("Outcome")


class Patience:
    """How often and how long one question is tried. Made anew for each question."""

    def __init__(self, attempts: int, within_s: float, draw: random.Random) -> None:
        self._attempts, self._draw = attempts, draw
        self._until = anyio.current_time() + within_s

    async def persist(
        self,
        perform: Callable[[], Awaitable[Outcome]],
        *,
        hold: Callable[[float], None] = lambda _: None,
        spare: bool = False,
    ) -> Outcome:
        """Return what `perform` returns, once it does.

        Args:
            perform: one attempt.
            hold: told for how long the endpoint wants to be left alone, by whomever.
            spare: whether somebody else can be asked: then nobody is waited for long, nor asked again who was too slow.

        Raises:
            AttemptFailed: the last one; no other would help soon, or there is no time for one.
        """
        for number in range(1, self._attempts + 1):
            try:
                return await perform()
            except AttemptFailed as failure:
                wait_s = backoff_s(number, failure.after_s, self._draw)
                late = anyio.current_time() + wait_s > self._until
                long = failure.dead and wait_s > 2 * LONGEST_S  # an outage: that is said
                if failure.after_s is not None:
                    hold(min(failure.after_s, LONGEST_AFTER_S))
                slow = spare and (failure.outcome in SLOW or wait_s > SPARED_S)
                if not failure.again or late or long or slow or number == self._attempts:
                    raise
                await anyio.sleep(wait_s)
        raise AssertionError("unreachable: the last attempt returns or raises")


def backoff_s(number: int, after_s: float | None, draw: random.Random) -> float:
    """Return the wait after attempt `number` (1, 2, ...), jittered; never shorter than the endpoint asked for."""
    longest = min(FIRST_S * 2.0 ** min(number - 1, 30), LONGEST_S)
    jittered = longest * draw.uniform(0.5, 1.0)
    return jittered if after_s is None else after_s + draw.uniform(0.0, 0.1) * FIRST_S


def retry_after_s(headers: Mapping[str, str], now: Callable[[], float] = time.time) -> float | None:
    """Return the seconds that an endpoint asks to wait, from `retry-after-ms` or `retry-after` (seconds or a date)."""
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000.0
    told = headers.get("retry-after")
    seconds = _number(told)
    if seconds is not None or not told:
        return seconds
    try:
        return max(parsedate_to_datetime(told).timestamp() - now(), 0.0)
    except (TypeError, ValueError, OverflowError):
        return None


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if 0.0 <= value < float("inf") else None
