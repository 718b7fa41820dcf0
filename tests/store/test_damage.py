"""A journal that is damaged tells what it still can, names the message up to which it is good, and stays as it is."""

import json
import sqlite3

import anyio
import pytest
from store_batches import batch

from gome.cli import main
from gome.errors import JournalDamaged
from gome.journal import Effect
from gome.messages import RunId
from gome.store import open_journal, read_journal
from gome.store.sqlite import PAGE_BYTES

MESSAGES = 1000


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
def path(tmp_path):
    """A journal of a thousand messages on some hundred pages."""
    path = tmp_path / "journal.db"

    async def write():
        async with open_journal(path, RunId("r1"), "0.1") as journal:
            effects = [Effect(f"k{number}", 1.0, None) for number in range(300)]
            await journal.commit(batch(1, MESSAGES, size=700, cursors={("a", "t1"): MESSAGES}, effects=effects))

    anyio.run(write)
    return path


def pages_of(path, table):
    """The numbers of the pages that hold a table's rows, from 0, in the file's order."""
    connection = sqlite3.connect(path)
    try:
        return [n - 1 for (n,) in connection.execute("SELECT pageno FROM dbstat WHERE name = ? ORDER BY 1", (table,))]
    except sqlite3.OperationalError:
        pytest.skip("this SQLite was built without dbstat")
    finally:
        connection.close()


def spoil(path, page):
    with path.open("r+b") as file:
        file.seek(page * PAGE_BYTES)
        file.write(b"\xff" * PAGE_BYTES)


async def read_all(path, limit=300):
    """What can be read, and what is said of the rest."""
    seqs = []
    async with read_journal(path) as journal:
        try:
            while page := await journal.read(seqs[-1] if seqs else 0, limit):
                seqs += [record.seq for record in page]
        except JournalDamaged as error:
            return seqs, error
    return seqs, None


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
@pytest.mark.parametrize("limit", [1, 300, 5000])
async def test_what_comes_before_a_damaged_page_is_read(path, share, limit):
    """All messages before it, in order, whatever the size of a page; then one line with the last good number."""
    pages = pages_of(path, "messages")
    spoil(path, pages[int(share * len(pages))])
    before = path.read_bytes()
    seqs, error = await read_all(path, limit)
    assert seqs == list(range(1, len(seqs) + 1))
    assert 0.1 * MESSAGES < len(seqs) < MESSAGES
    assert error.good == len(seqs)
    assert f"after message {len(seqs)}" in str(error)
    assert "\n" not in str(error)
    assert path.read_bytes() == before


@pytest.mark.parametrize("rest", [PAGE_BYTES, 0, PAGE_BYTES // 3], ids=["one page", "half a file", "part of a page"])
async def test_a_truncated_journal_is_read_up_to_where_it_ends(path, rest):
    """A copy that was cut short: either every message is there, or it is said where they end."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.truncate(size - rest if rest else size // 2)
    before = path.read_bytes()
    try:
        seqs, error = await read_all(path)
    except JournalDamaged as refused:
        seqs, error = [], refused
    assert error is not None or len(seqs) == MESSAGES
    assert seqs == list(range(1, len(seqs) + 1))
    assert path.read_bytes() == before


async def test_a_message_that_is_missing_in_the_middle_is_damage(path):
    """Numbers have no holes: what follows one is not passed off as the run."""
    connection = sqlite3.connect(path)
    connection.execute("DELETE FROM messages WHERE seq = 400")
    connection.commit()
    connection.close()
    seqs, error = await read_all(path)
    assert (len(seqs), error.good) == (399, 399)


@pytest.mark.parametrize("table", ["cursors", "effects"])
async def test_no_run_goes_on_from_a_journal_that_is_damaged(path, table):
    """Opened to be written, it is looked through first; the refusal says where a new run can begin; nothing changes."""
    spoil(path, pages_of(path, table)[-1])
    before = path.read_bytes()
    with pytest.raises(JournalDamaged, match=f"table of {table}.*--branch NEW --from {MESSAGES}") as caught:
        async with open_journal(path, RunId("r1"), "0.1"):
            pass
    assert caught.value.good == MESSAGES
    assert path.read_bytes() == before
    assert len((await read_all(path))[0]) == MESSAGES


@pytest.mark.parametrize("cut", [1, 5000, 60_000])
async def test_a_log_that_was_cut_short_ends_with_a_whole_commit(tmp_path, cut):
    """What was being written when the power failed is as if it had never been begun."""
    path, copy = tmp_path / "journal.db", tmp_path / "copy"
    copy.mkdir()
    async with open_journal(path, RunId("r1"), "0.1") as journal:
        for first in (1, 101, 201):
            await journal.commit(batch(first, 100, size=300, cursors={("a", "t1"): first + 99}))
        for name in ("journal.db", "journal.db-wal"):
            (copy / name).write_bytes((tmp_path / name).read_bytes())
    with (copy / "journal.db-wal").open("r+b") as file:
        file.truncate((copy / "journal.db-wal").stat().st_size - cut)
    async with open_journal(copy / "journal.db", RunId("r1"), "0.1") as journal:
        last = await journal.last()
        assert last in (100, 200)
        assert await journal.cursors() == {("a", "t1"): last}
        await journal.commit(batch(last + 1, 5))
    seqs, error = await read_all(copy / "journal.db")
    assert (len(seqs), error) == (last + 5, None)


def test_the_log_command_shows_what_is_there_and_says_where_it_ends(path, capsys):
    """The good messages on stdout, the line on stderr, exit code 2."""
    pages = pages_of(path, "messages")
    spoil(path, pages[len(pages) // 2])
    assert main(["log", str(path.parent), "--json"]) == 2
    captured = capsys.readouterr()
    seqs = [json.loads(line)["seq"] for line in captured.out.splitlines()]
    assert seqs == list(range(1, len(seqs) + 1))
    assert len(seqs) > 100
    assert f"after message {seqs[-1]}" in captured.err
