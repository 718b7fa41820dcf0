"""The files of a task folder: which is the training table, which the test, which the sample submission."""

import re
from pathlib import Path

import msgspec

from gome.errors import TaskInvalid
from gome.messages import RowFiles
from gome.task.attached import labelled_folder
from gome.task.tables import read_header, suffix_of
from gome.task.toml import Files, nearest

_ARCHIVES = (".zip", ".gz", ".7z", ".tar", ".tgz", ".bz2", ".xz")
_OWN = {"description.md", "task.toml", "description_obfuscated.md"}

_VIEW = {"train.csv", "test.csv", "sample_submission.csv"}  # what views call the tables


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """Names relative to the task folder; None where there is no such file."""

    train: str
    test: str | None
    sample: str | None


def find_files(folder: Path, told: Files) -> Found:
    """The tables of a folder: those told, else by their names.

    Raises:
        TaskInvalid: no training table, several that it could be, or a told file that is not there.
    """
    for name in (told.train, told.test, told.sample):
        if name is not None and not (folder / name).is_file():
            here = sorted(item.name for item in folder.iterdir() if item.is_file())
            raise TaskInvalid(f"{folder / 'task.toml'}: there is no file {name!r}; {nearest(name, here)}")
    tables = sorted((item.name for item in folder.iterdir() if item.is_file() and suffix_of(item.name)), key=_plainest)
    tables = [name for name in tables if name not in {told.train, told.test, told.sample}]
    tables = [name for name in tables if not (name.lower().endswith(".zip") and (folder / name[:-4]).is_dir())]
    _refuse_several(folder, tables)
    sample = told.sample or _sample(tables)
    tables = [name for name in tables if name != sample]
    test = told.test or _named(tables, "test")
    train = told.train or _named([name for name in tables if name != test], "train") or _named(tables, "training")
    if train is None:
        rest = {_stem(name): name for name in reversed(tables) if name != test}
        if not rest and (paths := labelled_folder(folder)):
            return Found(train=paths, test=test, sample=sample)
        if len(rest) != 1:
            seen = f"there are {', '.join(map(repr, rest.values()))}" if rest else "there is no table"
            raise TaskInvalid(
                f"{folder}: no training table such as train.csv ({seen}); name it in task.toml: [files] train"
            )
        train = next(iter(rest.values()))
    return Found(train=train, test=test, sample=sample)


def other_files(
    folder: Path, found: Found, targets: tuple[str, ...], encoding: str, row_files: RowFiles | None = None
) -> tuple[tuple[str, ...], list[str]]:
    """Top-level files and folders that solutions may see, and a sentence for each that they may not.

    A second copy of the labels would undo the split: tables with a target column, and archives named like the
    training table, are withheld. Nothing is looked for inside folders.
    """
    mine = {found.train, found.test, found.sample}
    if row_files is not None:
        mine |= set(row_files.folders)
    stems = {_stem(name) for name in mine if name is not None}
    shown: list[str] = []
    withheld: list[str] = []
    for item in sorted(folder.iterdir()):
        if item.name in mine | _OWN or item.name.startswith(".") or (item / "journal.db").exists():
            continue  # the last is a run
        if item.name in _VIEW:
            withheld.append(f"{item.name} is not shown to solutions: a table of the task takes its name.")
            continue
        if item.is_file() and (item.suffix.lower() in _ARCHIVES or suffix_of(item.name)):
            if _stem(item.name) in stems:
                withheld.append(f"{item.name} is not shown to solutions: it is named like a table of the task.")
                continue
            if _holds(item, targets, encoding):
                withheld.append(f"{item.name} is not shown to solutions: it holds a target column.")
                continue
        shown.append(item.name)
    return tuple(shown), withheld


def _holds(item: Path, targets: tuple[str, ...], encoding: str) -> bool:
    if not suffix_of(item.name):
        return False
    try:
        return bool(set(read_header(item, encoding=encoding)) & set(targets))
    except TaskInvalid:  # not one of our tables: nothing that we could check
        return False


def _refuse_several(folder: Path, tables: list[str]) -> None:
    """Raise TaskInvalid where a submission is to be more than one file."""
    samples = {_stem(name) for name in tables if re.match(r"sample.?sub", name, re.IGNORECASE)}
    places = [
        item.name for item in folder.iterdir() if item.is_dir() and re.match(r"sample.?sub", item.name, re.IGNORECASE)
    ]
    if len(samples) > 1 or (places and not samples):
        named = ", ".join(sorted([*samples, *places])[:4])
        raise TaskInvalid(
            f"{folder}: asks for a submission of several files ({named}); gome writes one CSV: "
            "name the one to write in task.toml: [files] sample"
        )


def _sample(tables: list[str]) -> str | None:
    for pattern in (
        r"sample.?submission",
        r"submission.*(sample|format|example)|sample.*sub",
        r"submission|randompredictions",
    ):
        for name in tables:
            if re.search(pattern, name, re.IGNORECASE):
                return name
    return None


def _named(tables: list[str], word: str) -> str | None:
    """The table whose name is `word`, else the only one with that word in its name."""
    for name in tables:
        if _stem(name) == word:
            return name
    parts = re.compile(rf"(^|[^a-z]){word}([^a-z]|$)")
    near = {_stem(name): name for name in reversed(tables) if parts.search(_stem(name))}
    return next(iter(near.values())) if len(near) == 1 else None


def _stem(name: str) -> str:
    """The name without what says how it is stored."""
    lower = name.lower()
    for ending in (*_ARCHIVES, ".csv", ".tsv", ".parquet", ".json", ".jsonl"):
        lower = lower.removesuffix(ending)
    return lower


def _plainest(name: str) -> tuple[bool, str]:
    """Sorts unpacked tables before packed ones, and JSON, which may be anything, last."""
    return name.lower().endswith((*_ARCHIVES, ".json", ".jsonl")), name.lower()
