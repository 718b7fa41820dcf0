"""The gradient strategy: repair what failed, else take the best answer to the diagnosis of the trace's best.

Ratings are weighed as in the released code of the paper (alignment 0.2, impact 0.4, novelty 0.2,
feasibility 0.1, risk 0.1); momentum adds what similar steps gained elsewhere.
"""

from collections.abc import Sequence

from gome.messages import Hypothesis, Proposal, TraceId, Tried, Weighted
from gome.search import Choice, Step
from gome.similarity import Similarity

MAX_REPAIRS = 2  # of one solution in a row, before its trace returns to its best
MAX_RESTARTS = 2  # first solutions that may fail in one trace before it closes
MOMENTUM = 0.5  # how much a success of weight 1 adds to a rating, which runs from 0.1 to 1
SAYS_NOTHING = 0.05  # a pull below this is not worth naming
IN_FLIGHT = 0.25  # taken off a hypothesis that another trace is trying now


class Gradient:
    """Directed updates: what to change follows from why the score is what it is."""

    diagnoses = True

    def __init__(self) -> None:
        self._similarity = Similarity()

    def step(self, trace: TraceId, tried: Sequence[Tried], best: str | None, /) -> Step:
        """See Strategy.step."""
        own = [item for item in tried if item.trace == trace]
        if not own:
            return Step(operator="draft", reason="the trace's first solution")
        last = own[-1]
        repairs = 0
        for item in reversed(own):
            if item.score is not None or not item.error:
                break
            repairs += 1
        if 0 < repairs <= MAX_REPAIRS:
            return Step(operator="repair", parent=last.trial, reason=f"{last.trial} failed: {last.error}")
        if best is not None:
            return Step(operator="improve", parent=best, reason=f"{best} is the trace's best")
        if sum(item.operator == "draft" for item in own) <= MAX_RESTARTS:
            return Step(operator="draft", reason=f"no valid solution after {len(own)} trials: start again")
        return Step(operator="close", reason=f"no valid solution after {len(own)} trials")

    def choose(
        self, proposal: Proposal, momentum: Sequence[Weighted], tried: Sequence[Tried], parent: str, /
    ) -> Choice | None:
        """See Strategy.choose."""
        done = {key(item.hypothesis) for item in tried if item.parent == parent}
        flying = {key(item.hypothesis) for item in tried if item.score is None and not item.error}
        best: tuple[float, Hypothesis, list[Weighted]] | None = None
        for hypothesis in proposal.hypotheses:
            if key(hypothesis) in done:
                continue
            pull, items = self._pull(hypothesis, momentum)
            value = rating(hypothesis) + MOMENTUM * pull - IN_FLIGHT * (key(hypothesis) in flying)
            if best is None or value > best[0]:
                best = (value, hypothesis, items)
        if best is None:
            return None
        value, hypothesis, items = best
        reason = f"rated {rating(hypothesis):.2f} for “{hypothesis.problem or hypothesis.component}”"
        if items:
            reason += "; borrowed from " + ", ".join(f"{i.success.trial} ({i.why})" for i in items)
        return Choice(hypothesis=hypothesis, reason=reason, borrowed=tuple(i.success.trial for i in items))

    def _pull(self, hypothesis: Hypothesis, momentum: Sequence[Weighted]) -> tuple[float, list[Weighted]]:
        """How strongly past successes speak for a hypothesis, 0 to 1, and which do."""
        own = self._similarity.vector(words(hypothesis))
        alike = self._similarity.between(own, [self._similarity.vector(words(i.success.hypothesis)) for i in momentum])
        pulls = []
        for item, likeness in zip(momentum, alike, strict=True):
            same = bool(hypothesis.move) and hypothesis.move == item.success.hypothesis.move
            pulls.append((item.weight * (1.0 if same else float(likeness)), item))
        speaking = [(pull, item) for pull, item in pulls if pull > SAYS_NOTHING]
        return max((pull for pull, _ in speaking), default=0.0), [item for _, item in speaking]


def rating(hypothesis: Hypothesis) -> float:
    """Return the weighed ratings, 0.1 to 1."""
    h = hypothesis
    return (0.2 * h.alignment + 0.4 * h.impact + 0.2 * h.novelty + 0.1 * h.feasibility + 0.1 * h.risk) / 10


def key(hypothesis: Hypothesis) -> str:
    """Return what makes a hypothesis the same as another: its move, or its words."""
    return hypothesis.move or " ".join(words(hypothesis).lower().split())


def words(hypothesis: Hypothesis) -> str:
    """Return the text by which hypotheses are compared."""
    return f"{hypothesis.caption} {hypothesis.statement}"
