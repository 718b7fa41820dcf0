"""What a hypothesis is worth before its trial: ratings, corrected by what was promised and what came.

Ratings are weighed as in the released code of the paper: alignment 0.2, impact 0.4, novelty 0.2,
feasibility 0.1, risk 0.1. The impact is scaled by how far earlier promises of the same kind came true.
"""

from collections.abc import Iterable

from gome.messages import Hypothesis, Tried

PRIOR = 2.0  # noise units of promise that count as kept before anything is known
LEAST, MOST = 0.3, 1.5  # bounds of the correction: no kind of step is written off, none believed without bounds


class Promises:
    """What kinds of steps promised, and what came of it: by the problem that they answer, and by component."""

    def __init__(self, tried: Iterable[Tried]) -> None:
        self._promised: dict[str, float] = {}
        self._came: dict[str, float] = {}
        for item in tried:
            promised = item.hypothesis.effect
            if item.pending or item.operator != "improve" or promised <= 0 or item.other:
                continue  # of a step that brought in more, nobody knows what it gained itself
            came = min(max(item.gain or 0.0, 0.0), 2 * promised) if item.accepted else 0.0
            for kind in _kinds(item.hypothesis):
                self._promised[kind] = self._promised.get(kind, 0.0) + promised
                self._came[kind] = self._came.get(kind, 0.0) + came

    def kept(self, hypothesis: Hypothesis) -> float:
        """Return the share of such promises that came true, LEAST to MOST; 1 where nothing is known."""
        shares = [
            (PRIOR + self._came[kind]) / (PRIOR + self._promised[kind])
            for kind in _kinds(hypothesis)
            if kind in self._promised
        ]
        return min(max(sum(shares) / len(shares), LEAST), MOST) if shares else 1.0


def rating(hypothesis: Hypothesis, kept: float = 1.0) -> float:
    """Return the weighed ratings, 0.1 to 1 where promises are kept as they were made."""
    h = hypothesis
    return (0.2 * h.alignment + 0.4 * h.impact * kept + 0.2 * h.novelty + 0.1 * h.feasibility + 0.1 * h.risk) / 10


def key(hypothesis: Hypothesis) -> str:
    """Return what makes a hypothesis the same as another: its move, or its words."""
    return hypothesis.move or " ".join(words(hypothesis).lower().split())


def words(hypothesis: Hypothesis) -> str:
    """Return the text by which hypotheses are compared."""
    return f"{hypothesis.caption} {hypothesis.statement}"


def _kinds(hypothesis: Hypothesis) -> tuple[str, ...]:
    return (f"component {hypothesis.component}", *([hypothesis.problem] if hypothesis.problem else []))
