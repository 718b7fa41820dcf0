"""A study's spec is checked whole before anything runs; what is wrong is said in one line."""

import pytest

from gome import builtin
from gome.cli import main
from gome.errors import StudyInvalid
from gome.plugin import Registry
from gome.study.spec import Cell, read_spec

WHOLE = {
    "tasks": '["example:digits"]',
    "models": '["builtin", "builtin@0.3"]',
    "strategies": '["gradient"]',
    "seeds": "2",
    "max_trials": "3",
}


@pytest.fixture
def registry():
    made = Registry()
    builtin.register(made)
    return made


def spec(folder, **changes):
    told = WHOLE | changes
    path = folder / "spec.toml"
    path.write_text("".join(f"{key} = {value}\n" for key, value in told.items() if value is not None))
    return path


def test_a_study_is_every_task_model_strategy_and_seed(tmp_path, registry):
    """Seed by seed; each run in a folder of its own, told what the spec says."""
    told = read_spec(spec(tmp_path, traces="1", momentum="false", budget='"5m"'), registry)
    cells = list(told.cells())
    assert cells[:2] == [Cell("example:digits", name, "gradient", 0) for name in ("builtin", "builtin@0.3")]
    assert len({cell.folder for cell in cells}) == 4
    settings = told.settings_of(cells[1])
    assert (settings.model, settings.seed, settings.traces, settings.momentum) == ("builtin@0.3", 0, 1, False)
    assert (settings.max_trials, settings.budget_s) == (3, 300.0)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        pytest.param({"tasks": None}, "tasks is missing", id="no tasks"),
        pytest.param({"models": None}, "models is missing", id="no models"),
        pytest.param({"models": "[]"}, "models is missing", id="empty models"),
        pytest.param({"tasks": '["tasks/nowhere"]'}, "no folder", id="unknown folder"),
        pytest.param({"tasks": '["example:digitz"]'}, "did you mean 'digits'", id="unknown example"),
        pytest.param({"models": '["builtin@7"]'}, "reliability runs from 0 to 1", id="unknown reliability"),
        pytest.param({"models": '["bultin"]'}, "did you mean 'builtin'", id="nearly a model"),
        pytest.param({"strategies": '["gradent"]'}, "did you mean 'gradient'", id="nearly a strategy"),
        pytest.param({"seeds": '"many"'}, "seeds", id="seeds in words"),
        pytest.param({"seeds": "0"}, "seeds", id="no seeds"),
        pytest.param({"max_trials": None}, "how long a run may be", id="no end"),
        pytest.param({"max_trails": "3"}, "did you mean 'max_trials'", id="misspelt key"),
        pytest.param({"max_trials": '"three"'}, "max_trials", id="wrong type"),
        pytest.param({"parallel": "0"}, "parallel", id="no parallel"),
        pytest.param({"strategies": '["gradient", "gradient"]'}, "twice", id="twice"),
    ],
)
def test_what_cannot_be_run_is_refused(tmp_path, registry, changes, problem):
    """With the nearest names, where there are such."""
    with pytest.raises(StudyInvalid, match=problem):
        read_spec(spec(tmp_path, **changes), registry)


def test_the_command_ends_with_two_before_anything_runs(tmp_path, capsys):
    """One line; no folder is made."""
    path = spec(tmp_path, strategies='["greeedy"]')
    assert main(["study", str(path), "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err.strip().splitlines()
    assert len(said) == 1
    assert "unknown strategy 'greeedy'" in said[0]
    assert not (tmp_path / "out").exists()
    assert main(["study", str(tmp_path / "none.toml"), "--out", str(tmp_path / "out")]) == 2


def test_a_blind_strategy_runs_with_the_first_model_alone(tmp_path, registry):
    """What does not depend on the model is not paid for each."""
    told = read_spec(spec(tmp_path, blind='["gradient"]'), registry)
    assert [cell.model for cell in told.cells()] == ["builtin", "builtin"]
    assert read_spec(spec(tmp_path), registry).blind == ()
    with pytest.raises(StudyInvalid, match="blind: 'greedy' is not among the strategies: gradient"):
        read_spec(spec(tmp_path, blind='["greedy"]'), registry)
