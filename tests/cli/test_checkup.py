"""`gome doctor`."""

import json

import pytest

from gome.cli import main
from gome.cli.checkup import memory, packages, plugins_loaded, sqlite, writing
from gome.plugin import Loaded


@pytest.mark.parametrize(
    ("version", "status"), [((3, 40, 1), "warn"), ((3, 51, 2), "warn"), ((3, 51, 3), "ok"), ((4, 0, 0), "ok")]
)
def test_sqlite(version, status):
    """Versions before the mended write-ahead log are warned of."""
    assert sqlite(version).status == status


def test_packages():
    """What the built-in model's solutions import and is missing is named, with the command that installs it."""
    finding = packages(["numpy 2.4", "pandas 3.1", "scikit-learn 1.9", "torch 2.13"])

    assert finding.status == "warn"
    assert finding.what.endswith("missing: lightgbm")
    assert finding.mend == "pip install 'gome[ml]'"


def test_memory():
    """Little memory is a warning."""
    assert memory(512).status == "warn"
    assert memory(4096).status == "ok"


def test_writing(tmp_path):
    """A folder in which nothing can be written is a failure."""
    assert writing(tmp_path).status == "ok"
    assert writing(tmp_path / "none").status == "fail"


def test_plugins():
    """A plugin that could not be loaded is a failure that names it."""
    good, bad = plugins_loaded([Loaded("a", "1.0", ""), Loaded("b", "2.0", "ImportError: no module x")])

    assert (good.status, bad.status) == ("ok", "fail")
    assert bad.what == "2.0 was not loaded: ImportError: no module x"


def test_doctor(capsys, tmp_path, monkeypatch):
    """Every finding has a name, a status and what was found; a real trial shows what holds it in."""
    monkeypatch.chdir(tmp_path)

    assert main(["doctor", "--json", "--no-plugins"]) == 0

    told = json.loads(capsys.readouterr().out)
    assert told["ok"]
    found = {check["name"]: check for check in told["checks"]}
    assert {"python", "sqlite", "cores", "memory", "disk", "gpu", "packages", "folder", "trial"} <= set(found)
    assert {check["status"] for check in told["checks"]} <= {"ok", "warn", "fail"}
    assert found["trial environment"]["status"] == "ok"
    assert all(check["mend"] for check in told["checks"] if check["status"] != "ok")
    assert list(tmp_path.iterdir()) == []
