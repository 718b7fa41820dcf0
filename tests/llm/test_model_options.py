"""`--model manual`, `--model command:...`, `--record` and `--replay` in whole runs."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest

from gome.cli import main

CODE = """import pandas as pd
train = pd.read_csv("input/train.csv")
sample = pd.read_csv("input/sample_submission.csv")
sample["y"] = train["y"].mean()
sample.to_csv("submission.csv", index=False)
print("score:", eval("1.0"))
"""
ANSWERS = {
    "draft": {"starts": [{"caption": "the mean", "statement": "Predict it.", "component": "model"}]},
    "diagnose": {
        "problems": [
            {"caption": "constant", "evidence": "e", "cause": "c", "component": "model", "direction": "fit a model"}
        ],
        "summary": "It is a constant.",
    },
    "propose": {"hypotheses": [{"caption": "a model", "statement": "Fit one.", "component": "model"}]},
    "implement": {"note": "mean", "code": CODE, "edits": []},
}
PROGRAM = f"""
import json, re, sys
role = re.search("# Your question: ([a-z]+)", sys.stdin.read())[1]
print(json.dumps({ANSWERS!r}[role]))
"""


@pytest.fixture(autouse=True)
def _alone(tmp_path, monkeypatch):
    """No configuration of this machine, and an empty current folder."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")


@pytest.fixture(scope="module")
def task(tmp_path_factory):
    """A task that is solved in a moment."""
    folder = tmp_path_factory.mktemp("tasks") / "tiny"
    folder.mkdir()
    draw = Random(0)
    table = "".join(f"{draw.random():.4f},{draw.random():.4f}\n" for _ in range(120))
    (folder / "train.csv").write_text(f"a,y\n{table}")
    (folder / "task.toml").write_text('metric = "rmse"\ntarget = "y"\n')
    return folder


def arguments(task, out, *more):
    return ["run", str(task), "--out", out, "--traces", "1", "--max-trials", "1", "--budget", "60s", "--json", *more]


def outcome(capsys, args):
    code = main(args)
    printed = capsys.readouterr()
    assert "replay.question_differs" not in printed.err
    return code, json.loads(printed.out.splitlines()[-1]) if code == 0 else printed.err


@pytest.mark.slow
def test_a_run_with_a_command_is_recorded_and_replayed(task, tmp_path, capsys):
    """The program answers; its answers are kept; a replay needs no program and finds the same solution."""
    (tmp_path / "program.py").write_text(PROGRAM)
    words = shlex.join([sys.executable, str(tmp_path / "program.py")])

    code, told = outcome(capsys, arguments(task, "r", "--model", f"command:{words}", "--record", "tape.jsonl"))
    assert code == 0
    assert (tmp_path / "here" / told["solution"]).read_text() == CODE
    lines = Path("tape.jsonl").read_text().splitlines()
    assert [json.loads(line)["key"] for line in lines[:2]] == ["draft", "implement/t1-001"]

    (tmp_path / "program.py").unlink()
    code, again = outcome(capsys, arguments(task, "again", "--replay", "tape.jsonl"))
    assert code == 0
    assert again["best"] == told["best"]

    Path("short.jsonl").write_text(lines[0] + "\n")
    code, err = outcome(capsys, arguments(task, "third", "--replay", "short.jsonl"))
    assert code == 2
    last = err.splitlines()[-1]
    assert "--replay short.jsonl holds no answer to 'implement/t1-001'" in last


@pytest.mark.slow
def test_a_run_with_a_person(task, tmp_path):
    """Questions are files, answers are files; stderr says where; at the end nothing is open."""
    command = [sys.executable, "-m", "gome", *arguments(task, "r", "--model", "manual")]
    run = tmp_path / "here" / "r"
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ
    ) as process:
        until = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < until:
            for question in run.glob("questions/*.md"):
                answer = run / "answers" / f"{question.stem}.json"
                if not answer.exists():
                    answer.write_text(json.dumps(ANSWERS[question.name.partition("-")[0].removesuffix(".md")]))
            time.sleep(0.05)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    assert json.loads(out.splitlines()[-1])["trials"] == 1
    assert re.search(
        r"^draft: read \S*questions/draft.md, answer in \S*answers/draft.json, within \d+ s$", err, re.MULTILINE
    ), err
    assert "[warning" not in err
    assert "answers/draft.json" in err
    assert list((run / "questions").iterdir()) == []
    assert (run / "answered" / "implement-t1-001.json").is_file()


@pytest.mark.slow
def test_a_person_who_leaves(task, tmp_path):
    """The first interrupt ends the wait for an answer: the run closes its questions, exports and says so."""
    command = [sys.executable, "-m", "gome", *arguments(task, "r", "--model", "manual", "--budget", "1h")]
    run = tmp_path / "here" / "r"
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        for line in process.stderr:
            if line.startswith("draft: read"):
                break
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert json.loads(out.splitlines()[-1])["stop_reason"] == "interrupted"
    assert "Traceback" not in err
    assert list((run / "questions").iterdir()) == []


@pytest.mark.slow
def test_a_model_that_cannot_begin(task, tmp_path, capsys):
    """A run that never gets an answer ends with 3, and one line that says what the matter was."""
    code, err = outcome(capsys, arguments(task, "r", "--model", "command:sh -c 'echo no quota left >&2; exit 7'"))
    assert code == 3
    assert "no valid submission: " in err.splitlines()[-1] or "no quota left" in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("more", "told"),
    [
        pytest.param(["--model", "command:no-such-program"], "there is no program 'no-such-program'", id="program"),
        pytest.param(["--model", "manual:x"], "manual takes no argument", id="manual"),
        pytest.param(["--replay", "none.jsonl"], "--replay none.jsonl cannot be read", id="tape"),
        pytest.param(["--record", "a", "--replay", "b"], "exclude each other", id="both"),
    ],
)
def test_bad_input(task, capsys, more, told):
    """One line says what to mend, exit code 2."""
    code, err = outcome(capsys, arguments(task, "r", *more))
    assert code == 2
    assert told in err.splitlines()[-1]
