"""The bus: stamp, record, deliver.

What is said is committed to the journal before anyone hears it, and with it the acknowledgement of the
message that it answers. Whatever arrives during one commit goes into the next: no timer, and the price
of a durable commit is shared by all who wait for it.
"""

from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from time import time

import anyio
import anyio.lowlevel
import msgspec

from gome.errors import StoreError
from gome.inbox import Inbox
from gome.journal import Answer, Batch, Effect, Failure, Journal, Moment, Record
from gome.messages import Envelope, Message, RunId, TraceId

MAX_COMMIT = 1024  # records after which a transaction is full: the first are heard while the next are written
MAX_PENDING = 4  # full transactions that wait before `admit` makes publishers wait
PAGE = 500  # envelopes an observer reads at once, so that no reader pins the journal's WAL for long


class Bus:
    """Carries the messages of one run.

    Order: an inbox gets messages in the order of the journal; lanes are for the actor's loop to keep apart.
    """

    def __init__(
        self,
        run: RunId,
        journal: Journal,
        types: Iterable[type[Message]],
        *,
        last: int = 0,
        now: Callable[[], float] = time,
        elapsed_s: Callable[[], float] = lambda: 0.0,
        inbox: Callable[[], Inbox] = Inbox,
    ) -> None:
        self._run, self._journal, self._now, self._elapsed_s = run, journal, now, elapsed_s
        self._encoder = msgspec.json.Encoder()
        self._tags = {kind: str(kind.__struct_config__.tag) for kind in types}
        self._known = frozenset(self._tags.values())
        self._decoder: msgspec.json.Decoder[Message] = msgspec.json.Decoder(_union(self._tags))
        self._inboxes: dict[type[Message], list[Inbox]] = {}
        self._folds: dict[type[Message], list[Callable[[Envelope], None]]] = {}
        self._latest: dict[tuple[type[Message], TraceId], Envelope] = {}
        self._batches = deque((Batch(),))  # the last one is being filled
        self._work = anyio.Event()
        self._news = anyio.Event()
        self._open = 0  # messages delivered to inboxes or in a batch, and not yet answered
        self._quiet = anyio.Event()
        self._inbox = inbox
        self._turn = 0  # moments so far
        self._seq = last  # of the last message stamped
        self.committed = last  # of the last message on disk
        self.closed = False
        self._end = "the run has ended"  # why nothing more is recorded

    # --- who hears what

    def subscribe(self, *kinds: type[Message]) -> Inbox:
        """Return an inbox for these types. Call it before anyone can publish."""
        inbox = self._inbox()
        for kind in kinds:
            self._inboxes.setdefault(kind, []).append(inbox)
        return inbox

    def fold(self, apply: Callable[[Envelope], None], *kinds: type[Message]) -> None:
        """Have `apply` called with every message of these types, in the journal's order, before it is delivered."""
        for kind in kinds:
            self._folds.setdefault(kind, []).append(apply)

    # --- saying

    def post(self, messages: Iterable[Message], *, actor: str = "", cause: int | None = None) -> Batch:
        """Stamp messages into the batch that is committed next, and return it, to wait on.

        Messages that are not durable are delivered at once.
        """
        batch, at = self._filling(), self._now()
        for message in messages:
            if not message.durable:
                self.emit(message)
                continue
            self._seq += 1
            body = self._encoder.encode(message).decode()
            batch.records.append(Record(self._seq, at, cause, actor, self._tags[type(message)], message.lane, body))
            batch.envelopes.append(Envelope(self._seq, at, cause, self._run, message, actor))
            self._open += 1
        if not self._work.is_set():
            self._work.set()
        return batch

    def moment(self, key: str = "", observed: str | None = None, failure: Failure | None = None) -> Moment:
        """Return where whoever decides now stands: what has been folded, and the time."""
        self._turn += 1
        return Moment(
            seen=self.committed,
            turn=self._turn,
            elapsed_s=self._elapsed_s(),
            key=key,
            observed=observed,
            failure=failure,
        )

    def answer(
        self,
        envelope: Envelope,
        replies: Sequence[Message] | None,
        *,
        actor: str,
        lane: str,
        moments: Sequence[Moment] = (),
    ) -> Batch:
        """Post an actor's replies to a message, and with them, in one transaction, that it has dealt with it, and how.

        Without moments, the answer will not be worked out again. An answer that says nothing is on record with the
        next thing that is: until then the message may be heard again after a crash.
        """
        batch = self._filling()
        recorded = sum(reply.durable for reply in replies or ())
        if moments and (envelope.seq or recorded):
            body = None if envelope.seq else self._encoder.encode(envelope.message).decode()
            how = self._encoder.encode(moments).decode()
            batch.answers.append(Answer(actor, envelope.seq or None, body, lane, self._seq, recorded, how))
        if envelope.seq:
            batch.cursors[actor, lane] = envelope.seq
        if replies:
            self.post(replies, actor=actor, cause=envelope.seq or None)
        self._answered()
        return batch

    async def publish(self, *messages: Message, actor: str = "", cause: int | None = None) -> None:
        """Record and deliver messages; return when they, and all that is to be recorded before, are on disk and heard.

        Raises:
            StoreError: they could not be recorded; nobody heard them.
        """
        await self.post(messages, actor=actor, cause=cause).wait()

    async def admit(self) -> None:
        """Wait until the next batch has room: the brake for publishers that do not wait for their commits."""
        while len(self._batches) > MAX_PENDING:
            await self._batches[0].wait()

    def emit(self, message: Message) -> None:
        """Deliver a message that is not recorded; whoever is slow hears only the latest of its type."""
        envelope = Envelope(0, self._now(), None, self._run, message)
        self._latest[type(message), message.lane] = envelope
        for inbox in self._inboxes.get(type(message), ()):
            self._open += inbox.put_latest(envelope)

    def latest(self, kind: type[Message]) -> list[Envelope]:
        """Return the latest message of a type that is not recorded, one a trace."""
        return [envelope for (of, _), envelope in self._latest.items() if of is kind]

    def note(
        self, key: str, outcome: msgspec.Struct | None, *, intent: msgspec.Struct | None = None, urgent: bool = True
    ) -> Batch:
        """Put an effect into the batch that is committed next, begun (None) or ended; return it, to wait on.

        What is not urgent waits until something else is recorded.
        """
        body = None if outcome is None else self._encoder.encode(outcome).decode()
        begun_with = None if intent is None else self._encoder.encode(intent).decode()
        batch = self._filling()
        batch.effects.append(Effect(key, self._now(), body, begun_with))
        if urgent:
            self._work.set()
        return batch

    def _filling(self) -> Batch:
        if len(self._batches[-1].records) >= MAX_COMMIT:
            self._batches.append(Batch())
        if self.closed:
            self._batches[-1].fail(self._end)
        return self._batches[-1]

    # --- recording and delivering

    async def run(self) -> None:
        """Commit and deliver until cancelled. Run it in the task group that runs the actors.

        Raises:
            StoreError: the journal cannot be written. Nothing unrecorded has been delivered.
        """
        try:
            while True:
                await self._work.wait()
                self._work = anyio.Event()
                batch = self._batches.popleft()
                if not self._batches:
                    self._batches.append(Batch())
                if self._batches[0]:
                    self._work.set()
                with anyio.CancelScope(shield=True):
                    await self._commit(batch)
                self._deliver(batch)
                await anyio.lowlevel.checkpoint()
        finally:
            self.closed = True
            self._news.set()
            for batch in self._batches:  # nobody waits for a commit that does not come
                batch.fail(self._end)

    async def _commit(self, batch: Batch) -> None:
        try:
            await self._journal.commit(batch)
        except StoreError as error:
            self._end = str(error)
            batch.fail(self._end)
            raise

    def _deliver(self, batch: Batch) -> None:
        for envelope, record in zip(batch.envelopes, batch.records, strict=True):
            self.deliver(envelope, record.trace)
        self._answered(len(batch.envelopes))
        if batch.envelopes:
            self.committed = batch.envelopes[-1].seq
            self._news.set()
            self._news = anyio.Event()
        batch.succeed()

    def deliver(self, envelope: Envelope, lane: str) -> None:
        """Fold and hand over a message that is on record."""
        self.refold(envelope)
        for inbox in self._inboxes.get(type(envelope.message), ()):
            self.redeliver(inbox, envelope, lane)

    def refold(self, envelope: Envelope) -> None:
        """Let those who remember take a message into account that is on record."""
        for apply in self._folds.get(type(envelope.message), ()):
            apply(envelope)

    def redeliver(self, inbox: Inbox, envelope: Envelope, lane: str) -> None:
        """Hand over to one what it has not answered."""
        self._open += inbox.put(envelope, lane)

    def _answered(self, count: int = 1) -> None:
        self._open -= count
        if self._open == 0:
            self._quiet.set()
            self._quiet = anyio.Event()

    def forget(self, inbox: Inbox) -> None:
        """Close an inbox; what waited in it is answered by nobody."""
        waiting = inbox.close()
        if waiting:
            self._answered(waiting)

    async def quiet(self) -> None:
        """Wait until nothing is queued, in a handler, or on its way to disk."""
        while self._open:
            await self._quiet.wait()

    # --- observing

    def knows(self, record: Record) -> bool:
        """Whether its type is known here: a plugin that is absent takes its own types with it."""
        return record.tag in self._known

    def decode(self, record: Record) -> Envelope:
        """Return a record of a known type as the envelope it was delivered in."""
        message: Message = self._decoder.decode(record.body)
        return Envelope(record.seq, record.at, record.cause, self._run, message, record.actor)

    async def follow(self, after: int = 0, *, journal: Journal | None = None) -> AsyncIterator[Envelope]:
        """Yield every message from the journal, then live, until the bus closes. Never holds up the ring.

        Args:
            after: seq after which to begin.
            journal: where to read; give one of your own to go on reading when the bus has closed.
        """
        journal = journal or self._journal
        while True:
            news, closed = self._news, self.closed
            page = await journal.read(after, PAGE)
            for record in page:
                if self.knows(record):
                    yield self.decode(record)
            if page:
                after = page[-1].seq
            elif closed:
                return
            else:
                await news.wait()


def _union(types: Iterable[type[Message]]) -> type:
    """Return the union of message types that the decoder reads; a clash of tags is an error here."""
    union: type | None = None
    for kind in types:
        union = kind if union is None else union | kind  # type: ignore[assignment]
    assert union is not None, "a bus carries at least one type of message"
    return union
