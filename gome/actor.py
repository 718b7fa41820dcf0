"""What an actor is, and the loop that runs one.

Per actor and trace strictly in order, across traces concurrent up to the actor's limit. A failure of the world is
retried, then it costs its trace one step; a bug in a plugin silences that plugin; any other bug ends the run.
"""

import errno
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Protocol, TypeVar

import anyio
import anyio.lowlevel
import msgspec
import structlog

from gome import clock
from gome.bus import Bus
from gome.effects import Effects, Outcome
from gome.errors import GomeError, ModelUnavailable, RoutingInvalid, StoreError, WorldError
from gome.inbox import Inbox
from gome.journal import Failure, Moment
from gome.messages import NO_TRACE, Envelope, Message, Silenced, StepFailed, TraceId

RETRIES_S = (1.0, 4.0)  # waits before the second and the third attempt at a message that the world was in the way of
MAX_LOST = 10  # messages in a row that no retry mended: then the world is not coming back and the run ends
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO)  # a disk that takes nothing: nothing goes on without it
FAIRNESS = 64  # messages handled before others get the loop

Seen = TypeVar("Seen")
Log = structlog.typing.FilteringBoundLogger


class Context:
    """What a handler may know and do beside its message."""

    def __init__(self, envelope: Envelope, bus: Bus, effects: Effects, log: Log) -> None:
        self.envelope = envelope
        self.log = log
        self.moments: list[Moment] = []  # how the answer came about
        self._bus, self._effects = bus, effects

    def begin(self) -> None:
        """Take up the message, anew where an attempt at it has failed."""
        clock.stand()
        self.moments = [self._bus.moment()]

    def show(self, message: Message) -> None:
        """Say something for those who watch: not recorded, latest only."""
        self._bus.emit(message)

    async def once(
        self, key: str, perform: Callable[[], Awaitable[Outcome]], kind: type[Outcome], *, awaited: bool = True
    ) -> Outcome:
        """Return the recorded outcome of an effect, performing it only if there is none.

        The intent is on disk before, the outcome as soon as it exists. What was begun and never ended is done again.

        Args:
            key: of the effect.
            perform: does it.
            kind: of the outcome.
            awaited: False where `perform` costs nothing, or puts on record itself what does. Then it begins, and its
                outcome is returned, before that is on disk, where it comes with the next record that is waited for: at
                the latest with the answer. Until then, do nothing outside that may not be done again.
        """
        outcome = await self._outside(key, lambda: self._effects.once(key, perform, kind, awaited=awaited))
        self.moments.append(self._bus.moment(key))
        return outcome

    async def observe(self, key: str, look: Callable[[], Awaitable[object]], kind: type[Seen]) -> Seen:
        """Return what is to be seen outside, through JSON: recorded with the answer, so that a replay need not look.

        For what costs nothing, and may be done again after a crash: it is on record only when the answer is.
        """
        seen = msgspec.json.encode(await self._outside(key, look))
        self.moments.append(self._bus.moment(key, observed=seen.decode()))
        return msgspec.json.decode(seen, type=kind)

    async def _outside(self, key: str, work: Callable[[], Awaitable[Seen]]) -> Seen:
        """Wait for something outside, where time goes on."""
        clock.go_on()
        try:
            found = await work()
        except GomeError as error:
            clock.stand()
            known = next(kind for kind in type(error).__mro__ if kind.__module__ == GomeError.__module__)
            failure = Failure(error=known.__name__, text=str(error), retried=_retried(error))
            self.moments.append(self._bus.moment(key, failure=failure))
            raise
        clock.stand()
        return found


class Actor(Protocol):
    """Hears messages, answers with messages.

    Optional attributes: `says` (types it may answer with; default none), `limit` (traces handled at once;
    default 1), and `folds` with `fold(envelope)`, called for every recorded message of those types in
    the journal's order: all that an actor remembers comes from there, so that a resumed run remembers the same.
    An actor that folds should have `remembers`, `state` and `restore` as well, see gome.snapshot.Remembers: where one
    has not, a resumed run folds all messages from the beginning.
    """

    @property
    def name(self) -> str:
        """What the journal calls it."""
        ...

    @property
    def listens(self) -> tuple[type[Message], ...]:
        """The types that it is sent."""
        ...

    async def handle(self, message: Message, context: Context, /) -> Sequence[Message] | None:
        """Answer one message. May run twice on one message after a crash.

        Raises:
            WorldError: the world was in the way; the message will be tried again.
        """
        ...


