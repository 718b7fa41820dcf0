"""The gradient strategy: repair what failed, else take the best answer to the diagnosis of the line's best.

Traces share what they learn, and work on lines: all solutions that began with one start. A trace goes on with the best
line that still moves, first merging into it what it found itself since both were one. When no line moves, it borrows
what worked elsewhere, merges two lines, or begins again from an unlike start; the last part of the budget is for
the best line.
"""

from collections.abc import Iterator, Sequence

from gome.lineage import Lineage
from gome.messages import Hypothesis, Proposal, Tried, Weighted
from gome.search import Choice, Standing, Step
from gome.search.lines import Line, behind, lines
from gome.search.ratings import Promises, key, rating, words
from gome.search.traces import Record, records
from gome.similarity import Similarity

MAX_REPAIRS = 2  # of one solution in a row, before its trace returns to its best
MAX_RESTARTS = 2  # first solutions that may fail in one trace before it closes
MOMENTUM = 0.5  # how much a success of weight 1 adds to a rating, which runs from 0.1 to 1
SAYS_NOTHING = 0.05  # a pull below this is not worth naming
IN_FLIGHT = 0.25  # taken off what another trace is trying now, or answers the same problem on this line
FAILED_ELSEWHERE = 0.05  # taken off a hypothesis for each other solution on which it gained nothing, three at most
LAST_PART = 0.2  # of the budget, which belongs to the best line and to ensembling
RESTARTS_UNTIL = 0.4  # share of the budget below which a new start would come too late
MERGE_WITHIN = 4.0  # noise units that a second parent may be behind: what is worse brings nothing to a blend
CLOSE_BY = 1.0  # noise units within which a line is not behind another
BORROWS = 2  # successes borrowed in turn by a line that stands still, before something else is tried


class Gradient:
    """Directed updates: what to change follows from why the score is what it is."""

    diagnoses = True

    def __init__(self) -> None:
        self._similarity = Similarity()

    def steps(self, standing: Standing, /) -> Sequence[Step]:
        """See Strategy.steps. The trace that promises most per device-second comes first."""
        found = records(standing)
        scene = _Scene(standing)
        for record in sorted((found[chain.trace] for chain in standing.idle), key=lambda record: -record.rate):
            scene.take(_step(scene, record))
        return scene.taken

    def choose(
        self, proposal: Proposal, momentum: Sequence[Weighted], tried: Sequence[Tried], parent: str, /
    ) -> Choice | None:
        """See Strategy.choose."""
        done = {key(item.hypothesis) for item in tried if item.parent == parent}
        flying = [item for item in tried if item.score is None and not item.error]
        coming = {key(item.hypothesis) for item in flying}
        beside = _problems_beside(flying, tried, parent)
        failed: dict[str, int] = {}
        for item in tried:
            if not item.pending and not item.accepted:
                failed[key(item.hypothesis)] = failed.get(key(item.hypothesis), 0) + 1
        promises = Promises(tried)
        best: tuple[float, Hypothesis, list[Weighted]] | None = None
        for hypothesis in proposal.hypotheses:
            name = key(hypothesis)
            if name in done:
                continue
            pull, items = self._pull(hypothesis, momentum)
            value = rating(hypothesis, promises.kept(hypothesis)) + MOMENTUM * pull
            value -= IN_FLIGHT * (name in coming or hypothesis.problem in beside)
            value -= FAILED_ELSEWHERE * min(failed.get(name, 0), 3)
            if best is None or value > best[0]:
                best = (value, hypothesis, items)
        if best is None:
            return None
        value, hypothesis, items = best
        kept = promises.kept(hypothesis)
        reason = f"rated {rating(hypothesis, kept):.2f} for “{hypothesis.problem or hypothesis.component}”"
        if abs(kept - 1.0) > 0.05:
            reason += f" ({kept:.0%} of such promises came true)"
        if items:
            reason += "; borrowed from " + ", ".join(f"{i.success.trial} ({i.why})" for i in items)
        return Choice(hypothesis=hypothesis, reason=reason, borrowed=tuple(i.success.trial for i in items))

    def _pull(self, hypothesis: Hypothesis, momentum: Sequence[Weighted]) -> tuple[float, list[Weighted]]:
        """How strongly past successes speak for a hypothesis, 0 to 1, and which do."""
        if not momentum:
            return 0.0, []
        alike = self._similarity.between(words(hypothesis), [words(item.success.hypothesis) for item in momentum])
        pulls = []
        for item, likeness in zip(momentum, alike, strict=True):
            same = bool(hypothesis.move) and hypothesis.move == item.success.hypothesis.move
            pulls.append((item.weight * (1.0 if same else float(likeness)), item))
        speaking = [(pull, item) for pull, item in pulls if pull > SAYS_NOTHING]
        return max((pull for pull, _ in speaking), default=0.0), [item for _, item in speaking]


def _problems_beside(flying: Sequence[Tried], tried: Sequence[Tried], parent: str) -> set[str]:
    """Return the problems that are being answered on the line of a solution."""
    if not flying:
        return set()
    lineage = Lineage.of(tried)
    root = lineage.root(parent)
    return {item.hypothesis.problem for item in flying if lineage.root(item.trial) == root} - {""}


