"""Which tier is taken, what is said of it, and when programs are refused."""

import secrets
import sys
from pathlib import Path

import pytest

from gome import builtin
from gome.errors import SettingInvalid
from gome.execution import Device, Program
from gome.execution.sandbox.choice import choose, unsandboxed
from gome.execution.sandbox.filter import FORBIDDEN, MACHINES, assemble
from gome.execution.sandbox.groups import find
from gome.execution.sandbox.places import Place, interpreter, ordered, own
from gome.plugin import Registry
from gome.settings import Settings


def test_the_best_tier_is_taken():
    """The first tier in which a canary stayed in is taken, and says which it is."""
    sandbox = choose()

    states = {layer.name: layer.state for layer in sandbox.layers}
    assert states["network"] == "enforced"
    assert sandbox.layers[0].name == "sandbox"
    assert sandbox.layers[0].reason.startswith("tier ")


def test_a_tier_that_is_not_there_is_passed_over(monkeypatch):
    """Without bubblewrap the next tier is taken, and the reason is told with every trial."""
    monkeypatch.setenv("PATH", "/nonexistent")

    sandbox = choose()

    assert sandbox.tier != "bubblewrap"
    assert "A (bubblewrap): bwrap is not installed" in sandbox.layers[0].reason


def test_a_tier_that_does_not_hold_is_passed_over(monkeypatch, tmp_path):
    """What is called bwrap and builds no walls is found out by the program that tries to get out."""
    (tmp_path / "bwrap").write_text('#!/bin/sh\nwhile [ "$1" != "--" ]; do shift; done\nshift\nexec "$@"\n')
    (tmp_path / "bwrap").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    with pytest.raises(SettingInvalid, match="bubblewrap"):
        choose(tiers=["bubblewrap"])


def test_no_walls_no_run():
    """Where nothing shuts programs off from the network, they are refused in one line that names the way round."""
    with pytest.raises(SettingInvalid, match="--allow-unsandboxed") as caught:
        choose(tiers=["limits"])
    assert "\n" not in str(caught.value)

    allowed = choose(tiers=["limits"], allow_unsandboxed=True)

    assert {layer.name: layer.state for layer in allowed.layers}["network"] == "off"


def test_the_registry_refuses_at_the_start(monkeypatch):
    """A run whose programs could reach the network does not begin, unless its settings allow it."""
    registry = Registry()
    builtin.register(registry)
    monkeypatch.setattr(builtin, "choose", lambda **options: choose(tiers=["limits"], **options))

    with pytest.raises(SettingInvalid, match="network"):
        registry.executor(Settings())
    assert registry.executor(Settings(allow_unsandboxed=True)).sandbox.tier == "limits"


def test_permission_is_not_a_wish():
    """Allowing less does not take less: where walls can be had, programs get them."""
    assert choose(allow_unsandboxed=True).tier == choose().tier


@pytest.mark.parametrize("machine", MACHINES)
def test_filters_end(machine):
    """Every jump of a filter leads to a line of it, and the last line is a verdict."""
    for tier in ("bubblewrap", "landlock"):
        code = assemble(tier, machine)
        lines = [code[at : at + 8] for at in range(0, len(code), 8)]
        for number, line in enumerate(lines):
            if line[0] & 7 == 5:
                assert number + 1 + max(line[2], line[3]) < len(lines)
        assert lines[-1][0] == 0x06
    assert assemble("landlock", machine) != assemble("bubblewrap", machine)
    assert assemble("namespaces", "m68k") == b""
    assert len(FORBIDDEN) < 200  # jumps have eight bits


def test_places_of_links(tmp_path):
    """Large collections that the input points at are seen, each under the name it is pointed at by; no neighbour is."""
    task, data, folder = tmp_path / "task", tmp_path / "view", tmp_path / "trial"
    for made in (task / "images", data, folder):
        made.mkdir(parents=True)
    (task / "train.csv").write_text("labels")
    (data / "images").symlink_to(task / "images")
    (data / "gone").symlink_to(task / "gone")

    paths = {place.path: place for place in own(folder, data)}

    assert set(paths) == {str(data), str(folder), str(task / "images")}
    assert paths[str(folder)].writable
    assert not paths[str(task / "images")].writable


def test_order_of_places():
    """What contains another comes first; of two at one path the writable one stays."""
    inner, outer = Place("/a/b", "/a/b", writable=False), Place("/a", "/a", writable=True)
    assert ordered([inner, Place("/a", "/a", writable=False), outer]) == [outer, inner]


def test_an_environment_is_not_shown_whole(tmp_path):
    """A project may lie in its virtual environment: only what is installed there is seen."""
    for name in ("bin", "lib", "runs"):
        (tmp_path / "venv" / name).mkdir(parents=True)
        (tmp_path / "venv" / name / "something").touch()
    (tmp_path / "venv" / "bin" / "python").symlink_to(sys.executable)
    (tmp_path / "venv" / "pyvenv.cfg").write_text("home = /opt/python/bin\n")

    paths = [place.path for place in interpreter(tmp_path / "venv" / "bin" / "python")]

    assert {str(tmp_path / "venv" / name) for name in ("bin", "lib", "pyvenv.cfg")} <= set(paths)
    assert str(tmp_path / "venv" / "runs") not in paths


def test_of_a_place_that_only_links_to_python_little_is_seen(tmp_path):
    """Where ~/.local/bin has a link to the interpreter, nobody's keys are shown that lie beside it."""
    local, real = tmp_path / ".local", tmp_path / "python"
    for name in (".local/bin", ".local/share/keyrings", "python/bin", "python/lib/python3.11", "python/share"):
        (tmp_path / name).mkdir(parents=True)
    for name in (".local/share/keyrings/key", "python/lib/python3.11/os.py", "python/share/something"):
        (tmp_path / name).touch()
    (real / "bin" / "python3.11").touch()
    (local / "bin" / "python3.11").symlink_to(real / "bin" / "python3.11")

    paths = [place.path for place in interpreter(local / "bin" / "python3.11")]

    assert {str(local / "bin"), str(real / "bin"), str(real / "lib"), str(real / "share")} <= set(paths)
    assert str(local / "share") not in paths


def test_groups_leave_nothing(monkeypatch, tmp_path):
    """Looking for control groups leaves none; where there are none, none are found."""
    name = secrets.token_hex(8)
    monkeypatch.setattr(secrets, "token_hex", lambda _: name)
    assert find(tmp_path).parents == {}
    for parent in find().parents.values():
        assert list(Path(parent).glob(f"gome-*{name}")) == []


def test_limits_alone_promise_nothing():
    """Trusted programs get caps and a deadline, and the record says that this is all."""
    program = Program(folder=Path(), input=Path(), device=Device(name="cpu:0", cores=()), limit_s=1)
    states = {layer.name: layer.state for layer in unsandboxed().report(program, left=2)}
    assert states["sandbox"] == states["network"] == states["process-tree"] == states["memory"] == "off"
