"""Runtimes of each tier, and worlds around them."""

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from sandbox_world import SandboxRuntime, World


@pytest.fixture(scope="session")
def sandbox_runtimes():
    """Return a function that returns the runtime of a tier and a user, started once."""
    started = {}

    def runtime(tier, user):
        if user == "root" and os.getuid() != 0:
            pytest.skip("not root")
        if tier == "bubblewrap" and shutil.which("bwrap") is None:
            pytest.skip("bubblewrap is not installed")
        if (tier, user) not in started:
            started[tier, user] = SandboxRuntime(tier, user)
        if started[tier, user].refusal:
            pytest.skip(started[tier, user].refusal)
        return started[tier, user]

    yield runtime
    for one in started.values():
        one.close()


@pytest.fixture
def world_of():
    """Return a function that makes a world around a runtime."""
    with contextlib.ExitStack() as stack:

        def make(runtime):
            path = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gome-world-")))
            world = World(path, runtime)
            stack.callback(world.sockets.close)
            return world

        yield make
