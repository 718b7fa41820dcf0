"""What the bus records, and the port of whatever keeps it."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import anyio

from gome.errors import StoreError
from gome.messages import Envelope


class Record(NamedTuple):
    """A message as the journal keeps it."""

    seq: int
    at: float
    cause: int | None
    actor: str  # who said it; "" for the runtime
    tag: str
    trace: str
    body: str  # JSON


class Effect(NamedTuple):
    """Something that costs, done outside: begun is on record before, the outcome as soon as it exists."""

    key: str
    at: float
    outcome: str | None  # JSON; None: begun, not known to have ended


class Batch:
    """What one transaction records: messages, how far each actor has come in each lane, and effects."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.envelopes: list[Envelope] = []
        self.cursors: dict[tuple[str, str], int] = {}  # (actor, lane) -> seq of the last message it answered
        self.effects: list[Effect] = []
        self.committed = anyio.Event()
        self.failed = False

    def __bool__(self) -> bool:
        return bool(self.records or self.cursors or self.effects)

    def fail(self) -> None:
        """Tell whoever waits that it will not be written."""
        self.failed = True
        self.committed.set()

    async def wait(self) -> None:
        """Return when the batch is on disk.

        Raises:
            StoreError: it could not be written.
        """
        await self.committed.wait()
        if self.failed:
            raise StoreError("not recorded: the journal could not be written, or the run has ended")


class Journal(Protocol):
    """Where the bus records. One writer; commits are atomic and durable when they return."""

    async def commit(self, batch: Batch, /) -> None:
        """Write all of the batch or nothing. Raises StoreError."""
        ...

    async def read(self, after: int, limit: int, /) -> Sequence[Record]:
        """Records with seq > after, in order. Raises StoreError."""
        ...
