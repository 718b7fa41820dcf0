"""Devices that wait for the traces to think: another trace takes steps."""

import anyio
import pytest

from gome.messages import DeviceSampled, TraceOpened, WidthChanged
from gome.runtime import Runtime
from gome.testing.model import FakeModel
from gome.testing.quickrun import codes, registers, settings, write_task

pytestmark = pytest.mark.slow


class Slow(FakeModel):
    """A model that thinks for a while before it writes."""

    async def implement(self, question):
        """Write the next program, later."""
        await anyio.sleep(2.0)
        return await super().implement(question)


@pytest.fixture
def anyio_backend():
    """The journal runs on asyncio."""
    return "asyncio"


async def test_another_trace(tmp_path):
    """A run with idle devices opens a trace more, and says why; how soon is told by the tests of Width."""
    model = Slow(codes(60, broken=0.0))
    said = []
    told = settings(30, traces=2, devices="cpu:1")
    async with Runtime(told, plugins=[registers(model)]) as runtime:
        run = await runtime.start(write_task(tmp_path / "task"), out=tmp_path / "run")
        async for envelope in run.events():
            said.append(envelope.message)
            if isinstance(envelope.message, TraceOpened) and envelope.message.trace == "t3":
                break
        assert run.latest(DeviceSampled)
        await run.stop()
        await run.result()

    [changed] = [message for message in said if isinstance(message, WidthChanged)]
    assert (changed.raised, changed.traces, changed.device) == (True, 3, "")
    assert "the devices were busy" in changed.reason
    assert sum(isinstance(message, TraceOpened) for message in said) == 3
