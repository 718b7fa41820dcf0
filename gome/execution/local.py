"""Programs on this machine: each under a small supervisor that kills all it started, even when we are killed."""

import contextlib
import json
import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import anyio
import anyio.to_thread

from gome.errors import ExecutionError
from gome.execution import Outcome, Program
from gome.execution.environment import environment
from gome.execution.failure import exit_line, signal_line
from gome.execution.leftovers import end_marked, new_mark
from gome.execution.sandbox.groups import enter, remove
from gome.execution.sandbox.sandbox import Caps, Sandbox
from gome.execution.supervisor import MARGIN_S, Report, report, start
from gome.messages import TrialStatus

GRACE_S = 1.0  # between SIGTERM and SIGKILL at the deadline
LONGEST_TMPDIR = 72  # bytes; a UNIX socket's path has 108, of which multiprocessing takes 32 below it


class LocalRunner:
    """Runs `python solution.py` in the program's folder, held in by a sandbox, on the cores of its device.

    At the deadline the whole tree gets SIGTERM and, a second later, SIGKILL.
    """

    def __init__(self, sandbox: Sandbox, *, caps: Caps | None = None, grace_s: float = GRACE_S) -> None:
        """Take the sandbox, which also says which interpreter programs run with."""
        self.sandbox = sandbox
        self._caps = caps or Caps()
        self._grace_s = grace_s

    async def run(self, program: Program, /) -> Outcome:
        """Run to the end, or to the deadline; when cancelled, kill the whole tree before returning.

        Raises:
            ExecutionError: the program could not be started.
        """
        if not os.access(self.sandbox.python, os.X_OK):
            raise ExecutionError(f"cannot run {self.sandbox.python}: no such program, or not allowed")
        temporary = _prepare(program)
        try:
            told = await self._supervise(program, temporary)
        finally:
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(_tidy, program.folder, temporary)
        if told.refused:
            raise ExecutionError(f"cannot run {self.sandbox.python} in {program.folder}: {told.refused}")
        return self._outcome(program, told)

    async def _supervise(self, program: Program, temporary: Path) -> Report:
        token, mark = secrets.token_hex(16), new_mark(program.folder)
        try:  # names of files need not be Unicode: msgspec would refuse them
            order = self.sandbox.order(program, self._caps, token=token, temporary=temporary, grace_s=self._grace_s)
        except OSError as error:
            raise ExecutionError(f"{program.input} cannot be shown to a program: {error}") from error
        groups = self.sandbox.group(program, token)
        line = json.dumps(order).encode() + b"\n"
        began = anyio.current_time()
        supervisor = await start(
            environment(
                self.sandbox.python,
                program.device,
                home=program.folder.resolve() / ".home",
                temporary=self.sandbox.temporary(temporary),
                seed=program.seed,
                mark=mark,
            ),
            mark,
        )
        told, ended = None, False
        try:
            with anyio.move_on_after(program.limit_s + self._grace_s + MARGIN_S):
                await self._group(program, supervisor.pid, groups)
                told = report(await supervisor.converse(line), token)
                ended = True
        finally:
            with anyio.CancelScope(shield=True):
                await supervisor.stop()
                if told is None:  # it ended too early, or we have ended it: what it would have ended may live
                    await anyio.to_thread.run_sync(end_marked, mark)
                await _removed(groups)
        return told or Report(reason="lost" if ended else "deadline", wall_s=anyio.current_time() - began)

    async def _group(self, program: Program, supervisor: int, groups: Sequence[str]) -> None:
        """Put a supervisor into its groups while it is still being loaded, for all it will start."""
        caps = partial(enter, memory_mib=program.memory_mib, processes=self._caps.processes)
        try:
            await anyio.to_thread.run_sync(caps, groups, supervisor)
        except OSError as error:
            raise ExecutionError(f"control groups cannot be made: {error}") from error

    def _outcome(self, program: Program, told: Report) -> Outcome:
        """Return how the program ended, from what its supervisor, or we in its place, saw of it."""
        status, error = _ending(program, told, self._caps)
        return Outcome(
            status=status,
            exit_code=told.status if status in ("ok", "failed") else None,
            wall_s=told.wall_s,
            cpu_s=told.cpu_s,
            peak_mib=told.peak_mib,
            error=error,
            stdout_tail=told.stdout_tail,
            stderr_tail=told.stderr_tail,
            sandbox=self.sandbox.report(program, told.left),
        )


def _prepare(program: Program) -> Path:
    """Put into the folder what a program finds there; return where its temporary files go."""
    folder = program.folder.resolve()
    if sys.platform != "linux":
        raise ExecutionError("programs can be run on Linux only")
    if not program.input.is_dir():
        raise ExecutionError(f"there is no input folder {program.input}")
    try:
        link = folder / "input"
        link.unlink(missing_ok=True)
        link.symlink_to(program.input.resolve(), target_is_directory=True)
        for name in ("working", ".home"):
            (folder / name).mkdir(exist_ok=True)
        temporary = folder / ".tmp"
        if len(os.fsencode(temporary)) > LONGEST_TMPDIR:
            return Path(tempfile.mkdtemp(prefix="gome-"))
        temporary.mkdir(exist_ok=True)
    except OSError as error:
        raise ExecutionError(f"{folder} cannot be prepared: {error}") from error
    return temporary


async def _removed(groups: Sequence[str]) -> None:
    """Remove the groups of a supervisor that has ended; where it was killed, the kernel may need a moment."""
    for _ in range(100):
        if remove(groups):
            break
        await anyio.sleep(0.01)


def _tidy(folder: Path, temporary: Path) -> None:
    """Remove temporary files, and what would mislead those who read the folder next."""
    with contextlib.suppress(RecursionError):  # nested deeper than anybody means to
        shutil.rmtree(temporary, ignore_errors=True)
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
        case "processes":
            return "killed", f"more than {caps.processes} processes"
        case "lost":
            return "killed", "its supervisor was killed"
    if told.status < 0:
        return "killed", signal_line(-told.status)
    return ("failed", exit_line(told.status, told.stderr_tail)) if told.status else ("ok", "")
