"""A run whose model was played by hand, from start to end, and answered again from its record."""

import json
from pathlib import Path

import pytest

from gome.cli import main
from gome.task.examples import write_example

RECORD = Path(__file__).parent / "fixtures" / "diabetes.jsonl"


@pytest.mark.slow
def test_a_recorded_run_is_replayed_to_the_same_end(tmp_path, capsys):
    """Two traces, four trials, one of them broken and repaired: the same programs, nobody asked."""
    task, out = tmp_path / "diabetes", tmp_path / "run"
    write_example("diabetes", task)
    arguments = ["run", str(task), "--out", str(out), "--model", "manual", "--replay", str(RECORD)]
    arguments += ["--traces", "2", "--max-trials", "4", "--budget", "12m", "--allow-unsandboxed", "--json"]
    assert main(arguments) == 0
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (result["status"], result["trials"]) == ("finished", 4)
    assert 45 < result["best"]["score"] < 60
    for trial, code in written():
        assert (out / "trials" / trial / "solution.py").read_text() == code
    outcomes = {path.parent.name: json.loads(path.read_text()) for path in out.glob("trials/*/outcome.json")}
    assert "bpp" in outcomes["t2-001"]["error"], "the misspelt column"
    assert "score" in outcomes["t2-002"], "its repair"
    assert not (out / "questions").exists()


def written():
    """The programs on record, by trial."""
    for line in RECORD.read_text().splitlines():
        exchange = json.loads(line)
        if exchange["role"] == "implement":
            yield exchange["key"].partition("/")[2], exchange["reply"]["code"]
