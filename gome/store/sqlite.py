"""The journal in SQLite: one file a run, one connection that writes, commits at synchronous=FULL."""

import json
import os
import sqlite3
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import NamedTuple, TypeVar

import aiosqlite
import anyio

from gome.errors import JournalDamaged, RunFolderInvalid, StoreError
from gome.journal import Answer, Batch, Record
from gome.messages import RunId
from gome.store import damage
from gome.store.schema import APPLICATION_ID, HAS_ANSWERS, MIGRATIONS, VERSION
from gome.store.writing import Writer

SELECT = "SELECT seq, at, cause, actor, tag, trace, body FROM messages WHERE seq > ? ORDER BY seq LIMIT ?"
OUTCOMES = """SELECT key, outcome FROM effects
    WHERE key IN (SELECT value FROM json_each(?)) AND outcome IS NOT NULL"""
ANSWERS = """SELECT number, actor, heard, body, trace, after, replies, moments FROM answers
    WHERE number > ? ORDER BY number LIMIT ?"""
PAGE_BYTES = 8192  # messages of 1 KB cost a third less to insert than with SQLite's default of 4096
BUSY_S = 30.0  # that a commit waits for somebody else's lock, such as a backup's, before the run ends
WAL_LIMIT_BYTES = 64 * 2**20  # to which the write-ahead log shrinks after a checkpoint


Opened = TypeVar("Opened", bound=aiosqlite.Connection)


class Course(NamedTuple):
    """How an effect went."""

    key: str
    begun: float  # seconds since the epoch
    ended: float | None
    outcome: str | None  # JSON; None: in doubt
    intent: str | None  # JSON


class SqliteJournal:
    """The journal of one run. Open it with `open_journal` or `read_journal`.

    Only the bus calls `commit`, one call at a time; readers use a connection of their own.
    """

    def __init__(
        self,
        run: RunId,
        path: Path,
        writer: Writer | None,
        reader: aiosqlite.Connection,
        schema: int = VERSION,
    ) -> None:
        self.run, self._path = run, path
        self.schema = schema  # version of its tables; below VERSION only where it is opened for reading
        self._writer, self._reader = writer, reader

    async def commit(self, batch: Batch, /) -> None:
        """Write all of the batch or nothing; on return it survives a loss of power."""
        assert self._writer is not None, "a journal opened for reading"
        try:
            await self._writer.write(batch)
        except (sqlite3.Error, ValueError) as error:  # ValueError: the connection is closed
            raise StoreError(f"cannot write the journal: {error}") from error

    async def read(self, after: int, limit: int, /) -> Sequence[Record]:
        """Return up to `limit` records with seq > after, in order; fewer where the next one is damaged.

        Raises:
            JournalDamaged: the first of them is damaged, or missing.
            StoreError: the journal cannot be read.
        """
        try:
            rows = await damage.page(self._reader, self._path, SELECT, after, limit)
        except (sqlite3.Error, ValueError) as error:
            raise StoreError(f"cannot read the journal: {error}") from error
        return [Record(*row) for row in rows]

    async def check(self) -> None:
        """Look through all but the messages, which are looked at when they are read.

        Raises:
            JournalDamaged: a table cannot be read.
        """
        await damage.check_others(self._reader, self._path)

    @property
    def has_answers(self) -> bool:
        """Whether it says how answers came about."""
        return self.schema >= HAS_ANSWERS

    async def cursors(self) -> dict[tuple[str, str], int]:
        """Return the seq of the last message that each actor answered in each trace."""
        rows = await self._reader.execute_fetchall("SELECT actor, trace, seq FROM cursors")
        return {(actor, trace): seq for actor, trace, seq in rows}

    async def effects(self) -> dict[str, str | None]:
        """Return all effects: the outcome as JSON, or None where it is in doubt."""
        rows = await self._reader.execute_fetchall("SELECT key, outcome FROM effects")
        return {key: outcome for key, outcome in rows}  # noqa: C416 - rows are not tuples for mypy

    async def outcome(self, key: str) -> str | None:
        """Return an effect's outcome as JSON; None where it has none, or was never begun."""
        rows = list(await self._reader.execute_fetchall("SELECT outcome FROM effects WHERE key = ?", (key,)))
        return rows[0][0] if rows else None

    async def outcomes(self, keys: Sequence[str]) -> dict[str, str]:
        """Return the outcomes of those of these effects that have one, by key: one query, however many they are."""
        rows = await self._reader.execute_fetchall(OUTCOMES, (json.dumps(keys),)) if keys else ()
        return {key: outcome for key, outcome in rows}  # noqa: C416 - rows are not tuples for mypy

    async def in_doubt(self) -> dict[str, str | None]:
        """Return the effects that were begun and are not known to have ended: their keys, and their intents as JSON."""
        rows = await self._reader.execute_fetchall("SELECT key, intent FROM effects WHERE outcome IS NULL")
        return {key: intent for key, intent in rows}  # noqa: C416 - rows are not tuples for mypy

    async def attempts(self) -> dict[tuple[str, str], tuple[int, int]]:
        """Return what each actor was last tried with again in each trace: the message's seq, and how often."""
        rows = await self._reader.execute_fetchall("SELECT actor, trace, seq, count FROM attempts")
        return {(actor, trace): (seq, count) for actor, trace, seq, count in rows}

    async def answers(self, after: int, limit: int, /) -> Sequence[tuple[int, Answer]]:
        """Return up to `limit` answers with a number > after, each with its number, in the order they were given."""
        rows = await self._reader.execute_fetchall(ANSWERS, (after, limit))
        return [(row[0], Answer(*row[1:])) for row in rows]

    async def courses(self) -> Sequence[Course]:
        """Return how all effects went."""
        rows = await self._reader.execute_fetchall("SELECT key, begun, ended, outcome, intent FROM effects")
        return [Course(*row) for row in rows]

    async def about(self, name: str) -> str | None:
        """Return what the journal was told of its run when it was made; None where it was not."""
        rows = list(await self._reader.execute_fetchall("SELECT value FROM about WHERE name = ?", (name,)))
        return rows[0][0] if rows else None

    async def last(self) -> int:
        """Return the seq of the newest message; 0 in an empty journal."""
        rows = list(await self._reader.execute_fetchall("SELECT coalesce(max(seq), 0) FROM messages"))
        return int(rows[0][0])


