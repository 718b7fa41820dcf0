"""A process that has imported what programs mostly import: supervisors forked from it have paid for that already."""

import contextlib
import json
import os
import secrets
import select
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import anyio
import msgspec

from gome.errors import ExecutionError, WorkerLost
from gome.execution.sandbox import Tier
from gome.execution.sandbox.groups import Groups, remove
from gome.execution.supervisor import MARGIN_S, Line

LAUNCH = "import sys; sys.path[0] = sys.argv.pop(1); from launch.zygote import main; sys.path.pop(0); main()"
MARK_BYTES = 4200  # room for a mark: a path has at most 4096
SETTLE_S, LOOKS = 1.0, 100  # that who is about to end may take; looks at it meanwhile
MODULES = (  # what programs mostly import; that it is loaded must not start a thread, nor touch a GPU
    "numpy", "pandas", "scipy.sparse", "scipy.stats", "scipy.optimize",
    "sklearn.calibration", "sklearn.cluster", "sklearn.compose", "sklearn.decomposition", "sklearn.dummy",
    "sklearn.ensemble", "sklearn.feature_extraction.text", "sklearn.feature_selection", "sklearn.impute",
    "sklearn.linear_model", "sklearn.metrics", "sklearn.model_selection", "sklearn.naive_bayes",
    "sklearn.neighbors", "sklearn.neural_network", "sklearn.pipeline", "sklearn.preprocessing", "sklearn.svm",
    "sklearn.tree", "lightgbm",
)  # fmt: skip
TORCH = ("torch", "torch.utils.data")  # as large as all of these together, so only for those that mention it


class Ready(msgspec.Struct, frozen=True):
    """What a zygote says once."""

    imported: tuple[str, ...]
    refused: str  # why it must not be used


class Taken(msgspec.Struct, frozen=True):
    """What a supervisor says that has been asked for."""

    pid: int
    groups: list[str]  # that it is in, without limits


class Zygote:
    """Forks supervisors. It ends with this process."""

    def __init__(
        self,
        python: Path,
        modules: Sequence[str],
        variables: Mapping[str, str],
        cores: Sequence[int],
        *,
        tier: Tier = "limits",
        groups: Groups | None = None,
    ) -> None:
        """Start it; it then imports for a few seconds.

        Args:
            python: that programs run with.
            modules: to import, as far as they are installed.
            variables: the environment in which libraries are loaded.
            cores: that libraries count when they are loaded; empty: all.
            tier: that programs are to be run in.
            groups: where groups for them can be made.

        Raises:
            ExecutionError: it cannot be started.
        """
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._alive, held = os.pipe()  # by it, and by all that it forks, until they end
        self._groups = (groups or Groups()).named(secrets.token_hex(8), memory=True)
        numbers = theirs.fileno(), held
        argv = [str(python), "-c", LAUNCH, str(Path(__file__).parent), *map(str, numbers), " " * MARK_BYTES]
        try:
            self._process = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=numbers,
                env=dict(variables),
                cwd="/",
                start_new_session=True,
            )
        except OSError as error:
            self._control.close()
            os.close(self._alive)
            raise ExecutionError(f"cannot start {python}: {error}") from error
        finally:
            theirs.close()
            os.close(held)
        self._control.settimeout(0)
        self._line = Line(self._control)
        told = {"modules": list(modules), "cores": list(cores), "tier": tier, "groups": self._groups}
        with contextlib.suppress(BrokenPipeError):  # it has ended; whoever waits for it hears of it
            self._control.send(json.dumps(told).encode())
        self._ready: Ready | None = None

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    @property
    def is_ready(self) -> bool:
        """Whether nobody would have to wait for it."""
        return self._ready is not None or bool(select.select([self._control], [], [], 0)[0])

    async def ready(self) -> Ready:
        """Wait until it has imported.

        Raises:
            WorkerLost: it has ended, or must not be used.
        """
        if self._ready is None:
            said = await self._line.receive()
            if self._ready is None:  # else somebody who waits as well has heard it
                if not said:
                    raise WorkerLost("a warm worker has ended")
                self._ready = msgspec.json.decode(said, type=Ready)
        if self._ready.refused:
            raise WorkerLost(f"a warm worker cannot be used: {self._ready.refused}")
        return self._ready

    async def fork(self, mark: str) -> "Forked":
        """Return a new supervisor that carries a mark.

        Raises:
            WorkerLost: there is none to be had.
        """
        ours, theirs = socket.socketpair()
        line = Line(ours)
        try:
            with theirs:
                socket.send_fds(self._control, [os.fsencode(mark)], [theirs.fileno()])
            taken = msgspec.json.decode(await line.receive(), type=Taken)
            return Forked(line, taken, os.pidfd_open(taken.pid))
        except (OSError, msgspec.DecodeError) as error:
            line.close()
            raise WorkerLost("a warm worker does not fork") from error
        except BaseException:  # cancelled: what is being forked hears that nobody is there
            line.close()
            raise

    def close(self) -> None:
        """End it, at once where it is of no use. Supervisors that it has forked for a program go on."""
        at_work = self._ready is not None and not self._ready.refused
        self._line.close()
        if at_work:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(SETTLE_S)  # it sees to the fork that stands ready
        self._process.kill()
        self._process.wait()

    def settle(self) -> None:
        """Once it is closed, wait a moment for who is about to end, and tidy up after who was killed."""
        select.select([self._alive], [], [], SETTLE_S)
        os.close(self._alive)
        left = [str(path) for name in self._groups for path in Path(name).parent.glob(f"{Path(name).name}-*")]
        for _ in range(LOOKS):
            if remove(left):
                break
            select.select([], [], [], SETTLE_S / LOOKS)


class Forked:
    """A supervisor that a zygote has forked."""

    def __init__(self, line: Line, taken: Taken, handle: int) -> None:
        self._line, self._handle = line, handle
        self.pid, self.groups = taken.pid, taken.groups
        self._hung_up = False

    async def converse(self, order: bytes) -> bytes:
        """Give the order; return the last of what is said until it hangs up. It ends then, and all that it built."""
        said = await self._line.converse(order)
        self._hung_up = True
        return said

    async def stop(self) -> None:
        """End it, however stuck it is. Nobody waits for one that has hung up: its program's world is empty."""
        self._line.close()
        if not self._hung_up:
            with anyio.move_on_after(MARGIN_S) as patience:
                await anyio.wait_readable(self._handle)
            if patience.cancelled_caught:
                with contextlib.suppress(ProcessLookupError):
                    signal.pidfd_send_signal(self._handle, signal.SIGKILL)
                await anyio.wait_readable(self._handle)
        os.close(self._handle)
