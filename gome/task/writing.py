"""Writing: plain CSV files for solutions; rows of a file that is plain already are copied as they are spelled."""

import re
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from gome.task.split import Rows
from gome.task.tables import suffix_of

Lines = list[bytes]  # the header, then one line a row, without line ends


def plain_lines(path: Path, columns: Sequence[str], rows: int) -> Lines | None:
    """The lines of a table that needs no rewriting; None where it does, or where rows were left out.

    Formatting numbers takes some ten times as long as copying them.
    """
    if suffix_of(path.name) != ".csv":
        return None
    raw = path.read_bytes()
    if b'"' in raw or b"\r" in raw:  # cells may span lines
        return None
    lines = raw.removesuffix(b"\n").split(b"\n")
    if len(lines) != rows + 1 or lines[0] != ",".join(columns).encode() or not _utf8(raw):
        return None
    return lines


def write_rows(path: Path, table: pd.DataFrame, lines: Lines | None, positions: Rows) -> None:
    """Write some rows of a table, as UTF-8 with commas."""
    if lines is None:
        write_table(path, table.iloc[positions])
        return
    with path.open("wb") as stream:
        stream.write(lines[0] + b"\n")
        stream.writelines(lines[position + 1] + b"\n" for position in positions)


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write a table, as UTF-8 with commas.

    Carriage returns in cells become line feeds: before Python 3.13 csv does not quote them, and a row would break.
    """
    texts = [name for name in table.columns if not pd.api.types.is_numeric_dtype(table[name])]
    broken = [name for name in texts if table[name].map(str).str.contains("\r", regex=False).any()]
    table.assign(**{name: table[name].map(_unreturned) for name in broken}).to_csv(
        path, index=False, lineterminator="\n"
    )


def _unreturned(value: object) -> object:
    return re.sub("\r\n?", "\n", value) if isinstance(value, str) else value


def _utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
