"""Which solution comes from which: what two of them share, and whether one holds what the other found."""

from collections.abc import Iterable

from gome.messages import SolutionProposed, Tried


class Lineage:
    """The run's solutions as a graph: each with those whose code it started from, of which a merge has several."""

    def __init__(self) -> None:
        self._parents: dict[str, list[str]] = {}  # oldest first
        self._places: dict[str, int] = {}
        self._lines: dict[str, frozenset[str]] = {}

    @classmethod
    def of(cls, tried: Iterable[Tried]) -> "Lineage":
        """Return the lineage of these, oldest first."""
        lineage = cls()
        for item in tried:
            lineage.add(item)
        return lineage

    def add(self, item: Tried | SolutionProposed) -> None:
        """Take another solution; those that it started from are known."""
        self._places[item.trial] = len(self._parents)
        self._parents[item.trial] = [parent for parent in (item.parent, item.other, *item.others) if parent]

    def line(self, trial: str) -> frozenset[str]:
        """Return a solution and all that it comes from."""
        if (known := self._lines.get(trial)) is not None:
            return known
        found, ahead = {trial}, [trial]
        while ahead:
            above = [parent for parent in self._parents.get(ahead.pop(), ()) if parent not in found]
            found.update(above)
            ahead += above
        return self._lines.setdefault(trial, frozenset(found))

    def root(self, trial: str) -> str:
        """Return the first solution that this one began with, by first parents."""
        while above := self._parents.get(trial):
            trial = above[0]
        return trial

    def common(self, one: str, other: str) -> str | None:
        """Return the newest solution that both come from; None where they share nothing."""
        shared = self.line(one) & self.line(other)
        return max(shared, key=lambda trial: self._places.get(trial, -1), default=None)
