"""Who holds which device. A CPU slot has one holder; a GPU has as many as its slots and its memory allow.

What a trial needs of a GPU's memory is known or not. One that is not known gets a GPU to itself; one that is known
joins others whose needs are known too, as far as all of them fit beside what other programs use. First come, first
served: nobody steps in front, so nobody waits for ever.
"""

from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager

import anyio
import msgspec

from gome.errors import ExecutionError
from gome.execution import Device
from gome.execution.monitor import Seen
from gome.messages import DeviceBack, DeviceLost, Message
from gome.width import Load

FREE_SHARE = 0.05  # of a GPU's memory that is promised to nobody: contexts and fragments take it
TAKEN, LEFT = 0.5, 0.4  # share of a GPU's memory in others' hands from which it is theirs, and below which ours again


class Lease:
    """A device in somebody's hands. Run under `scope`: it is cancelled when the device is lost."""

    def __init__(self, device: Device, holder: str, need_mib: float | None, since: float) -> None:
        self.device, self.holder, self.need_mib, self.since = device, holder, need_mib, since
        self.scope = anyio.CancelScope()
        self.lost = ""  # why the device is no longer there
        self.device_s = 0.0  # time under lease, shared out where several hold the device
        self.energy_j = 0.0  # used by the device meanwhile, shared out in the same way
        self.peak_gpu_mib = 0.0  # largest part of its memory that was seen in use


