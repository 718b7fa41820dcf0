"""The journal on disk: all of a batch or nothing, one writer, readable by anyone at any time."""

import sqlite3

import anyio
import pytest

from gome.errors import RunFolderInvalid, StoreError
from gome.journal import Batch, Effect, Record
from gome.messages import RunId
from gome.store import open_journal, read_journal
from gome.store.schema import APPLICATION_ID, VERSION


@pytest.fixture
def anyio_backend():
    """The store runs on asyncio alone: aiosqlite does."""
    return "asyncio"


def batch(first=1, count=1, *, cursors=None, effects=()):
    made = Batch()
    made.records = [
        Record(seq, 1.5, seq - 1 or None, "a", "t/x", "t1", f'{{"n":{seq}}}') for seq in range(first, first + count)
    ]
    made.cursors = dict(cursors or {})
    made.effects = list(effects)
    return made


@pytest.mark.parametrize("count", [1, 15, 16, 127, 128, 129, 500])
async def test_what_was_committed_is_read_back_in_order(tmp_path, count):
    """Whatever the size of a batch, its rows come back as they were, a page at a time."""
    async with open_journal(tmp_path / "journal.db", RunId("r1"), "0.1") as journal:
        written = batch(count=count)
        await journal.commit(written)
        assert await journal.read(0, 10_000) == written.records
        assert await journal.read(count - 1, 10) == written.records[-1:]
        assert await journal.last() == count


async def test_a_message_its_acknowledgement_and_effects_are_one_transaction(tmp_path):
    """A batch of which one row is refused leaves nothing behind, neither rows nor cursors."""
    path = tmp_path / "journal.db"
    async with open_journal(path, RunId("r1"), "0.1") as journal:
        await journal.commit(batch(1, 3, cursors={("reasoner", "t1"): 2}, effects=[Effect("trial/1", 1.0, None)]))
        with pytest.raises(StoreError, match="UNIQUE"):
            await journal.commit(batch(3, 200, cursors={("reasoner", "t1"): 150}))
    async with read_journal(path) as journal:
        assert await journal.last() == 3
        assert await journal.cursors() == {("reasoner", "t1"): 2}
        assert await journal.effects() == {"trial/1": None}


async def test_cursors_and_effects_move_on(tmp_path):
    """A cursor keeps its newest value; an effect its outcome."""
    path = tmp_path / "journal.db"
    async with open_journal(path, RunId("r1"), "0.1") as journal:
        await journal.commit(batch(1, cursors={("a", ""): 1, ("a", "t1"): 1}, effects=[Effect("k", 1.0, None)]))
        await journal.commit(batch(2, cursors={("a", "t1"): 2}, effects=[Effect("k", 2.0, '{"score":1}')]))
        assert await journal.cursors() == {("a", ""): 1, ("a", "t1"): 2}
        assert await journal.effects() == {"k": '{"score":1}'}


async def test_readers_see_commits_while_the_writer_is_at_work(tmp_path):
    """A reader with a connection of its own needs no lock and holds up nobody."""
    path = tmp_path / "journal.db"
    async with open_journal(path, RunId("r1"), "0.1") as journal:
        await journal.commit(batch(1))
        async with read_journal(path) as reader:
            assert reader.run == "r1"
            await journal.commit(batch(2))
            assert await reader.last() == 2


async def test_a_journal_is_opened_again_and_keeps_its_run(tmp_path):
    """Its name is the first one it was given."""
    path = tmp_path / "journal.db"
    async with open_journal(path, RunId("first"), "0.1") as journal:
        await journal.commit(batch(1, 2))
    async with open_journal(path, RunId("other"), "0.2") as journal:
        assert journal.run == "first"
        await journal.commit(batch(3))
        assert await journal.last() == 3


def test_the_file_says_what_it_is_and_can_be_read_with_sqlite_alone(tmp_path):
    """Application id, schema version, FULL commits and JSON bodies: what someone needs in five years."""
    path = tmp_path / "journal.db"

    async def write():
        async with open_journal(path, RunId("r1"), "0.1") as journal:
            await journal.commit(batch(1, 3))
            assert journal._writer is not None
            assert await journal._writer.execute_fetchall("PRAGMA synchronous") == [(2,)]

    anyio.run(write)
    plain = sqlite3.connect(path)
    assert plain.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    assert plain.execute("PRAGMA user_version").fetchone() == (VERSION,)
    assert plain.execute("SELECT json_extract(body, '$.n') FROM messages").fetchall() == [(1,), (2,), (3,)]
    plain.close()


async def test_what_is_no_journal_is_refused(tmp_path):
    """Another program's database, a text file, nothing at all, a journal of a newer gome."""
    other = tmp_path / "other.db"
    plain = sqlite3.connect(other)
    plain.execute("CREATE TABLE t (x)")
    plain.commit()
    plain.close()
    text = tmp_path / "text.db"
    text.write_text("hello " * 500)
    newer = tmp_path / "newer.db"
    async with open_journal(newer, RunId("r"), "9"):
        pass
    plain = sqlite3.connect(newer)
    plain.execute(f"PRAGMA user_version = {VERSION + 1}")
    plain.close()
    for path, words in [(other, "not a journal"), (text, "journal"), (newer, "newer gome")]:
        before = path.read_bytes()
        with pytest.raises(RunFolderInvalid, match=words):
            async with open_journal(path, RunId("r"), "0.1"):
                pass
        with pytest.raises(RunFolderInvalid, match=words):
            async with read_journal(path):
                pass
        assert path.read_bytes() == before
    with pytest.raises(RunFolderInvalid, match="holds no run"):
        async with read_journal(tmp_path / "missing.db"):
            pass
