"""NVIDIA's management library: which GPUs there are, and what each is doing now.

Nothing here waits for a GPU, but a sick driver may take seconds to answer: call it from a thread.
What one GPU cannot say is None; a GPU that has fallen off the bus says so in `lost`; a driver that is not there
raises DriverUnavailable when it is opened.
"""

import contextlib
import ctypes
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self, TypeVar

import msgspec
import pynvml

from gome.errors import DriverUnavailable
from gome.execution.gpu import MIB, Gpu

GONE = (pynvml.NVML_ERROR_GPU_IS_LOST, pynvml.NVML_ERROR_RESET_REQUIRED, pynvml.NVML_ERROR_NOT_FOUND)
METERS = (pynvml.nvmlDeviceGetTotalEnergyConsumption, pynvml.nvmlDeviceGetPowerUsage)
Value = TypeVar("Value")


class Process(msgspec.Struct, frozen=True):
    """One that computes on a GPU."""

    pid: int  # in the driver's own count, which a container's processes may not be known by
    mib: float | None  # of the GPU's memory; None: the driver does not say


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """A GPU now. None: it does not say."""

    gpu: str  # its uuid
    lost: str = ""  # why it can no longer be used; empty: it can
    busy: float | None = None  # share of the last moments in which it computed, 0 to 1
    used_mib: float | None = None
    power_w: float | None = None
    energy_j: float | None = None  # since the driver was loaded: what was used is a difference
    celsius: float | None = None
    processes: tuple[Process, ...] | None = None


class Nvml:
    """The library, opened. Close it, or use it as a context manager."""

    def __init__(self, library: Path | None = None) -> None:
        """Open it.

        Args:
            library: a file to load instead of the one that the system finds.

        Raises:
            DriverUnavailable: there is none, or no driver answers it.
        """
        try:
            if library is not None:
                ctypes.CDLL(str(library))  # by its soname the next to load it by name get this one
            pynvml.nvmlInit()
        except (pynvml.NVMLError, OSError) as error:
            raise DriverUnavailable(f"no NVIDIA driver answers: {error}") from error
        self._handles: dict[str, Any] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the driver."""
        with contextlib.suppress(pynvml.NVMLError):
            pynvml.nvmlShutdown()

    def gpus(self) -> tuple[Gpu, ...]:
        """Return the GPUs that answer, in the order of the PCI bus."""
        return tuple(self._gpus())

    def read(self) -> tuple[Reading, ...]:
        """Return what each GPU that `gpus` found is doing now."""
        return tuple(_reading(uuid, handle) for uuid, handle in self._handles.items())

    def driver(self) -> str:
        """Return the driver's version; empty where it does not say."""
        return said(pynvml.nvmlSystemGetDriverVersion) or ""

    def _gpus(self) -> Iterator[Gpu]:
        for number in range(said(pynvml.nvmlDeviceGetCount) or 0):
            handle = said(pynvml.nvmlDeviceGetHandleByIndex, number)
            uuid = said(pynvml.nvmlDeviceGetUUID, handle) if handle is not None else None
            memory = said(pynvml.nvmlDeviceGetMemoryInfo, handle) if uuid else None
            if uuid is None or memory is None:
                continue  # it has fallen off already
            self._handles[uuid] = handle
            capability = said(pynvml.nvmlDeviceGetCudaComputeCapability, handle)
            limit_mw = said(pynvml.nvmlDeviceGetEnforcedPowerLimit, handle)
            yield Gpu(
                number=number,
                uuid=uuid,
                name=said(pynvml.nvmlDeviceGetName, handle) or "GPU",
                memory_mib=memory.total // MIB,
                minor=said(pynvml.nvmlDeviceGetMinorNumber, handle),
                capability=tuple(capability) if capability else None,
                limit_w=None if limit_mw is None else limit_mw / 1000,
                is_split=pynvml.NVML_DEVICE_MIG_ENABLE in (said(pynvml.nvmlDeviceGetMigMode, handle) or ())[:1],
                is_metered=any(said(ask, handle) is not None for ask in METERS),
            )


def said(ask: Callable[..., Value], *arguments: Any) -> Value | None:
    """Return an answer; None where there is none, whatever the reason."""
    try:
        return ask(*arguments)
    except pynvml.NVMLError:
        return None


def _reading(uuid: str, handle: Any) -> Reading:
    try:
        memory = pynvml.nvmlDeviceGetMemoryInfo(handle)
    except pynvml.NVMLError as error:
        if error.value in GONE:
            return Reading(gpu=uuid, lost=str(error))
        memory = None
    rates = said(pynvml.nvmlDeviceGetUtilizationRates, handle)
    power_mw = said(pynvml.nvmlDeviceGetPowerUsage, handle)
    energy_mj = said(pynvml.nvmlDeviceGetTotalEnergyConsumption, handle)
    running = said(pynvml.nvmlDeviceGetComputeRunningProcesses, handle)
    return Reading(
        gpu=uuid,
        busy=None if rates is None else rates.gpu / 100,
        used_mib=None if memory is None else memory.used / MIB,
        power_w=None if power_mw is None else power_mw / 1000,
        energy_j=None if energy_mj is None else energy_mj / 1000,
        celsius=said(pynvml.nvmlDeviceGetTemperature, handle, pynvml.NVML_TEMPERATURE_GPU),
        processes=None if running is None else tuple(_process(item) for item in running),
    )


def _process(item: Any) -> Process:
    return Process(item.pid, None if item.usedGpuMemory is None else item.usedGpuMemory / MIB)
