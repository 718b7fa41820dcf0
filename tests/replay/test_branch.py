"""A new run begins where an old one once stood: what was done by then is not done again."""

import json
import shutil
import sqlite3

import anyio
import pytest

import gome
from gome import builtin
from gome.cli import main
from gome.errors import RunFolderInvalid, SettingInvalid
from gome.folder import RunFolder
from gome.plugin import Registry, register_all
from gome.replay import branch, load, replay
from gome.testing.model import FakeModel
from gome.testing.quickrun import codes, quick_run, registers, settings, write_task


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A run that has ended."""
    folder = tmp_path_factory.mktemp("old")
    assert anyio.run(quick_run, write_task(folder / "task"), folder / "run").status == "finished"
    return folder / "run"


def forked(source, target, seq):
    async def fork():
        await branch(await load(source / "journal.db", until=seq), RunFolder(source), RunFolder(target), seq)

    anyio.run(fork)
    return target


def resumed(run, model=None, **changes):
    """Go on with a run to its end. Returns its result."""
    model = model or FakeModel(codes(40, seed=5))

    async def go_on():
        async with gome.Runtime(settings(12), plugins=[registers(model)]) as runtime:
            return await (await runtime.resume(run, **changes)).result()

    return anyio.run(go_on)


def rows(run, query):
    connection = sqlite3.connect(run / "journal.db")
    found = connection.execute(query).fetchall()
    connection.close()
    return found


def boundaries(run):
    """The seqs after which nobody is in the middle of an answer."""
    inside = {
        seq
        for after, count in rows(run, "SELECT after, replies FROM answers")
        for seq in range(after + 1, after + count)
    }
    [(last,)] = rows(run, "SELECT max(seq) FROM messages")
    return [seq for seq in range(1, last + 1) if seq not in inside]


@pytest.mark.parametrize("share", [0.0, 0.15, 0.3, 0.5, 0.7, 0.9])
def test_a_branch_goes_on_from_any_point(finished, tmp_path, share):
    """It has the old messages up to there, word for word, ends as a run does, and can be replayed itself."""
    places = boundaries(finished)
    seq = places[int(share * (len(places) - 1))]
    run = forked(finished, tmp_path / "new", seq)
    query = f"SELECT seq, at, cause, actor, tag, trace, body FROM messages WHERE seq <= {seq} ORDER BY seq"
    assert rows(run, query) == rows(finished, query)
    result = resumed(run)
    assert (result.run, result.status) == ("new", "finished")
    assert result.trials == 12
    assert result.best is not None
    assert (run / "best" / "submission.csv").is_file()
    assert rows(run, query) == rows(finished, query)
    registry = Registry()
    register_all(registry, (builtin.register,))
    found = replay(anyio.run(load, run / "journal.db"), registry)
    assert found.first_difference is None
    assert not rows(
        run, "SELECT heard, actor FROM answers WHERE heard NOT NULL GROUP BY heard, actor HAVING count(*) > 1"
    )


def test_what_was_done_by_then_is_not_done_again(finished, tmp_path):
    """Trials and answers of models that had begun count; the branch asks only for what came later."""
    places = boundaries(finished)
    seq = places[len(places) // 2]
    run = forked(finished, tmp_path / "new", seq)
    old = dict(rows(run, "SELECT key, outcome FROM effects"))
    done = {key for key, outcome in old.items() if outcome is not None}
    model = FakeModel(codes(40, seed=5))
    resumed(run, model)
    asked = {question.key for question in model.asked}
    assert asked
    assert not asked & done
    new = dict(rows(run, "SELECT key, outcome FROM effects"))
    assert {key: new[key] for key in done} == {key: old[key] for key in done}


def test_a_branch_may_be_told_otherwise(finished, tmp_path):
    """Another budget from there on."""
    run = forked(finished, tmp_path / "new", boundaries(finished)[10])
    assert resumed(run, max_trials=20).trials == 20


def test_a_damaged_run_goes_on_from_its_last_good_message(finished, tmp_path, capsys):
    """As the error says: nothing of the damaged file is needed beyond it."""
    damaged = tmp_path / "damaged"
    shutil.copytree(finished, damaged)
    seq = boundaries(finished)[20]
    connection = sqlite3.connect(damaged / "journal.db")
    connection.execute("DELETE FROM messages WHERE seq = ?", (seq + 1,))
    connection.commit()
    connection.close()
    assert main(["replay", str(damaged)]) == 2
    assert f"--branch NEW --from {seq}`" in capsys.readouterr().err
    new = tmp_path / "new"
    assert main(["replay", str(damaged), "--branch", str(new), "--from", str(seq), "--json"]) == 0
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (said["identical"], said["messages"], said["branch"]) == (True, seq, str(new))
    assert resumed(new).status == "finished"


def test_what_cannot_be_branched_is_told(finished, tmp_path, capsys):
    """A message that is not there, one in the middle of an answer, a folder that is taken, half of the options."""
    [(last,)] = rows(finished, "SELECT max(seq) FROM messages")
    with pytest.raises(SettingInvalid, match=f"from 1 to {last}"):
        forked(finished, tmp_path / "new", last + 1)
    inside = next(seq for seq in range(1, last) if seq not in boundaries(finished))
    with pytest.raises(SettingInvalid, match="within one answer: use"):
        forked(finished, tmp_path / "new", inside)
    assert not (tmp_path / "new").exists()
    with pytest.raises(RunFolderInvalid, match="not empty"):
        forked(finished, finished, 1)
    assert main(["replay", str(finished), "--branch", str(tmp_path / "new")]) == 2
    assert "belong together" in capsys.readouterr().err
