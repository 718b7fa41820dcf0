"""The gradient strategy: repair what failed, else take the best answer to the diagnosis of the trace's best.

Several traces share what they learn. One that stands still borrows what worked elsewhere, is merged with another,
begins again from an unlike start, or joins the leader; the last part of the budget is the leader's.
"""

from collections.abc import Iterator, Sequence

from gome.messages import Hypothesis, Proposal, Tried, Weighted
from gome.search import Choice, Standing, Step
from gome.search.ratings import Promises, key, rating, words
from gome.search.traces import PATIENCE, Record, deficit, leader, records
from gome.similarity import Similarity

MAX_REPAIRS = 2  # of one solution in a row, before its trace returns to its best
MAX_RESTARTS = 2  # first solutions that may fail in one trace before it closes
MOMENTUM = 0.5  # how much a success of weight 1 adds to a rating, which runs from 0.1 to 1
SAYS_NOTHING = 0.05  # a pull below this is not worth naming
IN_FLIGHT = 0.25  # taken off a hypothesis that another trace is trying now
FAILED_ELSEWHERE = 0.05  # taken off a hypothesis for each other solution on which it gained nothing, three at most
LAST_PART = 0.2  # of the budget, which belongs to the leader and to ensembling
RESTARTS_UNTIL = 0.4  # share of the budget below which a new start would come too late
MERGE_WITHIN = 4.0  # noise units that a second parent may be behind: what is worse brings nothing to a blend
JOIN_FROM = 0.75  # share of the budget that is left when traces that are behind first join the leader
CLOSE_BY = 1.0  # noise units within which a trace is not behind
POOR = 0.25  # of the leader's expected gain per device-second, below which a trace's steps are spent on the leader
POOR_FROM = 0.5  # share of the budget that is left when traces are first compared so


class Gradient:
    """Directed updates: what to change follows from why the score is what it is."""

    diagnoses = True

    def __init__(self) -> None:
        self._similarity = Similarity()

    def steps(self, standing: Standing, /) -> Sequence[Step]:
        """See Strategy.steps. The trace that promises most per device-second comes first."""
        found = records(standing)
        first = leader(standing, found.values())
        idle = sorted((found[chain.trace] for chain in standing.idle), key=lambda record: -record.rate)
        taken: list[Step] = []
        for record in idle:
            taken += self._step(standing, record, first, found, taken)
        return taken

    def _step(
        self,
        standing: Standing,
        record: Record,
        first: Record | None,
        found: dict[str, Record],
        before: Sequence[Step],
    ) -> Sequence[Step]:
        trace, own, best = record.chain.trace, record.own, record.best
        if not own:
            start = record.chain.start
            return [Step(trace=trace, operator="draft", hypothesis=start, reason="the trace's first solution")]
        if 0 < record.repairs <= MAX_REPAIRS:
            last = own[-1]
            return [
                Step(trace=trace, operator="repair", parent=last.trial, reason=f"{last.trial} failed: {last.error}")
            ]
        if best is None:
            if sum(item.operator == "draft" for item in own) <= MAX_RESTARTS:
                reason = f"no valid solution after {len(own)} trials: start again"
                return [Step(trace=trace, operator="draft", reason=reason)]
            return [Step(trace=trace, operator="close", reason=f"no valid solution after {len(own)} trials")]
        if first is None or first.best is None:  # a best of its own is among the bests
            return [Step(trace=trace, operator="close", reason="no trace has a score")]
        if record.stagnant or best.trial in standing.exhausted:
            return list(self._moved_on(standing, record, first, found, before))
        if best.trial != first.best.trial:
            if standing.left < LAST_PART:
                return [self._join(standing, record, first, "the last part of the budget is the leader's")]
            if standing.left < JOIN_FROM and deficit(standing, record, first) > CLOSE_BY:
                return [self._join(standing, record, first, f"{trace} is behind by more than noise")]
            if standing.left < POOR_FROM and record.rate < POOR * first.rate:
                share = f"{record.rate / first.rate:.0%}"
                why = f"{trace} promises {share} of what {first.chain.trace} does per device-second"
                return [self._join(standing, record, first, why)]
        return [Step(trace=trace, operator="improve", parent=best.trial, reason=f"{best.trial} is the trace's best")]

    def _moved_on(
        self,
        standing: Standing,
        record: Record,
        first: Record,
        found: dict[str, Record],
        before: Sequence[Step],
    ) -> Iterator[Step]:
        """What a trace does that stands still: borrow, merge, begin again, join the leader, go on, or end."""
        trace, best = record.chain.trace, record.best
        assert best is not None and first.best is not None, "told apart by the caller"  # noqa: PT018
        still = (
            "has nothing new to try" if best.trial in standing.exhausted else f"stands still for {record.still} trials"
        )
        for item in record.chain.momentum:
            success = item.success
            if not _done(standing, best.trial, success.hypothesis):
                yield Step(
                    trace=trace,
                    operator="improve",
                    parent=best.trial,
                    hypothesis=success.hypothesis,
                    borrowed=(success.trial,),
                    reason=f"{trace} {still}: borrow what gained {success.gain:.1f} noise units in {success.trial}",
                )
                return
        if (merge := _merge(standing, record, found, still)) is not None:
            yield merge
            return
        if best.trial != first.best.trial:
            closing = sum(step.operator == "close" for step in before)
            if standing.left > RESTARTS_UNTIL and closing == 0 and _opened(standing) < 2 * standing.width:
                yield from _elsewhere(trace, f"{still}, and is not the best")
            else:
                yield self._join(standing, record, first, f"{trace} {still}")
        elif best.trial in standing.exhausted or (record.still >= 2 * PATIENCE and standing.left > RESTARTS_UNTIL):
            yield from _elsewhere(trace, f"{still} on {best.trial}, the best of all")
        else:
            reason = f"{best.trial} is the best of all, though it {still}"
            yield Step(trace=trace, operator="improve", parent=best.trial, reason=reason)

    def _join(self, standing: Standing, record: Record, first: Record, why: str) -> Step:
        """The trace goes on from the leader's best: first with what gained on its own way, then with what is new."""
        assert record.best is not None and first.best is not None  # noqa: PT018 - told apart by the caller
        trace, leads, own = record.chain.trace, first.best.trial, record.best
        if own.accepted and own.operator == "improve" and not _done(standing, leads, own.hypothesis):
            reason = f"{why}: carry over to {leads} what gained {own.gain or 0.0:.1f} noise units in {own.trial}"
            idea, giver = own.hypothesis, (own.trial,)
            return Step(trace=trace, operator="improve", parent=leads, hypothesis=idea, borrowed=giver, reason=reason)
        late = standing.left < LAST_PART
        if late and _mergeable(standing, leads, own.trial) and deficit(standing, record, first) <= MERGE_WITHIN:
            return _merger(trace, leads, own.trial, f"{why}: {leads} with what {own.trial} has")
        if leads in standing.exhausted:
            reason = f"{why}, which has nothing more to try"
            return Step(trace=trace, operator="improve", parent=own.trial, reason=reason)
        return Step(trace=trace, operator="improve", parent=leads, reason=f"{why}: go on from {leads}")

    def choose(
        self, proposal: Proposal, momentum: Sequence[Weighted], tried: Sequence[Tried], parent: str, /
    ) -> Choice | None:
        """See Strategy.choose."""
        done = {key(item.hypothesis) for item in tried if item.parent == parent}
        flying = {key(item.hypothesis) for item in tried if item.score is None and not item.error}
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
            value -= IN_FLIGHT * (name in flying) + FAILED_ELSEWHERE * min(failed.get(name, 0), 3)
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


