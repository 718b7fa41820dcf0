"""What a trial is expected to need of a GPU's memory, so that several can share one."""

import msgspec

from gome.messages import Envelope, SolutionProposed, TrialFinished, TrialId

ROOM, BASE_MIB = 1.25, 512.0  # a child is a small change of its parent; a context takes some memory before any tensor


class NeedsState(msgspec.Struct):
    """What it has learnt."""

    parents: dict[TrialId, TrialId | None]
    peaks_mib: dict[TrialId, float]


class Needs:
    """A trial is expected to need a quarter more than the nearest trial it descends from was seen to use, and a base.

    Where none of them was seen on a GPU, it is not known what it needs.
    """

    def __init__(self) -> None:
        self._parents: dict[TrialId, TrialId | None] = {}
        self._peaks_mib: dict[TrialId, float] = {}

    def state(self) -> NeedsState:
        """See gome.snapshot.Remembers."""
        return NeedsState(self._parents, self._peaks_mib)

    def restore(self, state: NeedsState) -> None:
        """See gome.snapshot.Remembers."""
        self._parents, self._peaks_mib = state.parents, state.peaks_mib

    def fold(self, envelope: Envelope) -> None:
        """Learn from a SolutionProposed whose child it is, and from a TrialFinished what it used."""
        match envelope.message:
            case SolutionProposed(trial=trial, parent=parent):
                self._parents[trial] = parent
            case TrialFinished(stage="full", device=device) as finished if device.startswith("gpu:"):
                self._peaks_mib[finished.trial] = finished.peak_gpu_mib
            case _:
                pass

    def of(self, trial: TrialId) -> float | None:
        """Return MiB; None where it is not known."""
        ancestor = self._parents.get(trial)
        while ancestor is not None and ancestor not in self._peaks_mib:
            ancestor = self._parents.get(ancestor)
        return None if ancestor is None else ROOM * self._peaks_mib[ancestor] + BASE_MIB
