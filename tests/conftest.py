"""Every test of plain anyio code runs on trio with virtual time and on asyncio."""

import pytest
import structlog
from trio.testing import MockClock


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