class Member:
    """An actor in a ring: its inbox, and how it is run."""

    def __init__(self, actor: Actor, *, plugin: bool = False) -> None:
        self.actor, self.name = actor, actor.name
        self.plugin = plugin
        self.limit: int = getattr(actor, "limit", 1)
        self.says: tuple[type[Message], ...] = tuple(getattr(actor, "says", ()))
        self.inbox = Inbox()
        self._lost = 0  # messages in a row that no retry mended

    def join(self, bus: Bus) -> None:
        """Subscribe, before anything can be said."""
        self.inbox = bus.subscribe(*self.actor.listens)
        folds = getattr(self.actor, "folds", ())
        if folds:
            bus.fold(self._guarded(bus, self.actor.fold) if self.plugin else self.actor.fold, *folds)  # type: ignore[attr-defined]

    async def run(self, bus: Bus, effects: Effects, log: Log) -> None:
        """Handle messages until cancelled.

        Raises:
            Exception: whatever a bug in a built-in actor raises.
        """
        log = log.bind(actor=self.actor.name)
        slots = anyio.Semaphore(self.limit)
        async with anyio.create_task_group() as tasks:
            while True:
                await slots.acquire()
                lane = await self.inbox.lane()
                tasks.start_soon(self._drain, lane, slots, bus, effects, log)

    async def _drain(self, lane: str, slots: anyio.Semaphore, bus: Bus, effects: Effects, log: Log) -> None:
        handle, name = self.actor.handle, self.actor.name
        handled = 0
        while (envelope := self.inbox.take(lane)) is not None:
            context = Context(envelope, bus, effects, log)
            try:
                context.begin()
                replies = self._checked(envelope, await handle(envelope.message, context))
            except (Exception, SystemExit) as error:  # noqa: BLE001 - sorted there; a bug is raised again
                replies = await self._mend(error, envelope, context, bus, log)
            moments = context.moments if self.says else ()
            batch = bus.answer(envelope, replies, actor=name, lane=lane, moments=moments)
            if replies:
                await batch.wait()
            handled += 1
            if handled % FAIRNESS == 0:
                await anyio.lowlevel.checkpoint()
        slots.release()

    async def _mend(
        self, error: BaseException, envelope: Envelope, context: Context, bus: Bus, log: Log
    ) -> Sequence[Message] | None:
        """Return what is said instead of an answer that failed: a later attempt's answer, or that there is none."""
        for wait_s in RETRIES_S:
            if not isinstance(error, WorldError) or (_retried(error) and envelope.message.lane != NO_TRACE):
                break
            log.warning("actor.hindered", seq=envelope.seq, error=str(error), again_in_s=wait_s)
            await anyio.sleep(wait_s)
            try:
                context.begin()
                return self._checked(envelope, await self.actor.handle(envelope.message, context))
            except (Exception, SystemExit) as again:  # noqa: BLE001 - sorted below, like the first
                error = again
        if isinstance(error, WorldError):
            return self._give_up(envelope, error)
        if isinstance(error, OSError) and error.errno in FULL and not self.plugin:  # else it would be taken for a bug
            raise StoreError(f"cannot write the run's files: {error}") from error
        if self.plugin:
            return self._silence(bus, envelope.message.lane, error, log)
        raise error

    def _checked(self, envelope: Envelope, replies: Sequence[Message] | None) -> Sequence[Message] | None:
        self._lost = 0
        for reply in replies or ():
            if type(reply) not in self.says:
                raise TypeError(f"{self.actor.name} says {type(reply).__name__} without naming it in `says`")
            if self.plugin and reply.lane not in (NO_TRACE, envelope.message.lane):
                raise ValueError(f"{self.actor.name} speaks for {reply.lane}, and answers {envelope.message.lane}")
        return replies

    def _give_up(self, envelope: Envelope, error: WorldError) -> Sequence[Message]:
        self._lost += not _retried(error)  # a model that fails loses its traces one by one, not the run
        if self._lost > MAX_LOST:
            raise GomeError(f"{self.actor.name} failed {self._lost} times in a row: {error}") from error
        if envelope.message.lane == NO_TRACE:
            raise error
        return [StepFailed(trace=envelope.message.lane, actor=self.actor.name, error=one_line(error))]

    def _silence(self, bus: Bus, trace: TraceId, error: BaseException, log: Log) -> Sequence[Message]:
        log.error("plugin.silenced", error=one_line(error), exc_info=error)
        bus.forget(self.inbox)
        return [Silenced(actor=self.actor.name, error=one_line(error), trace=trace)]

    def _guarded(self, bus: Bus, fold: Callable[[Envelope], None]) -> Callable[[Envelope], None]:
        def apply(envelope: Envelope) -> None:
            if self.inbox.closed:
                return
            try:
                fold(envelope)
            except Exception as error:  # noqa: BLE001 - a plugin's bug silences the plugin, nothing else
                bus.post(self._silence(bus, envelope.message.lane, error, structlog.get_logger()))

        return apply


def _retried(error: BaseException) -> bool:
    """Whether whoever raised it has tried again already."""
    return isinstance(error, ModelUnavailable) and error.retried


def one_line(error: BaseException) -> str:
    """Return the error's type and text on one line of at most 300 characters."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}"[:300] if text else type(error).__name__


def prove(members: Iterable[Member], outside: Iterable[type[Message]], last: Iterable[type[Message]]) -> None:
    """Prove that the ring is whole: all that is waited for is said, all that is said is heard.

    Args:
        members: the actors.
        outside: types that the runtime itself says.
        last: types that need no hearer.

    Raises:
        RoutingInvalid: names each gap.
    """
    members = list(members)
    said: dict[type[Message], str] = dict.fromkeys(outside, "the runtime")
    for member in members:
        said |= dict.fromkeys(member.says, member.actor.name)
    heard = {kind for m in members for kind in (*m.actor.listens, *getattr(m.actor, "folds", ()))}
    gaps = [
        f"{member.actor.name} waits for {kind.__name__}, which nobody says"
        for member in members
        for kind in member.actor.listens
        if kind not in said
    ]
    heard |= set(last)
    gaps += [f"{who} says {kind.__name__}, which nobody hears" for kind, who in said.items() if kind not in heard]
    if gaps:
        raise RoutingInvalid("; ".join(sorted(gaps)))
