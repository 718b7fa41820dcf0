"""Programs under leases: never past what may be spent, never waiting in vain, again when a device goes."""

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trio.testing import MockClock

from gome.budget import Ledger
from gome.errors import ExecutionError
from gome.execution import Device, Outcome, Program
from gome.execution.devices import cpu_slots
from gome.execution.leasing import MIN_STAGE_S, STOP_S, Leasing
from gome.execution.monitor import Seen
from gome.execution.pool import DevicePool
from gome.messages import Limits
from gome.testing.runner import FakeRunner

GPU = Device(name="gpu:0", cores=(), gpu="GPU-0", memory_mib=16000, limit_w=100.0)
ANY_TIME = 1000.0


class Stopping:
    """Runs for as long as a program wants, or its limit and a while more: the time that it takes to be killed."""

    def __init__(self, wants_s, late_s):
        self._wants_s, self._late_s = list(wants_s), late_s
        self.limits = []

    async def run(self, program):
        self.limits.append(program.limit_s)
        wants_s = self._wants_s.pop(0)
        over = wants_s > program.limit_s
        await anyio.sleep(program.limit_s + self._late_s if over else wants_s)
        return Outcome(status="timeout" if over else "ok", exit_code=None if over else 0, wall_s=wants_s)


def made(tmp_path):
    return lambda device, limit: Program(folder=tmp_path, input=tmp_path, device=device, limit_s=limit)


@settings(max_examples=60, deadline=None)
@given(
    wants_s=st.lists(st.floats(0.1, 60), min_size=1, max_size=12),
    slots=st.integers(1, 3),
    limit_s=st.floats(4, 100),
    late_s=st.floats(0, STOP_S * 0.99),
)
def test_device_time_is_never_passed(wants_s, slots, limit_s, late_s):
    """Whatever programs want and however late they are killed, all of them together stay within the device time."""
    ledger = Ledger(Limits(device_s=limit_s))
    runner = Stopping(wants_s, late_s)

    async def main():
        leasing = Leasing(runner, DevicePool(cpu_slots(slots, tuple(range(slots)))), ledger=ledger)
        async with anyio.create_task_group() as tasks:
            for number in range(len(wants_s)):
                tasks.start_soon(one, leasing, number)

    taken = []

    async def one(leasing, number):
        make = lambda device, limit: Program(folder=None, input=None, device=device, limit_s=limit)  # noqa: E731
        outcome = await leasing.run(str(number), make, limit_s=lambda: ANY_TIME)
        taken.append(outcome.device_s)

    anyio.run(main, backend="trio", backend_options={"clock": MockClock(autojump_threshold=0)})
    assert sum(taken) == pytest.approx(ledger.spent("device_s"))
    assert ledger.spent("device_s") <= limit_s + 1e-6
    assert ledger.reserved("device_s") == 0
    assert all(limit >= MIN_STAGE_S for limit in runner.limits)


async def test_energy_cuts_a_limit(tmp_path):
    """A program may take as long as its energy lasts at full power."""
    ledger = Ledger(Limits(energy_j=1000.0))
    runner = FakeRunner([Outcome(status="ok", exit_code=0, wall_s=1.0)] * 2)
    leasing = Leasing(runner, DevicePool([GPU]), ledger=ledger)

    await leasing.run("a", made(tmp_path), limit_s=lambda: ANY_TIME)
    assert runner.programs[0].limit_s == pytest.approx(1000 / 100 - STOP_S)

    ledger.charge("energy_j", 800.0)  # what is left would last for less than a program's least
    outcome = await leasing.run("b", made(tmp_path), limit_s=lambda: ANY_TIME)
    assert (outcome.status, len(runner.programs)) == ("killed", 1)
    assert "not started" in outcome.error


