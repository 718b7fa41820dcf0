"""A solution as a notebook: the same program, cell by cell, under a page that says what it is."""

import ast
from collections.abc import Iterable
from itertools import groupby
from typing import Any

from gome.errors import SettingInvalid


def notebook(code: str, title: str, lines: Iterable[str]) -> str:
    """Return a program as a notebook, as JSON in nbformat 4.

    Args:
        code: of the program; one that cannot be parsed becomes one cell.
        title: of the page.
        lines: paragraphs below it, as Markdown.

    Raises:
        SettingInvalid: nbformat is not installed.
    """
    try:
        import nbformat
    except ImportError as error:
        raise SettingInvalid("a notebook needs nbformat: pip install 'gome[notebook]'") from error
    make: Any = nbformat.v4
    made = make.new_notebook(
        cells=[
            make.new_markdown_cell("\n\n".join((f"# {title}", *lines)), id="about"),
            *(make.new_code_cell(part, id=f"code-{number}") for number, part in enumerate(cells(code))),
        ],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )
    nbformat.validate(made)
    return f"{make.writes(made)}\n"


def cells(code: str) -> list[str]:
    """Return a program in parts: imports together, each function and class alone, and what stands between them.

    Joined by line ends, they are the program.
    """
    try:
        statements = ast.parse(code).body
    except SyntaxError:
        return [code]
    lines = code.splitlines()
    ends = [_end(group) for _, group in groupby(enumerate(statements), key=lambda item: _kind(*item))]
    starts = [0, *ends[:-1]]
    parts = ["\n".join(lines[start:end]) for start, end in zip(starts, [*ends[:-1], len(lines)], strict=True)]
    return [part.strip("\n") for part in parts if part.strip()]


def _kind(place: int, statement: ast.stmt) -> object:
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return "imports"
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return place  # alone
    return "statements"


def _end(group: Iterable[tuple[int, ast.stmt]]) -> int:
    """Return the line after a group of statements, from 0."""
    *_, (_, last) = group
    assert last.end_lineno is not None, "parsed from text"
    return last.end_lineno
