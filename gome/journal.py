"""What the bus records, and the port of whatever keeps it."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

import anyio
import msgspec

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
    intent: str | None = None  # JSON: what it was begun with


class Failure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the world had against it: a GomeError, as data."""

    error: str  # name of its class in gome.errors, or of the one that it is a kind of
    text: str
    retried: bool = False  # see ModelUnavailable


class Moment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where an actor took up its work on an answer: at the beginning, and after each thing that it waited for.

    With these, and the outcomes of its effects, an answer can be worked out again.
    """

    seen: int  # seq up to which it had folded the journal
    turn: int  # orders moments with the same `seen`
    elapsed_s: float  # of the run; its clock stands there until it waits again
    key: str = ""  # what it had waited for; "" at the beginning
    observed: str | None = None  # what that was, as JSON; None: an effect, which is recorded under its key
    failure: Failure | None = None  # what it met instead


class Answer(NamedTuple):
    """How an actor came to what it said to a message."""

    actor: str
    heard: int | None  # seq of the message; None: it is not on record, but here
    body: str | None  # that message as JSON
    trace: str  # the lane it was heard in
    after: int  # seq of the last message stamped before; its replies follow
    replies: int  # how many
    moments: str  # JSON, a list of Moment; those of the attempt that gave the answer


class Batch:
    """What one transaction records: messages, how far each actor has come in each lane and how, and effects."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.envelopes: list[Envelope] = []
        self.cursors: dict[tuple[str, str], int] = {}  # (actor, lane) -> seq of the last message it answered
        self.answers: list[Answer] = []
        self.attempts: dict[tuple[str, str], tuple[int, int]] = {}  # (actor, lane) -> seq, times it was tried
        self.effects: list[Effect] = []
        self.then: list[Callable[[], object]] = []  # what is done when it is on disk
        self.committed = anyio.Event()
        self.failed: str | None = None  # why it will not be written

    def __bool__(self) -> bool:
        return bool(self.records or self.cursors or self.effects or self.attempts)

    def succeed(self) -> None:
        """Tell whoever waits that it is on disk, and do what was to be done then."""
        self.committed.set()
        for act in self.then:
            act()

    def fail(self, why: str) -> None:
        """Tell whoever waits that it will not be written."""
        self.failed = why
        self.committed.set()

    async def wait(self) -> None:
        """Return when the batch is on disk.

        Raises:
            StoreError: it could not be written.
        """
        await self.committed.wait()
        if self.failed is not None:
            raise StoreError(f"not recorded: {self.failed}")


class Journal(Protocol):
    """Where the bus records. One writer; commits are atomic and durable when they return."""

    async def commit(self, batch: Batch, /) -> None:
        """Write all of the batch or nothing. Raises StoreError."""
        ...

    async def read(self, after: int, limit: int, /) -> Sequence[Record]:
        """Records with seq > after, in order. Raises StoreError."""
        ...

    async def outcome(self, key: str, /) -> str | None:
        """An effect's outcome as JSON; None where it has none, or was never begun. Raises StoreError."""
        ...

    async def outcomes(self, keys: Sequence[str], /) -> dict[str, str]:
        """The outcomes of those of these effects that have one, by key. Raises StoreError."""
        ...

    async def cursors(self) -> dict[tuple[str, str], int]:
        """The seq of the last message that each actor answered in each lane."""
        ...

    async def attempts(self) -> dict[tuple[str, str], tuple[int, int]]:
        """What each actor was last given again in each lane after a crash: the message's seq, and how often."""
        ...

    async def in_doubt(self) -> dict[str, str | None]:
        """The effects that were begun and are not known to have ended: their keys, and their intents as JSON."""
        ...