class DevicePool:
    """Leases devices. Who is cancelled in line leaves the line."""

    def __init__(self, devices: Iterable[Device], *, now: Callable[[], float] = anyio.current_time) -> None:
        self.devices = tuple(devices)
        self._now = now
        self._gpus = {device.name for device in self.devices if device.gpu}
        self._held: dict[str, list[Lease]] = {device.name: [] for device in self.devices}
        self._waiting: deque[_Place] = deque()
        self._slots = dict.fromkeys(self._held, 1)
        self._busy_s = dict.fromkeys(self._held, 0.0)
        self._since = dict.fromkeys(self._held, 0.0)  # up to when leases are accounted for
        self._seen: dict[str, Seen] = {}
        self.lost: dict[str, str] = {}  # device -> why; for good
        self.taken: dict[str, str] = {}  # device -> why; until the others leave
        if not self.devices or len(self._held) < len(self.devices):
            raise ValueError("a pool takes one device or more, each with a name of its own")

    @property
    def leases(self) -> tuple[Lease, ...]:
        """What is held now, oldest first."""
        return tuple(sorted((lease for held in self._held.values() for lease in held), key=lambda lease: lease.since))

    @property
    def waiting(self) -> tuple[str, ...]:
        """Who stands in line, first first."""
        return tuple(place.holder for place in self._waiting)

    @property
    def is_lost(self) -> bool:
        """Whether no device is left."""
        return len(self.lost) == len(self.devices)

    def allow(self, device: str, slots: int) -> None:
        """Set how many may hold a device at once; those that hold it now keep it."""
        if device in self._slots:  # a run may be resumed on another machine
            self._slots[device] = max(slots, 1)
            self._serve()

    def busy_s(self) -> dict[str, float]:
        """Return for every device how long it has been held in all, by its name."""
        for name in self._held:
            self._account(name)
        return dict(self._busy_s)

    def usage(self) -> dict[str, tuple[float, str]]:
        """Return for every device how long it has been held, and by whom it is ("" for nobody)."""
        busy = self.busy_s()
        return {name: (busy[name], ", ".join(lease.holder for lease in held)) for name, held in self._held.items()}

    def loads(self) -> tuple[Load, ...]:
        """Return how busy the devices are that can be leased."""
        busy_s = self.busy_s()
        return tuple(
            Load(
                device=name,
                held_s=busy_s[name],
                computing=self._seen[name].busy if name in self._seen else None,
                holders=len(held),
                slots=self._slots[name],
                is_gpu=name in self._gpus,
            )
            for name, held in self._held.items()
            if name not in self.lost and name not in self.taken
        )

    def seen(self, device: str) -> Seen | None:
        """Return the last that was seen of a GPU."""
        return self._seen.get(device)

    @asynccontextmanager
    async def lease(self, holder: str, *, need_mib: float | None = None) -> AsyncIterator[Lease]:
        """Hold a device, from when one is free to the end of the block.

        Args:
            holder: for whoever asks who holds it.
            need_mib: of a GPU's memory, expected; None: not known.

        Raises:
            ExecutionError: no device is left.
        """
        lease = await self.take(holder, need_mib=need_mib)
        if lease is None:
            raise ExecutionError(f"no device is left: {'; '.join(self.lost.values())}")
        try:
            yield lease
        finally:
            self.release(lease)

    async def take(self, holder: str, *, need_mib: float | None = None) -> Lease | None:
        """Wait for a device and hold it until `release`. None: none is left."""
        place = _Place(holder, need_mib)
        self._waiting.append(place)
        self._serve()
        if place.served.is_set():
            return place.lease
        try:
            await place.served.wait()
        except BaseException:
            if place.lease is not None:  # served and cancelled in the same moment
                self.release(place.lease)
            elif place in self._waiting:
                self._waiting.remove(place)
                self._serve()  # those behind may fit where this one did not
            raise
        return place.lease

    def release(self, lease: Lease) -> None:
        """Give a device back."""
        name = lease.device.name
        self._account(name)
        if (seen := self._seen.get(name)) is not None and seen.power_w:  # since the last reading
            lease.energy_j += seen.power_w * max(self._now() - max(seen.at, lease.since), 0) / len(self._held[name])
        self._held[name].remove(lease)
        self._serve()

    def update(self, seen: Iterable[Seen]) -> tuple[Message, ...]:
        """Take in what the GPUs say. Returns what has to be known of it."""
        return tuple(message for one in seen for message in self._look(one))

    def _look(self, seen: Seen) -> Iterator[Message]:
        device = next((device for device in self.devices if device.gpu == seen.gpu), None)
        if device is None or device.name in self.lost:
            return
        name, held, before = device.name, self._held[device.name], self._seen.get(device.name)
        if seen.lost:
            self.lost[name] = f"{name} is lost: {seen.lost}"
            yield DeviceLost(device=name, reason=seen.lost, repeated=self._leave(name))
            return
        for lease in held:
            if before is not None:
                lease.energy_j += _drawn_j(before, seen, self._now()) / len(held)
            of_lease = seen.ours.get(lease.holder)
            if of_lease is None and len(held) == 1 and seen.used_mib is not None:
                of_lease = max(seen.used_mib - seen.foreign_mib, 0.0)
            lease.peak_gpu_mib = max(lease.peak_gpu_mib, of_lease or 0.0)
        self._seen[name] = msgspec.structs.replace(seen, at=self._now())
        share = seen.foreign_mib / max(device.memory_mib, 1)
        if name in self.taken and share < LEFT:
            del self.taken[name]
            yield DeviceBack(device=name)
            self._serve()
        elif name not in self.taken and share > TAKEN:
            reason = f"other programs use {seen.foreign_mib:.0f} of its {device.memory_mib} MiB"
            self.taken[name] = f"{name} is taken: {reason}"
            elsewhere = any(other.name not in (self.lost | self.taken) for other in self.devices)
            yield DeviceLost(
                device=name, reason=reason, repeated=self._leave(name) if elsewhere else (), for_good=False
            )

    def _leave(self, name: str) -> tuple[str, ...]:
        """Have all who hold a device leave it. Returns them."""
        for lease in self._held[name]:
            lease.lost = self.lost.get(name) or self.taken[name]
            lease.scope.cancel()
        self._serve()
        return tuple(lease.holder for lease in self._held[name])

    def _serve(self) -> None:
        """Hand devices to those in line, first first."""
        while self._waiting:
            place = self._waiting[0]
            free = [device for device in self.devices if self._fits(device, place.need_mib)]
            if not free and not self.is_lost:
                return
            self._waiting.popleft()
            if free:
                device = min(free, key=lambda device: len(self._held[device.name]))
                self._account(device.name)
                own = msgspec.structs.replace(device, lease=place.holder)
                place.lease = Lease(own, place.holder, place.need_mib, self._now())
                self._held[device.name].append(place.lease)
            place.served.set()

    def _fits(self, device: Device, need_mib: float | None) -> bool:
        name, held = device.name, self._held[device.name]
        if name in self.lost or name in self.taken or len(held) >= self._slots[name]:
            return False
        seen = self._seen.get(name)
        room_mib = device.memory_mib * (1 - FREE_SHARE)
        free_mib = room_mib - (seen.foreign_mib if seen else 0.0)
        if not held:
            return need_mib is None or not device.gpu or need_mib <= free_mib or need_mib > self._largest_mib()
        needs = [need_mib, *(lease.need_mib and max(lease.need_mib, lease.peak_gpu_mib) for lease in held)]
        return None not in needs and sum(need or 0.0 for need in needs) <= free_mib

    def _largest_mib(self) -> float:
        """Return what fits nowhere if it is more: whoever expects that gets a GPU to itself, and may be wrong."""
        return max(device.memory_mib for device in self.devices) * (1 - FREE_SHARE)

    def _account(self, name: str) -> None:
        """Charge those who hold a device for the time since this was last done."""
        now, held = self._now(), self._held[name]
        passed_s, self._since[name] = now - self._since[name], now
        if held:
            self._busy_s[name] += passed_s
        for lease in held:
            lease.device_s += passed_s / len(held)


def _drawn_j(before: Seen, after: Seen, now: float) -> float:
    """Return what a GPU drew between two readings: by its meter, or by its power where it has none."""
    if before.energy_j is not None and after.energy_j is not None:
        return max(after.energy_j - before.energy_j, 0.0)
    return (after.power_w or 0.0) * (now - before.at)


class _Place:
    """One who waits."""

    def __init__(self, holder: str, need_mib: float | None) -> None:
        self.holder, self.need_mib = holder, need_mib
        self.served = anyio.Event()
        self.lease: Lease | None = None
