"""The environment of a program, built from nothing: no secret of ours is ever in it."""

import site
from pathlib import Path

from gome.execution import Device, machine

LEASE = "GOME_LEASE"  # by it what it uses of a GPU is put down to it
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "LOKY_MAX_CPU_COUNT")


def environment(python: Path, device: Device, *, home: Path, temporary: Path, seed: int, mark: str) -> dict[str, str]:
    """Return every variable that the program sees; the mark, "NAME=...", is one."""
    cores = str(len(device.cores or machine.cores()))
    plain = {
        "PATH": f"{python.parent}:/usr/local/bin:/usr/bin:/bin",
        "HOME": str(home),
        "TMPDIR": str(temporary),
        "LANG": "C.UTF-8",
        "PYTHONHASHSEED": str(seed % 2**32),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",  # what was said before the deadline is not lost with it
        "PYTHONFAULTHANDLER": "1",
        "MPLBACKEND": "Agg",
        "JE_ARROW_MALLOC_CONF": "background_thread:false",  # pyarrow's thread would keep a warm worker from forking
        "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
        "CUDA_VISIBLE_DEVICES": device.gpu,  # empty: a CPU slot is no lease on a GPU
        LEASE: device.lease,
        "GOME_SEED": str(seed),
    }
    name, _, carried = mark.partition("=")
    plain[name] = carried
    if site.ENABLE_USER_SITE:  # libraries installed with --user lie below the home that is hidden
        plain["PYTHONUSERBASE"] = site.getuserbase()
    if libraries := machine.driver_libraries():
        plain["LD_LIBRARY_PATH"] = ":".join(libraries)
    return plain | dict.fromkeys(THREADS, cores)
