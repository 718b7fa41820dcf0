"""Exit codes, and what is written where."""

import json
import subprocess
import sys

import pytest

from gome import __version__
from gome.cli import entry, main
from gome.errors import StoreError


def complaint(capsys):
    """Return the one line on stderr; nothing went to stdout."""
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    return err


@pytest.fixture(autouse=True)
def _alone(tmp_path, monkeypatch):
    """No configuration of this machine, and an empty current folder."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")


@pytest.mark.parametrize(
    ("args", "line"),
    [
        (["rnu"], "there is no command 'rnu'; did you mean 'run'?"),
        (["zzz"], "there is no command 'zzz'; there are: config, demo"),
        (["run", "--bugdet", "3h", "x"], "--budget"),
        (["run"], "name either a task folder or --data DIR"),
        (["run", "x", "--data", "y"], "name either a task folder or --data DIR"),
        (["run", "nowhere"], "nowhere: no such folder"),
        (["run", "nowhere", "--traces", "0"], "--traces 0: expected a whole number from 1 to 64"),
        (["run", "nowhere", "--max-trials", "0"], "--max-trials 0: expected"),
        (["run", "nowhere", "--budget", "-1h"], "--budget -1h: expected a time"),
        (["run", "."], "no training table"),
        (["exec", "none.py", "--task", "."], "none.py: no such file"),
        (["exec", "none.py"], "--task"),
        (["init", "there"], "--data"),
        (["init", "there", "--data", "none.csv"], "none.csv: no such file"),
        (["log", "nowhere"], "nowhere holds no run"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_input(capsys, args, line):
    """What the user can mend ends with 2 and one line on stderr that says how."""
    assert main(args) == 2
    assert line in complaint(capsys)


def test_two_lines_never(capsys, tmp_path):
    """A name with a line break in it does not make the complaint two lines."""
    assert main(["run", str(tmp_path / "a\nb")]) == 2
    complaint(capsys)


def test_other_failures(capsys, monkeypatch):
    """A failure that was planned for is one line and 1; its note says where the journal is."""

    def fail(*_, **__):
        error = StoreError("the disk is full")
        error.add_note("the journal of the run: /runs/x/journal.db")
        raise error

    monkeypatch.setattr(entry.gome, "main", fail)

    assert main([]) == 1
    assert complaint(capsys) == "gome: the disk is full (the journal of the run: /runs/x/journal.db)\n"


def test_a_bug_shows_its_traceback(capsys, monkeypatch):
    """A bug is 1, with the traceback and the line that says where the journal is."""

    def fail(*_, **__):
        error = KeyError("t9")
        error.add_note("the journal of the run: /runs/x/journal.db")
        raise error

    monkeypatch.setattr(entry.gome, "main", fail)

    assert main([]) == 1
    err = capsys.readouterr().err
    assert err.startswith("Traceback")
    assert err.endswith("KeyError: 't9'\nthe journal of the run: /runs/x/journal.db\n")


def test_interrupted(capsys, monkeypatch):
    """An interrupt outside a run is 130, without a traceback."""

    def fail(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(entry.gome, "main", fail)

    assert main([]) == 130
    assert complaint(capsys) == "gome: interrupted\n"


def test_help_and_version(capsys):
    """Without a command there is help; the version is a line."""
    assert main([]) == 0
    assert "demo" in capsys.readouterr().out
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"gome {__version__}\n"


@pytest.mark.parametrize("command", sorted(entry.gome.commands))
def test_every_command_has_help(capsys, command):
    """Each command explains itself."""
    assert main([command, "--help"]) == 0
    assert capsys.readouterr().out.startswith(f"Usage: gome {command}")


def test_help_loads_nothing_heavy():
    """So that `python -m gome --help` answers at once."""
    program = (
        "import sys\nfrom gome.cli import main\nmain(['run', '--help'])\n"
        "heavy = {'pandas', 'numpy', 'sklearn', 'scipy', 'anyio', 'structlog', 'rich'} & set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert (ended.returncode, ended.stderr) == (0, "")


def test_config_show(capsys, monkeypatch):
    """`config show` tells each value and its origin."""
    monkeypatch.setenv("GOME_MODEL", "builtin@0.5")

    assert main(["config", "show", "--budget", "30m", "--json"]) == 0

    shown = json.loads(capsys.readouterr().out)
    assert shown["budget"] == {"value": 1800.0, "origin": "--budget"}
    assert shown["model"] == {"value": "builtin@0.5", "origin": "GOME_MODEL"}
    assert shown["seed"] == {"value": 0, "origin": "default"}


def test_plugins(capsys):
    """`plugins` names what there is."""
    assert main(["plugins", "--no-plugins", "--json"]) == 0

    shown = json.loads(capsys.readouterr().out)
    assert set(shown) == {"plugins", "actors", "strategies", "models", "executors", "metrics"}
    assert shown["plugins"] == []
    assert "gradient" in shown["strategies"]
    assert "builtin" in shown["models"]
    assert {"auc", "rmse"} <= set(shown["metrics"])


def test_init(capsys, tmp_path):
    """`init` writes a task folder and tells what it inferred; the same folder again is refused."""
    table = tmp_path / "rows.csv"
    table.write_text("a,b,y\n" + "\n".join(f"{i},{i % 7},{i % 2}" for i in range(60)) + "\n")
    args = ["init", "made", "--data", str(table), "--target", "y", "--metric", "roc_auc", "--json"]

    assert main(args) == 0

    told = json.loads(capsys.readouterr().out)
    assert (told["target"], told["metric"], told["kind"]) == (["y"], "auc", "binary")
    assert (tmp_path / "here" / "made" / "task.toml").is_file()
    assert main(args) == 2
    assert "not an empty folder" in complaint(capsys)
