"""What `gome doctor` says of GPUs: which there are, and whether the torch that is installed has code for them."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import anyio
import msgspec

from gome.cli.finding import Finding
from gome.errors import DriverUnavailable, ExecutionError
from gome.execution import Device, Outcome, Program
from gome.execution.devices import parse_devices
from gome.execution.gpu import SPLIT, VOLTA, Gpu, runs
from gome.execution.local import LocalRunner
from gome.execution.nvml import Nvml, Reading
from gome.execution.sandbox.choice import choose

TORCH_LIMIT_S = 120.0  # importing it may take long where the disk is slow
ASK_TORCH = """
import json
try:
    import torch
except ImportError:
    print("null")
else:
    told = {"version": torch.__version__, "cuda": torch.version.cuda, "built_for": torch.cuda.get_arch_list()}
    print(json.dumps(told))
"""
BEGIN_CUDA = """
import ctypes
cuda, number = ctypes.CDLL("libcuda.so.1"), ctypes.c_int()
print(cuda.cuInit(0), cuda.cuDeviceGetCount(ctypes.byref(number)) or number.value)
"""
CANARY_LIMIT_S = 30.0
CANARY_MEND = (
    "look where libcuda.so.1 lies: trials see /usr, their interpreter and the leased /dev/nvidia*, nothing else"
)
MENDS = {"volta": "pip install -c constraints/volta.txt torch", "newest": "pip install -U torch"}


class Torch(msgspec.Struct, frozen=True):
    """The torch that solutions import."""

    version: str
    cuda: str | None  # that it is built with; None: it runs on CPUs only
    built_for: tuple[str, ...]  # "sm_70", ...


def gpus() -> Iterator[Finding]:
    """Yield what there is to say of GPUs and of what runs on them."""
    try:
        with Nvml() as driver:
            found, readings, version = driver.gpus(), driver.read(), driver.driver()
    except DriverUnavailable as error:
        yield _absent(str(error), sorted(Path("/dev").glob("nvidia[0-9]*")))
        return
    yield from describe(found, readings, version)
    if found:
        yield torch(found, ask_torch())
        if not all(gpu.is_split for gpu in found):
            yield canary()


def describe(found: Sequence[Gpu], readings: Sequence[Reading], driver: str) -> Iterator[Finding]:
    """Yield a finding for each GPU."""
    if not found:
        yield Finding(name="gpu", status="ok", what=f"driver {driver}, and no GPU that answers")
    for gpu, reading in zip(found, readings, strict=True):
        name = "gpu" if len(found) == 1 else f"gpu {gpu.number}"
        what = f"{gpu.words}; driver {driver}"
        if not gpu.is_metered:
            what += "; it does not say what energy it draws, so --max-energy cannot hold it"
        if gpu.is_split:
            mend = SPLIT.format(number=gpu.number)
            yield Finding(name=name, status="warn", what=f"{what}; split by MIG: no trial leases it", mend=mend)
        elif reading.processes:
            mend = "wait until they end, or name another with --devices"
            others = f"{what}; {len(reading.processes)} other processes use {reading.used_mib or 0:.0f} MiB of it"
            yield Finding(name=name, status="warn", what=others, mend=mend)
        else:
            yield Finding(name=name, status="ok", what=what)


def torch(found: Sequence[Gpu], installed: Torch | None) -> Finding:
    """Return whether torch has code for every GPU, and what to install where it has not."""
    if installed is None:
        return Finding(name="torch", status="warn", what="not installed", mend="pip install 'gome[ml]'")
    what = f"{installed.version}, built for {', '.join(installed.built_for) or 'CPUs only'}"
    lacking = [gpu for gpu in found if gpu.capability and not runs(gpu.capability, installed.built_for)]
    if not lacking:
        return Finding(name="torch", status="ok", what=what)
    capability = lacking[0].capability or (0, 0)
    old = VOLTA <= capability < (7, 5)
    mend = MENDS["volta" if old else "newest"]
    if capability < VOLTA:
        mend = "name another GPU with --devices, or use cpu:N: current torch has no code for one so old"
    needed = f"sm_{capability[0]}{capability[1]}"
    return Finding(name="torch", status="warn", what=f"{what}; {lacking[0].name} needs {needed}", mend=mend)


def canary() -> Finding:
    """Return whether a program in the sandbox reaches the GPU that it is leased, and no other: CUDA is begun in one."""
    device = parse_devices("auto")[0]
    try:
        outcome = anyio.run(_begin_cuda, device)
    except ExecutionError as error:
        return Finding(name="trial gpu", status="warn", what=str(error), mend=CANARY_MEND)
    said = outcome.stdout_tail.strip()
    if outcome.status == "ok" and said == "0 1":
        return Finding(name="trial gpu", status="ok", what=f"a program began CUDA on {device.name}, and sees it alone")
    what = outcome.error or f"cuInit and the number of GPUs that a program sees: {said}, not 0 1"
    return Finding(name="trial gpu", status="warn", what=what, mend=CANARY_MEND)


async def _begin_cuda(device: Device) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="gome-doctor-") as name:
        folder = Path(name)
        (folder / "data").mkdir()
        (folder / "trial").mkdir()
        (folder / "trial" / "solution.py").write_text(BEGIN_CUDA)
        program = Program(folder=folder / "trial", input=folder / "data", device=device, limit_s=CANARY_LIMIT_S)
        return await LocalRunner(choose(allow_unsandboxed=True)).run(program)


def ask_torch(python: str = sys.executable) -> Torch | None:
    """Return the torch that an interpreter imports, asked in a process of its own; None where there is none."""
    try:
        asked = subprocess.run([python, "-c", ASK_TORCH], capture_output=True, timeout=TORCH_LIMIT_S, check=True)
        return msgspec.json.decode(asked.stdout.splitlines()[-1], type=Torch | None)
    except (OSError, subprocess.SubprocessError, IndexError, msgspec.DecodeError):
        return None


def _absent(reason: str, nodes: Sequence[Path]) -> Finding:
    if not nodes:
        return Finding(name="gpu", status="ok", what="no GPU")
    mend = "run nvidia-smi by hand; restart or reinstall the driver"
    return Finding(name="gpu", status="warn", what=f"there is {nodes[0]}, but {reason}", mend=mend)
