"""What runs leave to later ones: successes with their records, merged under a lock; anything else is refused."""

import pytest

from gome.errors import SettingInvalid
from gome.memory import Successes
from gome.memory import keepsakes as module
from gome.memory.keepsakes import Keepsakes
from gome.messages import Hypothesis, Problem, Success

IDEA = Hypothesis(caption="encode", statement="encode the city by target mean", component="features", move="encode")
PROBLEM = Problem(caption="many cities", evidence="500", cause="one-hot", component="features", direction="encode")


def success(trial="t1-002", **more):
    told = {"trace": "t1", "problem": "many cities", "hypothesis": IDEA, "gain": 2.0, "step": 3, "diff": "+x"} | more
    return Success(trial=trial, **told)


def test_what_one_run_left_the_next_one_recalls_as_old(tmp_path):
    """Named by its run, of no trace, one half-life old: half the weight of a fresh one."""
    file = Keepsakes(tmp_path / "memory.jsonl")
    file.check()
    assert file.recall().successes == ()
    assert file.keep("first-1", "churn", "auc", [success()]) == 1
    [old] = file.recall().successes
    assert (old.trial, old.run, old.trace, old.diff) == ("first-1/t1-002", "first-1", "", "+x")
    memory = Successes()
    memory.add(old)
    memory.add(success("t2-004", trace="t2", step=0))
    weights = {item.success.trial: item.weight for item in memory.weigh([PROBLEM], held=(), step=0)}
    assert weights["first-1/t1-002"] == pytest.approx(weights["t2-004"] / 2)


def test_the_record_of_reuse_goes_on_over_runs(tmp_path):
    """A recalled success comes back with what became of it; it is not added twice."""
    file = Keepsakes(tmp_path / "memory.jsonl")
    file.keep("first-1", "churn", "auc", [success()])
    memory = Successes()
    for row in file.recall().successes:
        memory.add(row)
    memory.reused(["first-1/t1-002"], improved=False)
    memory.add(success("t1-005"))
    assert file.keep("second-2", "churn", "auc", memory.rows) == 2
    again = {row.trial: (row.reused, row.confirmed) for row in file.recall().successes}
    assert again == {"first-1/t1-002": (1, 0), "second-2/t1-005": (0, 0)}
    assert file.keep("second-2", "churn", "auc", memory.rows) == 2


def test_the_oldest_leave_a_full_file(tmp_path, monkeypatch):
    """So that look-ups stay as quick as they are."""
    monkeypatch.setattr(module, "MOST", 3)
    file = Keepsakes(tmp_path / "memory.jsonl")
    for number in range(5):
        file.keep(f"run-{number}", "churn", "auc", [success()])
    assert [row.run for row in file.recall().successes] == ["run-2", "run-3", "run-4"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        pytest.param("hello\n", "line 1 is no success", id="words"),
        pytest.param('{"task": "x"}\n', "line 1 is no success", id="something else"),
        pytest.param(None, "there is no folder", id="no folder"),
    ],
)
def test_what_is_no_memory_is_refused_before_anything_runs(tmp_path, content, problem):
    """One line says which line is wrong."""
    path = tmp_path / ("memory.jsonl" if content else "nowhere/memory.jsonl")
    if content:
        path.write_text(content)
    with pytest.raises(SettingInvalid, match=problem):
        Keepsakes(path).check()


def test_a_file_of_a_later_gome_is_refused(tmp_path):
    """It is not overwritten with what this one understands."""
    file = Keepsakes(tmp_path / "memory.jsonl")
    file.keep("run-1", "churn", "auc", [success()])
    path = tmp_path / "memory.jsonl"
    path.write_text(path.read_text().replace('"version":1', '"version":2'))
    with pytest.raises(SettingInvalid, match="later gome"):
        file.check()
