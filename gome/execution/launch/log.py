"""One output stream of a program, kept at both ends."""
# ruff: noqa: PTH108 - importing pathlib takes longer than most of this

import contextlib
import os

from .order import CHUNK

TAIL = 8192  # bytes of each stream that the report carries


class Log:
    """One output stream: its beginning in a file, its end in memory."""

    def __init__(self) -> None:
        self.source, self.sink = os.pipe()
        os.set_blocking(self.source, False)  # the sink blocks: the program waits where we are slower
        self.fd, self.cap, self.seen, self.tail, self.ended = -1, 0, 0, b"", False

    def open(self, path: str, cap: int) -> None:
        """Keep it in a file from now on, up to a number of bytes. Raises OSError."""
        try:
            os.unlink(path)  # an earlier stage may have left a link here: never follow it
        except FileNotFoundError:
            pass
        except (IsADirectoryError, PermissionError):  # or a folder
            import shutil  # takes 6 ms

            with contextlib.suppress(RecursionError):  # it is deep: then there is no such log
                shutil.rmtree(path)
        self.fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        self.cap = cap

    def read(self) -> bool:
        """Take what the pipe holds, a chunk at most. False: nothing there now; `ended` says if for good."""
        try:
            chunk = os.read(self.source, CHUNK)
        except BlockingIOError:
            return False
        self.ended = not chunk
        self._write(chunk[: max(0, self.cap - self.seen)])
        self.seen += len(chunk)
        self.tail = (self.tail + chunk)[-TAIL:]
        return bool(chunk)

    def close(self) -> str:
        """Read the rest, add the end of the stream to the file where the cap cut it off; return that end as text."""
        while self.read():
            pass
        rest = max(0, self.seen - self.cap)
        if rest:
            self._write(b"\n[%d bytes dropped]\n" % max(0, rest - TAIL) + self.tail[-rest:])
        return self.tail.decode("utf-8", "replace")

    def _write(self, piece: bytes) -> None:
        with contextlib.suppress(OSError):  # a full disk costs the log, not the trial
            while piece:
                piece = piece[os.write(self.fd, piece) :]
