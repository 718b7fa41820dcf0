"""The file `task.toml`: what a user may tell of a task."""

import re
import tomllib
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args

import msgspec

from gome.errors import TaskInvalid
from gome.messages import Limits, TaskKind

MOST_FOLDS = 20


class Files(msgspec.Struct, frozen=True, kw_only=True):
    """Where the tables are, relative to the task folder."""

    train: str | None = None
    test: str | None = None
    sample: str | None = None
    encoding: str | None = None  # a Python codec name; None is UTF-8
    rows: str | None = None  # the path of each row's file, a column's name in braces: "images/{id}.png"
    test_rows: str | None = None  # the same of test rows; None: as `rows`


class SplitRule(msgspec.Struct, frozen=True, kw_only=True):
    """How rows may be held out; `group` and `time` exclude each other."""

    group: str | None = None  # "" says that there is none
    time: str | None = None  # "" says that there is none
    search: float | None = None  # size of a holdout: below 1 a share of the labelled rows, else rows
    final: float | None = None
    folds: int | None = None  # 2 or more: rows are hidden in so many turns; 1: all at once
    copies: bool = True  # whether copies of a row, and rows of one thing, stay on one side
    own: bool | None = None  # whether programs hold rows out by themselves; None: where gome cannot


class TaskToml(msgspec.Struct, frozen=True, kw_only=True):
    """The decoded file; None where nothing was told."""

    name: str | None = None
    metric: str | None = None
    kind: TaskKind | None = None
    target: str | tuple[str, ...] | None = None
    id: str | None = None  # "" says that there is none
    files: Files = Files()
    split: SplitRule = SplitRule()
    limits: Limits = Limits()

    @property
    def targets(self) -> tuple[str, ...]:
        """The target columns told; empty when none was."""
        return as_names(self.target)


def as_names(told: str | Iterable[str] | None) -> tuple[str, ...]:
    """One name, several or none, as a tuple."""
    if told is None:
        return ()
    return (told,) if isinstance(told, str) else tuple(told)


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint for a name that is not known: the closest ones, or all of them when they are few."""
    names = [str(item) for item in known]
    close = get_close_matches(name.lower(), sorted({item.lower() for item in names}), n=3, cutoff=0.5)
    found = [item for item in names if item.lower() in close][:3]
    if found:
        return f"nearest: {', '.join(map(repr, found))}"
    shown = ", ".join(map(repr, names[:8]))
    return f"there are: {shown}{', ...' if len(names) > 8 else ''}"


def read_toml(path: Path) -> TaskToml:
    """What `path` tells; nothing when there is no such file.

    Raises:
        TaskInvalid: malformed, an unknown key, a value of the wrong type.
    """
    if not path.is_file():
        return TaskToml()
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        raise TaskInvalid(f"{path}: not valid TOML: {error}") from error
    except UnicodeDecodeError as error:
        raise TaskInvalid(f"{path}: not UTF-8 text; save it as UTF-8") from error
    _check_keys(path, document, TaskToml, "")
    if isinstance(document.get("files"), str):
        document["files"] = {"rows": document["files"]}
    for section, shape in (("files", Files), ("split", SplitRule), ("limits", Limits)):
        if isinstance(document.get(section), dict):
            _check_keys(path, document[section], shape, f"{section}.")
    kind = document.get("kind")
    if isinstance(kind, str) and kind not in get_args(TaskKind):
        raise TaskInvalid(f"{path}: kind {kind!r} is none of {', '.join(get_args(TaskKind))}")
    try:
        told = msgspec.convert(document, TaskToml)
    except msgspec.ValidationError as error:
        problem, _, where = str(error).partition(" - at `$")
        raise TaskInvalid(f"{path}: {where.strip('.`') or 'the file'}: {problem.lower().replace('`', '')}") from error
    if told.target == ():
        raise TaskInvalid(f"{path}: target is an empty list; name a column or leave it out")
    _check_split(path, told.split)
    _check_patterns(path, told.files)
    return told


def _check_split(path: Path, told: SplitRule) -> None:
    if told.group and told.time:
        raise TaskInvalid(f"{path}: split.group and split.time exclude each other; keep one")
    for name, size in (("search", told.search), ("final", told.final)):
        if size is not None and not size > 0:
            raise TaskInvalid(
                f"{path}: split.{name} is {size:g}; give a share of the rows below 1, or a number of rows"
            )
    if told.folds is not None and not 1 <= told.folds <= MOST_FOLDS:
        raise TaskInvalid(f"{path}: split.folds is {told.folds}; give 1 to {MOST_FOLDS}")
    if (told.folds or 1) > 1 and told.time:
        raise TaskInvalid(f"{path}: split.folds and split.time exclude each other: the future is held out once")
    if (told.folds or 1) > 1 and (told.search is not None or told.final is not None):
        raise TaskInvalid(f"{path}: split.folds sets the sizes of the holdouts; leave out split.search and split.final")


def _check_patterns(path: Path, told: Files) -> None:
    if told.test_rows and not told.rows:
        raise TaskInvalid(f"{path}: files.test_rows goes with files.rows; say where training rows have their files")
    for key, text in (("rows", told.rows), ("test_rows", told.test_rows)):
        if text is not None and pattern_of(text) is None:
            raise TaskInvalid(
                f"{path}: files.{key} is {text!r}; give one path below the task's folder with one column in braces, "
                "such as 'images/{id}.png'; a row has one file"
            )


def pattern_of(text: str) -> re.Match[str] | None:
    """The parts of a pattern: folder, beginning, column, ending; None where it is none."""
    found = re.fullmatch(
        r"(?:(?P<folder>[^{}]*)/)?(?P<beginning>[^{}/]*)\{(?P<column>[^{}]+)\}(?P<ending>[^{}/]*)", text
    )
    if found is None or text.startswith(("/", "~")) or ".." in text.split("/"):
        return None
    return found if found["folder"] or not (found["beginning"] or found["ending"]) else None


def _check_keys(path: Path, table: dict[str, Any], shape: type[msgspec.Struct], prefix: str) -> None:
    for key in table:
        if key not in shape.__struct_fields__:
            hint = nearest(key, shape.__struct_fields__)
            raise TaskInvalid(f"{path}: unknown key {prefix + key!r}; {hint}")
