"""What --devices means here: CPU slots, or GPUs."""

from pathlib import Path

from gome.errors import DriverUnavailable, SettingInvalid
from gome.execution import Device, machine
from gome.execution.gpu import SPLIT, Gpu
from gome.execution.nvml import Nvml

AUTO_SLOTS = 8  # most that "auto" makes: cores beyond are shared out, as training gains more from them
HELPERS = 4  # CPU slots beside GPUs at most


NODES = ("nvidiactl", "nvidia-uvm", "nvidia-uvm-tools")  # that a program needs beside its GPU's own


def parse_devices(
    text: str, *, cores: tuple[int, ...] | None = None, gpus: tuple[Gpu, ...] | None = None
) -> tuple[Device, ...]:
    """Return the devices that "auto", "cpu:N" or "0,1" mean: "auto" is all GPUs, or CPU slots where there are none.

    Args:
        text: as given to --devices.
        cores: ids of the cores to share out; this machine's by default.
        gpus: that there are; those that this machine's driver names by default.

    Raises:
        SettingInvalid: it is none of these, or not on this machine.
    """
    cores = machine.cores() if cores is None else cores
    plain = text.strip().lower()
    kind, _, number = plain.partition(":")
    if plain == "auto":
        found = _found()[0] if gpus is None else gpus
        whole = tuple(gpu for gpu in found if not gpu.is_split)
        return _leased(whole or found, cores) if found else cpu_slots(min(AUTO_SLOTS, len(cores)), cores)
    if kind == "cpu" and _is_number(number) and int(number) > 0:
        if int(number) > len(cores):
            raise SettingInvalid(
                f"--devices {text}: only {len(cores)} CPU cores here; ask for cpu:{len(cores)} or fewer"
            )
        return cpu_slots(int(number), cores)
    numbers = [part.strip() for part in plain.split(",")]
    if all(map(_is_number, numbers)):
        return _leased(_named(text, [int(number) for number in numbers], gpus), cores)
    raise SettingInvalid(f"--devices {text!r}: give auto, cpu:N with N above 0, or GPU numbers as in 0,1")


def helpers(cores: tuple[int, ...] | None = None) -> tuple[Device, ...]:
    """Return CPU slots for what needs no GPU where the devices are GPUs."""
    cores = machine.cores() if cores is None else cores
    return cpu_slots(min(HELPERS, len(cores)), cores)


def _named(text: str, numbers: list[int], gpus: tuple[Gpu, ...] | None) -> tuple[Gpu, ...]:
    """Return the GPUs with these numbers. Raises SettingInvalid."""
    found, reason = _found() if gpus is None else (gpus, "")
    here = {gpu.number: gpu for gpu in found}
    missing = [number for number in numbers if number not in here]
    if not here:
        reason = f": {reason}" if reason else ""
        raise SettingInvalid(f"--devices {text}: there is no GPU on this machine{reason}; use auto or cpu:N")
    if missing:
        known = ", ".join(map(str, here))
        raise SettingInvalid(f"--devices {text}: no GPU {missing[0]} on this machine, it has {known}")
    if len(set(numbers)) < len(numbers):
        raise SettingInvalid(f"--devices {text}: a GPU is named twice")
    return tuple(here[number] for number in numbers)


def _found() -> tuple[tuple[Gpu, ...], str]:
    """Return the GPUs of this machine, and why there are none where there are none."""
    try:
        with Nvml() as driver:
            return driver.gpus(), ""
    except DriverUnavailable as error:
        return (), str(error)


def _leased(gpus: tuple[Gpu, ...], cores: tuple[int, ...]) -> tuple[Device, ...]:
    """Return GPUs as what is leased, each with its share of the cores. Raises SettingInvalid."""
    for gpu in gpus:
        if gpu.is_split:
            mend = SPLIT.format(number=gpu.number)
            raise SettingInvalid(f"--devices: GPU {gpu.number} is split by MIG, and gome leases whole GPUs: {mend}")
    return tuple(
        Device(
            name=f"gpu:{gpu.number}",
            cores=slot.cores or cores,
            gpu=gpu.uuid,
            memory_mib=gpu.memory_mib,
            limit_w=gpu.limit_w,
            is_metered=gpu.is_metered,
            nodes=_nodes(gpu.minor),
            words=gpu.words,
        )
        for gpu, slot in zip(gpus, cpu_slots(len(gpus), cores), strict=True)
    )


def _nodes(minor: int | None, dev: Path = Path("/dev")) -> tuple[str, ...]:
    """Return the device files of a GPU, as far as they are there."""
    own = () if minor is None else (f"nvidia{minor}",)
    return tuple(str(dev / name) for name in (*own, *NODES) if (dev / name).exists())


def cpu_slots(number: int, cores: tuple[int, ...]) -> tuple[Device, ...]:
    """Return so many slots with as equal shares of the cores as can be, neighbours together."""
    ends = [len(cores) * slot // number for slot in range(number + 1)]
    return tuple(Device(name=f"cpu:{slot}", cores=cores[ends[slot] : ends[slot + 1]]) for slot in range(number))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10