@asynccontextmanager
async def open_journal(
    path: Path, run: RunId, version: str, about: Mapping[str, str] | None = None
) -> AsyncIterator[SqliteJournal]:
    """Open a journal for its one writer, creating or migrating it first. One that is there is looked at before.

    Args:
        path: of the file.
        run: its name, if the journal is new.
        version: of gome, if it is.
        about: what else a new one is to know, by name.

    Raises:
        RunFolderInvalid: the file is no journal, is newer than this gome, or is damaged; it is left as it is.
        StoreError: it cannot be opened for writing.
    """
    if path.is_file() and path.stat().st_size:
        async with read_journal(path) as there:
            await there.check()
    try:
        async with _closing(Writer(path, BUSY_S)) as writer:
            await _prepare(writer, {"run": run, "created_by": version, **(about or {})})
            async with _closing(_readonly(path)) as reader:
                name = await _name(reader)
                yield SqliteJournal(name, path, writer, reader)
            # Readers may still have it open, so closing does not checkpoint: the file itself must be whole.
            with anyio.CancelScope(shield=True), suppress(sqlite3.Error):
                await writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error as error:
        raise StoreError(f"cannot open the journal {path}: {error}") from error


@asynccontextmanager
async def read_journal(path: Path) -> AsyncIterator[SqliteJournal]:
    """Open a journal to read; its writer may be at work. One of an older schema is read as it is.

    Raises:
        RunFolderInvalid: there is no journal, or it cannot be read by this gome.
    """
    if not path.is_file():
        raise RunFolderInvalid(f"{path.parent} holds no run: there is no {path.name} in it")
    try:
        async with _closing(_readonly(path)) as reader:
            found, theirs = await _pragma(reader, "user_version"), await _pragma(reader, "application_id")
            if theirs != APPLICATION_ID:
                raise RunFolderInvalid(f"{path} is not a journal of gome")
            if found > VERSION:
                raise RunFolderInvalid(
                    f"{path} was written by a newer gome (schema {found}, this one knows {VERSION}): "
                    "use that gome; the file was left as it is"
                )
            yield SqliteJournal(await _name(reader), path, None, reader, found)
    except sqlite3.Error as error:
        if damage.is_damage(error):
            raise JournalDamaged(path, None, str(error)) from error
        raise RunFolderInvalid(f"{path} cannot be read as a journal: {error}") from error


@asynccontextmanager
async def _closing(connection: Opened) -> AsyncIterator[Opened]:
    """Open and close a connection, both shielded: aiosqlite's thread must not outlive the loop it answers to."""
    with anyio.CancelScope(shield=True):
        await connection
    try:
        yield connection
    finally:
        with anyio.CancelScope(shield=True):
            await connection.close()


def _readonly(path: Path) -> aiosqlite.Connection:
    """Return a connection that cannot write, also to a journal on a disk where nothing can be written."""
    beside = path.with_name(f"{path.name}-wal")  # then SQLite needs a place for its index
    still = not os.access(path.parent, os.W_OK) and not beside.exists()
    mode = "immutable=1" if still else "mode=ro"
    return aiosqlite.connect(f"{path.resolve().as_uri()}?{mode}", uri=True, isolation_level=None)


async def _pragma(connection: aiosqlite.Connection, name: str) -> int:
    rows = list(await connection.execute_fetchall(f"PRAGMA {name}"))
    return int(rows[0][0])


async def _name(connection: aiosqlite.Connection) -> RunId:
    rows = list(await connection.execute_fetchall("SELECT value FROM about WHERE name = 'run'"))
    return RunId(rows[0][0])


async def _prepare(writer: aiosqlite.Connection, about: Mapping[str, str]) -> None:
    await writer.execute(f"PRAGMA page_size = {PAGE_BYTES}")
    await writer.execute("PRAGMA journal_mode = WAL")
    await writer.execute("PRAGMA synchronous = FULL")
    await writer.execute(f"PRAGMA journal_size_limit = {WAL_LIMIT_BYTES}")
    found = await _pragma(writer, "user_version")
    await writer.execute("BEGIN IMMEDIATE")
    for migration in MIGRATIONS[found:]:
        for statement in migration:
            await writer.execute(statement)
    if not found:
        await writer.executemany("INSERT INTO about (name, value) VALUES (?, ?)", list(about.items()))
    await writer.execute(f"PRAGMA user_version = {VERSION}")
    await writer.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    await writer.commit()
