"""Where a run keeps its files."""

import contextlib
import hashlib
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from gome.errors import RunFolderInvalid
from gome.messages import TrialId


class RunFolder:
    """One run's folder: the journal, the trials, the best solution so far, what outsiders read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def journal(self) -> Path:
        """The durable log of messages."""
        return self.path / "journal.db"

    @property
    def summary(self) -> Path:
        """The run's summary as JSON, always current."""
        return self.path / "run.json"

    @property
    def snapshot(self) -> Path:
        """What the run's actors remembered at one message: a shortcut through the journal."""
        return self.path / "snapshot"

    @property
    def lock(self) -> Path:
        """Who works on the run now, or did last."""
        return self.path / "lock"

    @property
    def best(self) -> Path:
        """Folder of the best solution and its predictions, always current."""
        return self.path / "best"

    @property
    def views(self) -> Path:
        """Folder of what solutions may see of the data."""
        return self.path / "data"

    def trial(self, trial: TrialId) -> Path:
        """Folder of a trial."""
        return self.path / "trials" / trial

    def submission(self, trial: TrialId) -> Path:
        """Predictions of a trial for every row that it was shown without labels: the copy that no program can reach."""
        return self.path / "kept" / f"{trial}.csv"

    def code(self, trial: TrialId) -> str:
        """Return a trial's program as it was written, whatever it has done to its own file since."""
        return (self.path / "kept" / f"{trial}.py").read_bytes().decode()  # its line ends as they are

    def without_code(self, trials: Iterable[TrialId]) -> list[TrialId]:
        """Return those of the trials whose programs are not where they were written."""
        kept, ran = _names(self.path / "kept"), _names(self.path / "trials")  # two looks, however many trials there are
        return [trial for trial in trials if f"{trial}.py" not in kept or trial not in ran]

    def write_code(self, trial: TrialId, code: str) -> tuple[str, str]:
        """Write a trial's program, to keep and to run. Returns its path below the run's folder and its SHA-256."""
        path = self.trial(trial) / "solution.py"
        kept = self.path / "kept" / f"{trial}.py"
        for place in (kept, path):
            place.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(IsADirectoryError):  # laid there by the program: who runs it again clears that
                write_whole(place, code.encode())
        return path.relative_to(self.path).as_posix(), hashlib.sha256(code.encode()).hexdigest()

    def check(self) -> None:
        """Look whether a new run may be made here.

        Raises:
            RunFolderInvalid: it holds something already.
        """
        if self.path.is_dir() and any(self.path.iterdir()):
            raise RunFolderInvalid(f"--out {self.path} is not empty: choose another folder")

    def create(self) -> None:
        """Make the folder for a new run.

        Raises:
            RunFolderInvalid: it holds something already, or cannot be written.
        """
        try:
            self.check()
            self.path.mkdir(parents=True, exist_ok=True)
            (self.path / "trials").mkdir()  # fails for the slower of two that begin at once
        except FileExistsError as error:
            raise RunFolderInvalid(f"--out {self.path} is taken: choose another folder") from error
        except OSError as error:
            raise RunFolderInvalid(f"--out {self.path} cannot be written: {error.strerror}") from error


def write_whole(path: Path, *content: bytes) -> None:
    """Write a file, piece by piece, so that readers see the old content or the new, never a part."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.unlink(missing_ok=True)
    with partial.open("xb") as file:  # never through a link that somebody laid there
        file.writelines(content)
    partial.replace(path)


def remove(path: Path) -> None:
    """Remove a file; one that is not there, or cannot be removed, is left."""
    with contextlib.suppress(OSError):
        path.unlink()


def settle(path: Path) -> None:
    """Return when a file survives a loss of power."""
    for place, mode in ((path, os.O_RDWR), (path.parent, os.O_RDONLY)):
        fd = os.open(place, mode)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)


def _names(folder: Path) -> set[str]:
    """Return the names in a folder; none where there is no such folder."""
    return {path.name for path in folder.iterdir()} if folder.is_dir() else set()


def keep(path: Path, kept: Path) -> None:
    """Copy a file to where no program can reach it, and see that it is on disk; a link is copied as one."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, kept, follow_symlinks=False)
    settle(kept)
