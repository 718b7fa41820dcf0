"""How much a program keeps on disk."""

import json
import threading

import anyio
import anyio.lowlevel
import pytest

from gome.execution.launch.disk import LEAST, Disk
from gome.execution.launch.look import Look
from gome.execution.launch.order import Order


@pytest.fixture
def anyio_backend():
    """Threads need real time."""
    return "asyncio"


def disk_of(folder, *, disk_bytes=100 * LEAST, entries=100):
    """A watch of a folder."""
    told = {"folder": str(folder), "temporary": str(folder / "none"), "filter": ""}
    return Disk(Order(json.dumps(told | {"disk_bytes": disk_bytes, "entries": entries}).encode()))


@pytest.mark.parametrize(("caps", "said"), [({"disk_bytes": 20 * LEAST}, "disk"), ({"entries": 20}, "files"), ({}, "")])
def test_many_empty_files(caps, said, tmp_path):
    """An empty file takes room as well, and there may be only so many."""
    for number in range(30):
        (tmp_path / str(number)).touch()

    assert disk_of(tmp_path, **caps).look(set()) == said


def test_several_names_count_once(tmp_path):
    """What has two names takes the room of one."""
    (tmp_path / "one").touch()
    for number in range(30):
        (tmp_path / str(number)).hardlink_to(tmp_path / "one")

    assert disk_of(tmp_path, entries=1).look(set()) == ""


def test_a_folder_that_has_gone(tmp_path):
    """There is nothing in it, and nothing fails."""
    folder = tmp_path / "gone"
    folder.mkdir()
    looked = disk_of(folder)
    folder.rmdir()

    assert looked.look(set()) == ""
    assert disk_of(folder).look(set()) == ""


async def test_a_look_that_hangs_holds_up_nobody():
    """Who asks hears of the last look that came to its end, and hears more when the next one has."""
    look, goes_on = Look(pause=0), threading.Event()

    def hanging():
        goes_on.wait()
        return "disk"

    assert [look.ask(hanging) for _ in range(3)] == [""] * 3
    goes_on.set()
    while not look.said:
        await anyio.lowlevel.checkpoint()
    assert look.ask(str) == "disk"
