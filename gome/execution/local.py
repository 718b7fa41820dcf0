"""Programs on this machine: each under a small supervisor that kills all it started, even when we are killed."""

import contextlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import anyio
import anyio.to_thread
import msgspec
from anyio.abc import Process

from gome.errors import ExecutionError
from gome.execution import Outcome, Program
from gome.execution.environment import MARK, environment
from gome.execution.failure import exit_line, signal_line
from gome.messages import Layer, TrialStatus

GRACE_S = 1.0  # between SIGTERM and SIGKILL at the deadline
MARGIN_S = 6.0  # after which a supervisor that should have ended is taken to be stopped or stuck
REPORT_BYTES = 1 << 18  # room for the report; two tails of escaped bytes take a third of it
LONGEST_TMPDIR = 72  # bytes; a UNIX socket's path has 108, of which multiprocessing takes 32 below it
LAUNCH = "import sys; sys.path.append(sys.argv.pop()); from launch.main import main; main()"


class LocalRunner:
    """Runs `python solution.py` in the program's folder, as its own session, on the cores of its device.

    At the deadline the whole tree gets SIGTERM and, a second later, SIGKILL.
    """

    def __init__(self, python: str | Path | None = None, *, grace_s: float = GRACE_S) -> None:
        """Take the interpreter that programs run with, by default the one that runs us."""
        self._python = Path(python or sys.executable).absolute()
        self._grace_s = grace_s

    async def run(self, program: Program, /) -> Outcome:
        """Run to the end, or to the deadline; when cancelled, kill the whole tree before returning.

        Raises:
            ExecutionError: the program could not be started.
        """
        temporary = _prepare(program)
        try:
            report = await self._supervise(program, temporary)
        finally:
            if temporary.exists():
                with anyio.CancelScope(shield=True):
                    await anyio.to_thread.run_sync(_remove, temporary)
        if report.refused:
            raise ExecutionError(f"cannot run {self._python} in {program.folder}: {report.refused}")
        return _outcome(program, report)

    async def _supervise(self, program: Program, temporary: Path) -> "_Report":
        token, mark, folder = secrets.token_hex(16), secrets.token_hex(16), program.folder.resolve()
        order = {
            "token": token,
            "runtime": os.getpid(),
            "argv": [str(self._python), "solution.py"],
            "folder": str(folder),
            "temporary": str(temporary),
            "cores": program.device.cores,
            "limit_s": program.limit_s,
            "grace_s": self._grace_s,
            "memory_mib": program.memory_mib,
            "output_bytes": int(program.output_mib * 2**20),
        }
        began = anyio.current_time()
        supervisor = await _start(
            environment(
                self._python,
                program.device,
                home=folder / ".home",
                temporary=temporary,
                seed=program.seed,
                mark=mark,
            )
        )
        said, ended = b"", False
        try:
            with anyio.move_on_after(program.limit_s + self._grace_s + MARGIN_S):
                said = await _converse(supervisor, json.dumps(order).encode() + b"\n")
                ended = True
        finally:
            with anyio.CancelScope(shield=True):
                await _stop(supervisor, mark)
        if report := _report(said, token):
            return report
        if (supervisor.returncode or 0) > 0:
            raise ExecutionError(f"a supervisor failed: {exit_line(1, said.decode(errors='replace'))}")
        return _Report(reason="lost" if ended else "deadline", wall_s=anyio.current_time() - began)


class _Report(msgspec.Struct):
    """What a supervisor says at the end."""

    refused: str = ""  # why nothing was run
    reason: str = ""  # "deadline", "memory", or "" when the program ended by itself
    status: int = 0  # exit code; negative: the signal
    wall_s: float = 0.0
    cpu_s: float = 0.0
    peak_mib: float = 0.0
    stdout_tail: str = ""
    stderr_tail: str = ""
    left: int = 0  # processes that could not be killed


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


