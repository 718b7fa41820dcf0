"""A run whose model was played by hand, from start to end, and answered again from its record."""

import json
from pathlib import Path

import pytest

from gome.cli import main
from gome.task.examples import write_example

RECORD = Path(__file__).parent / "fixtures" / "diabetes.jsonl"


@pytest.mark.slow
def test_a_recorded_run_is_replayed_to_the_same_end(tmp_path, capsys):
    """Two traces, four trials, one of them broken and repaired; the same winner with the same score, nobody asked."""
    task, out = tmp_path / "diabetes", tmp_path / "run"
    write_example("diabetes", task)
    arguments = ["run", str(task), "--out", str(out), "--model", "manual", "--replay", str(RECORD)]
    arguments += ["--traces", "2", "--max-trials", "4", "--budget", "12m", "--allow-unsandboxed", "--json"]
    assert main(arguments) == 0
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert result["status"] == "finished"
    assert (result["trials"], result["best"]["trial"]) == (4, "t1-002")
    assert result["best"]["score"] == pytest.approx(55.082, rel=0.01)
    outcomes = {path.parent.name: json.loads(path.read_text()) for path in out.glob("trials/*/outcome.json")}
    assert "bpp" in outcomes["t2-001"]["error"], "the misspelt column"
    assert "score" in outcomes["t2-002"], "its repair"
    assert not (out / "questions").exists()
