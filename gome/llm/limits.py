"""How much may be asked at once and in a minute: shared by all traces of a run, first come, first served.

Slots and tokens are the endpoint's; a Retry-After is one model's: the others may be asked meanwhile.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import structlog

MINUTE_S = 60.0
TOLD_S = 10.0  # a wait that is longer is said, once


class Throttle:
    """Slots, and a bucket of tokens that fills steadily. A trace asks one question at a time, so queues are fair."""

    def __init__(self, concurrency: int, tokens_per_minute: int | None = None) -> None:
        self._slots = anyio.Semaphore(concurrency)
        self._rate = tokens_per_minute
        self._level = float(tokens_per_minute or 0)
        self._filled_at: float | None = None
        self._queue = anyio.Lock()
        self._held_until: dict[str, float] = {}  # by model
        self._told: set[str] = set()

    @asynccontextmanager
    async def slot(self, tokens: int, model: str = "") -> AsyncIterator["Slot"]:
        """Hold a slot for one call of so many tokens, as far as can be told; waits until all are free."""
        while True:
            while (wait_s := self._held_s(model)) > 0:
                self._tell("model.wants_a_pause", wait_s, model=model)
                await anyio.sleep(wait_s)
            async with self._slots:
                if self._held_s(model) > 0:  # since it waited, or came into line
                    continue
                await self._admit(tokens)
                slot = Slot(tokens)
                try:
                    yield slot
                finally:
                    self._level += slot.expected - slot.tokens  # what it took less is there for others
                return

    def hold(self, seconds: float, model: str = "") -> None:
        """Let nobody call a model for so long: the endpoint asked for it."""
        until = anyio.current_time() + seconds
        self._held_until[model] = max(self._held_until.get(model, until), until)

    async def _admit(self, tokens: int) -> None:
        async with self._queue:  # waiters for the bucket keep their order
            while (wait_s := self._wait_s(tokens)) > 0:
                self._tell("model.waits_for_rate", wait_s, tokens_per_minute=self._rate)
                await anyio.sleep(wait_s)
            self._level -= tokens

    def _held_s(self, model: str) -> float:
        return self._held_until.get(model, 0.0) - anyio.current_time()

    def _tell(self, what: str, wait_s: float, **more: str | int | None) -> None:
        if wait_s > TOLD_S and what not in self._told:
            self._told.add(what)
            structlog.get_logger().warning(what, seconds=round(wait_s), **more)

    def _wait_s(self, tokens: int) -> float:
        if self._rate is None:
            return 0.0
        now = anyio.current_time()
        since_s = 0.0 if self._filled_at is None else now - self._filled_at
        self._filled_at = now
        self._level = min(self._level + since_s * self._rate / MINUTE_S, float(self._rate))
        missing = min(tokens, self._rate) - self._level  # a call larger than the bucket waits for a full one
        return missing * MINUTE_S / self._rate if missing > EPSILON else 0.0


class Slot:
    """A place among those who call. Set `tokens` to what the call really took."""

    def __init__(self, expected: int) -> None:
        self.expected = self.tokens = expected


EPSILON = 1e-6  # of a token: what rounding leaves is not worth a wait
