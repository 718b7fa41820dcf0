"""One output stream of a program, kept at both ends."""
# ruff: noqa: PTH108 - importing pathlib takes longer than most of this

import contextlib
import os

TAIL = 8192  # bytes of each stream that the report carries
CHUNK = 65536  # bytes; what a pipe holds


class Log:
    """One output stream: its beginning in a file, its end in memory."""

    def __init__(self, path: str, cap: int) -> None:
        try:
            os.unlink(path)  # an earlier stage may have left a link here: never follow it
        except FileNotFoundError:
            pass
        except (IsADirectoryError, PermissionError):  # or a folder
            import shutil  # takes 6 ms

            shutil.rmtree(path)
        self.fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        self.source, self.sink = os.pipe()
        os.set_blocking(self.source, False)  # the sink blocks: the program waits where we are slower
        self.cap, self.seen, self.tail, self.ended = cap, 0, b"", False

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
