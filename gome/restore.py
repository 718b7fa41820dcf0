"""From the journal to a ring that goes on: all that was said is folded, and what nobody has answered is heard again."""

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import structlog

from gome.actor import Member
from gome.bus import Bus
from gome.errors import GomeError
from gome.journal import Batch, Journal
from gome.messages import NO_TRACE, Envelope, Message, RunResumed, Silenced, StepFailed
from gome.snapshot import Head, Snapshots

PAGE = 1000  # records read at once
HEARS = "*"  # the lane of the cursor that says from where on an actor hears at all
ABSENT = -1  # its value for an actor that was not there in the last sitting
RUNTIME = ""  # whose cursor in that lane is the first message of the newest sitting
MOST_ATTEMPTS = 5  # sittings that may die on one message


class Waiting(NamedTuple):
    """A message that one actor has not answered."""

    member: Member
    envelope: Envelope
    lane: str


class Ear(NamedTuple):
    """What an actor has answered."""

    member: Member
    lanes: dict[str, int]  # seq of the last message, by lane
    since: int  # seq up to which it has heard nothing in the other lanes, and needs not


Ears = dict[type[Message], list[Ear]]


class Restored:
    """What the earlier sittings of a run have left; nothing, in the first."""

    def __init__(self, members: Iterable[Member], journal: Journal) -> None:
        self._members, self._journal = {member.name: member for member in members}, journal
        self._cursors: dict[tuple[str, str], int] = {}
        self._silenced: set[str] = set()
        self.waiting: list[Waiting] = []

    async def fold(self, bus: Bus, snapshots: Snapshots | None = None) -> None:
        """Bring all who remember up to date, and find out what was not answered.

        Messages of types that nobody knows here, their plugin being absent, are skipped with a line.

        Args:
            bus: with the folds of those who will live on it.
            snapshots: whose last one they begin with, where it can be used.
        """
        self._cursors = await self._journal.cursors()
        with _without_collector():
            ears = self._ears()
            head = None if snapshots is None else await snapshots.restore(bus.committed)
            if head is not None:
                await self._reopen(bus, head, ears)
            strange = await self._read(bus, ears, head.seq if head else 0)
        self.waiting = [item for item in self.waiting if item.member.name not in self._silenced]
        for tag in sorted(strange):
            structlog.get_logger().warning("resume.skipped", messages=tag, because="its plugin is not loaded")

    async def _reopen(self, bus: Bus, head: Head, ears: Ears) -> None:
        """Look which messages are not answered yet that were not when the snapshot was taken."""
        for seq in sorted({seq for seqs in head.unanswered.values() for seq in seqs}):
            [record] = await self._journal.read(seq - 1, 1)
            self._wait(bus.decode(record), record.trace, ears)

    async def _read(self, bus: Bus, ears: Ears, last: int) -> set[str]:
        """Fold the messages after one. Returns the tags of those that nobody knows."""
        strange: set[str] = set()
        while page := await self._journal.read(last, PAGE):
            for record in page:
                if not bus.knows(record):
                    strange.add(record.tag)
                    continue
                envelope = bus.decode(record)
                bus.refold(envelope)
                self._wait(envelope, record.trace, ears)
                if isinstance(envelope.message, Silenced):
                    self._silenced.add(envelope.message.actor)
                elif isinstance(envelope.message, RunResumed):
                    self._silenced.clear()  # it had another chance
            last = page[-1].seq
        return strange

    def _wait(self, envelope: Envelope, lane: str, ears: Ears) -> None:
        for member, lanes, since in ears.get(type(envelope.message), ()):
            if envelope.seq > lanes.get(lane, since):
                self.waiting.append(Waiting(member, envelope, lane))

    def withdraw(self, kinds: tuple[type[Message], ...], batch: Batch) -> None:
        """Take back what was said to the built-in actors of an end that is void now."""
        void = [item for item in self.waiting if isinstance(item.envelope.message, kinds) and not item.member.plugin]
        self.waiting = [item for item in self.waiting if item not in void]
        for item in void:
            batch.cursors[item.member.name, item.lane] = item.envelope.seq

    async def count(self, bus: Bus, batch: Batch, *, crashed: bool, again: bool = False) -> None:
        """Note the attempts that begin now, and give up a message on which too many sittings have died.

        Only what comes first in its lane can have been at work when the last sitting ended.

        Args:
            bus: where a failed step is said.
            batch: that records the attempts.
            crashed: whether the last sitting was killed; one that was stopped counts for nothing.
            again: forget how often that has happened.

        Raises:
            GomeError: the run cannot do without an answer to such a message.
        """
        tried = await self._journal.attempts()
        heads = {(item.member.name, item.lane): item for item in reversed(self.waiting)}
        for place, item in heads.items():
            seq, count = tried.get(place, (0, 0))
            count = 0 if again else count * (seq == item.envelope.seq) + crashed
            if count > MOST_ATTEMPTS:
                self.waiting.remove(item)
                given_up = bus.post((_given_up(item, count),), actor=item.member.name, cause=item.envelope.seq)
                given_up.cursors[place] = item.envelope.seq
            elif count or place in tried:
                batch.attempts[place] = (item.envelope.seq, count)

    def join(self, batch: Batch, seq: int) -> None:
        """Record who sits in the sitting that begins with message `seq`: who is new hears from there on."""
        batch.cursors[RUNTIME, HEARS] = seq
        for name in self._members:
            if name in self._silenced or self._cursors.get((name, HEARS), ABSENT) == ABSENT:
                batch.cursors[name, HEARS] = seq - 1
        for name, lane in self._cursors:
            if lane == HEARS and name != RUNTIME and name not in self._members:
                batch.cursors[name, HEARS] = ABSENT
                structlog.get_logger().warning("resume.without", actor=name, because="its plugin is not loaded")

    def hand_over(self, bus: Bus) -> None:
        """Put what was not answered into the inboxes. Call it before the actors run."""
        for member, envelope, lane in self.waiting:
            bus.redeliver(member.inbox, envelope, lane)

    def _ears(self) -> Ears:
        found: Ears = {}
        for member in self._members.values():
            since = self._cursors.get((member.name, HEARS), ABSENT)
            if since == ABSENT:
                continue  # it is new, and hears from this sitting on
            own = {lane: seq for (name, lane), seq in self._cursors.items() if name == member.name}
            ear = Ear(member, {lane: max(seq, since) for lane, seq in own.items()}, since)
            for kind in member.actor.listens:
                found.setdefault(kind, []).append(ear)
        return found


@contextmanager
def _without_collector() -> Iterator[None]:
    """Leave the collector of cycles out of it: a history has none, and looking for them takes a third of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _given_up(item: Waiting, count: int) -> Message:
    """Return what is said in place of an answer."""
    what = f"message {item.envelope.seq}, a {type(item.envelope.message).__name__}"
    error = f"gome was killed {count} times in a row while {item.member.name} was at work on {what}"
    structlog.get_logger().error("resume.gave_up", error=error)
    if item.member.plugin:
        return Silenced(actor=item.member.name, error=error, trace=item.envelope.message.lane)
    if item.envelope.message.lane == NO_TRACE:
        raise GomeError(f"{error}; `gome resume RUN --again` tries it all the same")
    return StepFailed(trace=item.envelope.message.lane, actor=item.member.name, error=error)
