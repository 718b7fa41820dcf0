"""Tables: delimited text or Parquet, read into pandas, with one clear line for each way that can fail."""

import codecs
import csv
import gzip
import io
import json
import re
import zipfile
from collections import Counter
from pathlib import Path
from typing import IO, Any, cast

import msgspec
import pandas as pd
from pandas.errors import EmptyDataError, ParserError

from gome.errors import TaskInvalid

SUFFIXES = (".csv", ".tsv", ".csv.gz", ".tsv.gz", ".csv.zip", ".tsv.zip", ".zip", ".parquet", ".json", ".jsonl")
_HEAD = 65536  # bytes; enough for the header of any table that has fewer than some thousand columns
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class Tables(msgspec.Struct, frozen=True, kw_only=True):
    """The tables of one task, cleaned: rows without a label are gone, labels have their own type."""

    train: pd.DataFrame
    test: pd.DataFrame | None
    sample: pd.DataFrame | None


def suffix_of(name: str) -> str:
    """The longest table suffix that `name` ends with, in lower case; empty when it is not a table."""
    return max((suffix for suffix in SUFFIXES if name.lower().endswith(suffix)), key=len, default="")


def read_table(path: Path, *, encoding: str = "utf-8", id_column: str | None = None) -> pd.DataFrame:
    """The table in `path`, at least one row; pandas chooses the column types.

    Text is UTF-8 (a BOM is fine) unless `encoding` says otherwise: an encoding is never guessed. Commas,
    semicolons (with decimal commas), tabs and bars separate. Ids that a number would misspell, such as
    007, stay text.

    Raises:
        TaskInvalid: unreadable, empty, header only, undecodable, ragged, or a column name used twice.
    """
    if not path.is_file():
        raise TaskInvalid(f"{path}: no such file")
    try:
        read = _READERS.get(suffix_of(path.name))
        table = _delimited(path, encoding, id_column) if read is None else read(path)
    except (OSError, EOFError, zipfile.BadZipFile, gzip.BadGzipFile) as error:
        raise TaskInvalid(f"{path}: cannot be read: {error}") from error
    if table.empty:
        raise TaskInvalid(f"{path}: has a header but no rows")
    return table


def read_header(path: Path, *, encoding: str = "utf-8") -> tuple[str, ...]:
    """Column names alone; cheap for delimited text. Raises TaskInvalid as `read_table` does."""
    if (read := _READERS.get(suffix_of(path.name))) is not None:
        return tuple(map(str, read(path).columns))
    try:
        return _layout(path, encoding)[1]
    except (OSError, EOFError, zipfile.BadZipFile, gzip.BadGzipFile) as error:
        raise TaskInvalid(f"{path}: cannot be read: {error}") from error


def label_text(labels: pd.Series) -> pd.Series:
    """Labels as the text used in `Task.classes`: 1.0 and 1 are both "1", missing stays missing."""
    if pd.api.types.is_bool_dtype(labels) or not pd.api.types.is_numeric_dtype(labels):
        return labels.map(str, na_action="ignore")
    return labels.map(lambda value: str(int(value)) if float(value).is_integer() else str(value), na_action="ignore")


def tidy_labels(labels: pd.Series) -> pd.Series:
    """Labels without missing ones, in their own type: whole floats become integers, True/False become bool."""
    kept = labels.dropna().infer_objects()
    if pd.api.types.is_float_dtype(kept) and labels.isna().any() and (kept % 1 == 0).all():
        return kept.astype("int64")
    return kept


def _delimited(path: Path, encoding: str, id_column: str | None) -> pd.DataFrame:
    separator, header = _layout(path, encoding)
    repeated = [name for name, times in Counter(header).items() if times > 1 and name]
    if repeated:
        raise TaskInvalid(f"{path}: column name {repeated[0]!r} is used twice; rename one")
    table = _parse(path, encoding, separator, decimal=".")
    if separator == ";" and any(_decimal_commas(table[name]) for name in table.columns):
        table = _parse(path, encoding, separator, decimal=",")
    if id_column in table.columns and pd.api.types.is_numeric_dtype(table[id_column]):
        spelled = _parse(path, encoding, separator, usecols=[id_column], dtype=str)[id_column]
        if (spelled.dropna() != table[id_column].dropna().map(str)).any():
            table[id_column] = spelled
    return table


def _parse(path: Path, encoding: str, separator: str, **options: Any) -> pd.DataFrame:
    """`pandas.read_csv`, its complaints told in one line."""
    try:
        with _open(path) as stream:
            table: pd.DataFrame = pd.read_csv(
                cast(Any, stream),
                sep=separator,
                encoding="utf-8-sig" if _is_utf8(encoding) else encoding,
                low_memory=False,  # one type a column, whatever the number of rows
                **options,
            )
    except UnicodeDecodeError as error:
        raise _undecodable(path, encoding) from error
    except EmptyDataError as error:
        raise TaskInvalid(f"{path}: is empty") from error
    except ParserError as error:
        raise TaskInvalid(
            f"{path}: not a table: {str(error).strip().removeprefix('Error tokenizing data. ')}"
        ) from error
    if not isinstance(table.index, pd.RangeIndex):
        raise TaskInvalid(f"{path}: rows have more fields than the header names; name every column")
    return table