class _Scene:
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
        self._merged = {mark.rpartition("+")[2] for mark in standing.exhausted if "+" in mark}  # or brought nothing new
        self._pairs: set[frozenset[str | None]] = set()  # that were merged, or are about to be
        self._merging: set[str] = set()  # roots of lines whose solutions are being merged
        for item in standing.tried:
            self._tries.setdefault(key(item.hypothesis), []).append(item)
            if item.operator == "merge":
                self._merged.update(filter(None, (item.other, *item.others)))
                self._merge(item, under_way=item.pending)
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

    def worth_merging(self, head: str) -> bool:
        """Whether a solution was not merged into another yet, and brought something new where it was to be."""
        return head not in self._merged

    def merging(self, line: Line) -> bool:
        """Whether solutions of a line are being merged."""
        return line.root in self._merging

    def _near(self) -> Iterator[Line]:
        """Lines near enough to the best to be merged with it, the best first."""
        for line in self.lines.values():  # the best first
            if self.first is None or behind(self.standing, self.first.best, line.best) > MERGE_WITHIN:
                return
            yield line

    def _expect(self, step: Step) -> None:
        self.starting |= step.operator == "draft"
        if step.operator == "merge":
            self._merge(step, under_way=True)

    def _merge(self, one: Step | Tried, *, under_way: bool) -> None:
        self._pairs.add(frozenset((one.parent, one.other)))
        if under_way and one.parent:
            self._merging.add(self.lineage.root(one.parent))


def _step(scene: _Scene, record: Record) -> Sequence[Step]:
    trace, own, best = record.chain.trace, record.own, record.best
    if not own:
        return [Step(trace=trace, operator="draft", hypothesis=record.chain.start, reason="the trace's first solution")]
    if 0 < record.repairs <= MAX_REPAIRS:
        last = own[-1]
        return [Step(trace=trace, operator="repair", parent=last.trial, reason=f"{last.trial} failed: {last.error}")]
    if best is None:
        if sum(item.operator == "draft" for item in own) <= MAX_RESTARTS:
            reason = f"no valid solution after {len(own)} trials: start again"
            return [Step(trace=trace, operator="draft", reason=reason)]
        return [Step(trace=trace, operator="close", reason=f"no valid solution after {len(own)} trials")]
    return _onward(scene, record, best)


def _onward(scene: _Scene, record: Record, own: Tried) -> Sequence[Step]:
    """The next step of a trace with a solution of its own: on the line that it is best spent on."""
    trace, standing, first, moving = record.chain.trace, scene.standing, scene.first, scene.moving
    mine = scene.lines.get(scene.lineage.root(own.trial))
    if mine is None or first is None:
        return [_improve(scene, trace, own, "it is the trace's best")]
    if not moving:
        return _moved_on(scene, record, first)
    best = moving[0]
    if mine in moving and behind(standing, best.best, mine.best) <= CLOSE_BY:
        best = mine
    leads = best.best.trial
    if best.root != mine.root:
        why = "stands still" if mine not in moving else "is behind by more than noise"
        return [_improve(scene, trace, best.best, f"{trace} {why}")]
    others = [head.trial for head in best.heads[1:] if scene.worth_merging(head.trial)]
    if others and not scene.merging(best):
        return [_merger(trace, leads, others, f"{leads} with what {' and '.join(others)} found beside it")]
    return [_improve(scene, trace, best.best, "it is the line's best")]


def _moved_on(scene: _Scene, record: Record, first: Line) -> Sequence[Step]:
    """What a trace does when no line moves: borrow, merge, begin again, or go on with the best, or end."""
    trace, standing, best = record.chain.trace, scene.standing, first.best
    still = "has nothing new to try" if scene.spent(best.trial) else f"stands still for {first.still} trials"
    fresh = [item for item in record.chain.momentum if not scene.done(best.trial, item.success.hypothesis)]
    if fresh and len(record.chain.momentum) - len(fresh) < BORROWS:
        success = fresh[0].success
        return [
            Step(
                trace=trace,
                operator="improve",
                parent=best.trial,
                hypothesis=success.hypothesis,
                borrowed=(success.trial,),
                reason=f"{best.trial} {still}: borrow what gained {success.gain:.1f} noise units in {success.trial}",
            )
        ]
    for line in scene.near:
        other = line.best.trial
        if scene.mergeable(best.trial, other):
            return [
                _merger(trace, best.trial, [other], f"{best.trial} {still}: merge it with {other}, of another start")
            ]
    if standing.left > RESTARTS_UNTIL and not scene.starting and scene.opened < 2 * standing.width + 2:
        return [
            Step(trace=trace, operator="close", reason=f"{best.trial} {still}, and no other line moves"),
            Step(operator="draft", reason=f"in place of {trace}: a start unlike all others"),
        ]
    return [_improve(scene, trace, best, f"{best.trial} {still}")]


def _improve(scene: _Scene, trace: str, best: Tried, why: str) -> Step:
    """A step on a solution, or on the best on which something is left to try; where there is none, the trace ends."""
    standing = scene.standing
    if scene.spent(best.trial):
        left = [i for i in standing.tried if not i.pending and i.score is not None and not scene.spent(i.trial)]
        if not left:
            return Step(trace=trace, operator="close", reason="nothing is left to try on any solution")
        best = max(left, key=lambda item: standing.worth(item.score or 0.0))
    return Step(trace=trace, operator="improve", parent=best.trial, reason=f"{why}: go on from {best.trial}")


def _merger(trace: str, parent: str, others: Sequence[str], reason: str) -> Step:
    other = " and ".join(others)
    hypothesis = Hypothesis(
        caption=f"Merge {parent} with {other}",
        statement=f"Keep {parent} as it is and bring in what {other} does differently; blend what both predict.",
        component="ensemble",
        move=f"merge:{'+'.join(others)}",
        effect=0.5,
    )
    return Step(
        trace=trace,
        operator="merge",
        parent=parent,
        other=others[0],
        others=tuple(others[1:]),
        hypothesis=hypothesis,
        reason=reason,
    )