async def test_energy_of_a_scope_inside(tmp_path):
    """A trace's own limit cuts as the run's does, and what it takes is the run's, too."""
    run = Ledger(Limits(energy_j=5000.0))
    trace, runner = (
        run.inner("t1", Limits(energy_j=1000.0)),
        FakeRunner([Outcome(status="ok", exit_code=0, wall_s=1.0)]),
    )
    leasing = Leasing(runner, DevicePool([GPU]), ledger=run)

    await leasing.run("t1-001 full", made(tmp_path), limit_s=lambda: ANY_TIME, ledger=trace)

    assert runner.programs[0].limit_s == pytest.approx(1000 / 100 - STOP_S)
    assert trace.spent("energy_j") == run.spent("energy_j")
    assert (trace.reserved("energy_j"), run.reserved("energy_j")) == (0, 0)


async def test_small_ones_are_not_billed(tmp_path):
    """What runs on a helper's slot costs no device time."""
    ledger = Ledger(Limits(device_s=10.0))
    runner = FakeRunner([Outcome(status="ok", exit_code=0, wall_s=30.0)])
    leasing = Leasing(runner, DevicePool([GPU]), slots=DevicePool(cpu_slots(1, (0,))), ledger=ledger)

    outcome = await leasing.run("a", made(tmp_path), limit_s=lambda: ANY_TIME, small=True)

    assert (outcome.status, outcome.device) == ("ok", "cpu:0")
    assert ledger.spent("device_s") == 0


async def test_who_waits_too_long_is_not_started(tmp_path):
    """A program that still stands in line when no time is left for it is not started; it holds up no end."""
    now = anyio.current_time
    ends = now() + 0.2 + MIN_STAGE_S
    pool, runner = DevicePool(cpu_slots(1, (0,))), FakeRunner()
    async with pool.lease("somebody"):
        outcome = await Leasing(runner, pool).run("a", made(tmp_path), limit_s=lambda: ends - now())

    assert "before a device was free" in outcome.error
    assert runner.programs == []
    assert pool.waiting == ()


async def test_a_failure_that_was_the_gpus(tmp_path):
    """A program that fails is looked at again when its GPU turns out to be lost: it runs elsewhere, and counts once."""
    pool = DevicePool([GPU])
    failed, well = Outcome(status="failed", exit_code=1, wall_s=0.1), Outcome(status="ok", exit_code=0, wall_s=0.1)
    runner = FakeRunner([failed, well])

    async def look():
        pool.update([Seen(gpu="GPU-0", lost="GPU is lost")])

    leasing = Leasing(runner, pool, slots=DevicePool(cpu_slots(1, (0,))), look=look)
    outcome = await leasing.run("a", made(tmp_path), limit_s=lambda: ANY_TIME)

    assert (outcome.status, outcome.device) == ("ok", "cpu:0")
    assert [program.device.name for program in runner.programs] == ["gpu:0", "cpu:0"]
    assert outcome.device_s >= 0.2  # both


async def test_nothing_is_left(tmp_path):
    """Without any device a program cannot be started."""
    pool = DevicePool([GPU])
    pool.update([Seen(gpu="GPU-0", lost="GPU is lost")])
    with pytest.raises(ExecutionError, match="no device is left: gpu:0 is lost: GPU is lost"):
        await Leasing(FakeRunner(), pool).run("a", made(tmp_path), limit_s=lambda: ANY_TIME)


async def test_cancelled_while_it_runs(tmp_path):
    """A program that is cancelled is paid for as far as it came, and its device is free."""
    ledger, pool = Ledger(Limits(device_s=100.0)), DevicePool(cpu_slots(1, (0,)))
    leasing = Leasing(Stopping([50.0], 0), pool, ledger=ledger)
    with anyio.move_on_after(0.3):
        await leasing.run("a", made(tmp_path), limit_s=lambda: ANY_TIME)

    assert pool.leases == ()
    assert ledger.reserved("device_s") == 0
    assert 0.25 <= ledger.spent("device_s") <= 50