def _layout(path: Path, encoding: str) -> tuple[str, tuple[str, ...]]:
    """The separator and the header of a delimited file."""
    with _open(path) as stream:
        head = stream.read(_HEAD)
    if not head.strip():
        raise TaskInvalid(f"{path}: is empty")
    if _is_utf8(encoding) and (head.startswith(_UTF16) or b"\0" in head):
        raise _undecodable(path, encoding)
    try:
        decoder = codecs.getincrementaldecoder("utf-8-sig" if _is_utf8(encoding) else encoding)()
        text = decoder.decode(head)
    except LookupError as error:
        raise TaskInvalid(f"{path}: unknown encoding {encoding!r}; use a name such as 'latin-1'") from error
    except UnicodeDecodeError as error:
        raise _undecodable(path, encoding) from error
    lines = text.lstrip("\r\n").splitlines()
    bare = re.sub(r'"[^"]*"', "", lines[0])
    tabs = suffix_of(path.name).startswith(".tsv")
    separator = "\t" if tabs else max(",;\t|", key=bare.count)  # the first of equals: a comma
    return separator, tuple(next(csv.reader(io.StringIO("\n".join(lines)), delimiter=separator)))


def _open(path: Path) -> IO[bytes]:
    """The bytes of a file; of the only table inside, where it is an archive."""
    suffix = suffix_of(path.name)
    if suffix.endswith(".gz"):
        return cast(IO[bytes], gzip.open(path, "rb"))
    if not suffix.endswith(".zip"):
        return path.open("rb")
    with zipfile.ZipFile(path) as archive:
        inside = [name for name in archive.namelist() if not name.startswith("__MACOSX") and not name.endswith("/")]
        if len(inside) != 1 or suffix_of(inside[0]) not in {".csv", ".tsv"}:
            raise TaskInvalid(f"{path}: must hold exactly one .csv or .tsv file, holds {len(inside)} files; unpack it")
        return archive.open(inside[0])  # keeps the archive's file open by itself


def _parquet(path: Path) -> pd.DataFrame:
    try:
        table: pd.DataFrame = pd.read_parquet(path)
    except ImportError as error:
        raise TaskInvalid(
            f"{path}: reading Parquet needs pyarrow: pip install pyarrow, or convert it to CSV"
        ) from error
    except ValueError as error:  # pyarrow's complaints about the file are ValueErrors
        raise TaskInvalid(f"{path}: not a Parquet file: {str(error).splitlines()[0]}") from error
    table = table.reset_index(drop=isinstance(table.index, pd.RangeIndex))
    table.columns = table.columns.map(str)
    return table


def _json(path: Path) -> pd.DataFrame:
    """Rows as objects: a list of them, or one a line. Lists and objects in cells stay JSON."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        lines = suffix_of(path.name) == ".jsonl"
        rows = [json.loads(line) for line in text.splitlines() if line.strip()] if lines else json.loads(text)
    except ValueError as error:
        raise TaskInvalid(f"{path}: not a table: {error}") from error
    if not (isinstance(rows, list) and all(isinstance(row, dict) for row in rows)):
        raise TaskInvalid(f"{path}: not a table: rows must be a list of objects")
    plain = [{k: json.dumps(v) if isinstance(v, list | dict) else v for k, v in row.items()} for row in rows]
    return pd.DataFrame(plain)


_READERS = {".parquet": _parquet, ".json": _json, ".jsonl": _json}


def _decimal_commas(column: pd.Series) -> bool:
    if pd.api.types.is_numeric_dtype(column):
        return False
    texts = column.dropna().map(str)
    numbers = texts.str.fullmatch(r"\s*-?\d+(,\d+)?\s*")
    return len(texts) > 0 and bool(numbers.all()) and bool(texts.str.contains(",").any())


def _undecodable(path: Path, encoding: str) -> TaskInvalid:
    where = ""
    with _open(path) as stream:
        if stream.read(2) in _UTF16:
            where = " (it looks like UTF-16)"
        else:
            stream.seek(0)
            for number, line in enumerate(stream, 1):
                try:
                    line.decode(encoding)
                except UnicodeDecodeError as error:
                    where = f" (line {number}, byte 0x{error.object[error.start]:02x})"
                    break
    return TaskInvalid(
        f"{path}: is not {encoding.upper()} text{where}; convert it, "
        "or say its encoding in task.toml: [files] encoding = 'latin-1'"
    )


def _is_utf8(encoding: str) -> bool:
    return encoding.lower().replace("_", "-") in {"utf-8", "utf8", "utf-8-sig"}
