"""Laws of the pool: as many holders as a device has slots and memory for, first come first served, nothing leaks."""

import asyncio

import anyio
import pytest
from anyio import wait_all_tasks_blocked
from anyio.lowlevel import checkpoint
from hypothesis import given, settings
from hypothesis import strategies as st
from trio.testing import MockClock

from gome.execution import Device
from gome.execution.devices import cpu_slots
from gome.execution.monitor import Seen
from gome.execution.pool import DevicePool
from gome.messages import DeviceBack, DeviceLost

ONE = cpu_slots(1, (0,))


def test_a_pool_needs_devices():
    """A pool in which everybody would wait for ever, or two hold one name, is a bug."""
    with pytest.raises(ValueError, match="one device or more"):
        DevicePool([])
    with pytest.raises(ValueError, match="name of its own"):
        DevicePool([*ONE, Device(name="cpu:0", cores=(1,))])


async def test_first_come_first_served():
    """Devices go to those who wait in the order in which they came; nobody who comes later steps in front."""
    pool, served = DevicePool(ONE), []

    async def hold(holder):
        async with pool.lease(holder):
            served.append(holder)
            await checkpoint()

    async with anyio.create_task_group() as tasks:
        async with pool.lease("first"):
            for number in range(5):
                tasks.start_soon(hold, number)
                await wait_all_tasks_blocked()
            assert pool.waiting == (0, 1, 2, 3, 4)
            assert [lease.holder for lease in pool.leases] == ["first"]
        tasks.start_soon(hold, "late")  # the device was handed over before this one could ask

    assert served == [0, 1, 2, 3, 4, "late"]
    assert pool.leases == ()


async def test_busy_time():
    """Time under lease is counted by device, that of leases still running too."""
    now = [100.0]
    pool = DevicePool(cpu_slots(2, (0, 1)), now=lambda: now[0])

    async with pool.lease("a"):
        now[0] += 5
        async with pool.lease("b"):
            now[0] += 2
            assert pool.usage() == {"cpu:0": (7.0, "a"), "cpu:1": (2.0, "b")}
        now[0] += 1
    now[0] += 50

    assert pool.busy_s() == {"cpu:0": 8.0, "cpu:1": 2.0}
    assert pool.usage()["cpu:0"] == (8.0, "")


async def test_cancelled_in_line():
    """Who is cancelled while waiting leaves the line; those behind move up."""
    pool, served = DevicePool(ONE), []

    async def hold(holder, scope):
        with scope:
            async with pool.lease(holder):
                served.append(holder)

    scopes = [anyio.CancelScope() for _ in range(3)]
    async with anyio.create_task_group() as tasks, pool.lease("first"):
        for number, scope in enumerate(scopes):
            tasks.start_soon(hold, number, scope)
            await wait_all_tasks_blocked()
        scopes[1].cancel()
        await wait_all_tasks_blocked()
        assert pool.waiting == (0, 2)

    assert served == [0, 2]


async def test_cancelled_when_served():
    """Who is cancelled in the moment of being served passes the device on."""
    pool, served = DevicePool(ONE), []

    async def hold(holder, scope):
        with scope:
            async with pool.lease(holder):
                await checkpoint()
                served.append(holder)

    scopes = [anyio.CancelScope() for _ in range(2)]
    async with anyio.create_task_group() as tasks:
        async with pool.lease("first"):
            for number, scope in enumerate(scopes):
                tasks.start_soon(hold, number, scope)
                await wait_all_tasks_blocked()
        scopes[0].cancel()  # it holds the device, and does not know yet

    assert served == [1]
    assert pool.leases == ()


async def cancelled_in_the_moment():
    """Let asyncio cancel a task whose wait has just been answered."""
    pool = DevicePool(ONE)

    async def hold():
        async with pool.lease("second"):
            raise AssertionError("it was cancelled")

    async with pool.lease("first"):
        second = asyncio.create_task(hold())
        await wait_all_tasks_blocked()
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    return pool


def test_cancelled_by_asyncio_when_served():
    """So does who is cancelled by asyncio itself, which interrupts even a wait that has been answered."""
    assert anyio.run(cancelled_in_the_moment).leases == ()


async def test_an_error_releases():
    """A device comes back however its block ends."""
    pool = DevicePool(ONE)
    for _ in range(2):
        with pytest.raises(KeyError):
            async with pool.lease("a"):
                raise KeyError
    assert pool.leases == ()


