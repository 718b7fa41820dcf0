"""One life of some actors on a journal in memory: from where the life before has left it, to the end."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Protocol, TypeVar

import anyio
import msgspec
import structlog

from gome.actor import Actor, Member
from gome.bus import Bus
from gome.effects import Effects
from gome.inbox import Inbox
from gome.journal import Moment
from gome.messages import MESSAGES, Message, RunId
from gome.restore import Restored
from gome.testing.journal import MemoryJournal

RUN = RunId("rehearsal")
Outcome = TypeVar("Outcome", bound=msgspec.Struct)
Recall = Callable[[], object]
Make = Callable[[], Actor | Iterable[Actor]]


class LaneBroken(AssertionError):
    """Raised when messages of one lane were not heard one after the other, each once."""


class DoneTwice(AssertionError):
    """Raised when an effect was performed that is on record, or whose intent is not."""


class Order(Protocol):
    """Who comes next; see Scheduler."""

    def inbox(self) -> Inbox:
        """Return an inbox of an actor."""
        ...


class Watched(Effects):
    """Effects, with an eye on what is really performed."""

    def __init__(self, bus: Bus, journal: MemoryJournal, performed: Counter[str]) -> None:
        super().__init__(bus, journal, earlier=True)
        self._kept, self._performed = journal, performed

    async def once(
        self,
        key: str,
        perform: Callable[[], Awaitable[Outcome]],
        kind: type[Outcome],
        *,
        awaited: bool = True,
        settled: Callable[[], object] | None = None,
    ) -> Outcome:
        """See Effects.once."""

        async def watched() -> Outcome:
            if awaited and key not in self._kept.effects:
                raise DoneTwice(f"{key} was begun before that was on record")
            if self._kept.effects.get(key) is not None:
                raise DoneTwice(f"{key} was done again, with its outcome on record")
            self._performed[key] += 1
            return await perform()

        return await super().once(key, watched, kind, awaited=awaited, settled=settled)


async def live(
    make: Make,
    messages: Sequence[Message],
    journal: MemoryJournal,
    *,
    performed: Counter[str] | None = None,
    scheduler: Order | None = None,
    recall: Recall = lambda: None,
) -> None:
    """Let actors go on from what is on record, hear those of the messages that are not there yet, and come to rest.

    Args:
        make: returns the actors.
        messages: what they hear in all their lives.
        journal: what is on record.
        performed: counts the effects.
        scheduler: chooses who comes next; None: the event loop.
        recall: called when the actors have folded what is on record, before they go on.

    Raises:
        StoreError: the journal would not take any more.
        Exception: a bug in an actor.
    """
    members = [Member(actor) for actor in actors(make)]
    theirs = (kind for member in members for kind in (*member.says, *member.actor.listens))
    types = tuple(dict.fromkeys((*MESSAGES, *theirs, *map(type, messages))))
    bus = Bus(RUN, journal, types, last=len(journal.records), inbox=scheduler.inbox if scheduler else Inbox)
    for member in members:
        member.join(bus)
    restored = Restored(members, journal)
    await restored.fold(bus)
    recall()
    effects = Watched(bus, journal, Counter() if performed is None else performed)
    said = sum(record.actor == "" for record in journal.records)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(bus.run)
        if not journal.answered:
            opening = bus.post(())
            restored.join(opening, 1)  # everyone hears from the first message on
            await opening.wait()
        restored.hand_over(bus)
        for member in members:
            tasks.start_soon(member.run, bus, effects, structlog.get_logger(), name=member.name)
        if scheduler is not None:
            bus.post(messages[said:])  # all are there to choose from
        else:
            for message in messages[said:]:
                await bus.publish(message)
        await bus.quiet()
        await bus.publish()  # that the last ones have been answered is on record, too
        tasks.cancel_scope.cancel()


def actors(make: Make) -> list[Actor]:
    """Return new actors. Raises TypeError where an actor was given in place of what makes one."""
    if hasattr(make, "handle") and not isinstance(make, type):
        raise TypeError("give what makes the actor, such as its class: a new one is needed after each kill")
    made = make()
    return [made] if hasattr(made, "handle") else list(made)  # type: ignore[list-item]


def check(make: Make, journal: MemoryJournal, *, lived_once: bool) -> None:
    """See that each actor answered each message once, and those of a lane one after the other.

    Args:
        make: returns the actors.
        journal: what they have left.
        lived_once: whether it is that of one life, so that it tells who was at work when.

    Raises:
        LaneBroken: it did not; names the actor and the message.
    """
    moments = msgspec.json.Decoder(list[Moment])
    for actor in actors(make):
        tags = {str(kind.__struct_config__.tag) for kind in actor.listens if kind.durable}
        newest = {record.trace: record.seq for record in journal.records if record.tag in tags}
        for lane, seq in newest.items():
            if journal.answered.get((actor.name, lane)) != seq:
                raise LaneBroken(f"{actor.name} has not answered message {seq}")
        heard: dict[str, tuple[int, int]] = {}  # lane -> the last message, and the turn at which it was answered
        for answer in journal.answers:
            if answer.actor != actor.name or answer.heard is None:
                continue
            before, until = heard.get(answer.trace, (0, -1))
            course = moments.decode(answer.moments)
            if answer.heard <= before:
                raise LaneBroken(f"{actor.name} answered message {answer.heard} after message {before}, or twice")
            if lived_once and course[0].turn < until:
                raise LaneBroken(f"{actor.name} took up message {answer.heard} before it had answered {before}")
            heard[answer.trace] = answer.heard, course[-1].turn
