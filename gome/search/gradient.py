"""The gradient strategy: repair what failed, else take the best answer to the diagnosis of the line's best.

Traces share what they learn, and work on lines: all solutions that began with one start. A trace goes on with the best
line that still moves; what others found beside its best is brought in by the same step, and takes no trial of its own.
On one solution no more steps are under way than there are known answers to try: the other traces take the next best
one. When no line moves, a trace borrows what worked elsewhere, merges two lines, or begins again from an unlike start;
the last part of the budget is for the best line.
"""

from collections.abc import Sequence

from gome.lineage import Lineage
from gome.messages import Hypothesis, Proposal, Tried, Weighted
from gome.search import Choice, Standing, Step
from gome.search.lines import Line, behind
from gome.search.merging import merging
from gome.search.ratings import Promises, key, rating, words
from gome.search.scene import Scene
from gome.search.traces import Record, records
from gome.similarity import Similarity

MAX_REPAIRS = 2  # of one solution in a row, before its trace returns to its best
MAX_RESTARTS = 2  # first solutions that may fail in one trace before it closes
MOMENTUM = 0.5  # how much a success of weight 1 adds to a rating, which runs from 0.1 to 1
SAYS_NOTHING = 0.05  # a pull below this is not worth naming
IN_FLIGHT = 0.25  # taken off what another trace is trying now, or answers the same problem on this line
FAILED_ELSEWHERE = 0.05  # taken off a hypothesis for each other solution on which it gained nothing, three at most
RESTARTS_UNTIL = 0.4  # share of the budget below which a new start would come too late
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
        scene = Scene(standing)
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
        fresh = set()
        for hypothesis in proposal.hypotheses:
            name = key(hypothesis)
            if name in done:
                continue
            fresh.add(name)
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
        borrowed = tuple(i.success.trial for i in items)
        return Choice(hypothesis=hypothesis, reason=reason, borrowed=borrowed, rest=len(fresh) - 1)

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


def _step(scene: Scene, record: Record) -> Sequence[Step]:
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


def _onward(scene: Scene, record: Record, own: Tried) -> Sequence[Step]:
    """The next step of a trace with a solution of its own: on the line that it is best spent on."""
    trace, standing, first, moving = record.chain.trace, scene.standing, scene.first, scene.moving
    mine = scene.lines.get(scene.lineage.root(own.trial))
    if mine is None or first is None:
        return _improve(scene, trace, own, "it is the trace's best")
    if not moving:
        return _moved_on(scene, record, first)
    best = moving[0]
    if mine in moving and behind(standing, best.best, mine.best) <= CLOSE_BY:
        best = mine
    if best.root != mine.root:
        why = "stands still" if mine not in moving else "is behind by more than noise"
        return _improve(scene, trace, best.best, f"{trace} {why}", scene.beside(best))
    return _improve(scene, trace, best.best, "it is the line's best", scene.beside(best))


def _moved_on(scene: Scene, record: Record, first: Line) -> Sequence[Step]:
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
    return _improve(scene, trace, best, f"{best.trial} {still}")


def _improve(scene: Scene, trace: str, best: Tried, why: str, beside: Sequence[str] = ()) -> Sequence[Step]:
    """A step on a solution, with what was found beside it; or on the best that has room for one; else none.

    The trace rests where answers to come may leave something to try, and ends where nothing is left on any solution.
    """
    if not scene.has_room(best.trial):
        room = scene.with_room()
        if room is None:
            left = scene.unspent
            return (
                [] if left else [Step(trace=trace, operator="close", reason="nothing is left to try on any solution")]
            )
        if not scene.spent(best.trial):
            why = f"{best.trial} has as many steps under way as there are known answers"
        best, beside = room, ()
    more = f" with what {' and '.join(beside)} found beside it" if beside else ""
    return [
        Step(
            trace=trace,
            operator="improve",
            parent=best.trial,
            other=beside[0] if beside else None,
            others=tuple(beside[1:]),
            reason=f"{why}: go on from {best.trial}{more}",
        )
    ]


def _merger(trace: str, parent: str, others: Sequence[str], reason: str) -> Step:
    return Step(
        trace=trace,
        operator="merge",
        parent=parent,
        other=others[0],
        others=tuple(others[1:]),
        hypothesis=merging(parent, others),
        reason=reason,
    )
