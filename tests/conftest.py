"""Every test of plain anyio code runs on trio with virtual time and on asyncio."""

import pytest
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
