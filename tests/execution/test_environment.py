"""What programs see of the environment."""

import site
from pathlib import Path

from gome.execution import Device
from gome.execution.environment import environment


def seen(**options):
    """Return the environment of a program on two cores."""
    device = Device(name="cpu:0", cores=(4, 5))
    places = {"home": Path("/t/.home"), "temporary": Path("/t/.tmp")}
    return environment(Path("/v/bin/python"), device, **places, **{"seed": 0, "mark": "MARK=m"} | options)


def test_threads_follow_the_device():
    """Numerical libraries start as many threads as the device has cores."""
    got = seen()

    assert got["OMP_NUM_THREADS"] == got["OPENBLAS_NUM_THREADS"] == got["LOKY_MAX_CPU_COUNT"] == "2"
    assert got["PATH"].startswith("/v/bin:")


def test_seeds_of_any_size():
    """Hash seeds have 32 bits; ours may be larger, or negative."""
    assert seen(seed=-1)["PYTHONHASHSEED"] == str(2**32 - 1)
    assert seen(seed=2**40 + 3)["PYTHONHASHSEED"] == "3"
    assert seen(seed=2**40 + 3)["GOME_SEED"] == str(2**40 + 3)


def test_libraries_of_the_user(monkeypatch):
    """Libraries installed with --user are found although the home is another."""
    monkeypatch.setattr(site, "ENABLE_USER_SITE", True)
    monkeypatch.setattr(site, "getuserbase", lambda: "/home/me/.local")
    assert seen()["PYTHONUSERBASE"] == "/home/me/.local"
    monkeypatch.setattr(site, "ENABLE_USER_SITE", False)
    assert "PYTHONUSERBASE" not in seen()
