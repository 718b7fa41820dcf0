"""Kill actors at every commit, and see that nothing is lost and nothing is done twice."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence

import msgspec

from gome.errors import StoreError, only
from gome.journal import Batch
from gome.messages import Message
from gome.testing.journal import MemoryJournal
from gome.testing.life import DoneTwice, Make, Recall, actors, check, live
from gome.testing.samples import samples

MOST_LIVES = 1000


class Lost(AssertionError):
    """Raised when a run that was killed ends with other messages than one that was not."""


class Crashed(msgspec.Struct, frozen=True, kw_only=True):
    """What a campaign has shown."""

    commits: int  # of the run that nobody killed
    kills: int
    repeated: tuple[str, ...]  # effects that a kill left in doubt, and that were done again: make them harmless


class _Doomed(MemoryJournal):
    """A journal whose process dies at a commit: before it is on disk, or after, and before anybody knows."""

    def __init__(self) -> None:
        super().__init__()
        self.dies_at: int | None = None  # commits of this life
        self.keeps = False
        self._lived = 0

    def next_life(self, dies_at: int | None = None, *, keeps: bool = False) -> None:
        self.dies_at, self.keeps, self._lived = dies_at, keeps, 0

    async def commit(self, batch: Batch, /) -> None:
        dies = self._lived == self.dies_at
        self._lived += 1
        if not dies or self.keeps:
            await super().commit(batch)
        if dies:
            self.dies_at = None
            raise StoreError("killed")


async def crash(
    make: Make,
    messages: Sequence[Message] | None = None,
    *,
    done: Callable[[], Iterable[Hashable]] | None = None,
    same: bool = True,
    recall: Recall = lambda: None,
    whole: Callable[[MemoryJournal], None] = lambda _: None,
) -> Crashed:
    """Kill actors at every commit of a run, once before it is on disk and once after; then at every one in turn.

    After each kill new actors go on from the journal, as `gome resume` does. It must end as a run does that nobody
    kills: with the same messages, each answered once, and with no effect performed whose outcome was on record.

        async def test_my_actor_survives():
            await crash(MyActor, [TrialFinished(...)])

    Args:
        make: returns an actor, or several; new ones each time, as nothing in memory survives.
        messages: what they hear; by default two samples of each type that they listen to, in two traces.
        done: returns all that they have done in the world so far, as far as you can see it there. Nothing may have
            been done more often than in a run that nobody kills, but for effects that a kill left in doubt.
        same: whether a killed run must say the same; not if what actors say depends on the order across traces.
        recall: called when new actors have folded what is on record, for what they share with one another.
        whole: looks at what each run has left, that which nobody kills included; raises AssertionError.

    Raises:
        DoneTwice, LaneBroken, Lost: what went wrong, and at which kill.
    """
    told = samples(actors(make)) if messages is None else messages
    campaign = _Campaign(make, told, done or (lambda: ()), recall, whole, same=same)
    return await campaign.run()


class _Campaign:
    def __init__(
        self,
        make: Make,
        messages: Sequence[Message],
        done: Callable[[], Iterable[Hashable]],
        recall: Recall,
        whole: Callable[[MemoryJournal], None],
        *,
        same: bool,
    ) -> None:
        self._whole = whole
        self._make, self._messages, self._done, self._recall, self._same = make, messages, done, recall, same
        self._repeated: set[str] = set()
        self._kills = 0

    async def run(self) -> Crashed:
        calm = _Doomed()
        before = Counter(self._done())
        await live(self._make, self._messages, calm, recall=self._recall)
        check(self._make, calm, lived_once=True)
        self._whole(calm)
        calm_done = Counter(self._done()) - before
        for number in range(calm.commits):
            for keeps in (False, True):
                where = (
                    f"killed at commit {number + 1} of {calm.commits}, {'after' if keeps else 'before'} it was on disk"
                )
                await self._survive(calm, calm_done, [number], keeps=keeps, where=where)
        every = [0] * MOST_LIVES
        await self._survive(calm, calm_done, every, keeps=True, where="killed after every commit")
        return Crashed(commits=calm.commits, kills=self._kills, repeated=tuple(sorted(self._repeated)))

    async def _survive(
        self, calm: _Doomed, calm_done: Counter[Hashable], deaths: Sequence[int], *, keeps: bool, where: str
    ) -> None:
        journal, performed, before = _Doomed(), Counter[str](), Counter(self._done())
        try:
            await self._lives(journal, performed, deaths, keeps=keeps)
            check(self._make, journal, lived_once=False)
            self._whole(journal)
        except AssertionError as error:
            raise type(error)(f"{where}: {error}") from error
        twice = {key for key, times in performed.items() if times > 1}
        self._repeated |= twice
        more = Counter(self._done()) - before - calm_done
        if more.total() > sum(performed[key] - 1 for key in twice):
            raise DoneTwice(f"{where}: done more often than without: {', '.join(map(repr, more))}")
        if self._same and (lost := _said(calm) - _said(journal)) + (_said(journal) - _said(calm)):
            other = next(iter(lost or _said(journal) - _said(calm)))
            raise Lost(f"{where}: {'not said' if lost else 'said in addition'}: {other}")

    async def _lives(self, journal: _Doomed, performed: Counter[str], deaths: Sequence[int], *, keeps: bool) -> None:
        for dies_at in deaths:
            journal.next_life(dies_at, keeps=keeps)
            try:
                await live(self._make, self._messages, journal, performed=performed, recall=self._recall)
            except BaseExceptionGroup as group:
                error = only(group)
                if not isinstance(error, StoreError):
                    raise error from None
                self._kills += 1
            except StoreError:
                self._kills += 1
            else:
                return
        journal.next_life()
        await live(self._make, self._messages, journal, performed=performed, recall=self._recall)


def _said(journal: MemoryJournal) -> Counter[tuple[str, str, str]]:
    """Return what was said, without the order."""
    return Counter((record.actor, record.trace, record.body) for record in journal.records)
