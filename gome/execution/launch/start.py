"""From the supervisor to the program: a fork that hears the order, what its tier takes from it, an exec."""

import contextlib
import json
import os
import select

from .confine import bind_life, disarm, limit, reset_signals
from .fork import Fork
from .kernel import PR_SET_DUMPABLE, Libc
from .log import Log
from .order import CHUNK, FILTER_FD, STATUS_FD, Order, hear, say


class Child:
    """A process that becomes the program when it hears its order, or waits for the one that does. In its own session.

    With namespaces it is the first of a new world, and the program the second: both stand ready before there is an
    order.
    """

    def __init__(self, tier: str, fork: Fork | None) -> None:
        """Fork it. Raises OSError.

        Args:
            tier: that it is for.
            fork: what it has of a worker: it becomes the program without an exec. None: by an exec.
        """
        self._tier, self.logs, user = tier, (Log(), Log()), (os.getuid(), os.getgid())
        self._heard, says = os.pipe()  # closed by a successful exec
        self.verdict, verdict_end = os.pipe()
        hears, self._says = os.pipe()
        self._said = b""  # of how the program ended
        sinks = [log.sink for log in self.logs]
        self.pid = _fork(tier)
        if not self.pid:
            try:
                os.setsid()
                os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
                for target, sink in enumerate(sinks, start=1):
                    os.dup2(sink, target)
                for fd in (self._heard, self._says, self.verdict):
                    os.close(fd)
                if fork is not None:
                    fork.close_others(says, verdict_end, hears)
                _become(tier, hears, says, verdict_end, user, fork)
            except BaseException as error:  # noqa: BLE001 - between fork and exec nobody else can hear of it
                os.write(says, str(error).encode("utf-8", "replace"))
            finally:
                os._exit(127)
        for fd in (hears, says, verdict_end, *sinks):
            os.close(fd)

    def begin(self, line: bytes) -> None:
        """Give the order. Raises OSError when the program does not start."""
        with contextlib.suppress(BrokenPipeError):  # it says why
            say(self._says, line)
        if refusal := hear(self._heard):
            raise OSError(refusal.decode())

    @property
    def tells(self) -> bool:
        """Whether its verdict comes when nobody of the program's world is left, but itself that is about to end."""
        return self._tier == "namespaces"

    @property
    def is_over(self) -> bool:
        """Whether that has come."""
        return self.tells and self._said.endswith(b"\n")

    def listen(self) -> bool:
        """Take in a part of the verdict; whether there may be more."""
        chunk = os.read(self.verdict, CHUNK)
        self._said += chunk
        return bool(chunk)

    def used(self) -> tuple[float, float]:
        """Return the seconds of CPU that a world which is over has used, and the most that one process held, in MiB."""
        _, cpu_s, kib = self._said.split()
        return float(cpu_s), int(kib) / 1024

    def status(self, ended: int) -> int | None:
        """Return how the program ended, as from waitpid; None when it never began.

        Args:
            ended: how the child itself ended.
        """
        while self.listen():
            pass
        if self.tells:
            return int(self._said.split()[0]) if self._said else ended
        if self._tier == "bubblewrap":
            codes = [code for line in self._said.splitlines() if (code := _exit_code(line)) is not None]
            if not codes:
                return ended if os.WIFSIGNALED(ended) else None
            number = codes[-1] - 128  # so it tells of signals
            return number if 0 < number <= 64 else codes[-1] << 8
        return ended


def _fork(tier: str) -> int:
    """Fork, for a tier that makes a world of its own into new namespaces. Raises OSError."""
    if tier != "namespaces":
        return os.fork()
    from .namespaces import NEW  # takes longer than the rest, and not all need it

    return Libc().fork(NEW)


def is_alone(says: int) -> bool:
    """Whether nobody is left to read from this pipe."""
    poll = select.poll()
    poll.register(says, 0)
    return bool(poll.poll(0))


def _become(tier: str, hears: int, says: int, verdict: int, user: tuple[int, int], fork: Fork | None) -> None:
    """Turn this process into the program, or into what runs it. Raises OSError."""
    reset_signals()
    libc = Libc()
    bind_life(libc, 0)
    if is_alone(says):
        raise OSError("the supervisor died")
    if tier == "namespaces":
        from .namespaces import enter

        libc.prctl(PR_SET_DUMPABLE, 1)  # else the files of this process in /proc are root's
        hears = enter(libc, hears, verdict, user, fork)
    line = hear(hears)
    if not line:
        os._exit(0)  # there is nothing to be any more
    order = Order(line)
    os.chdir(order.folder)
    libc.prctl(PR_SET_DUMPABLE, 1)
    if fork is not None:
        fork.carry(os.fsencode(order.mark))
    limit(order)
    if order.tier == "bubblewrap":
        os.dup2(verdict, STATUS_FD)
        rules = os.memfd_create("filter")
        os.write(rules, order.filter)
        os.lseek(rules, 0, os.SEEK_SET)
        os.dup2(rules, FILTER_FD)
    else:
        disarm(order, libc)
    if fork is not None:
        from .script import run  # only workers need it

        run(order, fork)
    os.execv(order.argv[0], order.argv)  # noqa: S606 - a list, and no shell


def _exit_code(line: bytes) -> int | None:
    """Return the code that a line of bubblewrap's report holds."""
    with contextlib.suppress(ValueError):
        code = json.loads(line).get("exit-code")
        return code if isinstance(code, int) else None
    return None
