"""A submission file: read with suspicion, and held against the sample that it must match."""

import csv
import io
import re
import stat
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gome.errors import SubmissionInvalid
from gome.evaluation.labels import Labels, texts
from gome.messages import Wanted

LIMIT_MIB = 512.0
LEAST_MIB, CELL_KIB, SPARE_COLUMNS = 16.0, 1.0, 1000  # that one like a sample may have at any rate
HEADER = 1  # row number of the header: the first row of predictions is row 2
SHOWN = 10  # names quoted in a message
LONGEST = 80  # characters of one that are quoted: a program may write any number


def read_submission(
    path: Path, *, text: Iterable[str] = (), limit_mib: float = LIMIT_MIB, like: pd.DataFrame | None = None
) -> pd.DataFrame:
    """The table in `path`: UTF-8, commas, a header. Only an empty cell is missing: "nan" or "None" may be a label.

    Columns named in `text` are kept as written, "007" too; for the others pandas chooses the type. What is far larger
    or wider than the sample in `like` is refused before pandas takes minutes over it.

    Raises:
        SubmissionInvalid: it is absent, empty, too large, no regular file or no such CSV.
    """
    if like is not None:
        limit_mib = min(limit_mib, max(LEAST_MIB, like.size * CELL_KIB / 1024))
    content = _text(path, limit_mib)
    width = len(_header(content))
    if like is not None and width > len(like.columns) + SPARE_COLUMNS:
        raise SubmissionInvalid(f"row 1 names {width} columns, the sample has {len(like.columns)}", row=HEADER)
    try:
        table = pd.read_csv(
            io.StringIO(content),
            dtype=dict.fromkeys(text, str),
            keep_default_na=False,
            na_values=[""],
            skip_blank_lines=False,  # rows keep their numbers
            index_col=False,
            low_memory=False,
        )
    except (pd.errors.ParserError, ValueError) as problem:
        place = re.search(r"(?:in line|at row) (\d+)", str(problem))
        fields = re.search(r"saw (\d+)", str(problem))
        row = int(place[1]) if place else None
        what = f"has {fields[1]} fields, the header {width}" if fields else "cannot be read as CSV"
        raise SubmissionInvalid(f"row {row} {what}" if row else f"the submission {what}", row=row) from problem
    blank = table.isna().all(axis=1).to_numpy()
    rows = int(np.flatnonzero(~blank).max()) + 1 if not blank.all() else 0
    if rows == 0:
        raise SubmissionInvalid("the submission has a header and no rows")
    return table.iloc[:rows]


def _text(path: Path, limit_mib: float) -> str:
    try:
        status = path.lstat()
    except (FileNotFoundError, NotADirectoryError) as problem:
        raise SubmissionInvalid(f"no {path.name} was written") from problem
    except PermissionError as problem:
        raise SubmissionInvalid(f"{path.name} cannot be read: {problem.strerror}") from problem
    if not stat.S_ISREG(status.st_mode):  # a link could lead to the labels, a pipe could block for ever
        raise SubmissionInvalid(f"{path.name} is not a regular file")
    if status.st_size == 0:
        raise SubmissionInvalid(f"{path.name} is empty (0 bytes)")
    if status.st_size > limit_mib * 2**20:
        raise SubmissionInvalid(f"{path.name} has {status.st_size / 2**20:.0f} MiB, the limit is {limit_mib:g}")
    try:
        written = path.read_bytes()
    except PermissionError as problem:
        raise SubmissionInvalid(f"{path.name} cannot be read: {problem.strerror}") from problem
    if b"\0" in written[:4096] and not written.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise SubmissionInvalid(f"{path.name} is not a CSV file: it holds NUL bytes")
    try:
        return written.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        row = written.count(b"\n", 0, problem.start) + 1
        raise SubmissionInvalid(
            f"row {row}: byte 0x{written[problem.start]:02x} is not UTF-8; write with encoding='utf-8'", row=row
        ) from problem


def _header(text: str) -> list[str]:
    """Column names, proved to be distinct, separated by commas and as many as the first row's fields."""
    try:
        reader = csv.reader(io.StringIO(text, newline=""))
        names = [name.strip() for name in next(reader, [])]
        first = next(reader, names)
    except csv.Error as problem:
        raise SubmissionInvalid(f"the submission cannot be read as CSV: {problem}", row=HEADER) from problem
    if not any(names):
        raise SubmissionInvalid("row 1 names no columns", row=HEADER)
    other = next((mark for mark in ";\t|" if mark in names[0]), None)
    if len(names) == 1 and other:
        raise SubmissionInvalid(f"row 1 is separated by {other!r}; write commas", row=HEADER)
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise SubmissionInvalid(f"column {_shown(name)} occurs twice", row=HEADER, column=name[:LONGEST])
        seen.add(name)
    if len(first) > len(names):
        raise SubmissionInvalid(f"row 2 has {len(first)} fields, the header {len(names)}", row=HEADER + 1)
    return names


