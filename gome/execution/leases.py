"""What is held of devices, on record while it is held: a sitting after a crash knows what may have been spent."""

from collections.abc import Callable
from typing import Protocol

import msgspec

from gome.execution.pool import Lease
from gome.messages import LeaseLost, Message

LEASES = "lease/"  # keys of effects


class Ended(msgspec.Struct, frozen=True):
    """A lease whose use is on record elsewhere, or is counted as lost."""


class Record(Protocol):
    """Where effects are on record: see gome.actor.Effects."""

    def promise(self, key: str, lost: Message, /) -> object:
        """Put on record that something begins; `lost` is said of it should its end never be on record."""
        ...

    def end(self, key: str, outcome: msgspec.Struct, /) -> object:
        """Put its outcome on record."""
        ...


class Leases:
    """The leases of one run."""

    def __init__(self, record: Record, elapsed_s: Callable[[], float]) -> None:
        """Take the run's record and its clock."""
        self._record, self._elapsed_s = record, elapsed_s
        self._lost_s: dict[str, float] = {}  # by holder: what counts as spent of leases of the sitting before

    def begin(self, lease: Lease, *, device_s: float, energy_j: float) -> str:
        """Note the most that a lease can take. Returns its key. Nobody waits for that: the program has yet to start."""
        key = f"{LEASES}{lease.holder}/{lease.device.name}/{self._elapsed_s():.3f}"
        self._record.promise(key, self._lost(lease, device_s, energy_j, self._elapsed_s()))
        return key

    def end(self, key: str) -> None:
        """Note that a lease has ended whose use whoever asked for it puts on record."""
        self._record.end(key, Ended())

    def give_up(self, key: str, lease: Lease) -> None:
        """Note what a lease has taken that nobody else will put on record, as its program was cancelled."""
        began_s = self._elapsed_s() - lease.device_s
        self._record.promise(key, self._lost(lease, lease.device_s, lease.energy_j, began_s))

    def lost(self, intent: str, until_s: float) -> LeaseLost:
        """Return what counts as spent of a lease of the sitting before, as `lost` does, and keep it in mind."""
        said = lost(intent, until_s)
        self._lost_s[said.holder] = self._lost_s.get(said.holder, 0.0) + said.device_s
        return said

    def beyond_s(self, holder: str, wall_s: float) -> float:
        """Return the seconds of a program begun in the sitting before, and now adopted, that are not spent already."""
        return max(wall_s - self._lost_s.get(holder, 0.0), 0.0)

    def _lost(self, lease: Lease, device_s: float, energy_j: float, elapsed_s: float) -> LeaseLost:
        return LeaseLost(
            holder=lease.holder, device=lease.device.name, device_s=device_s, energy_j=energy_j, elapsed_s=elapsed_s
        )


def lost(intent: str, until_s: float) -> LeaseLost:
    """Return what counts as spent of a lease whose end is not on record.

    Args:
        intent: as JSON.
        until_s: how much of the run's time was used, at most, when gome was killed.
    """
    most = msgspec.json.decode(intent, type=LeaseLost)
    share = min(max(until_s - most.elapsed_s, 0.0) / most.device_s, 1.0) if most.device_s else 1.0
    return msgspec.structs.replace(most, device_s=share * most.device_s, energy_j=share * most.energy_j)