async def _start(variables: dict[str, str]) -> Process:
    """Start a supervisor. It waits for its order, and ends at once when none comes."""
    command = [sys.executable, "-I", "-S", "-c", LAUNCH, str(Path(__file__).parent)]
    try:
        with anyio.CancelScope(shield=True):  # a process whose start was cancelled would be nobody's
            supervisor = await anyio.open_process(
                command, stderr=subprocess.STDOUT, env=variables, start_new_session=True
            )
    except OSError as error:
        raise ExecutionError(f"cannot start {sys.executable or 'Python'}: {error}") from error
    return supervisor


async def _converse(supervisor: Process, order: bytes) -> bytes:
    """Give the order; return the last of what is said until the supervisor has ended."""
    assert supervisor.stdin is not None
    assert supervisor.stdout is not None
    said = b""
    with contextlib.suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
        await supervisor.stdin.send(order)
    async for chunk in supervisor.stdout:
        said = (said + chunk)[-REPORT_BYTES:]
    await supervisor.wait()
    return said


async def _stop(supervisor: Process, mark: str) -> None:
    """End a supervisor and with it its tree; where it was killed or is stuck, end the tree ourselves."""
    assert supervisor.stdin is not None
    await supervisor.stdin.aclose()
    with anyio.move_on_after(MARGIN_S):
        await supervisor.wait()
    if supervisor.returncode != 0:
        if supervisor.returncode is None:
            supervisor.kill()
        for _ in range(100):
            marked = _marked(mark)
            for pid in marked:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            if not marked:
                break
            await anyio.sleep(0.01)
    await supervisor.aclose()


def _remove(folder: Path) -> None:
    """Remove a folder that a program filled; what resists stays."""
    with contextlib.suppress(RecursionError):  # nested deeper than anybody means to
        shutil.rmtree(folder, ignore_errors=True)


def _marked(mark: str) -> list[int]:
    """Return the processes that were started with this mark in their environment."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if f"{MARK}={mark}".encode() in (folder / "environ").read_bytes():
                found.append(int(folder.name))
    return found


def _report(said: bytes, token: str) -> _Report | None:
    """Return the report, or None. A line without the token is not the supervisor's."""
    for line in reversed(said.splitlines()):
        if line.startswith(token.encode()):
            return msgspec.json.decode(line[len(token) :], type=_Report)
    return None


def _outcome(program: Program, report: _Report) -> Outcome:
    """Return how the program ended, from what its supervisor, or we in its place, saw of it."""
    status: TrialStatus
    if report.reason == "deadline":
        status, error = "timeout", f"ran past its {program.limit_s:g} s"
    elif report.reason == "memory":
        status, error = "killed", f"memory cap of {program.memory_mib} MiB"
    elif report.reason == "lost":
        status, error = "killed", "its supervisor was killed"
    elif report.status < 0:
        status, error = "killed", signal_line(-report.status)
    elif report.status > 0:
        status, error = "failed", exit_line(report.status, report.stderr_tail)
    else:
        status, error = "ok", ""
    return Outcome(
        status=status,
        exit_code=report.status if status in ("ok", "failed") else None,
        wall_s=report.wall_s,
        cpu_s=report.cpu_s,
        peak_mib=report.peak_mib,
        error=error,
        stdout_tail=report.stdout_tail,
        stderr_tail=report.stderr_tail,
        sandbox=_layers(program, report.left),
    )


def _layers(program: Program, left: int) -> tuple[Layer, ...]:
    """Return what held the program in, and what did not."""
    tree = Layer(name="process-tree", state="soft", reason="a program that kills its supervisor may leave processes")
    if left:
        tree = Layer(name="process-tree", state="off", reason=f"{left} processes could not be killed")
    memory = Layer(name="memory", state="soft", reason="looked at every 50 ms; what is only in /dev/shm is not seen")
    if program.memory_mib is None:
        memory = Layer(name="memory", state="off", reason="no cap was asked for")
    return (
        Layer(name="network", state="off", reason="the program may reach the network"),
        Layer(name="filesystem", state="off", reason="the program may read and write what its user may"),
        Layer(name="environment", state="enforced"),
        tree,
        Layer(name="time", state="enforced"),
        memory,
        Layer(name="output", state="enforced"),
    )
