"""Every test of plain anyio code runs on trio with virtual time and on asyncio."""

import contextlib

import pytest
import structlog
from hypothesis import settings
from trio.testing import MockClock

from gome.execution.nvml import Nvml
from gome.testing.nvml import build, compiler

settings.register_profile("gome", deadline=None)  # how long an example takes says nothing here
settings.load_profile("gome")


@pytest.fixture(
    params=[
        pytest.param(("trio", {"clock": MockClock(autojump_threshold=0)}), id="trio-virtual-time"),
        pytest.param(("asyncio", {}), id="asyncio"),
    ]
)
def anyio_backend(request):
    """Both event loops; on trio a sleep of an hour takes no time."""
    name, options = request.param
    return (name, {"clock": MockClock(autojump_threshold=0)}) if name == "trio" else (name, options)


@pytest.fixture
def virtual_time():
    """Options for `anyio.run` with virtual time."""
    return {"backend": "trio", "backend_options": {"clock": MockClock(autojump_threshold=0)}}


@pytest.fixture(autouse=True)
def _log_as_it_comes():
    """A test that ran the command line has set up the log for people; the next one finds the defaults."""
    structlog.reset_defaults()


@pytest.fixture(autouse=True)
def _no_warm_workers(monkeypatch):
    """Commands start programs from nothing: a worker imports for longer than most runs here take."""
    monkeypatch.setenv("GOME_WARM_WORKERS", "false")


@pytest.fixture(scope="session")
def library(tmp_path_factory):
    """The management library that follows a script."""
    if compiler() is None:
        pytest.skip("no C compiler to build a management library with")
    return build(tmp_path_factory.mktemp("nvml"))


@pytest.fixture
def script(tmp_path, monkeypatch):
    """The file that this library follows; nothing is in it yet, so no driver answers."""
    file = tmp_path / "gpus.txt"
    monkeypatch.setenv("FAKE_NVML", str(file))
    return file


@pytest.fixture
def nvml(library, script):
    """Return a function that opens the library."""
    with contextlib.ExitStack() as stack:
        yield lambda: stack.enter_context(Nvml(library))
