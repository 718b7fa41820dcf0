"""Journals of every schema that was released stay readable, and are brought up to date when they are written to."""

import gzip
import json
import sqlite3
from pathlib import Path

import anyio
import pytest
from store_batches import batch

from gome.cli import main
from gome.errors import RunFolderInvalid, StoreError
from gome.messages import RunId
from gome.store import open_journal, read_journal, schema
from gome.store.schema import MIGRATIONS, VERSION

GOLDEN = sorted((Path(__file__).parent / "golden").glob("schema-*.db.gz"))  # one real run each, by the gome of then


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture(params=GOLDEN, ids=lambda path: path.name.partition(".")[0])
def golden(request, tmp_path):
    """The folder of a run of an earlier gome."""
    (tmp_path / "journal.db").write_bytes(gzip.decompress(request.param.read_bytes()))
    return tmp_path


def tables(path):
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name").fetchall()
    connection.close()
    return rows


def test_every_released_schema_has_its_golden_run():
    """A schema that is not the newest is released."""
    assert {path.name for path in GOLDEN} >= {f"schema-{version}.db.gz" for version in range(1, VERSION)}


def test_an_old_run_is_read_as_it_is(golden, capsys):
    """Every message is understood by the gome of today; the file is not touched."""
    before = (golden / "journal.db").read_bytes()
    assert main(["log", str(golden), "--json"]) == 0
    messages = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [message["seq"] for message in messages] == list(range(1, len(messages) + 1))
    assert messages[0]["message"]["type"] == "run.started"
    assert messages[-1]["message"]["type"] == "run.finished"
    assert main(["log", str(golden)]) == 0
    told = capsys.readouterr().out
    assert "{" not in told, "a message that today's gome cannot decode is shown as JSON"
    assert (golden / "journal.db").read_bytes() == before


async def test_an_old_run_is_brought_up_to_date_when_it_goes_on(golden, tmp_path_factory):
    """All migrations, in order, in one transaction; what was recorded is what it was; then it takes new commits."""
    path = golden / "journal.db"
    connection = sqlite3.connect(path)
    old = connection.execute("SELECT seq, at, cause, actor, tag, trace, body FROM messages ORDER BY seq").fetchall()
    effects = connection.execute("SELECT key, outcome FROM effects ORDER BY key").fetchall()
    connection.close()
    async with open_journal(path, RunId("other"), "9.9") as journal:
        assert [tuple(record) for record in await journal.read(0, 10_000)] == old
        assert sorted((await journal.effects()).items()) == effects
        await journal.commit(batch(len(old) + 1, 2))
    async with read_journal(path) as journal:
        assert journal.schema == VERSION
        assert await journal.last() == len(old) + 2
    fresh = tmp_path_factory.mktemp("fresh") / "journal.db"
    async with open_journal(fresh, RunId("r"), "0.1"):
        pass
    assert tables(path) == tables(fresh)


async def test_a_migration_that_fails_leaves_the_old_journal(golden, monkeypatch):
    """All of it or nothing: a journal is never half of one schema and half of another."""
    path = golden / "journal.db"
    before = tables(path)
    monkeypatch.setattr("gome.store.sqlite.MIGRATIONS", (*MIGRATIONS, ("CREATE TABLE extra (x)", "NO SUCH STATEMENT")))
    monkeypatch.setattr("gome.store.sqlite.VERSION", VERSION + 1)
    with pytest.raises(StoreError):
        async with open_journal(path, RunId("r"), "0.1"):
            pass
    assert tables(path) == before
    monkeypatch.undo()
    async with open_journal(path, RunId("r"), "0.1") as journal:
        assert await journal.last() > 10


async def test_a_newer_journal_is_refused_and_left_alone(golden):
    """One clear line that names both schemas; not a byte is changed."""
    path = golden / "journal.db"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(f"PRAGMA user_version = {VERSION + 3}")
    connection.close()
    before = path.read_bytes()
    for opened in (open_journal(path, RunId("r"), "0.1"), read_journal(path)):
        with pytest.raises(RunFolderInvalid, match=rf"newer gome \(schema {VERSION + 3}, this one knows {VERSION}\)"):
            async with opened:
                pass
    assert path.read_bytes() == before


def test_migrations_only_ever_add():
    """None drops or edits what was recorded."""
    for migration in schema.MIGRATIONS:
        for statement in migration:
            assert statement.split()[0] in ("CREATE", "ALTER")
            assert "DROP" not in statement.upper().split()


def test_only_one_connection_writes_and_the_log_stays_small(tmp_path):
    """The others cannot write; what a checkpoint leaves of the write-ahead log is bounded."""
    path = tmp_path / "journal.db"

    async def work():
        async with open_journal(path, RunId("r1"), "0.1") as journal:
            await journal.commit(batch(1, 10))
            assert await journal._writer.execute_fetchall("PRAGMA journal_size_limit") == [(64 * 2**20,)]
            with pytest.raises(sqlite3.OperationalError, match="readonly"):
                await journal._reader.execute_fetchall("DELETE FROM messages")
            async with read_journal(path) as other:
                with pytest.raises(sqlite3.OperationalError, match="readonly"):
                    await other._reader.execute_fetchall("DELETE FROM messages")

    anyio.run(work)
    assert not path.with_name("journal.db-wal").exists() or path.with_name("journal.db-wal").stat().st_size == 0
