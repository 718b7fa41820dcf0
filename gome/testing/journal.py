"""A journal in memory: the contract of the real one, without a disk, on any event loop."""

from collections.abc import Sequence

import anyio.lowlevel

from gome.errors import StoreError
from gome.journal import Answer, Batch, Record


class MemoryJournal:
    """Keeps what the bus records. Fails on demand, as a full disk would."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.answered: dict[tuple[str, str], int] = {}  # (actor, lane) -> seq
        self.answers: list[Answer] = []
        self.tried: dict[tuple[str, str], tuple[int, int]] = {}
        self.effects: dict[str, str | None] = {}
        self.intents: dict[str, str | None] = {}
        self.commits = 0
        self.fail_after: int | None = None  # commits that still succeed; None: all

    async def commit(self, batch: Batch, /) -> None:
        """Keep all of the batch. Raises StoreError once `fail_after` commits are used up."""
        await anyio.lowlevel.checkpoint()
        if self.fail_after is not None and self.commits >= self.fail_after:
            raise StoreError("cannot write the journal: no space left")
        self.commits += 1
        self.records += batch.records
        self.answered |= batch.cursors
        self.answers += batch.answers
        self.tried |= batch.attempts
        self.effects |= {effect.key: effect.outcome for effect in batch.effects}
        self.intents |= {effect.key: effect.intent for effect in batch.effects if effect.outcome is None}

    async def read(self, after: int, limit: int, /) -> Sequence[Record]:
        """Return up to `limit` records with seq > after, in order."""
        await anyio.lowlevel.checkpoint()
        return [record for record in self.records if record.seq > after][:limit]

    async def outcome(self, key: str, /) -> str | None:
        """Return an effect's outcome as JSON; None where it has none."""
        await anyio.lowlevel.checkpoint()
        return self.effects.get(key)

    async def outcomes(self, keys: Sequence[str], /) -> dict[str, str]:
        """Return the outcomes of those of these effects that have one, by key."""
        await anyio.lowlevel.checkpoint()
        return {key: outcome for key in keys if (outcome := self.effects.get(key)) is not None}

    async def cursors(self) -> dict[tuple[str, str], int]:
        """Return the seq of the last message that each actor answered in each lane."""
        return dict(self.answered)

    async def attempts(self) -> dict[tuple[str, str], tuple[int, int]]:
        """Return what each actor was last given again in each lane, and how often."""
        return dict(self.tried)

    async def in_doubt(self) -> dict[str, str | None]:
        """Return the effects that were begun and have no outcome, with their intents."""
        return {key: self.intents.get(key) for key, outcome in self.effects.items() if outcome is None}
