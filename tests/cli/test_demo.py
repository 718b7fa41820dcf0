"""The demo: the first thing that anybody sees of gome."""

import json

import pytest

from gome.cli import main


@pytest.mark.slow
def test_the_demo_solves_a_task_and_says_where_it_is(tmp_path, capsys):
    """Exit 0, a summary whose files exist, a first and a best score; a second demo in the same place is refused."""
    out = tmp_path / "demo"
    assert main(["demo", "--out", str(out), "--budget", "25s", "--json"]) == 0
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert result["status"] == "finished"
    assert result["best"]["score"] >= result["first"]["score"] > 0.8
    for file in (result["submission"], result["solution"], out / "run.json", out / "journal.db"):
        assert (tmp_path / str(file)).is_file()
    assert main(["demo", "--out", str(out)]) == 2
    assert "not empty" in capsys.readouterr().err
