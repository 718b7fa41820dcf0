"""NVML, through a library that follows a script: what is read, and what becomes of what cannot be."""

import os
import subprocess
import sys

import pytest

from gome.errors import DriverUnavailable
from gome.execution.gpu import lacking, runs
from gome.execution.nvml import Nvml, Process
from gome.testing.nvml import gpu, machine, write


def test_what_a_gpu_is(nvml, script):
    """Discovery names each GPU, its memory, its capability, its node and its power limit."""
    write(script, machine(gpu(0), gpu(1, "NVIDIA A100-SXM4-40GB", 40960, "8.0")))

    one, two = nvml().gpus()

    assert (one.number, one.minor, one.memory_mib, one.capability, one.limit_w) == (0, 0, 16384, (7, 0), 300.0)
    assert one.uuid.startswith("GPU-")
    assert one.uuid != two.uuid
    assert one.is_metered
    assert one.words == (
        "Tesla V100-SXM2-16GB, 16 GiB, compute capability 7.0: no bf16, no TF32, no FlashAttention 2: "
        "train in fp16 with loss scaling (torch.amp.GradScaler), or in fp32"
    )
    assert two.words == "NVIDIA A100-SXM4-40GB, 40 GiB, compute capability 8.0"


def test_what_a_gpu_does(nvml, script):
    """A reading has utilisation, memory, power, energy, temperature and processes; a new script is a new reading."""
    write(script, machine(gpu()))
    driver = nvml()
    driver.gpus()
    before = driver.read()[0]
    write(
        script,
        machine(gpu())
        | {"0.busy": 73, "0.used": 5 << 30, "0.power": 187_500, "0.energy": 1_450_000, "0.celsius": 61}
        | {"0.process": ("4242 1073741824", "4243 0")},
    )

    after = driver.read()[0]

    assert before.busy == 0.0
    assert before.processes == ()
    assert (after.busy, after.used_mib, after.power_w, after.celsius) == (0.73, 5120.0, 187.5, 61)
    assert after.energy_j - before.energy_j == 450.0
    assert after.processes == (Process(4242, 1024.0), Process(4243, None))
    assert driver.driver() == "550.54.15"


@pytest.mark.parametrize(
    ("question", "field"),
    [
        pytest.param("busy", "busy", id="utilisation"),
        pytest.param("power", "power_w", id="power"),
        pytest.param("energy", "energy_j", id="energy"),
        pytest.param("celsius", "celsius", id="temperature"),
        pytest.param("process", "processes", id="processes"),
        pytest.param("used", "used_mib", id="memory"),
    ],
)
@pytest.mark.parametrize("error", ["NOT_SUPPORTED", "NO_PERMISSION", "UNKNOWN"])
def test_what_is_not_said(nvml, script, question, field, error):
    """What a GPU does not say is None; the rest is read, and the GPU is not taken to be lost."""
    write(script, machine(gpu()))
    driver = nvml()
    driver.gpus()
    write(script, machine(gpu()) | {f"0.{question}": error})

    reading = driver.read()[0]

    if (question, error) == ("process", "NOT_SUPPORTED"):  # the script's way to have none
        assert reading.processes == ()
    else:
        assert getattr(reading, field) is None
    assert not reading.lost
    assert sum(getattr(reading, name) is None for name in ("busy", "power_w", "energy_j", "celsius", "used_mib")) <= 1


@pytest.mark.parametrize("error", ["GPU_IS_LOST", "RESET_REQUIRED", "NOT_FOUND"])
def test_a_lost_gpu(nvml, script, error):
    """A GPU that has fallen off says why; the others go on."""
    write(script, machine(gpu(0), gpu(1)))
    driver = nvml()
    driver.gpus()
    write(script, machine(gpu(0), gpu(1)) | {"0.any": error})

    lost, well = driver.read()

    assert lost.lost
    assert not well.lost
    assert well.busy == 0.0


def test_one_that_is_lost_already(nvml, script):
    """A GPU that does not answer when a run begins is none."""
    write(script, machine(gpu(0), gpu(1)) | {"0.any": "GPU_IS_LOST"})

    assert [found.number for found in nvml().gpus()] == [1]


def test_no_driver(nvml, script):
    """A library without its driver is no GPU, with the reason."""
    with pytest.raises(DriverUnavailable, match="no NVIDIA driver answers"):
        nvml()


def test_no_library(tmp_path):
    """So is a machine without the library."""
    asked = "from gome.execution.nvml import Nvml; Nvml()"
    clean = {name: value for name, value in os.environ.items() if name not in ("LD_LIBRARY_PATH", "FAKE_NVML")}

    done = subprocess.run([sys.executable, "-c", asked], env=clean, capture_output=True, text=True, cwd=tmp_path)

    if done.returncode == 0:
        pytest.skip("this machine has an NVIDIA driver")
    assert "DriverUnavailable: no NVIDIA driver answers" in done.stderr
    assert "Library Not Found" in done.stderr


def test_found_by_name(library, script, tmp_path):
    """The library is found by LD_LIBRARY_PATH, as the real one would be."""
    write(script, machine(gpu()))
    asked = "from gome.execution.nvml import Nvml; print(Nvml().gpus()[0].name)"
    told = os.environ | {"LD_LIBRARY_PATH": str(library.parent), "FAKE_NVML": str(script)}

    done = subprocess.run([sys.executable, "-c", asked], env=told, capture_output=True, text=True, check=True)

    assert done.stdout == "Tesla V100-SXM2-16GB\n"


@pytest.mark.parametrize(
    ("capability", "built_for", "expected"),
    [
        pytest.param((7, 0), ["sm_50", "sm_60", "sm_70", "sm_80"], True, id="its own"),
        pytest.param((7, 0), ["sm_75", "sm_80", "sm_90"], False, id="no Volta"),
        pytest.param((8, 6), ["sm_80"], True, id="same major, older minor"),
        pytest.param((8, 0), ["sm_86"], False, id="same major, newer minor"),
        pytest.param((9, 0), ["sm_80", "compute_80"], True, id="intermediate code"),
        pytest.param((7, 0), ["compute_75"], False, id="newer intermediate code"),
        pytest.param((12, 0), ["sm_120"], True, id="three digits"),
        pytest.param((9, 0), ["sm_90a"], True, id="with a letter"),
        pytest.param((9, 0), [], False, id="built without CUDA"),
    ],
)
def test_what_runs_where(capability, built_for, expected):
    """Machine code runs on its major version from its minor version up, intermediate code on all that is newer."""
    assert runs(capability, built_for) is expected


def test_what_old_ones_lack():
    """What a model must not use is said for what is older than Ampere, and only for that."""
    assert "no bf16" in lacking((7, 0))
    assert "no bf16" in lacking((7, 5))
    assert "no tensor cores" in lacking((6, 1))
    assert lacking((8, 0)) == lacking(None) == ""


@pytest.mark.gpu
def test_a_real_gpu():
    """What a real driver says makes sense."""
    try:
        driver = Nvml()
    except DriverUnavailable as error:
        pytest.skip(str(error))
    with driver:
        found = driver.gpus()
        if not found:
            pytest.skip("a driver, but no GPU")
        for card, reading in zip(found, driver.read(), strict=True):
            assert card.uuid == reading.gpu
            assert card.uuid.startswith("GPU-")
            assert card.memory_mib > 1024
            assert card.capability >= (3, 0)
            assert 0 <= reading.used_mib <= card.memory_mib
            assert not reading.lost
