"""Files that belong to rows, one each: images, sounds, texts in folders, their labels in a table or in the paths.

Nothing that a solution sees may tell a held-out label by a path or a name: held-out files lie among the test files,
flat, under names that say nothing, and all have one time stamp.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

import msgspec
import numpy as np
import pandas as pd

from gome.errors import TaskInvalid
from gome.messages import FileKind, RowFiles
from gome.task.tables import label_text, suffix_of
from gome.task.task import Task
from gome.task.toml import Files, nearest, pattern_of

_KINDS: dict[FileKind, str] = {
    "image": "png jpg jpeg bmp gif tif tiff webp",
    "audio": "wav aif aiff flac mp3 ogg",
    "text": "txt md html xml",
}
_MOST_CLASSES = 1000
_LEAST_A_CLASS = 2  # files
_TOKEN = re.compile(r"[._\- ]+")


def labelled_folder(folder: Path) -> str | None:
    """The folder of training files where their paths alone tell the labels; None where there is none."""
    for item in sorted(folder.iterdir(), key=lambda item: (not item.name.lower().startswith("train"), item.name)):
        if item.is_dir() and "train" in item.name.lower() and labels_of(files_below(item), item):
            return item.name
    return None


def files_below(folder: Path) -> list[Path]:
    """All files below a folder, hidden ones aside, in order."""
    return sorted(p for p in folder.rglob("*") if p.is_file() and not p.name.startswith(".") and not suffix_of(p.name))


def labels_of(paths: list[Path], folder: Path) -> dict[Path, str]:
    """The label that each path tells: its folder, else the word that its name begins or ends with; empty: none do."""
    parents = {path: path.parent.relative_to(folder).parts for path in paths}
    if paths and all(parents.values()):
        return _several({path: parts[0] for path, parts in parents.items()})
    if any(parents.values()):
        return {}
    for place in (0, -1):
        found = _several({path: _TOKEN.split(path.stem)[place] for path in paths})
        if found and (place == 0 or set(found.values()) <= {"0", "1"}) and len(found) > 10 * len(set(found.values())):
            return found
    return {}


def _several(labels: dict[Path, str]) -> dict[Path, str]:
    counts = Counter(labels.values())
    fits = 2 <= len(counts) <= _MOST_CLASSES and min(counts.values()) >= _LEAST_A_CLASS
    return labels if fits else {}


def columns_of(folder: Path, sample: pd.DataFrame | None, told: tuple[str, ...]) -> tuple[str, str, bool]:
    """What a table of labelled paths calls its ids and its target, and whether its ids are whole file names.

    They are named as in the sample submission: the first column is the id; where there is one more, the target.
    """
    columns = [] if sample is None else [str(name) for name in sample.columns]
    target = told[0] if told else columns[1] if len(columns) == 2 else "label"
    name = columns[0] if columns and columns[0] != target else "id"
    endings = {path.suffix for path in files_below(folder)}
    whole = sample is not None and name in sample and bool(label_text(sample[name]).str.contains(r"\.\w+$").all())
    return name, target, whole or len(endings) > 1


def table_of(folder: Path, name: str, target: str, *, whole: bool) -> tuple[pd.DataFrame, dict[str, Path]]:
    """A training table made of labelled paths, its rows shuffled, and the file of each id."""
    labels = labels_of(files_below(folder), folder)
    paths = [list(labels)[place] for place in np.random.default_rng(0).permutation(len(labels))]
    ids = [path.name if whole else path.stem for path in paths]
    if len(set(ids)) < len(ids):
        ids = [f"{number:06}{path.suffix if whole else ''}" for number, path in enumerate(paths)]
    table = pd.DataFrame({name: ids, target: [labels[path] for path in paths]})
    return table, dict(zip(ids, paths, strict=True))


def find_row_files(
    folder: Path,
    train_file: str,
    train: pd.DataFrame,
    test: pd.DataFrame | None,
    id_name: str | None,
    targets: tuple[str, ...],
    *,
    labelled: Mapping[str, Path] | None = None,
) -> RowFiles | None:
    """How the files of rows are named; None where no column names one for every row."""
    listed = {
        item: [path.name for path in _walk(item)]
        for item in sorted(folder.iterdir())
        if item.is_dir() and not item.name.startswith(".") and not (item / "journal.db").exists()
    }
    names = [str(name) for name in train.columns if name not in targets and (test is None or name in test.columns)]
    names = [name for name in names if _names_rows(train[name])] if listed else []
    lost = ""
    paths = [name for name in names if _are_paths(train[name], folder)]
    for column in sorted(names, key=lambda name: (name not in paths, name != id_name)):
        wanted, rest = (set() if t is None else set(label_text(t[column].dropna())) for t in (train, test))
        if column in paths:
            tops = tuple(sorted({text.split("/")[0] for text in wanted | rest}))
            return RowFiles(column=column, folders=tops, kind=kind_of_files(wanted))
        for own in sorted(listed, key=lambda item: (item.name != train_file, "train" not in item.name, item.name)):
            for ending in _endings(listed[own]):
                here = _stems(listed[own], ending)
                if labelled is not None and own.name == train_file:
                    here = {
                        name
                        for name, path in labelled.items()
                        if ending == ("" if name.endswith(path.suffix) else path.suffix)
                    }
                if not wanted <= here:
                    continue
                fit = [item for item in listed if rest and rest <= _stems(listed[item], ending)]
                if rest and not fit:
                    gap = min((rest - _stems(listed[item], ending) for item in listed), key=len)
                    lost = lost or f"{own.name}/{min(wanted)}{ending}, but test row {min(gap)!r} has none in any folder"
                    continue
                fit.sort(key=lambda item: (item == own, "test" not in item.name, item.name))
                place = fit[0].name if fit else "test"
                kind = kind_of_files([f"x{ending}"] if ending else wanted)
                tops = tuple(sorted({own.name, *(item.name for item in fit[:1])}))
                return RowFiles(column=column, ending=ending, train=own.name, test=place, folders=tops, kind=kind)
    if "train" in lost.partition("/")[0]:
        raise TaskInvalid(f"{folder}: training rows have files such as {lost}")
    return None


def told_row_files(
    path: Path, told: Files, train: pd.DataFrame, test: pd.DataFrame | None, targets: tuple[str, ...]
) -> RowFiles | None:
    """The files of rows as `task.toml` tells them; None where it does not.

    Raises:
        TaskInvalid: a row has no such file; names the first.
    """
    if told.rows is None:
        return None
    own, other = (pattern_of(text) for text in (told.rows, told.test_rows or told.rows))
    assert own is not None and other is not None, "checked when it was read"  # noqa: PT018
    column = own["column"]
    if own.group("beginning", "column", "ending") != other.group("beginning", "column", "ending"):
        raise TaskInvalid(f"{path}: files.rows and files.test_rows may differ in their folders only")
    folders = (own["folder"] or "").rstrip("/"), (other["folder"] or "").rstrip("/")
    files = RowFiles(
        column=column,
        beginning=own["beginning"],
        ending=own["ending"],
        train=folders[0],
        test=folders[1],
        folders=tuple(sorted({folder.split("/")[0] for folder in folders if folder})),
    )
    names = []
    for table, folder in ((train, files.train), (test, files.test)):
        if table is None:
            continue
        if column not in table.columns or column in targets:
            raise TaskInvalid(f"{path}: files.rows names no feature {column!r}; {nearest(column, table.columns)}")
        values = label_text(table[column].dropna()).tolist()
        known = _named(path.parent / folder, files) if folder else {}
        lost = [value for value in values if not (value in known if folder else (path.parent / value).is_file())]
        if lost:
            place = files.pattern(folder).replace(f"{{{column}}}", lost[0])
            raise TaskInvalid(f"{path}: {len(lost)} rows have no file such as {place}, which files.rows asks for")
        names += values
    tops = files.folders or tuple(sorted({name.split("/")[0] for name in names}))
    kind = kind_of_files([f"x{files.ending}"] if files.ending else names)
    return msgspec.structs.replace(files, folders=tops, kind=kind)


def _names_rows(column: pd.Series) -> bool:
    return column.nunique() > 0.5 * len(column) and not pd.api.types.is_float_dtype(column)


def _are_paths(column: pd.Series, folder: Path) -> bool:
    texts = label_text(column.dropna())
    return bool(texts.str.contains("/").all()) and all((folder / text).is_file() for text in texts)


def _stems(names: Iterable[str], ending: str) -> set[str]:
    return {name.removesuffix(ending) for name in names if name.endswith(ending)}


def _endings(names: list[str]) -> list[str]:
    """What may have to be added to a value to give a file's name, likeliest first."""
    endings = Counter(PurePosixPath(name).suffix for name in names[:1000])
    return ["", *(ending for ending, _ in endings.most_common() if ending)]