def _done(standing: Standing, parent: str, hypothesis: Hypothesis) -> bool:
    """Whether a hypothesis was tried on a solution, or led to it."""
    name = key(hypothesis)
    return any(name == key(item.hypothesis) for item in standing.tried if parent in (item.parent, item.trial))


def _merge(standing: Standing, record: Record, found: dict[str, Record], still: str) -> Step | None:
    """The trace's best with that of the best other trace that it was not merged with, and that is not far behind."""
    assert record.best is not None  # told apart by the caller
    others = [
        other
        for other in found.values()
        if other.best is not None
        and other.best.score is not None
        and _mergeable(standing, record.best.trial, other.best.trial)
        and deficit(standing, other, record) <= MERGE_WITHIN
    ]
    if not others:
        return None
    other = max(others, key=lambda o: standing.worth(o.best.score))  # type: ignore[union-attr,arg-type]
    assert other.best is not None, "it was filtered for"
    trace = record.chain.trace
    reason = f"{trace} {still}: merge it with {other.best.trial}, the best of {other.chain.trace}"
    return _merger(trace, record.best.trial, other.best.trial, reason)


def _elsewhere(trace: str, why: str) -> Iterator[Step]:
    """The trace ends, and another begins in its place."""
    yield Step(trace=trace, operator="close", reason=f"{trace} {why}: begin elsewhere")
    yield Step(operator="draft", reason=f"in place of {trace}: a start unlike all others")


def _mergeable(standing: Standing, one: str, other: str) -> bool:
    """Whether two solutions are two, and nobody has merged them or is about to."""
    if one == other or f"{one}+{other}" in standing.exhausted:
        return False
    pair = {one, other}
    tried = ({item.parent, item.other} for item in standing.tried if item.operator == "merge")
    coming = ({step.parent, step.other} for step in standing.unwritten if step.operator == "merge")
    return pair not in [*tried, *coming]


def _merger(trace: str, parent: str, other: str, reason: str) -> Step:
    hypothesis = Hypothesis(
        caption=f"Merge {parent} with {other}",
        statement=f"Keep {parent} as it is and bring in what {other} does differently; blend what both predict.",
        component="ensemble",
        move=f"merge:{other}",
        effect=0.5,
    )
    return Step(trace=trace, operator="merge", parent=parent, other=other, hypothesis=hypothesis, reason=reason)


def _opened(standing: Standing) -> int:
    """How many traces the run has had, the open ones included."""
    return len({item.trace for item in standing.tried} | {chain.trace for chain in standing.chains})
