"""From the supervisor to the program: a fork, what its tier takes from it, an exec."""

import contextlib
import json
import os
import select

from .confine import bind_life, disarm, limit
from .kernel import PR_SET_DUMPABLE, Libc
from .log import CHUNK, Log
from .order import FILTER_FD, STATUS_FD, Order


class Started:
    """A program that runs, as the child that stands for it: itself, or who waits for it."""

    def __init__(self, pid: int, verdict: int, order: Order) -> None:
        self.pid, self._verdict, self._tier = pid, verdict, order.tier

    def status(self, ended: int) -> int | None:
        """Return how the program ended, as from waitpid; None when it never began.

        Args:
            ended: how the child that stands for it ended.
        """
        said = b""
        while chunk := os.read(self._verdict, CHUNK):
            said += chunk
        if self._tier == "namespaces":
            return int(said) if said else ended
        if self._tier == "bubblewrap":
            codes = [code for line in said.splitlines() if (code := _exit_code(line)) is not None]
            if not codes:
                return ended if os.WIFSIGNALED(ended) else None
            number = codes[-1] - 128  # so it tells of signals
            return number if 0 < number <= 64 else codes[-1] << 8
        return ended


def start(order: Order, logs: list[Log], held: set[int] | None) -> Started:
    """Start the program in its own session. Raises OSError when it does not start.

    Args:
        order: what to run.
        logs: of its output.
        held: descriptors that stay open in a fork that becomes the program without an exec; None: by an exec.
    """
    said, says = os.pipe()  # closed by a successful exec
    verdict, verdict_end = os.pipe()
    user, pid = (os.getuid(), os.getgid()), fork(order)
    if not pid:
        try:
            os.close(said)
            os.setsid()
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            for target, log in enumerate(logs, start=1):
                os.dup2(log.sink, target)
            os.chdir(order.folder)
            _become(order, says, verdict_end, user, held)
        except BaseException as error:  # noqa: BLE001 - between fork and exec nobody else can hear of it
            os.write(says, str(error).encode("utf-8", "replace"))
        finally:
            os._exit(127)
    for fd in (says, verdict_end, *(log.sink for log in logs)):
        os.close(fd)
    if refusal := os.read(said, CHUNK):
        raise OSError(refusal.decode())
    os.close(said)
    return Started(pid, verdict, order)


def fork(order: Order) -> int:
    """Fork, for a tier that makes a world of its own into new namespaces. Raises OSError."""
    if order.tier != "namespaces":
        return os.fork()
    from .namespaces import NEW  # takes longer than the rest, and not all need it

    return Libc().fork(NEW)


def is_alone(says: int) -> bool:
    """Whether nobody is left to read from this pipe."""
    poll = select.poll()
    poll.register(says, 0)
    return bool(poll.poll(0))


def _become(order: Order, says: int, verdict: int, user: tuple[int, int], held: set[int] | None) -> None:
    """Turn this process into the program, or into what runs it. Raises OSError."""
    libc = Libc()
    libc.prctl(PR_SET_DUMPABLE, 1)  # else the files of this process in /proc are root's
    bind_life(libc, 0)
    if is_alone(says):
        raise OSError("the supervisor died")
    limit(order)
    if order.tier == "bubblewrap":
        os.dup2(verdict, STATUS_FD)
        rules = os.memfd_create("filter")
        os.write(rules, order.filter)
        os.lseek(rules, 0, os.SEEK_SET)
        os.dup2(rules, FILTER_FD)
    else:
        if order.tier == "namespaces":
            from .namespaces import enter

            enter(order, libc, verdict, user)
        disarm(order, libc)
    if held is not None:
        from .script import run  # only workers need it

        run(order, held)
    os.execv(order.argv[0], order.argv)  # noqa: S606 - a list, and no shell


def _exit_code(line: bytes) -> int | None:
    """Return the code that a line of bubblewrap's report holds."""
    with contextlib.suppress(ValueError):
        code = json.loads(line).get("exit-code")
        return code if isinstance(code, int) else None
    return None
