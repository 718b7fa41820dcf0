"""What `gome doctor` says of GPUs and of torch."""

import json

import pytest

from gome.cli import main
from gome.cli.gpus import Torch, ask_torch, describe, gpus, torch
from gome.execution.devices import parse_devices
from gome.execution.gpu import Gpu
from gome.execution.nvml import Process, Reading
from gome.testing.nvml import gpu, machine, write
from gome.testing.quickrun import write_task


def card(capability, name="Tesla V100-SXM2-16GB"):
    return Gpu(number=0, uuid="GPU-0", name=name, memory_mib=16384, capability=capability, is_metered=True)


@pytest.mark.parametrize(
    ("capability", "built_for", "status", "mend"),
    [
        pytest.param((7, 0), ("sm_50", "sm_70", "sm_80"), "ok", "", id="V100 and a wheel for it"),
        pytest.param((7, 0), ("sm_75", "sm_80", "sm_90"), "warn", "-c constraints/volta.txt torch", id="V100, too new"),
        pytest.param((7, 0), (), "warn", "-c constraints/volta.txt torch", id="V100, a wheel for CPUs"),
        pytest.param((9, 0), (), "warn", "pip install -U torch", id="H100, a wheel for CPUs"),
        pytest.param((12, 0), ("sm_80", "sm_90"), "warn", "pip install -U torch", id="newer than the wheel"),
        pytest.param((6, 1), ("sm_75",), "warn", "cpu:N", id="older than all"),
        pytest.param(None, ("sm_75",), "ok", "", id="it does not say"),
    ],
)
def test_torch_and_the_gpu(capability, built_for, status, mend):
    """What torch is built for is compared with every GPU; where it lacks one, the wheel to install is named."""
    finding = torch([card(capability)], Torch("2.13.0", "13.0", built_for))

    assert finding.status == status
    assert mend in finding.mend
    if status == "warn":
        assert f"needs sm_{capability[0]}{capability[1]}" in finding.what


def test_no_torch():
    """Without torch there is nothing to compare."""
    assert torch([card((7, 0))], None).mend == "pip install 'gome[ml]'"


@pytest.mark.slow
def test_torch_is_asked_in_a_process_of_its_own():
    """The one that is installed says its version and what it is built for."""
    pytest.importorskip("torch")
    told = ask_torch()
    assert told.version
    assert all(arch.partition("_")[0] in ("sm", "compute") for arch in told.built_for)


def test_an_interpreter_that_is_not_there():
    """What cannot be asked is taken to have none."""
    assert ask_torch("/nowhere/python") is None


def test_others_on_the_gpu():
    """A GPU that others use already is a warning."""
    reading = Reading(gpu="GPU-0", used_mib=9000.0, processes=(Process(1, 9000.0),))
    [finding] = describe([card((8, 0), "A100")], [reading], "550")
    assert finding.status == "warn"
    assert "1 other processes use 9000 MiB" in finding.what


def test_gpus_of_this_machine(nvml, script):
    """Each GPU is named with what a model must know of it, and torch is compared with it."""
    write(script, machine(gpu(0), gpu(1, "NVIDIA H100", 81920, "9.0")))
    nvml()

    first, second, built, trial = gpus()

    assert first.what.startswith("Tesla V100-SXM2-16GB, 16 GiB, compute capability 7.0: no bf16")
    assert second.what == "NVIDIA H100, 80 GiB, compute capability 9.0; driver 550.54.15"
    assert built.name == "torch"
    assert (trial.name, trial.status) == ("trial gpu", "warn")  # the scripted driver has no CUDA
    assert "libcuda.so.1" in trial.what


def test_a_gpu_that_is_split(nvml, script, capsys, tmp_path, monkeypatch):
    """One that MIG has split is not leased: the others are, and where there is none one line says what to do."""
    monkeypatch.chdir(tmp_path)
    write(script, machine(gpu(0), gpu(1)) | {"0.mig": 1, "1.mig": 0})
    nvml()
    assert [device.name for device in parse_devices("auto")] == ["gpu:1"]

    write(script, machine(gpu(0)) | {"0.mig": 1})
    task = write_task(tmp_path / "task")
    for devices in ("auto", "0"):
        assert main(["run", str(task), "--out", "r", "--no-plugins", "--devices", devices]) == 2
        [line] = capsys.readouterr().err.strip().splitlines()
        assert "GPU 0 is split by MIG, and gome leases whole GPUs: switch MIG off (nvidia-smi -i 0 -mig 0)" in line
        assert not (tmp_path / "r").exists()

    assert main(["doctor", "--json", "--no-plugins"]) == 0
    told = {check["name"]: check for check in json.loads(capsys.readouterr().out.splitlines()[-1])["checks"]}
    assert (told["gpu"]["status"], "-mig 0" in told["gpu"]["mend"]) == ("warn", True)
    assert "trial gpu" not in told


def test_doctor_with_a_gpu(nvml, script, capsys, tmp_path, monkeypatch):
    """The command shows it; a torch without code for the GPU is a warning, not a failure."""
    monkeypatch.chdir(tmp_path)
    write(script, machine(gpu()))
    nvml()

    assert main(["doctor", "--json", "--no-plugins"]) == 0

    told = {check["name"]: check for check in json.loads(capsys.readouterr().out.splitlines()[-1])["checks"]}
    assert "V100" in told["gpu"]["what"]
    assert "torch" in told
