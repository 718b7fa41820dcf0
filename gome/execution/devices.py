"""Devices and who holds them: one holder each, first come, first served."""

from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

import anyio
import msgspec

from gome.errors import SettingInvalid
from gome.execution import Device, machine

AUTO_SLOTS = 8  # most that "auto" makes: cores beyond are shared out, as training gains more from them


class Lease(msgspec.Struct, frozen=True, kw_only=True):
    """A device in somebody's hands."""

    device: Device
    holder: str
    since: float  # by the pool's clock


class DevicePool:
    """Leases devices. `lease` waits in line; who is cancelled there leaves the line."""

    def __init__(self, devices: Iterable[Device], *, now: Callable[[], float] = anyio.current_time) -> None:
        self.devices = tuple(devices)
        self._now = now
        self._free = list(self.devices)
        self._held: dict[str, Lease] = {}
        self._waiting: deque[_Place] = deque()
        self._busy_s = dict.fromkeys((device.name for device in self.devices), 0.0)
        if not self.devices or len(self._busy_s) < len(self.devices):
            raise ValueError("a pool takes one device or more, each with a name of its own")

    @property
    def leases(self) -> tuple[Lease, ...]:
        """What is held now, oldest first."""
        return tuple(self._held.values())

    @property
    def waiting(self) -> tuple[str, ...]:
        """Who stands in line, first first."""
        return tuple(place.holder for place in self._waiting)

    def busy_s(self) -> dict[str, float]:
        """Return for every device how long it has been held in all, by its name."""
        held = {lease.device.name: self._now() - lease.since for lease in self.leases}
        return {name: busy_s + held.get(name, 0.0) for name, busy_s in self._busy_s.items()}

    def usage(self) -> dict[str, tuple[float, str]]:
        """Return for every device how long it has been held, and by whom it is ("" for nobody)."""
        holders = {lease.device.name: lease.holder for lease in self.leases}
        return {name: (busy_s, holders.get(name, "")) for name, busy_s in self.busy_s().items()}

    @asynccontextmanager
    async def lease(self, holder: str) -> AsyncIterator[Device]:
        """Hold a device, from when one is free to the end of the block."""
        device = await self._take(holder)
        try:
            yield device
        finally:
            self._release(device)

    async def _take(self, holder: str) -> Device:
        if self._free:
            return self._hold(self._free.pop(0), holder)
        place = _Place(holder)
        self._waiting.append(place)
        try:
            await place.served.wait()
        except BaseException:
            if place.device is None:
                self._waiting.remove(place)
            else:  # served and cancelled in the same moment
                self._release(place.device)
            raise
        assert place.device is not None, "served"
        return place.device

    def _hold(self, device: Device, holder: str) -> Device:
        self._held[device.name] = Lease(device=device, holder=holder, since=self._now())
        return device

    def _release(self, device: Device) -> None:
        lease = self._held.pop(device.name)
        self._busy_s[device.name] += self._now() - lease.since
        if self._waiting:
            place = self._waiting.popleft()
            place.device = self._hold(device, place.holder)  # handed over: whoever comes now stands behind
            place.served.set()
        else:
            self._free.append(device)
            self._free.sort(key=self.devices.index)


class _Place:
    """One who waits."""

    def __init__(self, holder: str) -> None:
        self.holder = holder
        self.served = anyio.Event()
        self.device: Device | None = None


def parse_devices(
    text: str, *, cores: tuple[int, ...] | None = None, gpus: tuple[str, ...] | None = None
) -> tuple[Device, ...]:
    """Return the devices that "auto", "cpu:N" or "0,1" mean.

    Args:
        text: as given to --devices.
        cores: ids of the cores to share out; this machine's by default.
        gpus: numbers of the GPUs there are; this machine's by default.

    Raises:
        SettingInvalid: it is none of these, or not on this machine.
    """
    cores = machine.cores() if cores is None else cores
    plain = text.strip().lower()
    kind, _, number = plain.partition(":")
    if plain == "auto":
        return cpu_slots(min(AUTO_SLOTS, len(cores)), cores)
    if kind == "cpu" and _is_number(number) and int(number) > 0:
        if int(number) > len(cores):
            raise SettingInvalid(
                f"--devices {text}: only {len(cores)} CPU cores here; ask for cpu:{len(cores)} or fewer"
            )
        return cpu_slots(int(number), cores)
    numbers = [part.strip() for part in plain.split(",")]
    if all(map(_is_number, numbers)):
        gpus = machine.gpus() if gpus is None else gpus
        missing = [number for number in numbers if number not in gpus]
        if not gpus:
            raise SettingInvalid(f"--devices {text}: there is no GPU on this machine; use auto or cpu:N")
        if missing:
            raise SettingInvalid(f"--devices {text}: no GPU {missing[0]} on this machine, it has {', '.join(gpus)}")
        raise SettingInvalid(f"--devices {text}: this version leases CPU slots only; use auto or cpu:N")
    raise SettingInvalid(f"--devices {text!r}: give auto, cpu:N with N above 0, or GPU numbers as in 0,1")


def cpu_slots(number: int, cores: tuple[int, ...]) -> tuple[Device, ...]:
    """Return so many slots with as equal shares of the cores as can be, neighbours together."""
    ends = [len(cores) * slot // number for slot in range(number + 1)]
    return tuple(Device(name=f"cpu:{slot}", cores=cores[ends[slot] : ends[slot + 1]]) for slot in range(number))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10
