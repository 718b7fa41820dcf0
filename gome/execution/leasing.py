"""Runs a program under a lease, within what may still be spent; again, elsewhere, where its device is lost."""

from collections.abc import Awaitable, Callable

import anyio
import msgspec

from gome.budget import Ledger, Reservation
from gome.errors import ExecutionError
from gome.execution import Device, Outcome, Program, Runner
from gome.execution.leases import Leases
from gome.execution.pool import DevicePool, Lease
from gome.messages import Resource

MIN_STAGE_S = 1.0  # below this a stage is not worth starting
STOP_S = 1.6  # that ending a program at its deadline may take, under lease: a second of grace, then the kill
UNKNOWN_W = 700.0  # taken to be the most that a GPU draws whose driver does not say

LimitS = Callable[[], float]  # seconds of wall clock that a program may take, if it begins now
Make = Callable[[Device, float], Program]  # of a device, and how long the program may take


class Leasing:
    """Between who runs programs and what they run on."""

    def __init__(
        self,
        runner: Runner,
        devices: DevicePool,
        *,
        slots: DevicePool | None = None,
        ledger: Ledger | None = None,
        leases: Leases | None = None,
        look: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """Take what it stands between.

        Args:
            runner: runs programs.
            devices: for what is large. The time that they are held is what is budgeted.
            slots: CPU slots for what is small, and for all when the devices are lost; by default the devices.
            ledger: in which device time and energy are reserved and settled.
            leases: puts what is reserved on record; None: nobody does.
            look: looks at once whether the GPUs are still there.
        """
        self._runner, self._devices, self._slots = runner, devices, slots or devices
        self._ledger, self._leases, self._look = ledger or Ledger(), leases, look

    def open(self, seed: int) -> None:
        """Have the runner begin with what programs on CPU slots, with this seed, would wait for."""
        if (begin := getattr(self._runner, "open", None)) is not None:
            begin(self._slots.devices[0], seed)

    def close(self) -> None:
        """Let the runner go of what it holds."""
        if (end := getattr(self._runner, "close", None)) is not None:
            end()

    async def run(
        self,
        holder: str,
        make: Make,
        *,
        limit_s: LimitS,
        small: bool = False,
        need_mib: float | None = None,
        ledger: Ledger | None = None,
    ) -> Outcome:
        """Return how a program ended, with what it took of its device; what a lost device took of it is in there.

        Args:
            holder: for whoever asks who holds a device.
            make: the program, once it has its device.
            limit_s: asked when the program has its device, so that waiting in line is not its time; whoever still
                waits when it says that nothing is left is not started.
            small: whether a CPU slot is enough.
            need_mib: of a GPU's memory, expected; None: not known.
            ledger: in which it is reserved, inside the one for all; None: that one.

        Raises:
            ExecutionError: it could not be started.
        """
        device_s = energy_j = 0.0
        while True:
            pool = self._slots if small or self._devices.is_lost else self._devices
            lease = await self._wait(pool, holder, need_mib, limit_s)
            if lease is None and pool.is_lost:
                if pool is self._slots:
                    raise ExecutionError(f"no device is left: {'; '.join(pool.lost.values())}")
                continue
            if lease is None:
                return _not_started(limit_s(), "before a device was free")
            outcome = await self._under(pool, lease, make, limit_s, ledger or self._ledger)
            device_s, energy_j = device_s + self._held_s(lease, outcome), energy_j + lease.energy_j
            if not lease.lost:
                return msgspec.structs.replace(
                    outcome,
                    device=lease.device.name,
                    device_s=device_s,
                    energy_j=energy_j,
                    peak_gpu_mib=lease.peak_gpu_mib,
                )

    async def _wait(self, pool: DevicePool, holder: str, need_mib: float | None, limit_s: LimitS) -> Lease | None:
        """Return a lease; None where none was to be had while it was worth having, or all devices are lost."""
        lease = None
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_give_up, tasks.cancel_scope, limit_s)
            lease = await pool.take(holder, need_mib=need_mib)
            tasks.cancel_scope.cancel()
        return lease

    async def _under(self, pool: DevicePool, lease: Lease, make: Make, limit_s: LimitS, ledger: Ledger) -> Outcome:
        outcome = Outcome(status="killed", exit_code=None, wall_s=0.0, error=lease.lost)
        promised: list[Reservation] = []
        key, ended = "", False
        try:
            limit = self._reserve(pool, lease, limit_s(), ledger, promised)
            if limit < MIN_STAGE_S:
                return _not_started(limit, "of its time or of its budget")
            key = self._begun(lease, promised)
            with lease.scope:
                outcome = await self._runner.run(make(lease.device, limit))
                if lease.device.gpu and outcome.status != "ok" and self._look is not None:
                    await self._look()  # it may have failed because its GPU did
            ended = True
        finally:
            pool.release(lease)
            used: dict[Resource, float] = {"device_s": self._held_s(lease, outcome), "energy_j": lease.energy_j}
            for reservation in promised:
                reservation.settle(used[reservation.resource])
            if key and self._leases is not None:
                if ended:
                    self._leases.end(key)
                else:
                    self._leases.give_up(key, lease)
        return outcome

    def _held_s(self, lease: Lease, outcome: Outcome) -> float:
        """Return for how long a program has held its device, as far as that is not on record as lost.

        One that is adopted held it before there was this lease.
        """
        if not outcome.adopted:
            return lease.device_s
        before_s = outcome.wall_s if self._leases is None else self._leases.beyond_s(lease.holder, outcome.wall_s)
        return lease.device_s + before_s

    def _begun(self, lease: Lease, promised: list[Reservation]) -> str:
        """Put on record what is promised to a lease. Returns the key; empty where there is nothing to keep."""
        if not promised or self._leases is None:
            return ""
        most = {reservation.resource: reservation.amount for reservation in promised}
        return self._leases.begin(lease, device_s=most["device_s"], energy_j=most["energy_j"])

    def _reserve(
        self, pool: DevicePool, lease: Lease, limit_s: float, ledger: Ledger, promised: list[Reservation]
    ) -> float:
        """Reserve the most that a program can take of its device. Returns its limit, cut to what can be paid for."""
        if pool is not self._devices:
            return limit_s
        limit_w = (lease.device.limit_w or UNKNOWN_W) if lease.device.gpu else 0.0
        left_j = ledger.left("energy_j")
        limit_s = min(limit_s, ledger.left("device_s") - STOP_S)
        if limit_w:
            limit_s = min(limit_s, left_j / limit_w - STOP_S)
        if limit_s >= MIN_STAGE_S:
            most_s = limit_s + STOP_S * (1 - 1e-9)  # a hair less, so that rounding refuses nothing
            promised.append(ledger.reserve("device_s", most_s))
            promised.append(ledger.reserve("energy_j", most_s * limit_w * (1 - 1e-9)))
        return limit_s


async def _give_up(waiting: anyio.CancelScope, limit_s: LimitS) -> None:
    """End a wait when it is no longer worth it."""
    left = limit_s()
    while left >= MIN_STAGE_S:
        await anyio.sleep(left)
        left = limit_s()
    waiting.cancel()


def _not_started(left_s: float, what: str) -> Outcome:
    error = f"not started: {max(left_s, 0.0):.1f} s were left {what}"
    return Outcome(status="killed", exit_code=None, wall_s=0.0, error=error)