def _walk(folder: Path) -> Iterable[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def _named(folder: Path, files: RowFiles) -> dict[str, Path]:
    """The files below a folder by what names them."""
    first, last = files.beginning, files.ending
    found = (path for path in _walk(folder) if path.name.startswith(first) and path.name.endswith(last))
    return {path.name.removeprefix(first).removesuffix(last): path for path in found}


def kind_of_files(names: Iterable[str]) -> FileKind:
    """What most of them are, by their endings."""
    counts = Counter(PurePosixPath(name).suffix.lower().removeprefix(".") for name in names)
    ending = counts.most_common(1)[0][0] if counts else ""
    return next((kind for kind, known in _KINDS.items() if ending in known.split()), "other")


def sources(task: Task, train: pd.DataFrame, test: pd.DataFrame | None) -> tuple[list[Path], list[Path]]:
    """The file of each training row, and of each test row.

    Raises:
        TaskInvalid: one is gone.
    """
    files = task.row_files
    assert files is not None, "asked for where there are"

    def of(table: pd.DataFrame | None, folder: str) -> list[Path]:
        values = [] if table is None else label_text(table[files.column]).tolist()
        if not folder:
            return [task.path / value for value in values]
        known: Mapping[str, Path] = _named(task.path / folder, files) if values else {}
        if table is train and task.train_file == folder:
            known = table_of(task.path / folder, files.column, task.targets[0], whole=not files.ending)[1]
        lost = [value for value in values if value not in known]
        if lost:
            raise TaskInvalid(f"{task.path / folder}: there is no file for row {lost[0]!r} any more")
        return [known[value] for value in values]

    return of(train, files.train), of(test, files.test)


def tells(names: Iterable[str], labels: pd.Series) -> bool:
    """Whether the first or the last word of the names is the same for all rows of a label, and for those alone."""
    words = pd.Series([_TOKEN.split(PurePosixPath(name).stem) for name in names], index=labels.index)
    for place in (0, -1):
        word = words.str[place]
        if 2 <= word.nunique() <= len(word) // 2 and labels.groupby(word).nunique().max() == 1:
            return True
    return False


def hidden_names(
    names: pd.Series, test: Iterable[str], labels: list[pd.Series], random: np.random.Generator
) -> list[str]:
    """Paths for the files of held-out rows, among those of the test rows: their folders and names tell nothing."""
    taken = list(test)
    parents = Counter(str(PurePosixPath(name).parent) for name in taken)
    parent = parents.most_common(1)[0][0] if parents else "test"
    own = [PurePosixPath(name).name for name in names]
    known = {PurePosixPath(name).name for name in taken}
    if len(set(own)) < len(own) or known & set(own) or any(tells(own, label) for label in labels):
        numbers = random.permutation(len(own))
        own = [f"row{number}{PurePosixPath(name).suffix}" for number, name in zip(numbers, own, strict=True)]
    return [f"{parent}/{name}" for name in own]
