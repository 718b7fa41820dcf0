"""GPUs that follow a script: a library in C, built where there is a compiler, that NVML's clients load as the real one.

library = build(folder)  # set FAKE_NVML to a file first: see nvml.c for its lines
write(file, V100 | {"0.busy": 30})
with Nvml(library) as nvml:
...
"""

import shutil
import subprocess
from collections.abc import Mapping
from importlib.resources import as_file, files
from pathlib import Path

from gome.folder import write_whole

SONAME = "libnvidia-ml.so.1"
Script = Mapping[str, str | int | tuple[str, ...]]  # a tuple: one line for each of its parts


def gpu(number: int = 0, name: str = "Tesla V100-SXM2-16GB", mib: int = 16384, capability: str = "7.0") -> Script:
    """Return the lines of a GPU that does nothing."""
    major, minor = capability.split(".")
    told: Script = {
        "name": name, "uuid": f"GPU-00000000-0000-0000-0000-{number:012d}", "minor": number, "busy": 0,
        "total": mib << 20, "used": 0, "power": 40_000, "limit": 300_000, "energy": 1_000_000, "celsius": 34,
        "major": major, "compute_minor": minor,
    }  # fmt: skip
    return {f"{number}.{key}": value for key, value in told.items()}


def machine(*gpus: Script) -> dict[str, str | int | tuple[str, ...]]:
    """Return the script of a machine with these GPUs."""
    together: dict[str, str | int | tuple[str, ...]] = {"count": len(gpus), "driver": "550.54.15"}
    for lines in gpus:
        together |= lines
    return together


def write(file: Path, script: Script) -> None:
    """Put a script in the place of another, at one stroke."""
    lines = [
        f"{key} {part}\n" for key, value in script.items() for part in (value if isinstance(value, tuple) else (value,))
    ]
    write_whole(file, "".join(lines).encode())


def compiler() -> str | None:
    """Return the C compiler of this machine."""
    return shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")


def build(folder: Path) -> Path:
    """Compile the library into a folder; whoever has that folder in LD_LIBRARY_PATH finds it by name.

    Raises:
        FileNotFoundError: there is no compiler.
        subprocess.CalledProcessError: it refused.
    """
    cc = compiler()
    if cc is None:
        raise FileNotFoundError("no C compiler here")
    library = folder / SONAME
    with as_file(files("gome.testing") / "nvml.c") as source:
        line = [cc, "-O1", "-shared", "-fPIC", f"-Wl,-soname,{SONAME}", "-o", str(library), str(source)]
        subprocess.run(line, check=True, capture_output=True)
    return library
