"""Rows that are files: what a script reads of them becomes columns, and the rest of it deals with columns as ever."""

from importlib.resources import files
from string import Template

from gome.expert.printer import Imports, quoted
from gome.messages import Column, RowFiles

DOCUMENT = "document"  # column of a text file's content
PIXELS = 16  # a side of the picture that is looked at
FIRST_PIXEL = "pixel_0"  # the columns of a picture are as many as a script makes; this one stands for all


def read_from(row_files: RowFiles | None, *, pictures: bool) -> tuple[Column, ...]:
    """Return the columns that scripts read from the rows' files, as the expert thinks of them."""
    if row_files is None:
        return ()
    if row_files.kind == "text":
        return (Column(name=DOCUMENT, kind="text", missing=0.0, distinct=2),)
    if row_files.kind == "image" and pictures:
        return (Column(name=FIRST_PIXEL, kind="numeric", missing=0.0, distinct=2, skew=0.0),)
    return (Column(name="bytes", kind="numeric", missing=0.0, distinct=2, skew=0.0),)


def reading_code(row_files: RowFiles, imports: Imports, *, pictures: bool) -> str:
    """Source of `contents(table, pattern)`: the table with the columns read from its rows' files."""
    imports.name("pathlib", "Path")
    name = "sizes"
    if row_files.kind == "text":
        name = "documents"
    elif row_files.kind == "image" and pictures:
        name = "pictures"
        imports.name("concurrent.futures", "ThreadPoolExecutor")
        imports.name("PIL", "Image")
    text = files("gome.expert").joinpath("templates", f"{name}.py.txt").read_text(encoding="utf-8")
    return Template(text).substitute(column=quoted(row_files.column), side=PIXELS).strip("\n")


def reading_lines(row_files: RowFiles) -> list[str]:
    """Statements that add the columns to `train` and `test`."""
    sides = (("train", row_files.train), ("test", row_files.test))
    pairs = (
        (table, f"input/{folder + '/' if folder else ''}{row_files.beginning}{{}}{row_files.ending}")
        for table, folder in sides
    )
    return [f"{table} = contents({table}, {quoted(pattern)})" for table, pattern in pairs]