def check_submission(
    submission: pd.DataFrame,
    sample: pd.DataFrame,
    *,
    id_column: str | None,
    wanted: Wanted,
    classes: Sequence[str] = (),
    limits: tuple[float, float] | None = None,
) -> pd.DataFrame:
    """`submission` in the rows, columns and ids of `sample`, as floats, or as labels spelled like `classes`.

    Columns may come in another order or case, rows in another order. Without an id column rows are matched by
    their order. `classes` empty: any label. Numbers must lie within `limits`, where given. Row numbers in
    messages count the header as 1. The ids of the sample must be distinct.

    Raises:
        SubmissionInvalid: it does not fit; names row and column where there is one.
    """
    submission = _same_columns(submission, [str(name) for name in sample.columns])
    order = _same_rows(submission, sample, id_column)
    aligned = sample.copy()
    for name in sample.columns:
        if name == id_column:
            continue
        column = submission[str(name)]
        if wanted in {"value", "probability"}:
            values: NDArray[Any] = _numbers(column, limits)
        elif wanted == "label" and classes:
            values = _labels(column, Labels(classes))
        else:
            values = _filled(column)
        aligned[name] = values[order]
    return aligned


def _same_columns(submission: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    given = [str(name) for name in submission.columns]
    folded = [name.strip().casefold() for name in given]
    found = {}
    for name in names:
        close = [at for at, other in enumerate(folded) if other == name.strip().casefold()]
        exact = [at for at in close if given[at] == name]
        if len(exact or close) != 1:
            problem = "is missing" if not close else "is ambiguous"
            raise SubmissionInvalid(f"column {name!r} {problem}; the submission has {_quoted(given)}", column=name)
        found[(exact or close)[0]] = name
    for at, name in enumerate(given):
        if at not in found:
            hint = "; write with index=False" if not folded[at] or folded[at].startswith("unnamed:") else ""
            raise SubmissionInvalid(
                f"column {_shown(name)} is not in the sample, which has {_quoted(names)}{hint}", column=name[:LONGEST]
            )
    return submission.set_axis([found[at] for at in range(len(given))], axis=1)


def _same_rows(submission: pd.DataFrame, sample: pd.DataFrame, id_column: str | None) -> NDArray[np.intp]:
    """Position in the submission of each row of the sample."""
    if id_column is None:
        if len(submission) != len(sample):
            raise SubmissionInvalid(f"the submission has {len(submission)} rows, the sample {len(sample)}")
        return np.arange(len(sample))
    column = str(id_column)
    given = submission[column]
    expected = Labels(sample[id_column])
    found = expected.positions(given)
    if (found < 0).any():
        at = int(np.argmax(found < 0))
        written = texts(given.iloc[[at]])[0]
        problem = f"id {_shown(written)} is not in the sample" if written else "the id is empty"
        raise _invalid(problem, at, column)
    repeated = pd.Series(found).duplicated().to_numpy()
    if repeated.any():
        at = int(np.argmax(repeated))
        earlier = int(np.argmax(found == found[at])) + HEADER + 1
        raise _invalid(f"id {expected.known[found[at]]!r} is in row {earlier} already", at, column)
    order = np.full(len(sample), -1, dtype=np.intp)
    order[found] = np.arange(len(found))
    if (order < 0).any():
        at = int(np.argmax(order < 0))
        more = int((order < 0).sum()) - 1
        raise SubmissionInvalid(
            f"id {expected.known[at]!r} (row {at + HEADER + 1} of the sample) is missing"
            + (f", and {more} more" if more else ""),
            row=at + HEADER + 1,
            column=column,
        )
    return order


def _numbers(column: pd.Series, limits: tuple[float, float] | None) -> NDArray[np.float64]:
    name = str(column.name)
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    wrong = ~np.isfinite(numbers)
    if wrong.any():
        at = int(np.argmax(wrong))
        written = texts(column.iloc[[at]])[0]
        raise _invalid(f"{_shown(written)} is not a finite number" if written else "is empty", at, name)
    if limits is not None:
        outside = (numbers < limits[0]) | (numbers > limits[1])
        if outside.any():
            at = int(np.argmax(outside))
            bounds = f"between {limits[0]:g} and {limits[1]:g}" if np.isfinite(limits[1]) else f"{limits[0]:g} or more"
            raise _invalid(f"{numbers[at]:g} is not {bounds}", at, name)
    return numbers


def _labels(column: pd.Series, classes: Labels) -> NDArray[np.object_]:
    found = classes.positions(column)
    if (found < 0).any():
        at = int(np.argmax(found < 0))
        written = texts(column.iloc[[at]])[0]
        problem = f"unknown label {_shown(written)}; known: {_quoted(classes.known)}" if written else "is empty"
        raise _invalid(problem, at, str(column.name))
    return np.array(classes.known, dtype=object)[found]


def _filled(column: pd.Series) -> NDArray[np.object_]:
    written = texts(column)
    if "" in written:
        raise _invalid("is empty", written.index(""), str(column.name))
    return np.array(written, dtype=object)


def _invalid(problem: str, at: int, column: str) -> SubmissionInvalid:
    row = at + HEADER + 1
    return SubmissionInvalid(f"row {row}, column {column!r}: {problem}", row=row, column=column)


def _shown(text: str) -> str:
    return repr(text if len(text) <= LONGEST else f"{text[:LONGEST]}...")


def _quoted(names: Sequence[str]) -> str:
    more = f", ... ({len(names)} in all)" if len(names) > SHOWN else ""
    return ", ".join(map(_shown, names[:SHOWN])) + more
