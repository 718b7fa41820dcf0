"""What a run's actors remember after one message, kept in a file: a resumed run need not hear all that came before.

The journal is the truth, and a snapshot is a shortcut through it. One that is damaged, of another gome or other
plugins, or ahead of the journal is passed over with one line, and everything is folded from the beginning.

The file: a digest of the rest, then pieces, each after its length in eight bytes. The first is what may change at the
next message, encoded at once; the others are slices of what no longer changes, encoded while the run goes on.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Protocol

import anyio.to_thread
import msgspec
import structlog

from gome import __version__
from gome.actor import Member
from gome.folder import write_whole
from gome.messages import RunId

FIRST = 100  # messages after which there is one
GROWTH = 1.25  # by which a journal has grown when the next one is due: what is written in all stays a small multiple
SIZE = hashlib.blake2b(digest_size=16).digest_size
SLICE = 500  # elements that are encoded in one go, in a millisecond or two: meanwhile nothing else can run
LENGTH = 8  # bytes


class Remembers(Protocol):
    """Whoever folds messages, and can say what has come of that and begin with it.

    What it says depends on the messages alone, not on settings, since those may be others when a run is resumed.
    """

    remembers: ClassVar[type[Any]]  # the struct that `state` returns; plain values, structs and messages

    def state(self) -> msgspec.Struct:
        """Return what it remembers.

        Encoded before anything else happens, so nothing need be copied, but for tuples: what is in one of its fields
        that holds a tuple must not change any more. A long one is encoded in slices, later.
        """
        ...

    def restore(self, state: Any, /) -> None:
        """Remember that; nothing has been folded before."""
        ...


class Head(msgspec.Struct, frozen=True):
    """What a snapshot is of."""

    run: RunId
    seq: int  # of the last message that was folded
    by: str  # who remembers, who listens, and the version of gome
    unanswered: dict[str, list[int]]  # by actor: the messages up to there that it may have had to answer still


class Taken(NamedTuple):
    """A moment: what may change at the next message is encoded, what cannot is held."""

    first: bytes
    settled: tuple[tuple[Any, ...], ...]

    def pieces(self) -> Iterator[bytes]:
        """Yield the content of the file, a little at a time."""
        yield _framed(self.first)
        for items in self.settled:
            for at in range(0, len(items), SLICE):
                yield _framed(msgspec.msgpack.encode(items[at : at + SLICE]))


class Long(msgspec.Struct, frozen=True, array_like=True):
    """A field whose content comes in slices after the rest."""

    owner: str
    field: str
    slices: int


class Snapshots:
    """Takes snapshots of one run, and begins with the last."""

    def __init__(self, path: Path, run: RunId, members: Iterable[Member], others: Mapping[str, Remembers]) -> None:
        """Take none yet.

        Args:
            path: of the file.
            run: whose.
            members: the actors; where one of them folds and is no Remembers, there are no snapshots.
            others: by name.
        """
        self._path, self._run, self._members = path, run, tuple(members)
        folding = {member.name: member.actor for member in self._members if getattr(member.actor, "folds", ())}
        self._owners: dict[str, Any] = {**folding, **others}
        self.without = [name for name, owner in self._owners.items() if not hasattr(owner, "remembers")]
        self.possible = not self.without
        self._by = _fingerprint(self._members, self._owners) if self.possible else ""
        self._due = FIRST
        self._behind = False  # the last one could not be written

    def is_due(self, seq: int) -> bool:
        """Whether it is time for one. A plugin that was silenced has stopped folding: then it never is."""
        return self.possible and seq >= self._due and not any(member.inbox.closed for member in self._members)

    def take(self, seq: int) -> Taken:
        """Return a snapshot of this moment, in which message `seq` is the last that was folded.

        Not to be written before everything is on record that was answered until now.
        """
        self._due = max(int(seq * GROWTH), seq + FIRST)
        unanswered = {member.name: list(member.inbox.unanswered()) for member in self._members}
        head = Head(self._run, seq, self._by, {name: seqs for name, seqs in unanswered.items() if seqs})
        states, long, settled = {}, [], []
        for name, owner in self._owners.items():
            states[name] = state = owner.state()
            for field in state.__struct_fields__:
                items = getattr(state, field)
                if isinstance(items, tuple) and len(items) > SLICE:
                    states[name] = msgspec.structs.replace(states[name], **{field: ()})
                    long.append(Long(name, field, -(-len(items) // SLICE)))
                    settled.append(items)
        return Taken(msgspec.msgpack.encode((head, states, long)), tuple(settled))

    async def write(self, taken: Taken) -> None:
        """Keep a snapshot in place of the last, encoding the rest of it. A full disk costs no more than that."""
        try:
            await anyio.to_thread.run_sync(_write, self._path, taken)
        except OSError as error:
            if not self._behind:
                structlog.get_logger().warning("snapshot.unwritten", error=str(error))
            self._behind = True
        else:
            self._behind = False

    async def restore(self, last: int) -> Head | None:
        """Have everybody remember what the last snapshot says, and return what it is of; None where none can be used.

        Args:
            last: seq of the journal's newest message.
        """
        try:
            kept = await anyio.to_thread.run_sync(self._path.read_bytes)
        except OSError:
            return None
        try:
            head, states = self._read(kept, last)
        except (msgspec.DecodeError, ValueError) as error:
            structlog.get_logger().warning("resume.without_snapshot", because=str(error))
            return None
        for name, state in states.items():
            self._owners[name].restore(state)
        self._due = max(int(head.seq * GROWTH), head.seq + FIRST)
        return head

    def _read(self, kept: bytes, last: int) -> tuple[Head, dict[str, Any]]:
        """Return what a file says. Raises ValueError where it cannot be used, and says why."""
        content = memoryview(kept)[SIZE:]
        if hashlib.blake2b(content, digest_size=SIZE).digest() != kept[:SIZE]:
            raise ValueError("it is damaged")
        pieces = _pieces(content)
        first = next(pieces, b"")
        head, raw, long = msgspec.msgpack.decode(first, type=tuple[Head, dict[str, msgspec.Raw], list[Long]])
        if not self.possible or head.by != self._by or raw.keys() != self._owners.keys():
            raise ValueError("it was taken by another gome, or with other plugins")
        if head.run != self._run or head.seq > last:
            raise ValueError("it is of another run, or of more than the journal holds")
        states = {name: msgspec.msgpack.decode(state, type=self._owners[name].remembers) for name, state in raw.items()}
        for name, field, slices in ((one.owner, one.field, one.slices) for one in long):
            [kind] = [told.type for told in msgspec.structs.fields(states[name]) if told.name == field]
            items = (item for _ in range(slices) for item in msgspec.msgpack.decode(next(pieces), type=kind))
            states[name] = msgspec.structs.replace(states[name], **{field: tuple(items)})
        return head, states


def _write(path: Path, taken: Taken) -> None:
    pieces, digest = [], hashlib.blake2b(digest_size=SIZE)
    for piece in taken.pieces():
        pieces.append(piece)
        digest.update(piece)
    write_whole(path, digest.digest(), *pieces)


def _framed(piece: bytes) -> bytes:
    return len(piece).to_bytes(LENGTH, "big") + piece


def _pieces(content: memoryview) -> Iterator[memoryview]:
    at = 0
    while at < len(content):
        end = at + LENGTH + int.from_bytes(content[at : at + LENGTH], "big")
        yield content[at + LENGTH : end]
        at = end


def _fingerprint(members: Iterable[Member], owners: Mapping[str, Any]) -> str:
    """Return by whom a snapshot was taken, and in what shape: no other can make anything of it."""
    ears = [
        (member.name, *(sorted(str(kind.__struct_config__.tag) for kind in kinds)))
        for member in members
        for kinds in (member.actor.listens, getattr(member.actor, "folds", ()))
    ]
    shapes = msgspec.json.schema_components([owner.remembers for owner in owners.values()])
    known = (__version__, sorted(owners), ears, shapes)
    return hashlib.sha256(msgspec.json.encode(known)).hexdigest()
