"""What a run has done in the world, by key, so that it is done once."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio
import msgspec

from gome.bus import Bus
from gome.journal import Batch, Journal
from gome.messages import Message

Outcome = TypeVar("Outcome", bound=msgspec.Struct)


class Effects:
    """The effects of one sitting, and those of the sittings before."""

    def __init__(self, bus: Bus, journal: Journal, *, earlier: bool = False) -> None:
        """Begin a sitting.

        Args:
            bus: records what is done.
            journal: tells what has been done.
            earlier: whether the run has had a sitting before this one.
        """
        self._bus, self._journal, self._earlier = bus, journal, earlier
        self._noted: dict[str, Batch] = {}  # in this sitting: the last that was put on record of each

    async def once(
        self,
        key: str,
        perform: Callable[[], Awaitable[Outcome]],
        kind: type[Outcome],
        *,
        awaited: bool = True,
        settled: Callable[[], object] | None = None,
    ) -> Outcome:
        """See Context.once.

        Args:
            key: of the effect.
            perform: does it.
            kind: of the outcome.
            awaited: see Context.once.
            settled: called when the outcome is on disk, for what takes its time and is not `awaited`: that it has
                begun is put on record at once, while it is at work, and its outcome while that is looked at.
        """
        noted = self._noted.get(key)
        if noted is not None:
            await noted.wait()
        if noted is not None or self._earlier:
            known = await self._journal.outcome(key)
            if known is not None:
                if settled is not None:
                    settled()
                return msgspec.json.decode(known, type=kind)
        begun = self._noted[key] = self._bus.note(key, None, urgent=awaited or settled is not None)
        if awaited:
            await begun.wait()
        outcome = await perform()
        ended = self._noted[key] = self._bus.note(key, outcome)
        if settled is not None:
            ended.then.append(settled)
        if awaited:
            with anyio.CancelScope(shield=True):  # it exists, so it is recorded, whoever is leaving
                await ended.wait()
        return outcome

    async def begin(self, key: str, lost: Message) -> None:
        """See gome.llm.Archive: the message is the intent."""
        await self._bus.note(key, None, intent=lost).wait()

    def promise(self, key: str, lost: Message) -> None:
        """See gome.execution.leases.Record: as `begin`, and nobody waits until it is on record."""
        self._bus.note(key, None, intent=lost)

    def end(self, key: str, outcome: msgspec.Struct) -> None:
        """See gome.llm.Archive."""
        self._bus.note(key, outcome)

    async def recall(self, key: str) -> str | None:
        """See gome.llm.Archive."""
        return await self._journal.outcome(key) if self._earlier else None
