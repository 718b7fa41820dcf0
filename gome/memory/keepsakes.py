"""What runs leave to later ones: a file of successes, one a line, as JSON.

A success that comes from an earlier run weighs as one half-life old from the beginning, and counts on with the
record of its reuse. Runs may share a file: it is read, merged and replaced under a lock.
"""

import fcntl
import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

from gome.errors import SettingInvalid
from gome.memory.successes import HALF_LIFE
from gome.messages import NO_TRACE, Success, TrialId

VERSION = 1
MOST = 10_000  # rows that a file holds; the oldest leave


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the file."""

    version: int = VERSION
    task: str  # its name
    metric: str
    success: Success  # `run` and `trial` name where it comes from


class Recalled(msgspec.Struct, frozen=True):
    """What a run begins with."""

    successes: tuple[Success, ...] = ()


class Keepsakes:
    """The file."""

    def __init__(self, path: Path) -> None:
        """Take a file, which need not be there yet."""
        self._path = path

    def check(self) -> None:
        """Look whether it can be used, before anything is run.

        Raises:
            SettingInvalid: it cannot be read or written, or holds something else.
        """
        if not self._path.parent.is_dir():
            raise SettingInvalid(f"--memory {self._path}: there is no folder {self._path.parent}")
        if not os.access(self._path if self._path.exists() else self._path.parent, os.W_OK):
            raise SettingInvalid(f"--memory {self._path}: cannot be written")
        self._read()

    def recall(self) -> Recalled:
        """Return what earlier runs left, as successes of no trace and some age."""
        return Recalled(
            tuple(
                msgspec.structs.replace(
                    row.success, trial=_full(row.success), trace=NO_TRACE, step=-int(HALF_LIFE), diff=row.success.diff
                )
                for row in self._read()
            )
        )

    def keep(self, run: str, task: str, metric: str, successes: Sequence[Success]) -> int:
        """Add a run's successes and what became of those that it recalled. Returns how many rows there are now.

        Args:
            run: its name.
            task: its task's name.
            metric: of the task.
            successes: all that the run knows; those of earlier runs bear their run's name.
        """
        known = {success.trial: success for success in successes if success.run}
        with _locked(self._path):
            rows = []
            for row in self._read():
                now = known.get(_full(row.success))
                told = row.success
                if now is not None:
                    told = msgspec.structs.replace(
                        told, reused=max(now.reused, told.reused), confirmed=max(now.confirmed, told.confirmed)
                    )
                rows.append(msgspec.structs.replace(row, success=told))
            there = {_full(row.success) for row in rows}
            for success in successes:
                own = msgspec.structs.replace(success, run=success.run or run)
                if not success.run and _full(own) not in there:
                    rows.append(Row(task=task, metric=metric, success=own))
            rows = rows[-MOST:]
            partial = self._path.with_name(f".{self._path.name}.{os.getpid()}")
            partial.write_bytes(b"".join(msgspec.json.encode(row) + b"\n" for row in rows))
            partial.replace(self._path)
        return len(rows)

    def _read(self) -> list[Row]:
        try:
            lines = self._path.read_bytes().splitlines() if self._path.exists() else []
        except OSError as error:
            raise SettingInvalid(f"--memory {self._path}: cannot be read: {error.strerror}") from error
        rows = []
        for number, line in enumerate(lines, start=1):
            try:
                row = msgspec.json.decode(line, type=Row)
            except msgspec.DecodeError as error:
                raise SettingInvalid(f"--memory {self._path}: line {number} is no success: {error}") from error
            if row.version > VERSION:
                raise SettingInvalid(f"--memory {self._path}: line {number} was written by a later gome")
            rows.append(row)
        return rows


class _locked:  # noqa: N801 - used as a function
    """Holds the file's lock."""

    def __init__(self, path: Path) -> None:
        self._path = path.with_name(f".{path.name}.lock")

    def __enter__(self) -> None:
        self._file = self._path.open("w")
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        self._file.close()


def _full(success: Success) -> TrialId:
    """The name of a success among those of all runs."""
    return TrialId(f"{success.run}/{success.trial.rpartition('/')[2]}" if success.run else success.trial)
