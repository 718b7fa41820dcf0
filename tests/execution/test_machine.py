"""What the machine offers, read from the kernel's files; here from copies of them."""

import math
import os

import pytest

from gome.execution import machine


@pytest.fixture
def root(tmp_path):
    """Return a function that writes files below a root of our own."""

    def write(**files):
        for path, text in files.items():
            file = tmp_path / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        return tmp_path

    return write


MEMINFO = {"proc/meminfo": "MemTotal:       16777216 kB\nMemFree: 1 kB\n"}
V2 = {"proc/self/cgroup": "0::/pod/box\n"}
QUOTA, PERIOD = (f"sys/fs/cgroup/cpu/box/cpu.cfs_{name}_us" for name in ("quota", "period"))
V1 = {"proc/self/cgroup": "5:cpu,cpuacct:/box\n4:memory:/box\n0::/\n"}


@pytest.mark.parametrize(
    ("files", "cores"),
    [
        pytest.param({}, math.inf, id="no cgroups"),
        pytest.param(V2 | {"sys/fs/cgroup/pod/box/cpu.max": "max 100000\n"}, math.inf, id="unlimited"),
        pytest.param(V2 | {"sys/fs/cgroup/pod/box/cpu.max": "150000 100000\n"}, 1.5, id="version 2"),
        pytest.param(V2 | {"sys/fs/cgroup/pod/cpu.max": "50000 100000\n"}, 0.5, id="a group around"),
        pytest.param(V1 | {QUOTA: "200000", PERIOD: "100000"}, 2.0, id="version 1"),
        pytest.param(V1 | {QUOTA: "-1", PERIOD: "100000"}, math.inf, id="version 1 unlimited"),
    ],
)
def test_quota(root, files, cores):
    """A container's share of the CPUs counts, not what the host has."""
    assert machine.quota_cores(root(**files)) == cores


@pytest.mark.parametrize(
    ("files", "mib"),
    [
        pytest.param(MEMINFO, 16384, id="the machine's"),
        pytest.param(MEMINFO | V2 | {"sys/fs/cgroup/pod/box/memory.max": "max"}, 16384, id="unlimited"),
        pytest.param(MEMINFO | V2 | {"sys/fs/cgroup/pod/memory.max": str(2**31)}, 2048, id="version 2, a group around"),
        pytest.param(
            MEMINFO | V1 | {"sys/fs/cgroup/memory/box/memory.limit_in_bytes": str(2**30)}, 1024, id="version 1"
        ),
        pytest.param(
            MEMINFO | V1 | {"sys/fs/cgroup/memory/box/memory.limit_in_bytes": str(2**63 - 4096)}, 16384, id="v1 none"
        ),
    ],
)
def test_memory(root, files, mib):
    """The narrowest limit on memory is what there is."""
    assert machine.memory_mib(root(**files)) == mib


def test_gpus_in_words():
    """GPUs are described once each, whatever their number."""
    assert machine.hardware().endswith(", no GPU")
    assert machine.hardware(["V100, 16 GiB"]).endswith(", 1 GPU (V100, 16 GiB)")
    assert machine.hardware(["V100", "V100"]).endswith(", 2 GPUs (V100)")
    assert machine.hardware(["V100", "T4"]).endswith(", 2 GPUs (V100; T4)")


def test_this_machine():
    """What is said of this machine is true enough to run on it."""
    cores = machine.cores()

    assert cores
    assert set(cores) <= os.sched_getaffinity(0)
    assert machine.memory_mib() > 100
    assert machine.hardware().startswith(f"{len(cores)} CPU core")
    assert any(package.startswith("numpy ") for package in machine.packages())
