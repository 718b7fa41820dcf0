"""What this machine offers to programs: cores, memory, GPUs, installed libraries. Nothing is imported to find out."""

import os
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

LIBRARIES = (  # distributions that a solution may have a use for
    "numpy", "pandas", "polars", "scipy", "scikit-learn", "statsmodels",
    "lightgbm", "xgboost", "xgboost-cpu", "catboost", "category-encoders", "imbalanced-learn", "optuna",
    "torch", "torchvision", "torchaudio", "timm", "transformers", "sentence-transformers", "tensorflow", "jax",
    "nltk", "spacy", "gensim", "pillow", "opencv-python", "opencv-python-headless", "albumentations", "librosa",
    "pyarrow", "networkx",
)  # fmt: skip
MIB = 1 << 20
DRIVER = Path("/usr/local/nvidia")  # where container runtimes put a GPU's driver; the loader must be told of it


def cores() -> tuple[int, ...]:
    """Return the ids of the CPU cores that programs may use: this process's, no more than its cgroup's quota."""
    usable = sorted(os.sched_getaffinity(0))
    return tuple(usable[: max(1, int(min(quota_cores(), len(usable))))])


def quota_cores(root: Path = Path("/")) -> float:
    """Return how many cores' worth of time the cgroups allow, 1.5 for one and a half; infinite without a quota."""
    allowed = float("inf")
    for group in _groups(root, "cpu"):
        quota, _, period = _text(group / "cpu.max").partition(" ")
        if not quota:
            quota, period = _text(group / "cpu.cfs_quota_us"), _text(group / "cpu.cfs_period_us")
        if quota.isdecimal() and period.isdecimal():  # "max", "-1" and "" are none
            allowed = min(allowed, int(quota) / max(int(period), 1))
    return allowed


def memory_mib(root: Path = Path("/")) -> int:
    """Return the memory of this machine, or of the cgroup where that is less."""
    total = next(
        (int(line.split()[1]) * 1024 for line in _text(root / "proc/meminfo").splitlines() if "MemTotal" in line),
        os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
    )
    for group in _groups(root, "memory"):
        limit = _text(group / "memory.max") or _text(group / "memory.limit_in_bytes")
        if limit.isdecimal():
            total = min(total, int(limit))
    return total // MIB


def hardware(gpus: Sequence[str] = ()) -> str:
    """Return the machine in words: "2 CPU cores, 23 GiB, no GPU"; GPUs as they are described."""
    number = len(cores())
    gpu = f"{len(gpus)} GPU{'s' * (len(gpus) > 1)} ({'; '.join(dict.fromkeys(gpus))})" if gpus else "no GPU"
    return f"{number} CPU core{'s' if number > 1 else ''}, {round(memory_mib() / 1024, 1):g} GiB, {gpu}"


def driver_libraries(driver: Path = DRIVER) -> tuple[str, ...]:
    """Return the folders in which a GPU's driver lies where the loader does not look by itself."""
    return tuple(str(folder) for folder in (driver / "lib", driver / "lib64") if folder.is_dir())


def packages() -> tuple[str, ...]:
    """Return the libraries that solutions may import, with their versions: ("numpy 2.4.6", ...)."""
    return tuple(_installed())


def _installed() -> Iterator[str]:
    for name in LIBRARIES:
        try:
            yield f"{name} {version(name)}"
        except PackageNotFoundError:
            continue


def _groups(root: Path, controller: str) -> Iterator[Path]:
    """Yield the folders of this process's cgroup and of those around it, for version 2 and 1."""
    for line in _text(root / "proc/self/cgroup").splitlines():
        _, names, path = line.split(":", 2)
        if names and controller not in names.split(","):
            continue
        top = root / "sys/fs/cgroup" / (controller if names else "")
        inside = top / path.lstrip("/")
        yield from (folder for folder in (inside, *inside.parents) if folder.is_relative_to(top))


def _text(path: Path) -> str:
    """Return what a file of the kernel holds; nothing where there is none."""
    try:
        return path.read_text().strip()
    except OSError:
        return ""
