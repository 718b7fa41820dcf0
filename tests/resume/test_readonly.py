"""A disk that was mounted read-only, for real, in a namespace of its own."""

import subprocess
import sys

import anyio
import pytest

from gome.testing.quickrun import quick_run, write_task

SCRIPT = 'mount -t tmpfs none "$0" && cp -r "$RUN" "$0/run" && mount -o remount,ro "$0" && shift 0 && exec "$@"'


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    place = tmp_path_factory.mktemp("readonly")
    anyio.run(lambda: quick_run(write_task(place / "task", 300), place / "run", 2))
    return place / "run"


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        pytest.param(("resume", "{run}"), 2, "gome: {run} cannot be written: Read-only file system\n", id="resume"),
        pytest.param(("log", "{run}"), 0, "", id="log"),
        pytest.param(("replay", "{run}"), 0, "", id="replay"),
    ],
)
def test_it_is_refused_to_write_and_can_be_read(run, tmp_path, command, code, said):
    """One line for what must write; what only reads needs no more than the files."""
    probe = subprocess.run(["unshare", "-rm", "sh", "-c", 'mount -t tmpfs none "$0"', tmp_path], capture_output=True)
    if probe.returncode:
        pytest.skip("no file system may be mounted here")
    words = [word.format(run=tmp_path / "run") for word in command]
    begin = ["unshare", "-rm", "sh", "-c", SCRIPT, tmp_path, sys.executable, "-m", "gome", *words]
    ended = subprocess.run(begin, capture_output=True, text=True, env={"RUN": str(run), "PATH": "/usr/bin:/bin"})
    assert (ended.returncode, ended.stderr) == (code, said.format(run=tmp_path / "run"))
