"""Programs on this machine: each under a small supervisor that kills all it started, even when we are killed."""

import contextlib
import os
import sys
from pathlib import Path

import anyio
import anyio.to_thread
import msgspec

from gome.errors import ExecutionError, WorkerLost
from gome.execution import Device, Outcome, Program, remains
from gome.execution.failure import exit_line, signal_line
from gome.execution.sandbox.sandbox import Caps, Sandbox
from gome.execution.supervision import Supervision
from gome.execution.supervisor import Report
from gome.execution.warm import Warm
from gome.execution.zygote import Zygote
from gome.messages import TrialStatus
from gome.task.folders import clear, discard, room

GRACE_S = 1.0  # between SIGTERM and SIGKILL at the deadline
UNSPENT_S = 0.01  # of a program's time, that nobody misses
LONGEST_TMPDIR = 72  # bytes; a UNIX socket's path has 108, of which multiprocessing takes 32 below it


class LocalRunner:
    """Runs `python solution.py` in the program's folder, held in by a sandbox, on the cores of its device.

    At the deadline the whole tree gets SIGTERM and, a second later, SIGKILL.
    """

    def __init__(
        self, sandbox: Sandbox, *, caps: Caps | None = None, grace_s: float = GRACE_S, warm: bool = False
    ) -> None:
        """Take the sandbox, which also says which interpreter programs run with.

        Args:
            sandbox: to hold programs in.
            caps: on what any program may have.
            grace_s: between SIGTERM and SIGKILL.
            warm: fork programs from a process that has their imports done, where that is safe; to be closed.
        """
        self._cold = Supervision(sandbox=sandbox, caps=caps or Caps(), grace_s=grace_s)
        self.warm = Warm(self._cold) if warm else None

    @property
    def sandbox(self) -> Sandbox:
        """What holds programs in that are not forked."""
        return self._cold.sandbox

    def open(self, device: Device, seed: int) -> None:
        """Begin with the imports that programs on this device and with this seed are spared."""
        if self.warm is not None:
            self.warm.start(device, seed)

    def close(self) -> None:
        """Let go of warm workers."""
        if self.warm is not None:
            self.warm.close()

    async def run(self, program: Program, /) -> Outcome:
        """Run to the end, or to the deadline; when cancelled, kill the whole tree before returning.

        Raises:
            ExecutionError: the program could not be started.
        """
        if not os.access(self.sandbox.python, os.X_OK):
            raise ExecutionError(f"cannot run {self.sandbox.python}: no such program, or not allowed")
        if (told := await anyio.to_thread.run_sync(_ended, program)) is not None:
            return msgspec.structs.replace(self._outcome(self._cold, program, told), adopted=True)
        began = anyio.current_time()
        zygote = await self.warm.zygote(program) if self.warm is not None else None
        if self.warm is not None and zygote is not None:
            warm = self.warm.supervision
            try:
                told = await self._attempt(warm, _since(began, program), zygote)
                if not told.refused and (told.reason or told.status >= 0):
                    return self._outcome(warm, program, told)
            except WorkerLost as error:
                self.warm.lost(zygote, str(error))
        # without a worker, or again: what a signal ended in a fork may have had no other fault
        told = await self._attempt(self._cold, _since(began, program), None)
        if told.refused:
            raise ExecutionError(f"cannot run {self.sandbox.python} in {program.folder}: {told.refused}")
        return self._outcome(self._cold, program, told)

    async def _attempt(self, supervision: Supervision, program: Program, zygote: Zygote | None) -> Report:
        temporary = _prepare(program)
        try:
            return await supervision.run(program, temporary, zygote)
        finally:
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(_tidy, program.folder, temporary)

    def _outcome(self, supervision: Supervision, program: Program, told: Report) -> Outcome:
        """Return how the program ended, from what its supervisor, or we in its place, saw of it."""
        status, error = _ending(program, told, supervision.caps)
        return Outcome(
            status=status,
            exit_code=told.status if status in ("ok", "failed") else None,
            wall_s=told.wall_s,
            cpu_s=told.cpu_s,
            peak_mib=told.peak_mib,
            error=error,
            stdout_tail=told.stdout_tail,
            stderr_tail=told.stderr_tail,
            sandbox=supervision.sandbox.report(program, told.left),
            warm=supervision is not self._cold,
        )


def _ended(program: Program) -> Report | None:
    """Return how a program ended that another runtime had begun, where that is known; else make room for it to be."""
    if program.report is None:
        return None
    try:
        told = msgspec.json.decode(program.report.read_bytes(), type=Report)
    except (OSError, msgspec.DecodeError):
        told = None
    if told is not None and (told.reason or told.status >= 0):  # what a signal ended may have had no fault
        _tidy(program.folder, program.folder.resolve() / ".tmp")
        return told
    for name in (program.report, program.report.with_name(f"{program.report.name}.part")):
        name.unlink(missing_ok=True)
    program.report.parent.mkdir(parents=True, exist_ok=True)
    return None


def _since(began: float, program: Program) -> Program:
    """Return a program with what is left of its time."""
    spent_s = anyio.current_time() - began
    return program if spent_s < UNSPENT_S else msgspec.structs.replace(program, limit_s=program.limit_s - spent_s)


def _prepare(program: Program) -> Path:
    """Put into the folder what a program finds there; return where its temporary files go."""
    folder = program.folder.resolve()
    if sys.platform != "linux":
        raise ExecutionError("programs can be run on Linux only")
    if not program.input.is_dir():
        raise ExecutionError(f"there is no input folder {program.input}")
    try:
        link = folder / "input"
        clear(link)
        link.symlink_to(program.input.resolve(), target_is_directory=True)
        for name in ("working", ".home"):
            room(folder / name)
        for name in ("stdout.log", "stderr.log"):
            if (folder / name).is_dir():
                clear(folder / name)
        inside = folder / ".tmp"
        if len(os.fsencode(inside)) > LONGEST_TMPDIR:
            return remains.temporary()
        room(inside)
    except OSError as error:
        raise ExecutionError(f"{folder} cannot be prepared: {error}") from error
    return inside


def _tidy(folder: Path, temporary: Path) -> None:
    """Remove temporary files, and what would mislead those who read the folder next."""
    with contextlib.suppress(OSError):
        discard(temporary)
    inside = str(folder.resolve())
    for place in (inside, f"{inside}/working"):
        with contextlib.suppress(OSError), os.scandir(place) as entries:
            for entry in entries:
                if entry.name != "input" and _misleads(entry, inside):
                    Path(entry.path).unlink()


def _misleads(entry: os.DirEntry[str], inside: str) -> bool:
    """Whether whoever opens this is led out of the folder, or waits for ever."""
    if entry.is_symlink():
        return not Path(os.path.realpath(entry.path)).is_relative_to(inside)
    return not entry.is_file() and not entry.is_dir()


def _ending(program: Program, told: Report, caps: Caps) -> tuple[TrialStatus, str]:
    """Return how a program ended, and why in one line."""
    match told.reason:
        case "deadline":
            return "timeout", f"ran past its {program.limit_s:g} s"
        case "memory":
            return "killed", f"memory cap of {program.memory_mib} MiB"
        case "disk":
            return "killed", f"disk cap of {caps.disk_mib} MiB"
        case "files":
            return "killed", f"more than {caps.entries} files"
        case "processes":
            return "killed", f"more than {caps.processes} processes"
        case "lost":
            return "killed", "its supervisor was killed"
    if told.status < 0:
        return "killed", signal_line(-told.status)
    return ("failed", exit_line(told.status, told.stderr_tail)) if told.status else ("ok", "")
