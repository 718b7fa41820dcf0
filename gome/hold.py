"""Who works on a run: one process at a time, named in RUN/lock; and how much of the run's time it has used."""

import fcntl
import os
import select
import socket
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from gome.errors import RunFolderInvalid

TRIES, BETWEEN_S = 5, 0.01  # at taking it
SIZE = 512  # bytes of the file: rewritten in place, in one piece


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """One sitting of a run."""

    pid: int
    host: str
    since: str  # local time
    elapsed_s: float = 0.0  # of the run's time, earlier sittings included, when this was last written
    ended: bool = False  # in good order; False: it is at work, or it was killed


class Hold:
    """The right to write to a run. As a context manager it is let go of at the end; the kernel does so for the dead."""

    def __init__(self, path: Path) -> None:
        """Take it.

        Raises:
            RunFolderInvalid: another process has it, or the file cannot be written.
        """
        self._path = path
        try:
            self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise RunFolderInvalid(f"{path.parent} cannot be written: {error.strerror}") from error
        for left in reversed(range(TRIES)):  # whoever looks whether it is held has it for a moment
            try:
                fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError as error:
                if not left:
                    os.close(self._fd)
                    raise RunFolderInvalid(_taken(path)) from error
                select.select([], [], [], BETWEEN_S)
        self.before = holder(path)  # the sitting before this one; None in a run's first
        since = datetime.now().astimezone().isoformat(sep=" ", timespec="seconds")  # noqa: TID251 - for people
        self._mine = Holder(pid=os.getpid(), host=socket.gethostname(), since=since)
        self.beat(self.before.elapsed_s if self.before else 0.0)

    def beat(self, elapsed_s: float, *, ended: bool = False) -> None:
        """Note how much of the run's time is used. A disk that is full costs at most that note."""
        self._mine = msgspec.structs.replace(self._mine, elapsed_s=round(elapsed_s, 3), ended=ended)
        content = msgspec.json.encode(self._mine).ljust(SIZE - 1) + b"\n"
        try:
            os.pwrite(self._fd, content, 0)
        except OSError:
            return

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go, and say that this sitting has come to its end: it was not killed."""
        self.beat(self._mine.elapsed_s, ended=True)
        os.close(self._fd)


def is_held(path: Path) -> bool:
    """Whether somebody works on a run. Where nobody does, and it has not ended, it was killed."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(fd)
    return False


def holder(path: Path) -> Holder | None:
    """Return who holds a run, or held it last; None where nobody has, or what is there cannot be read."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Holder)
    except (OSError, msgspec.DecodeError):
        return None


def _taken(path: Path) -> str:
    who = holder(path)
    name = f"process {who.pid} on {who.host}, since {who.since}" if who else "another process"
    return f"{path.parent} is being worked on by {name}: wait for its end, or stop that one first"
