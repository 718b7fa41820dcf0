"""With a real GPU: it is leased to a trial in the sandbox, seen by it alone, measured and billed."""

import anyio
import pytest

from gome.execution import Program
from gome.execution.devices import cpu_slots, parse_devices
from gome.execution.leasing import Leasing
from gome.execution.local import LocalRunner
from gome.execution.pool import DevicePool
from gome.execution.sandbox.choice import choose
from gome.execution.watch import Watch

pytestmark = [pytest.mark.gpu, pytest.mark.slow]

SEES = """
import ctypes
cuda, number = ctypes.CDLL("libcuda.so.1"), ctypes.c_int()
print(cuda.cuInit(0), cuda.cuDeviceGetCount(ctypes.byref(number)), number.value)
"""
WORKS = """
import time, torch
ends = time.monotonic() + 6
tensor = torch.rand(8192, 8192, device="cuda")  # 256 MiB
while time.monotonic() < ends:
    tensor = (tensor @ tensor).clamp(0, 1)
torch.cuda.synchronize()
print(torch.cuda.device_count(), torch.cuda.get_device_name())
"""

SUMS = """
import torch
print(torch.ones(4, device="cuda").sum().item(), torch.cuda.device_count())
"""


@pytest.fixture
def anyio_backend():
    """Real processes need real time."""
    return "asyncio"


@pytest.fixture
def devices():
    """The GPUs of this machine."""
    found = [device for device in parse_devices("auto") if device.gpu]
    if not found:
        pytest.skip("no GPU here")
    return found


def program(folder, code, device, limit_s=60.0):
    for name in ("data", "trial"):
        (folder / name).mkdir(exist_ok=True)
    (folder / "trial" / "solution.py").write_text(code)
    return Program(folder=folder / "trial", input=folder / "data", device=device, limit_s=limit_s)


async def test_a_lease_is_a_gpu(devices, tmp_path):
    """A program in the sandbox begins CUDA on the GPU that it holds and sees no other; without a lease it sees none."""
    runner = LocalRunner(choose())

    leased = await runner.run(program(tmp_path, SEES, devices[0]))
    without = await runner.run(program(tmp_path, SEES, cpu_slots(1, (0,))[0]))

    assert (leased.error, leased.stdout_tail.split()) == ("", ["0", "0", "1"])
    assert without.status == "failed" or without.stdout_tail.split()[0] != "0"


async def test_a_fork_begins_cuda(devices, tmp_path):
    """A program that is forked from a warm worker with torch in it computes on its GPU; so does the one after it."""
    pytest.importorskip("torch")
    runner = LocalRunner(choose(), warm=True)
    try:
        zygote = runner.warm.start(devices[0], 0, torch=True)
        await zygote.ready()
        outcomes = [await runner.run(program(tmp_path, SUMS, devices[0])) for _ in range(2)]
    finally:
        runner.close()

    if "no kernel image" in outcomes[0].error or "not compiled with CUDA" in outcomes[0].error:
        pytest.skip(f"this torch cannot use this GPU: {outcomes[0].error}")
    assert [(got.status, got.error, got.stdout_tail, got.warm) for got in outcomes] == [("ok", "", "4.0 1\n", True)] * 2


async def test_what_a_trial_takes_of_a_gpu(devices, tmp_path):
    """Its memory and energy are put down to it, and the GPU is seen to compute."""
    pytest.importorskip("torch")
    pool = DevicePool(devices[:1])
    watch = Watch(pool, lambda message: None)
    leasing = Leasing(LocalRunner(choose()), pool, look=watch.look)
    busy = []

    async def look():
        while True:
            await anyio.sleep(0.5)
            busy.extend(load.computing for load in pool.loads() if load.computing is not None)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(watch.run)
        tasks.start_soon(look)
        outcome = await leasing.run(
            "t1 full", lambda device, limit: program(tmp_path, WORKS, device, limit), limit_s=lambda: 120.0
        )
        tasks.cancel_scope.cancel()

    if "no kernel image" in outcome.error or "not compiled with CUDA" in outcome.error:
        pytest.skip(f"this torch cannot use this GPU: {outcome.error}")
    assert (outcome.status, outcome.error) == ("ok", "")
    assert outcome.stdout_tail.startswith("1 ")
    assert outcome.peak_gpu_mib >= 256
    assert outcome.energy_j > 0
    assert max(busy) > 0.3
