"""Fixtures of the expert's tests."""

import pytest


@pytest.fixture
def anyio_backend() -> str:
    """The expert waits for nothing; one backend tells as much as two."""
    return "asyncio"
