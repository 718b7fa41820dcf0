"""Laws of the pool: one holder a device, first come first served, and nothing leaks."""

import asyncio

import anyio
import pytest
from anyio import wait_all_tasks_blocked
from anyio.lowlevel import checkpoint
from hypothesis import given, settings
from hypothesis import strategies as st
from trio.testing import MockClock

from gome.errors import SettingInvalid
from gome.execution import Device
from gome.execution.devices import DevicePool, cpu_slots, parse_devices

ONE = cpu_slots(1, (0,))


@pytest.mark.parametrize(
    ("text", "cores", "names"),
    [
        pytest.param("auto", 1, "0", id="auto, one core"),
        pytest.param("auto", 2, "0 1", id="auto, a slot a core"),
        pytest.param(" AUTO ", 12, "0 1,2 3 4,5 6 7,8 9 10,11", id="auto, more cores than slots"),
        pytest.param("cpu:1", 4, "0,1,2,3", id="one slot has all cores"),
        pytest.param("cpu:3", 4, "0 1 2,3", id="uneven"),
        pytest.param("CPU:2", 2, "0 1", id="upper case"),
    ],
)
def test_cpu_slots(text, cores, names):
    """Every core belongs to one slot, and shares differ by one at most."""
    got = parse_devices(text, cores=tuple(range(cores)))

    assert " ".join(",".join(map(str, device.cores)) for device in got) == names
    assert [device.name for device in got] == [f"cpu:{number}" for number in range(len(got))]


@pytest.mark.parametrize(
    ("text", "gpus", "complaint"),
    [
        pytest.param("cpu:0", (), "N above 0", id="no slot"),
        pytest.param("cpu:-1", (), "N above 0", id="negative"),
        pytest.param("cpu:x", (), "give auto", id="a word"),
        pytest.param("cpu:1.5", (), "give auto", id="a fraction"),
        pytest.param("cpu", (), "give auto", id="without number"),
        pytest.param("cpu:٢", (), "give auto", id="digits of another script"),
        pytest.param(f"cpu:{'9' * 5000}", (), "give auto", id="a huge number"),
        pytest.param("", (), "give auto", id="empty"),
        pytest.param("gpu", (), "give auto", id="gpu"),
        pytest.param("0,", (), "give auto", id="comma"),
        pytest.param("cpu:3", (), "only 2 CPU cores", id="more slots than cores"),
        pytest.param("0,1", (), "no GPU on this machine", id="no GPU"),
        pytest.param("0,7", ("0", "1"), "no GPU 7", id="a GPU that is not there"),
        pytest.param("0", ("0", "1"), "CPU slots only", id="a GPU that is there"),
    ],
)
def test_nonsense(text, gpus, complaint):
    """What cannot be leased is refused with one line that says what to give."""
    with pytest.raises(SettingInvalid, match=complaint) as caught:
        parse_devices(text, cores=(0, 1), gpus=gpus)

    assert "\n" not in str(caught.value)


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
            async with pool.lease(str(number)) as device:
                assert device.name not in holding
                holding[device.name] = number
                began = anyio.current_time()
                try:
                    await anyio.sleep(works)
                finally:
                    spent.append(anyio.current_time() - began)
                    del holding[device.name]

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
