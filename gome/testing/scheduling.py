"""Delivery in an order drawn from a seed: lanes are served in any order, and in each lane strictly in order."""

import random
from collections.abc import Callable, Iterable, Sequence

import anyio
import anyio.lowlevel

from gome.actor import Actor
from gome.inbox import Inbox
from gome.journal import Batch
from gome.messages import Message
from gome.testing.journal import MemoryJournal
from gome.testing.life import LaneBroken, check, live

MOST_PAUSES = 4  # turns of the event loop that a lane, or a commit, may wait for no reason


class Scheduler:
    """Draws who comes next. One seed, one order, on an event loop that has an order itself (asyncio)."""

    def __init__(self, seed: int) -> None:
        self._draw = random.Random(seed)  # noqa: S311 - an order, not a secret

    def inbox(self) -> Inbox:
        """Return an inbox that gives out its lanes in any order."""
        return _Shuffled(self)

    def choose(self, number: int) -> int:
        """Return which of so many comes next, from 0."""
        return self._draw.randrange(number)

    async def pause(self) -> None:
        """Let others go first, or not."""
        for _ in range(self._draw.randrange(MOST_PAUSES + 1)):
            await anyio.lowlevel.checkpoint()


class _Shuffled(Inbox):
    def __init__(self, scheduler: Scheduler) -> None:
        super().__init__()
        self._scheduler = scheduler

    async def lane(self) -> str:
        """See Inbox.lane."""
        await self._scheduler.pause()
        lane = await super().lane()
        self._ready.append(lane)
        self._ready.rotate(-self._scheduler.choose(len(self._ready)))
        return self._ready.popleft()


class _Slow(MemoryJournal):
    """Takes its time for some commits, so that more or less is in one."""

    def __init__(self, scheduler: Scheduler) -> None:
        super().__init__()
        self._scheduler = scheduler

    async def commit(self, batch: Batch, /) -> None:
        await self._scheduler.pause()
        await super().commit(batch)


async def permute(
    make: Callable[[], Actor | Iterable[Actor]], messages: Sequence[Message], seeds: Iterable[int] = range(20)
) -> list[MemoryJournal]:
    """Let actors hear messages in many orders, and see that each lane keeps its own.

    Args:
        make: returns the actors, new each time.
        messages: what they hear, in the order in which it is said.
        seeds: an order each.

    Returns:
        What was recorded under each seed: for you to hold against what must not depend on the order.

    Raises:
        LaneBroken: an actor took up a message of a lane before it had answered the one before, or left one out.
    """
    journals: list[MemoryJournal] = []
    for seed in seeds:
        scheduler = Scheduler(seed)
        journal = _Slow(scheduler)
        await live(make, messages, journal, scheduler=scheduler)
        try:
            check(make, journal, lived_once=True)
        except LaneBroken as error:
            raise LaneBroken(f"seed {seed}: {error}") from None
        journals.append(journal)
    return journals
