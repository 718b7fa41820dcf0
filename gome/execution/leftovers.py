"""What a supervisor that was killed or stuck left running: found by the mark that it and its programs carry."""

import contextlib
import os
import re
import secrets
import select
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

NAME = (
    "GOME_TRIAL"  # a variable of programs, an argument of supervisors: as an ordinary user one sees only that of them
)
LOOKS, BETWEEN_S = 200, 0.01  # at all processes, before what the kernel does not end is left


def new_mark(folder: Path) -> str:
    """Return a mark for one run of the program in a folder. Everybody can see it, so it must open nothing."""
    return f"{NAME}={secrets.token_hex(8)}:{folder.resolve()}"


def end_marked(mark: str) -> int:
    """Kill whoever carries a mark; return how many that were. Waits until they are dead: a few milliseconds."""
    return _end(lambda carried: carried == os.fsencode(mark))


def end_leftovers(run: Path) -> int:
    """Kill whatever earlier sittings of a run started for its trials, and return how many processes that were.

    Supervisors end with their runtime and take their programs along, so there is something to kill only where one
    was stopped or killed as well. Blocks for a few milliseconds; nobody else may be working on the run.

    Args:
        run: the run's folder; trials lie below it.
    """
    folder = os.fsencode(run.resolve())
    below = re.compile(re.escape(NAME.encode()) + rb"=[0-9a-f]+:" + re.escape(folder) + rb"(/.*)?", re.DOTALL)
    return _end(lambda carried: below.fullmatch(carried) is not None)


def _end(wanted: Callable[[bytes], bool]) -> int:
    ended: set[int] = set()
    for _ in range(LOOKS):
        stopped: set[int] = set()
        while fresh := set(_carriers(wanted)) - stopped:  # what is stopped forks no more
            _send(fresh, signal.SIGSTOP)
            stopped |= fresh
        if not stopped:
            break
        _send(stopped, signal.SIGKILL)
        ended |= stopped
        select.select([], [], [], BETWEEN_S)
    return len(ended)


def _carriers(wanted: Callable[[bytes], bool]) -> Iterator[int]:
    """Yield the processes, not this one, that carry a mark which is wanted."""
    for folder in Path("/proc").glob("[0-9]*"):
        carried: list[bytes] = []
        for name in ("cmdline", "environ"):
            with contextlib.suppress(OSError):
                carried += (folder / name).read_bytes().split(b"\0")
        if int(folder.name) != os.getpid() and any(map(wanted, carried)):
            yield int(folder.name)


def _send(pids: set[int], number: int) -> None:
    for pid in pids:
        with contextlib.suppress(OSError):
            os.kill(pid, number)
