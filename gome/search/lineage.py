"""Which solution comes from which: what two of them share, and whether one holds what the other found."""

from collections.abc import Iterable, Sequence

from gome.messages import Tried


class Lineage:
    """The run's solutions as a graph: each with those whose code it started from, of which a merge has two."""

    def __init__(self, parents: Iterable[tuple[str, Sequence[str | None]]]) -> None:
        """Take every trial, oldest first, with its parents."""
        self._parents = {trial: [parent for parent in told if parent] for trial, told in parents}
        self._places = {trial: place for place, trial in enumerate(self._parents)}
        self._lines: dict[str, frozenset[str]] = {}

    @classmethod
    def of(cls, tried: Iterable[Tried]) -> "Lineage":
        """Return the lineage of a run."""
        return cls((item.trial, (item.parent, item.other, *item.others)) for item in tried)

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
