"""What a runtime left that was killed is removed by the next one; what lives, or is others', stays."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from gome.execution.remains import prefix, sweep, temporary
from gome.execution.sandbox.groups import enter, find

DIES = """
import os, signal
from pathlib import Path
from gome.execution.remains import temporary
from gome.execution.sandbox.groups import enter, find
folder = temporary()
(folder / "closed").mkdir()
(folder / "closed" / "file").touch()
(folder / "closed").chmod(0o500)
groups = find().named("test", memory=True)
enter(groups, os.getpid(), memory_mib=None, processes=100)
print(folder, *groups, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    """Temporary files of this test alone."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def killed():
    """What a runtime left that was killed."""
    done = subprocess.run([sys.executable, "-c", DIES], stdout=subprocess.PIPE, text=True, check=False)
    assert done.returncode == -signal.SIGKILL
    return [Path(word) for word in done.stdout.split()]


def test_what_a_killed_runtime_left_is_removed():
    """Its temporary files and control groups: nobody else knows of them."""
    left = killed()
    assert all(map(Path.exists, left))

    sweep(find().parents.values())

    assert not any(map(Path.exists, left))


def test_what_lives_stays(tmp_path):
    """This runtime's own, what bears other names, and where others may write, what links elsewhere."""
    mine, groups = temporary(), find()
    folders = groups.named("test", memory=True)
    with subprocess.Popen(["sleep", "600"]) as child:
        enter(folders, child.pid, memory_mib=None, processes=100)
        other, kept = tmp_path / "gome-exec-1", tmp_path / "kept"
        for folder in (other, kept):
            folder.mkdir()
        (kept / "file").touch()
        gone = prefix().replace(str(os.getpid()), str(child.pid))
        child.kill()
        child.wait()
        link = tmp_path / f"{gone}link"
        link.symlink_to(kept)

        sweep(groups.parents.values())

        there = [mine, other, kept / "file", *map(Path, folders)]
        assert [path for path in there if not path.exists()] == []
    for folder in folders:
        Path(folder).rmdir()


def test_another_machine_has_its_own_numbers(tmp_path):
    """Neither a machine nor a container that shares the folder is a runtime that is gone."""
    place = prefix().split("-")[1]
    boot, namespace = place.split(".")
    ours, *others = [tmp_path / f"gome-{told}-999999999-x" for told in (place, f"{boot}.1", f"00000000.{namespace}")]
    for folder in (ours, *others):
        folder.mkdir()
    sweep([str(tmp_path / "none")])
    assert [folder.exists() for folder in (ours, *others)] == [False, True, True]
