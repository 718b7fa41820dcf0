"""Watches the GPUs from a thread of its own: a driver that hangs holds up nobody."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import anyio
import msgspec

from gome.execution.environment import LEASE
from gome.execution.nvml import Process, Reading

EVERY_S = 1.0  # between readings
FRESH_S = 2.0  # that somebody who wants to know at once waits at most
STALE_S = 10.0  # after which a reading says nothing about now: the driver hangs


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A GPU now, and whose its memory is."""

    gpu: str  # its uuid
    lost: str = ""  # why it can no longer be used
    busy: float | None = None  # share of the last moments in which it computed; None: it does not say
    used_mib: float | None = None
    power_w: float | None = None
    energy_j: float | None = None  # since the driver was loaded
    ours: dict[str, float] = {}  # MiB by the holder of a lease
    foreign_mib: float = 0.0  # of processes that this one did not start
    at: float = 0.0  # when it was taken in, by the clock of whoever did


class Monitor:
    """Reads again and again while it is entered. `latest` is what was seen last, None before the first reading."""

    def __init__(
        self,
        read: Callable[[], tuple[Reading, ...]],
        *,
        close: Callable[[], None] = lambda: None,
        every_s: float = EVERY_S,
    ) -> None:
        """Watch nothing yet.

        Args:
            read: returns what each GPU is doing now; takes as long as the driver takes.
            close: called at the end, when nothing is read any more.
            every_s: between readings.
        """
        self._read, self._close, self._every_s = read, close, every_s
        self._latest: tuple[float, int, tuple[Seen, ...]] = (0.0, 0, ())
        self._wake = threading.Event()
        self._stopped = False
        self._asked = 0

    def __enter__(self) -> Self:
        threading.Thread(target=self._watch, name="gpu monitor", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped = True
        self._wake.set()

    @property
    def latest(self) -> tuple[Seen, ...]:
        """What was seen last; nothing when that is too long ago."""
        at, _, seen = self._latest
        return seen if time.monotonic() - at < STALE_S else ()

    async def fresh(self) -> tuple[Seen, ...]:
        """Return what is seen from now on, or the last that was where the driver does not answer in time."""
        self._asked += 1
        asked = self._asked
        self._wake.set()
        with anyio.move_on_after(FRESH_S):
            while self._latest[1] < asked:  # noqa: ASYNC110 - it is a thread that answers
                await anyio.sleep(0.01)
        return self.latest

    def _watch(self) -> None:
        while not self._stopped:
            asked = self._asked
            self._wake.clear()
            seen = tuple(attribute(reading) for reading in self._read())
            self._latest = time.monotonic(), asked, seen
            if self._asked == asked:
                self._wake.wait(self._every_s)
        self._close()


def attribute(reading: Reading, *, proc: Path = Path("/proc"), root: int | None = None) -> Seen:
    """Return a reading with its memory told apart.

    A process below `root` (by default this one) is ours, one that can be seen and is not is foreign. One that cannot
    be seen (in a container the driver may count otherwise) is taken to be ours.
    """
    root = os.getpid() if root is None else root
    ours: dict[str, float] = {}
    foreign_mib = 0.0
    for process in reading.processes or ():
        owner = _owner(process, proc, root)
        if owner is None:
            foreign_mib += process.mib or 0.0
        elif owner:
            ours[owner] = ours.get(owner, 0.0) + (process.mib or 0.0)
    return Seen(
        gpu=reading.gpu,
        lost=reading.lost,
        busy=reading.busy,
        used_mib=reading.used_mib,
        power_w=reading.power_w,
        energy_j=reading.energy_j,
        ours=ours,
        foreign_mib=foreign_mib,
    )


def _owner(process: Process, proc: Path, root: int) -> str | None:
    """Return the holder of the lease that a process runs under, "" where nobody knows, None where it is not ours."""
    family = list(_family(process.pid, proc))
    if not family:
        return ""
    if root not in family:
        return None
    for pid in family[: family.index(root)]:
        try:
            told = (proc / str(pid) / "environ").read_bytes()
        except OSError:
            continue
        for line in told.split(b"\0"):
            if line.startswith(LEASE.encode() + b"="):
                return line.partition(b"=")[2].decode(errors="replace")
    return ""


def _family(pid: int, proc: Path) -> Iterator[int]:
    """Yield a process and those above it; nothing where it cannot be seen."""
    for _ in range(100):  # deeper than any tree of ours
        try:
            stat = (proc / str(pid) / "stat").read_text(errors="replace")
        except OSError:
            return
        yield pid
        pid = int(stat.rpartition(")")[2].split()[1])
        if pid == 0:
            return
