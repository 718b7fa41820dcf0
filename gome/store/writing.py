"""One batch is one transaction, written in one call into the thread that owns the connection.

A call costs about a tenth of a millisecond; a commit on a good disk does not cost more.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import chain
from pathlib import Path

import aiosqlite

from gome.journal import Batch, Record

INSERT = "INSERT INTO messages (seq, at, cause, actor, tag, trace, body) VALUES "
ROW = "(?, ?, ?, ?, ?, ?, ?)"
CHUNKS = (128, 16, 1)  # rows a statement: sqlite3 gives up the interpreter's lock once a statement, not once a row
ADVANCE = "INSERT INTO cursors (actor, trace, seq) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET seq = excluded.seq"
ANSWER = "INSERT INTO answers (actor, heard, body, trace, after, replies, moments) VALUES (?, ?, ?, ?, ?, ?, ?)"
ATTEMPT = """INSERT INTO attempts (actor, trace, seq, count) VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET seq = excluded.seq, count = excluded.count"""
BEGIN_EFFECT = """INSERT INTO effects (key, begun, intent) VALUES (?, ?, ?)
    ON CONFLICT DO UPDATE SET begun = excluded.begun, intent = excluded.intent"""
END_EFFECT = "UPDATE effects SET ended = ?, outcome = ? WHERE key = ?"


class Writer(aiosqlite.Connection):
    """The connection that writes."""

    def __init__(self, path: Path, timeout_s: float) -> None:
        super().__init__(lambda: sqlite3.connect(path, timeout=timeout_s), 64)

    async def write(self, batch: Batch) -> None:
        """Write all of a batch or nothing.

        Raises:
            sqlite3.Error, ValueError: it could not be written, or the connection is closed.
        """
        await self._execute(_write, self._conn, batch)  # type: ignore[no-untyped-call]


def _write(connection: sqlite3.Connection, batch: Batch) -> None:
    try:
        for size, chunks in _chunked(batch.records):
            connection.executemany(INSERT + ", ".join([ROW] * size), chunks)
        if batch.cursors:
            connection.executemany(ADVANCE, [(actor, trace, seq) for (actor, trace), seq in batch.cursors.items()])
        if batch.answers:
            connection.executemany(ANSWER, batch.answers)
        if batch.attempts:
            tried = [(actor, trace, *attempt) for (actor, trace), attempt in batch.attempts.items()]
            connection.executemany(ATTEMPT, tried)
        for effect in batch.effects:
            if effect.outcome is None:
                connection.execute(BEGIN_EFFECT, (effect.key, effect.at, effect.intent))
            else:
                connection.execute(END_EFFECT, (effect.at, effect.outcome, effect.key))
        connection.commit()
    except (sqlite3.Error, ValueError):
        with suppress(sqlite3.Error, ValueError):
            connection.rollback()
        raise


def _chunked(records: Sequence[Record]) -> Iterator[tuple[int, list[list[object]]]]:
    """Yield (rows a statement, parameters of each statement), until every record has its place."""
    begin = 0
    for size in CHUNKS:
        end = begin + (len(records) - begin) // size * size
        if end > begin:
            yield size, [list(chain.from_iterable(records[at : at + size])) for at in range(begin, end, size)]
        begin = end
