"""What `gome doctor` looks at: each check says what it found, and how to mend it."""

import os
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import anyio

from gome.cli.finding import Finding, Status
from gome.cli.gpus import gpus
from gome.errors import ExecutionError
from gome.execution import Device, Outcome, Program, machine
from gome.execution.local import LocalRunner
from gome.execution.sandbox.choice import choose
from gome.plugin import Loaded

WAL_RESET_MENDED = (3, 51, 3)  # before it, two connections that write or checkpoint together may corrupt a database
WANTED = ("numpy", "pandas", "scikit-learn", "lightgbm", "torch")  # what the built-in model's solutions import
LEAST_MEMORY_MIB = 2048
LEAST_DISK_GIB = 2.0
PROBE_LIMIT_S = 20.0
PROBE_MIB = 512  # so that it shows how memory would be held
GIB = 1 << 30


def findings(folder: Path, plugins: Iterable[Loaded]) -> Iterator[Finding]:
    """Yield all checks, as they are made.

    Args:
        folder: where runs would be written.
        plugins: what came of loading them.
    """
    yield python()
    yield sqlite(sqlite3.sqlite_version_info)
    yield cores()
    yield memory(machine.memory_mib())
    yield writing(folder)
    yield disk(folder)
    yield from gpus()
    yield packages(machine.packages())
    yield from protections()
    yield from plugins_loaded(plugins)


def python() -> Finding:
    """Which Python, and whether it may run programs here."""
    version = sys.version.split()[0]
    if sys.platform != "linux":
        mend = "use Linux, or a container or virtual machine with it"
        return Finding(name="python", status="fail", what=f"{version} on {sys.platform}: trials need Linux", mend=mend)
    return Finding(name="python", status="ok", what=f"{version} ({sys.executable})")


def sqlite(version: tuple[int, ...]) -> Finding:
    """Whether SQLite has the mended write-ahead log."""
    text = ".".join(map(str, version))
    if version >= WAL_RESET_MENDED:
        return Finding(name="sqlite", status="ok", what=text)
    what = f"{text}: may corrupt a database that two connections write (WAL reset, mended in 3.51.3); gome uses one"
    mend = "let no other program write a journal.db; a newer Python or system brings a newer SQLite"
    return Finding(name="sqlite", status="warn", what=what, mend=mend)


def cores() -> Finding:
    """How many cores programs may use."""
    number, quota = len(machine.cores()), machine.quota_cores()
    limited = f", limited to {quota:g} by the cgroup" if quota < (os.cpu_count() or 1) else ""
    return Finding(name="cores", status="ok", what=f"{number}{limited}")


def memory(mib: int) -> Finding:
    """How much memory programs may use."""
    what = f"{mib / 1024:.1f} GiB"
    if mib < LEAST_MEMORY_MIB:
        return Finding(name="memory", status="warn", what=what, mend="set --trial-memory, and --traces 1")
    return Finding(name="memory", status="ok", what=what)


def writing(folder: Path) -> Finding:
    """Whether runs can be written here."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        what = f"{folder} cannot be written: {error.strerror}"
        return Finding(name="folder", status="fail", what=what, mend="change to another folder, or give --out")
    return Finding(name="folder", status="ok", what=f"{folder} can be written")


def disk(folder: Path) -> Finding:
    """How much room is left here."""
    free = shutil.disk_usage(folder).free / GIB
    what = f"{free:.1f} GiB free"
    if free < LEAST_DISK_GIB:
        return Finding(name="disk", status="warn", what=what, mend="free some, or give --out on another disk")
    return Finding(name="disk", status="ok", what=what)


def packages(installed: Iterable[str]) -> Finding:
    """Which libraries solutions may import."""
    there = tuple(installed)
    missing = [name for name in WANTED if not any(text.startswith(f"{name} ") for text in there)]
    what = ", ".join(there) or "none"
    if missing:
        what += f"; missing: {', '.join(missing)}"
        return Finding(name="packages", status="warn", what=what, mend="pip install 'gome[ml]'")
    return Finding(name="packages", status="ok", what=what)


def protections() -> Iterator[Finding]:
    """What holds a trial in on this machine, found by running one that does nothing."""
    try:
        outcome = anyio.run(_probe)
    except ExecutionError as error:
        mend = "gome exec shows more; trials need Linux and a Python that may start processes"
        yield Finding(name="trial", status="fail", what=f"a trial cannot be started: {error}", mend=mend)
        return
    if outcome.status != "ok":
        what = f"an empty program ended: {outcome.error or outcome.status}"
        yield Finding(name="trial", status="fail", what=what, mend="check the Python that runs gome")
        return
    yield Finding(name="trial", status="ok", what=f"an empty program ran in {outcome.wall_s:.2f} s")
    for layer in outcome.sandbox:
        what = layer.state + (f": {layer.reason}" if layer.reason else "")
        mend = MENDS.get(layer.name, "") if layer.state == "off" else ""
        status: Status = "warn" if layer.state == "off" else "ok"
        yield Finding(name=f"trial {layer.name}", status=status, what=what, mend=mend)


MENDS = {
    "sandbox": "install bubblewrap, or run gome as a user, or in a container, that can reach nothing else",
    "network": "install bubblewrap, or run only programs that you trust, with --allow-unsandboxed",
    "filesystem": "install bubblewrap, or run gome where there is nothing to be read",
    "privileges": "run gome as a user without powers",
    "system-calls": "use Linux on x86_64 or aarch64",
    "process-tree": "restart the machine",
}


async def _probe() -> Outcome:
    with tempfile.TemporaryDirectory(prefix="gome-doctor-") as name:
        folder = Path(name)
        (folder / "data").mkdir()
        (folder / "trial").mkdir()
        (folder / "trial" / "solution.py").write_text("")
        device = Device(name="cpu:0", cores=())
        program = Program(
            folder=folder / "trial", input=folder / "data", device=device, limit_s=PROBE_LIMIT_S, memory_mib=PROBE_MIB
        )
        return await LocalRunner(choose(allow_unsandboxed=True)).run(program)


def plugins_loaded(plugins: Iterable[Loaded]) -> Iterator[Finding]:
    """Whether each plugin could be loaded."""
    for plugin in plugins:
        name, version = f"plugin {plugin.name}", plugin.version
        if plugin.error:
            mend = "update or remove it, or give --no-plugins"
            yield Finding(name=name, status="fail", what=f"{version} was not loaded: {plugin.error}", mend=mend)
        else:
            yield Finding(name=name, status="ok", what=version)
