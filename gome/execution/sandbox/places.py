"""What of the file system a program sees: the system's libraries, its interpreter, its input, its own folder."""

import os
import site
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from gome.execution import machine

INSTALLED = (  # what of a prefix programs need; not all of it, as people keep projects in their environments
    "bin", "sbin", "lib", "lib32", "lib64", "libx32", "libexec", "share", "include", "nvvm", "pyvenv.cfg",
)  # fmt: skip
SYSTEM = ("/", "/usr", "/usr/local")
LINKED = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")  # of the root
SETTINGS = ("alternatives", "group", "hosts", "ld.so.cache", "localtime", "nsswitch.conf", "passwd", "OpenCL")
MACHINE = ("/sys/devices/system/cpu", "/sys/devices/system/node")  # from which libraries learn of cores

SYS = Path("/sys")


class Place(NamedTuple):
    """A part of the file system that a program sees."""

    source: str  # where it is
    path: str  # where the program finds it
    writable: bool


def system() -> Iterator[Place]:
    """Yield what every program sees, as far as it is there."""
    yield from _present(Path("/"), LINKED)
    yield from _present(Path("/usr"), INSTALLED)
    yield from _present(Path("/usr/local"), INSTALLED)
    yield from (_place(path) for path in sorted(Path("/usr/local").glob("cuda*")))
    yield from _present(machine.DRIVER, INSTALLED)
    yield from _present(Path("/etc"), SETTINGS)
    yield from (_place(path) for path in map(Path, MACHINE) if path.is_dir())


def kernel() -> Iterator[Place]:
    """Yield what a GPU's driver wants to see of the kernel: it looks for its device there."""
    if SYS.is_dir():
        yield _place(SYS)


def interpreter(python: Path) -> Iterator[Place]:
    """Yield what an interpreter needs: its environment, and those that it was made from."""
    for prefix in dict.fromkeys(_prefixes(python)):
        if str(prefix) not in SYSTEM:
            yield from _present(prefix, INSTALLED if _is_installation(prefix) else ("bin",))
    if site.ENABLE_USER_SITE:
        yield from _present(Path(site.getuserbase()), ("bin", "lib"))


def own(folder: Path, data: Path) -> Iterator[Place]:
    """Yield a program's folder, its input, and the large collections that the input points at."""
    yield _place(data)
    for entry in os.scandir(data):
        if entry.is_symlink():
            target = Path(entry.path).readlink()
            target = target if target.is_absolute() else data / target
            if target.exists():
                yield Place(str(target.resolve()), os.path.normpath(target), writable=False)
    yield Place(str(folder), str(folder), writable=True)
    code = folder / "solution.py"
    if code.is_file() and not code.is_symlink():
        yield _place(code)


def ordered(places: Iterable[Place]) -> list[Place]:
    """Return the places, what contains another first; of two at one path the writable one."""
    chosen: dict[str, Place] = {}
    for place in places:
        if not (place.path in chosen and chosen[place.path].writable):
            chosen[place.path] = place
    return sorted(chosen.values(), key=lambda place: Path(place.path).parts)


def _prefixes(python: Path) -> Iterator[Path]:
    """Yield the prefixes on the way from an interpreter's name to its program, links and environments followed."""
    for _ in range(40):  # as many links as the kernel follows
        yield python.parent.parent
        yield python.parent.resolve().parent
        settings = python.parent.parent / "pyvenv.cfg"
        if settings.is_file():
            for line in settings.read_text(encoding="utf-8", errors="replace").splitlines():
                key, _, value = line.partition("=")
                if key.strip() == "home":
                    yield Path(value.strip()).parent
                    yield Path(value.strip()).resolve().parent
        if not python.is_symlink():
            return
        target = python.readlink()
        python = Path(os.path.normpath(python.parent / target))


def _present(folder: Path, names: Iterable[str]) -> Iterator[Place]:
    return (_place(folder / name) for name in names if _has_something(folder / name))


def _is_installation(prefix: Path) -> bool:
    """Whether Python lives here; in ~/.local there may be but a link to it, beside what is nobody's business."""
    return (prefix / "pyvenv.cfg").is_file() or any(prefix.glob("lib*/python3*/os.py"))


def _has_something(path: Path) -> bool:
    try:
        return path.is_file() or any(path.iterdir())
    except OSError:  # not there, or closed to us and so to programs
        return False


def _place(path: Path) -> Place:
    return Place(str(path.resolve()), str(path), writable=False)
