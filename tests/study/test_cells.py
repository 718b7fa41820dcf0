"""A study runs what has not ended yet; one run's end is a row, not the end of the study."""

import json

import pytest

from gome.cli import main
from gome.study.cells import ended
from gome.summary import RunResult

SPEC = """
tasks = ["example:digits"]
models = ["builtin"]
strategies = ["gradient"]
seeds = [3]
max_trials = 1
traces = 1
budget = "60s"
allow_unsandboxed = true
"""


def test_a_run_counts_as_ended_only_when_it_says_so(tmp_path):
    """One that was killed says it is running still; half a file says nothing."""
    assert ended(tmp_path) is None
    for status, over in (("running", False), ("finished", True), ("failed", True)):
        (tmp_path / "run.json").write_text(json.dumps(RunResult(run="r", status=status).json()))
        assert (ended(tmp_path) is not None) == over
    (tmp_path / "run.json").write_text('{"run": "r", "sta')
    assert ended(tmp_path) is None


@pytest.mark.slow
def test_a_study_is_run_once_and_its_rows_are_printed(tmp_path, capsys):
    """The second time nothing is run again, and the same document comes out."""
    (tmp_path / "spec.toml").write_text(SPEC)
    command = ["study", str(tmp_path / "spec.toml"), "--out", str(tmp_path / "out"), "--json"]
    assert main(command) == 0
    first = json.loads(capsys.readouterr().out.splitlines()[-1])
    [row] = first["rows"]
    assert (row["task"], row["model"], row["strategy"], row["seed"]) == ("example:digits", "builtin", "gradient", 3)
    assert row["score"] > 0.8
    assert row["trials"] == 1
    journal = tmp_path / "out" / "runs" / "digits" / "builtin" / "gradient" / "3" / "journal.db"
    before = journal.stat().st_mtime_ns
    assert main(command) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == first
    assert journal.stat().st_mtime_ns == before