WORK = st.lists(
    st.tuples(
        st.integers(0, 20),  # arrives
        st.integers(0, 10),  # works
        st.none() | st.integers(0, 30),  # is cancelled
    ),
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(slots=st.integers(1, 3), work=WORK)
def test_laws(slots, work):
    """Under any arrivals and cancellations: one holder a device, no slot idle while somebody waits, all returned."""
    pool = DevicePool(cpu_slots(slots, tuple(range(slots))))
    holding, spent = {}, []

    async def one(number, arrives, works, cancelled):
        with anyio.move_on_after(cancelled):
            await anyio.sleep(arrives)
            async with pool.lease(str(number)) as lease:
                assert lease.device.name not in holding
                holding[lease.device.name] = number
                began = anyio.current_time()
                try:
                    await anyio.sleep(works)
                finally:
                    spent.append(anyio.current_time() - began)
                    del holding[lease.device.name]

    async def main():
        async with anyio.create_task_group() as tasks:
            for number, item in enumerate(work):
                tasks.start_soon(one, number, *item)
            for _ in range(60):
                await anyio.sleep(0.7)
                assert not pool.waiting or len(pool.leases) == slots
        assert pool.leases == ()
        assert pool.waiting == ()
        assert sum(pool.busy_s().values()) == pytest.approx(sum(spent))

    anyio.run(main, backend="trio", backend_options={"clock": MockClock(autojump_threshold=0)})


def gpus(number=1, mib=16000):
    """So many GPUs."""
    return [Device(name=f"gpu:{n}", cores=(), gpu=f"GPU-{n}", memory_mib=mib, limit_w=300.0) for n in range(number)]


def seen(number=0, **fields):
    """What a GPU says."""
    return Seen(gpu=f"GPU-{number}", **fields)


async def takers(pool, tasks, **needs):
    """Let several take a device in turn, and hold it. Returns where each is."""
    places = {}

    async def one(holder, need):
        async with pool.lease(holder, need_mib=need) as lease:
            places[holder] = lease
            await anyio.sleep_forever()

    for holder, need in needs.items():
        tasks.start_soon(one, holder, need)
        await wait_all_tasks_blocked()
    return places


@pytest.mark.parametrize(
    ("needs", "foreign_mib", "slots", "served"),
    [
        pytest.param({"a": 4000, "b": 4000}, 0, 1, "a", id="one slot"),
        pytest.param({"a": 4000, "b": 4000, "c": 4000}, 0, 3, "abc", id="all fit"),
        pytest.param({"a": 8000, "b": 8000}, 0, 2, "a", id="more than there is"),
        pytest.param({"a": 7000, "b": 7000}, 2000, 2, "a", id="beside others"),
        pytest.param({"a": None, "b": 100}, 0, 2, "a", id="nobody joins one that is not known"),
        pytest.param({"a": 100, "b": None}, 0, 2, "a", id="one that is not known joins nobody"),
        pytest.param({"a": 8000, "b": 9000, "c": 100}, 0, 3, "a", id="nobody steps in front"),
        pytest.param({"a": 99000}, 0, 1, "a", id="more than any GPU has, alone"),
        pytest.param({"a": 14000}, 3000, 1, "", id="alone, but for others"),
    ],
)
async def test_packing(needs, foreign_mib, slots, served):
    """Trials share a GPU as far as its slots go and what they are expected to need fits beside what others use."""
    pool = DevicePool(gpus())
    pool.allow("gpu:0", slots)
    pool.update([seen(foreign_mib=foreign_mib)])
    async with anyio.create_task_group() as tasks:
        places = await takers(pool, tasks, **needs)
        assert "".join(places) == served
        tasks.cancel_scope.cancel()
    assert pool.leases == ()
    assert pool.waiting == ()


async def test_one_that_needs_more_than_expected():
    """What a trial has been seen to use counts where it is more than it was expected to need."""
    pool = DevicePool(gpus())
    pool.allow("gpu:0", 2)
    async with anyio.create_task_group() as tasks:
        await takers(pool, tasks, a=1000)
        pool.update([seen(ours={"a": 12000.0})])
        assert not await takers(pool, tasks, b=4000)
        tasks.cancel_scope.cancel()


async def test_spread_before_packed():
    """Trials share a GPU only when no other is free."""
    pool = DevicePool(gpus(2))
    pool.allow("gpu:0", 2)
    async with anyio.create_task_group() as tasks:
        places = await takers(pool, tasks, a=1000, b=1000, c=1000)
        assert [lease.device.name for lease in places.values()] == ["gpu:0", "gpu:1", "gpu:0"]
        tasks.cancel_scope.cancel()


async def test_one_more_may_share():
    """Who waits is served as soon as another may share the device."""
    pool = DevicePool(gpus())
    async with anyio.create_task_group() as tasks:
        places = await takers(pool, tasks, a=1000, b=1000)
        assert list(places) == ["a"]
        pool.allow("gpu:0", 2)
        await wait_all_tasks_blocked()
        assert list(places) == ["a", "b"]
        tasks.cancel_scope.cancel()


async def test_time_and_energy_are_shared_out():
    """Several that hold a device share its time and its energy, so that all of them together took what it took."""
    now = [0.0]
    pool = DevicePool(gpus(), now=lambda: now[0])
    pool.allow("gpu:0", 2)
    pool.update([seen(energy_j=1000.0)])
    async with pool.lease("a", need_mib=1) as first:
        now[0] = 10.0
        pool.update([seen(energy_j=2000.0)])
        async with pool.lease("b", need_mib=1) as second:
            now[0] = 20.0
            pool.update([seen(energy_j=3000.0)])

    assert (first.device_s, second.device_s) == (15.0, 5.0)
    assert (first.energy_j, second.energy_j) == (1500.0, 500.0)


async def test_energy_without_a_meter():
    """A GPU that tells its power alone is billed by that; a meter that was reset bills nothing."""
    now = [0.0]
    pool = DevicePool(gpus(), now=lambda: now[0])
    pool.update([seen(power_w=100.0)])
    async with pool.lease("a") as lease:
        now[0] = 10.0
        pool.update([seen(power_w=100.0)])
        now[0] = 12.0  # the last part of a lease, since the last reading
    assert lease.energy_j == 1200.0

    pool.update([seen(energy_j=5000.0)])
    async with pool.lease("b") as lease:
        pool.update([seen(energy_j=10.0)])
    assert lease.energy_j == 0.0


async def test_memory_is_put_down_to_its_holder():
    """The largest part of a GPU's memory that a holder was seen to use is what it peaked at."""
    pool = DevicePool(gpus())
    async with pool.lease("a") as lease:
        pool.update([seen(used_mib=900.0, ours={"a": 700.0}, foreign_mib=100.0)])
        pool.update([seen(used_mib=500.0, ours={"a": 300.0}, foreign_mib=100.0)])
        assert lease.peak_gpu_mib == 700.0
        pool.update([seen(used_mib=2000.0, foreign_mib=100.0)])  # nobody knows whose it is, and nobody else is there
        assert lease.peak_gpu_mib == 1900.0


async def test_a_lost_device():
    """Who holds a device that is lost has to leave it; it is leased no more, and who waits for the last one is told."""
    pool, left = DevicePool(gpus()), []

    async def hold(holder):
        lease = await pool.take(holder)
        left.append((holder, lease))
        if lease is not None:
            with lease.scope:
                await anyio.sleep_forever()
            pool.release(lease)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(hold, "a")
        await wait_all_tasks_blocked()
        tasks.start_soon(hold, "b")
        await wait_all_tasks_blocked()

        said = pool.update([seen(lost="GPU is lost")])

    assert said == (DeviceLost(device="gpu:0", reason="GPU is lost", repeated=("a",)),)
    assert left[0][1].lost == "gpu:0 is lost: GPU is lost"
    assert left[1] == ("b", None)
    assert pool.is_lost
    assert pool.loads() == ()
    assert await pool.take("c") is None
    assert pool.update([seen(lost="GPU is lost")]) == ()  # said once


async def test_a_taken_device():
    """A device that others use is left where there is another, and leased again when they have gone."""
    pool = DevicePool(gpus(2))
    async with anyio.create_task_group() as tasks:
        places = await takers(pool, tasks, a=1000)

        taken = pool.update([seen(foreign_mib=9000.0), seen(1)])

        assert isinstance(taken[0], DeviceLost)
        assert (taken[0].repeated, taken[0].for_good) == (("a",), False)
        assert places["a"].scope.cancel_called
        more = await takers(pool, tasks, b=1000, c=1000)
        assert [(holder, lease.device.name) for holder, lease in more.items()] == [("b", "gpu:1")]

        assert pool.update([seen(foreign_mib=7500.0)]) == ()  # not yet
        assert pool.update([seen(foreign_mib=100.0)]) == (DeviceBack(device="gpu:0"),)
        tasks.cancel_scope.cancel()


async def test_the_only_device_is_taken():
    """Where there is no other, what runs goes on: it may end well."""
    pool = DevicePool(gpus())
    async with pool.lease("a") as lease:
        pool.update([seen(foreign_mib=9000.0)])
        assert not lease.scope.cancel_called
