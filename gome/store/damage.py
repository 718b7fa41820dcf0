"""What a damaged journal still tells: everything before the first message that cannot be read."""

import sqlite3
from collections.abc import Sequence
from typing import Any

import aiosqlite

from gome.errors import JournalDamaged

SHORT = getattr(sqlite3, "SQLITE_IOERR_SHORT_READ", 522)  # the file ends before a page does
SEQS = "SELECT seq, body FROM messages WHERE seq > ? ORDER BY seq LIMIT ?"
OTHERS = ("about", "cursors", "effects", "attempts")  # tables that a run cannot go on without, beside its messages


def is_damage(error: Exception) -> bool:
    """Whether an error of SQLite's is about the file's content, and not about the way to it."""
    code = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF == sqlite3.SQLITE_CORRUPT or code == SHORT


async def page(reader: aiosqlite.Connection, path: object, select: str, after: int, limit: int) -> Sequence[Any]:
    """Return the rows of one page of messages up to the first that is damaged or missing.

    Raises:
        JournalDamaged: that is the very first one.
        sqlite3.Error: the journal cannot be read at all.
    """
    try:
        rows = list(await reader.execute_fetchall(select, (after, limit)))
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        rows = await _one_by_one(reader, select, after, limit)
        if not rows:
            raise JournalDamaged(path, after) from error
    if rows and rows[-1][0] != after + len(rows):  # seqs have no holes
        rows = [row for place, row in enumerate(rows, start=1) if row[0] == after + place]
        if not rows:
            raise JournalDamaged(path, after)
    return rows


async def good(reader: aiosqlite.Connection, path: object) -> int:
    """Return the seq of the last message before which none is damaged or missing."""
    after = 0
    while True:
        try:
            rows = await page(reader, path, SEQS, after, 1000)
        except JournalDamaged:
            return after
        if not rows:
            return after
        after = rows[-1][0]


async def _one_by_one(reader: aiosqlite.Connection, select: str, after: int, limit: int) -> list[Any]:
    rows: list[Any] = []
    while len(rows) < limit:
        try:
            found = list(await reader.execute_fetchall(select, (after + len(rows), 1)))
        except sqlite3.DatabaseError:
            break
        if not found:
            break
        rows += found
    return rows


async def check_others(reader: aiosqlite.Connection, path: object) -> None:
    """Look through the tables beside the messages, which are looked at when they are read.

    Raises:
        JournalDamaged: one of them cannot be read.
    """
    there = [name for (name,) in await reader.execute_fetchall("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    for table in OTHERS:
        if table not in there:
            continue  # an older schema
        try:
            [[verdict]] = await reader.execute_fetchall(f"PRAGMA quick_check({table})")
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
            verdict = str(error)
        if verdict != "ok":
            raise JournalDamaged(path, await good(reader, path), f"its table of {table}: {verdict}")
