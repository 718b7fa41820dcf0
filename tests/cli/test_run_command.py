"""`gome run` and `gome exec` on a small task."""

import json
import os
import shlex
import signal
import subprocess
import sys
from random import Random
from time import perf_counter

import pytest

from gome.cli import main

CONSTANT = """
import pandas as pd

sample = pd.read_csv("input/sample_submission.csv")
sample[sample.columns[-1]] = {value}
sample.to_csv("submission.csv", index=False)
print("{said}")
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
    rows = [(draw.random(), draw.random()) for _ in range(120)]
    table = "".join(f"{a:.4f},{b:.4f},{3 * a - b + 0.1 * draw.random():.4f}\n" for a, b in rows)
    (folder / "train.csv").write_text(f"a,b,y\n{table}")
    (folder / "task.toml").write_text('metric = "rmse"\ntarget = "y"\n[split]\nfolds = 1\n')
    return folder


def solution(tmp_path, code):
    (tmp_path / "solution.py").write_text(code)
    return str(tmp_path / "solution.py")


def outcome(capsys, args):
    """Return the exit code and the last line of stdout as JSON."""
    code = main(args)
    return code, json.loads(capsys.readouterr().out.splitlines()[-1])


@pytest.mark.slow
def test_exec(task, tmp_path, capsys):
    """A valid submission ends with 0, and is scored by the harness whatever the program claims."""
    program = solution(tmp_path, CONSTANT.format(value=1.0, said="score: 0.001"))

    code, told = outcome(capsys, ["exec", program, "--task", str(task), "--out", "kept", "--json"])

    assert code == 0
    fields = {"status", "score", "noise", "claimed", "checks", "verdict", "reasons", "sandbox"}
    assert set(told) == fields
    assert told["status"] == "ok"
    assert 0.5 < told["score"] < 2
    assert told["claimed"] == 0.001
    assert told["verdict"] == "rejected"
    assert any("claims 0.001" in reason for reason in told["reasons"])
    assert {"name", "status", "evidence"} == set(told["checks"][0])
    kept = tmp_path / "here" / "kept" / "trials" / "exec"
    assert {"solution.py", "outcome.json", "submission.csv", "stdout.log"} <= {file.name for file in kept.iterdir()}


@pytest.mark.slow
def test_exec_of_a_failing_program(task, tmp_path, capsys):
    """A program that fails ends with 3, says where, and leaves nothing behind without --out."""
    program = solution(tmp_path, "raise ValueError('no such column')\n")

    code, told = outcome(capsys, ["exec", program, "--task", str(task), "--json"])

    assert code == 3
    assert (told["status"], told["score"], told["verdict"]) == ("failed", None, "rejected")
    assert any("ValueError: no such column" in reason for reason in told["reasons"])
    assert list((tmp_path / "here").iterdir()) == []


@pytest.mark.slow
def test_run(task, tmp_path, capsys):
    """A run prints its summary as the last line of stdout, and leaves the files that it names."""
    args = ["run", str(task), "--out", "r", "--traces", "1", "--max-trials", "1", "--budget", "40s", "--json"]

    code, told = outcome(capsys, args)

    assert code == 0
    fields = {
        "run", "status", "stop_reason", "metric", "higher_is_better", "best", "submission", "solution", "trials",
        "accepted", "wall_s", "device_s", "tokens", "cost_usd",
    }  # fmt: skip
    assert fields <= set(told)
    assert (told["status"], told["trials"], told["metric"]) == ("finished", 1, "rmse")
    assert set(told["best"]) == {"trial", "score", "final_score"}
    for name in ("submission", "solution"):
        assert (tmp_path / "here" / told[name]).is_file()
    assert main(["log", "r"]) == 0
    assert "t1 proposes t1-001" in capsys.readouterr().out
    assert main(args) == 2  # the folder is not empty
    assert "--out r is not empty" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        pytest.param(["--budget", "0"], "--budget 0: expected a time", id="nothing"),
        pytest.param(["--budget", "-5m"], "--budget -5m: expected a time", id="less than nothing"),
        pytest.param(["--budget", "12hours"], "--budget 12hours: expected a time", id="a unit that is none"),
        pytest.param(["--budget", "60s", "--reserve", "2m"], "leaves nothing of the budget of 60 s", id="reserve"),
        pytest.param(["--max-device-time", "1s"], "--max-device-time 1s: give 4 or more", id="device time"),
        pytest.param(["--devices", "cpu:9999"], "CPU cores here", id="cores that are not there"),
        pytest.param(["--devices", "0,1"], "there is no GPU on this machine", id="GPUs that are not there"),
        pytest.param(["--max-trial-time", "0"], "--max-trial-time 0: expected a time", id="no time for a trial"),
        pytest.param(["--max-trial-time", "-3s"], "--max-trial-time -3s: expected a time", id="less than none for one"),
        pytest.param(["--max-trial-time", "12hours"], "--max-trial-time 12hours: expected a time", id="a trial's unit"),
        pytest.param(["--max-trial-time", "1s"], "--max-trial-time 1s: give 2 or more", id="too little for a trial"),
        pytest.param(
            ["--budget", "60s", "--max-trial-time", "2m"],
            "--max-trial-time 120 is more than --budget 60, of the whole run",
            id="a trial's time",
        ),
        pytest.param(["--max-trace-trials", "0"], "--max-trace-trials 0: expected a whole number", id="no trial"),
        pytest.param(["--max-trace-trials", "-1"], "--max-trace-trials -1: expected a whole", id="less than no trial"),
        pytest.param(
            ["--max-trials", "3", "--max-trace-trials", "4"],
            "--max-trace-trials 4 is more than --max-trials 3, of the whole run",
            id="trace's trials",
        ),
        pytest.param(["--max-trace-device-time", "12hours"], "12hours: expected a time", id="a trace's unit"),
        pytest.param(["--max-trace-device-time", "0"], "--max-trace-device-time 0: expected a time", id="no device"),
        pytest.param(
            ["--max-trace-device-time", "1s"], "--max-trace-device-time 1s: give 4", id="a trace's device time"
        ),
        pytest.param(
            ["--max-device-time", "30s", "--max-trace-device-time", "60s"],
            "--max-trace-device-time 60 is more than --max-device-time 30, of the whole run",
            id="trace's device time",
        ),
        pytest.param(
            ["--max-trace-tokens", "0"], "--max-trace-tokens 0: expected a whole", id="a trace without tokens"
        ),
        pytest.param(["--max-trace-cost", "-1"], "--max-trace-cost -1: expected an amount", id="a trace's debts"),
        pytest.param(["--max-trace-cost", "nan"], "--max-trace-cost nan: expected an amount", id="a trace's money"),
        pytest.param(
            ["--max-tokens", "100", "--max-trace-tokens", "200"],
            "--max-trace-tokens 200 is more than --max-tokens 100, of the whole run",
            id="trace's tokens",
        ),
        pytest.param(
            ["--max-cost", "1", "--max-trace-cost", "2"],
            "--max-trace-cost 2 is more than --max-cost 1, of the whole run",
            id="trace's money",
        ),
        pytest.param(["--max-trace-energy", "1 barrel"], "expected an energy such as", id="a trace's energy"),
        pytest.param(
            ["--devices", "cpu:1", "--max-trace-energy", "1kWh"],
            "--max-trace-energy: only GPUs that count",
            id="energy of a trace's CPUs",
        ),
        pytest.param(["--devices", "tpu"], "give auto, cpu:N", id="a device that is none"),
        pytest.param(["--devices", "cpu:1", "--max-energy", "1kWh"], "only GPUs that count", id="energy of CPUs"),
        pytest.param(["--traces", "4", "--max-traces", "2"], "less than the 4 traces", id="traces"),
    ],
)
def test_budgets_and_devices_that_make_no_sense(task, tmp_path, capsys, options, complaint):
    """One line says what to mend, the exit code is 2, and nothing is left behind."""
    code = main(["run", str(task), "--out", "r", "--no-plugins", *options])

    said = capsys.readouterr().err.strip().splitlines()
    assert (code, len(said)) == (2, 1)
    assert complaint in said[0]
    assert not (tmp_path / "here" / "r").exists()


def interrupted(task, tmp_path, *marks):
    """Send Ctrl-C when stderr says each of the marks; return exit code, summary, stderr and the seconds since then."""
    command = [
        sys.executable,
        "-m",
        "gome",
        "run",
        str(task),
        "--out",
        "r",
        "--traces",
        "1",
        "--budget",
        "5m",
        "--json",
    ]
    environment = os.environ | {"XDG_CONFIG_HOME": str(tmp_path / "none")}
    said, left = "", list(marks)
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stderr is not None
        while left:
            line = process.stderr.readline()
            assert line, said  # it ended before we could interrupt it
            said += line
            if left[0] in line:
                process.send_signal(signal.SIGINT)
                left.pop(0)
        began = perf_counter()
        try:
            out, err = process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    return process.returncode, json.loads(out.splitlines()[-1]), said + err, perf_counter() - began


@pytest.mark.slow
def test_interrupted(task, tmp_path):
    """Ctrl-C lets the run finish what is in flight and choose its best; it ends with 130 and its summary."""
    code, told, err, _ = interrupted(task, tmp_path, "t1-001 scores")

    assert code == 130, err
    assert (told["status"], told["stop_reason"]) == ("stopped", "interrupted")
    assert told["submission"] is not None
    assert "finishing what is in flight; press again to stop at once" in err


@pytest.mark.slow
def test_interrupted_twice(task, tmp_path):
    """A second Ctrl-C ends the run at once, with 130 and its summary."""
    code, told, err, took_s = interrupted(task, tmp_path, "tiny: ", "press again")

    assert code == 130, err
    assert (told["status"], told["stop_reason"]) == ("stopped", "interrupted")
    assert "Traceback" not in err
    assert took_s < 10


@pytest.mark.slow
def test_a_run_that_the_disk_ends(task, tmp_path):
    """No traceback: one line says why, the summary is printed, and the exit code tells that nothing came of it."""
    gome = shlex.join([sys.executable, "-m", "gome", "run", str(task), "--out", "r", "--json", "--no-plugins"])
    ended = subprocess.run(
        ["bash", "-c", f"ulimit -f 100; {gome}"], capture_output=True, text=True, check=False, timeout=60
    )
    assert ended.returncode == 3, ended.stderr
    assert "Traceback" not in ended.stderr
    [why] = [line for line in ended.stderr.splitlines() if "could not go on" in line]
    assert "journal.db" in why
    assert json.loads(ended.stdout.splitlines()[-1])["status"] == "failed"
