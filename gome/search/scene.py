"""All that the gradient's steps of one decision are chosen from, looked up once."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from gome.lineage import Lineage
from gome.messages import Hypothesis, Tried
from gome.search import Standing, Step
from gome.search.lines import Line, behind, lines
from gome.search.ratings import key

LAST_PART = 0.2  # of the budget, which belongs to the best line and to ensembling
MERGE_WITHIN = 4.0  # noise units that a second parent may be behind: what is worse brings nothing to a blend
AGAIN = 2  # trials that are to show that a solution's findings do not fit another
AT_ONCE = 2  # solutions that one step brings in: each is a question more, and a chance more of a bug
UNKNOWN = 4  # steps that may be under way on a solution before a model has said how many answers there are


class Scene:
    """All that the steps of one decision are chosen from, looked up once: there may be a thousand traces."""

    def __init__(self, standing: Standing) -> None:
        self.standing, self.lineage = standing, Lineage.of(standing.tried)
        self.lines = lines(standing, self.lineage)
        self.first = next(iter(self.lines.values()), None)
        self.near = list(self._near())
        reach = self.near if standing.left < LAST_PART else self.lines.values()
        self.moving = [line for line in reach if not line.stands_still and not self.spent(line.best.trial)]
        self.opened = len({item.trace for item in standing.tried} | {chain.trace for chain in standing.chains})
        self.starting = any(item.operator == "draft" and item.pending for item in standing.tried)
        self.taken: list[Step] = []
        self._tries: dict[str, list[Tried]] = {}  # by hypothesis
        self._problems = {item.trial: item.hypothesis.problem for item in standing.tried}
        self._pairs: set[frozenset[str | None]] = set()  # that were merged, or are about to be
        self._in_vain: Counter[str] = Counter()  # how often a solution was brought into another one, and nothing gained
        self._rest: dict[
            str, int
        ] = {}  # answers that were known and not yet tried when a solution was last asked about
        self._coming: Counter[str] = Counter()  # steps on a solution that were decided since, and have no trial yet
        for item in standing.tried:
            self._tries.setdefault(key(item.hypothesis), []).append(item)
            if item.rest is not None and item.parent is not None:
                self._rest[item.parent] = item.rest
            if item.operator == "merge":
                self._pairs.add(frozenset((item.parent, item.other)))
            if not (item.pending or item.accepted):
                self._in_vain.update(filter(None, (item.other, *item.others)))
        for step in standing.unwritten:
            self._expect(step)

    def take(self, steps: Sequence[Step]) -> None:
        """Add steps of a trace: those of the next one are chosen beside them."""
        self.taken += steps
        for step in steps:
            self._expect(step)

    def spent(self, trial: str) -> bool:
        """Whether nothing new is left to try on a solution."""
        return trial in self.standing.exhausted

    def done(self, parent: str, hypothesis: Hypothesis) -> bool:
        """Whether a hypothesis was tried on a solution, or led to it."""
        line = self.lineage.line(parent)
        return any(item.parent == parent or item.trial in line for item in self._tries.get(key(hypothesis), ()))

    def mergeable(self, one: str, other: str) -> bool:
        """Whether neither solution holds the other, and nobody has merged them or is about to."""
        if other in self.lineage.line(one) or one in self.lineage.line(other):
            return False
        return frozenset((one, other)) not in self._pairs and f"{one}+{other}" not in self.standing.exhausted

    def beside(self, line: Line) -> tuple[str, ...]:
        """Return solutions whose findings the line's best may take over: they answer other problems than it does.

        A solution that was brought in AGAIN times in vain is left where it is.
        """
        best = line.best.trial
        mine = self.lineage.line(best)
        found = []
        for head in line.heads[1:]:
            theirs = self.lineage.line(head.trial)
            if self._in_vain[head.trial] < AGAIN and not self._answers(theirs - mine) & self._answers(mine - theirs):
                found.append(head.trial)
        return tuple(found[:AT_ONCE])

    def has_room(self, trial: str) -> bool:
        """Whether another step on a solution may be decided: more answers are known than were asked for."""
        return not self.spent(trial) and self._coming[trial] < max(self._rest.get(trial, UNKNOWN), 1)

    def with_room(self) -> Tried | None:
        """Return the best solution with room for another step."""
        return next((item for item in self.unspent if self.has_room(item.trial)), None)

    @cached_property
    def unspent(self) -> Sequence[Tried]:
        """Solutions on which something may be left to try, the best first."""
        left = [i for i in self.standing.tried if not i.pending and i.score is not None and not self.spent(i.trial)]
        return sorted(left, key=lambda item: -self.standing.worth(item.score or 0.0))

    def _answers(self, trials: Iterable[str]) -> set[str]:
        """The problems that these trials answered."""
        return {self._problems.get(trial, "") for trial in trials} - {""}

    def _near(self) -> Iterator[Line]:
        """Lines near enough to the best to be merged with it, the best first."""
        for line in self.lines.values():  # the best first
            if self.first is None or behind(self.standing, self.first.best, line.best) > MERGE_WITHIN:
                return
            yield line

    def _expect(self, step: Step) -> None:
        self.starting |= step.operator == "draft"
        if step.operator == "merge":
            self._pairs.add(frozenset((step.parent, step.other)))
        elif step.operator == "improve" and step.parent is not None:
            self._coming[step.parent] += 1
