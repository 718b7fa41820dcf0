"""The supervisor of a program: how it is started, what is said to it, and what it says at the end."""

import contextlib
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import anyio
import msgspec
from anyio.abc import Process

from gome.errors import ExecutionError

LAUNCH = "import sys; sys.path.append(sys.argv.pop(1)); from launch.main import main; main()"
GUARD = "import sys; sys.path.append(sys.argv.pop(1)); from launch.warden import main; main()"
REPORT_BYTES = 1 << 18  # room for the report; two tails of escaped bytes take a third of it
MARGIN_S = 6.0  # after which a supervisor that should have ended is taken to be stopped or stuck


class Report(msgspec.Struct):
    """What a supervisor says at the end."""

    refused: str = ""  # why nothing was run
    reason: str = ""  # "deadline", "memory", "processes", "disk", "files", or "" when the program ended by itself
    status: int = 0  # exit code; negative: the signal
    wall_s: float = 0.0
    cpu_s: float = 0.0
    peak_mib: float = 0.0
    stdout_tail: str = ""
    stderr_tail: str = ""
    left: int = 0  # processes that could not be killed


class Supervisor(Protocol):
    """A process that runs one program. It waits for its order, and ends at once, with all it started, without us."""

    @property
    def pid(self) -> int:
        """Its number."""
        ...

    async def converse(self, order: bytes) -> bytes:
        """Give the order; return the last of what is said until the end."""
        ...

    async def stop(self) -> None:
        """End it, however stuck it is. To be shielded; with it its program ends, unless it had to be killed."""
        ...


class Line:
    """Our end of a connection to a supervisor."""

    def __init__(self, end: socket.socket) -> None:
        end.settimeout(0)
        self._end = end

    async def send(self, words: bytes) -> None:
        """Say something; nobody may be there any more to hear it."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            while words:
                await anyio.wait_writable(self._end)
                words = words[self._end.send(words) :]

    async def receive(self) -> bytes:
        """Return what is said next; nothing at the end."""
        await anyio.wait_readable(self._end)
        try:
            return self._end.recv(REPORT_BYTES)
        except ConnectionResetError:
            return b""

    async def converse(self, order: bytes) -> bytes:
        """Give the order; return the last of what is said until the other end is closed."""
        await self.send(order)
        said = b""
        while chunk := await self.receive():
            said = (said + chunk)[-REPORT_BYTES:]
        return said

    def close(self) -> None:
        """Neither speak nor listen any more: for a supervisor that still runs, the word to stop."""
        with contextlib.suppress(OSError):
            self._end.shutdown(socket.SHUT_RDWR)
        self._end.close()


class Cold:
    """A supervisor that was started for its program: a Python of its own, without site-packages."""

    def __init__(self, line: Line, process: Process) -> None:
        self._line, self._process = line, process

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    async def converse(self, order: bytes) -> bytes:
        """Give the order; return the last of what is said until it has ended.

        Raises:
            ExecutionError: it failed.
        """
        said = await self._line.converse(order)
        if await self._process.wait() > 0:
            last = said.decode(errors="replace").strip().rpartition("\n")[2]
            raise ExecutionError(f"a supervisor failed: {last}")
        return said

    async def stop(self) -> None:
        """End it, however stuck it is."""
        self._line.close()
        with anyio.move_on_after(MARGIN_S):
            await self._process.wait()
        if self._process.returncode is None:
            self._process.kill()
        await self._process.aclose()


async def start(variables: Mapping[str, str], mark: str) -> Cold:
    """Start a supervisor.

    Args:
        variables: the environment of its program, and its own.
        mark: that it carries.

    Raises:
        ExecutionError: it cannot be started.
    """
    ours, theirs = socket.socketpair()
    try:
        with anyio.CancelScope(shield=True), theirs:  # a process whose start was cancelled would be nobody's
            process = await anyio.open_process(
                command(mark),
                stdin=theirs.fileno(),
                stdout=theirs.fileno(),
                stderr=subprocess.STDOUT,
                env=variables,
                start_new_session=True,
            )
    except OSError as error:
        ours.close()
        raise ExecutionError(f"cannot start {sys.executable or 'Python'}: {error}") from error
    return Cold(Line(ours), process)


def command(mark: str) -> list[str]:
    """Return what starts a supervisor that carries a mark."""
    return [sys.executable, "-I", "-S", "-c", LAUNCH, str(Path(__file__).parent), mark]


def warden() -> list[str]:
    """Return what stands before the words of a program that is trusted, so that nothing it started outlives it."""
    return [sys.executable, "-I", "-S", "-c", GUARD, str(Path(__file__).parent)]


def report(said: bytes, token: str) -> Report | None:
    """Return the report, or None. A line without the token is not the supervisor's."""
    for line in reversed(said.splitlines()):
        if line.startswith(token.encode()):
            return msgspec.json.decode(line[len(token) :], type=Report)
    return None
