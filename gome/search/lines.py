"""The lines of a run: all solutions that began with one start, whichever traces took the steps."""

from typing import NamedTuple

from gome.lineage import Lineage
from gome.messages import Tried
from gome.search import Standing

PATIENCE = 5  # judged steps without one that was accepted, after which a line stands still


class Line(NamedTuple):
    """One start as far as it has come."""

    root: str  # the first solution
    best: Tried  # accepted, and not surpassed by one that was accepted on top of it
    heads: tuple[Tried, ...]  # all such solutions, the best first
    still: int  # judged steps since the last that was accepted

    @property
    def stands_still(self) -> bool:
        """Whether the Ladder has seen no progress for so long."""
        return self.still >= PATIENCE


def lines(standing: Standing, lineage: Lineage) -> dict[str, Line]:
    """Return the lines that have a solution, by root, the best first."""
    kept: dict[str, list[Tried]] = {}
    still: dict[str, int] = {}
    for item in standing.tried:
        if item.pending:
            continue
        root = lineage.root(item.trial)
        if item.accepted and item.score is not None:
            kept.setdefault(root, []).append(item)
            still[root] = 0
        else:
            still[root] = still.get(root, 0) + (item.against is not None)
    found = []
    for root, items in kept.items():
        surpassed = {above for item in items for above in lineage.line(item.trial) if above != item.trial}
        heads = [item for item in items if item.trial not in surpassed]
        heads.sort(key=lambda item: -standing.worth(item.score or 0.0))
        found.append(Line(root, heads[0], tuple(heads), still[root]))
    found.sort(key=lambda line: -standing.worth(line.best.score or 0.0))
    return {line.root: line for line in found}


def behind(standing: Standing, best: Tried, other: Tried) -> float:
    """Return how far a solution is behind another, in units of the noise of that one's score; 0 where it is ahead."""
    assert best.score is not None and other.score is not None, "both have a score"  # noqa: PT018
    noise = best.noise or abs(best.score) / 100 or 1e-12
    return max(standing.worth(best.score) - standing.worth(other.score), 0.0) / noise
