"""A runtime is left: its runs finish what is in flight, unless whoever waits for that is cancelled."""

import anyio
import pytest

import gome
from gome.testing.model import FakeModel
from gome.testing.quickrun import codes, settings, write_task


@pytest.fixture
def anyio_backend():
    """The journal runs on asyncio."""
    return "asyncio"


class Stuck:
    """A runner whose programs never end."""

    def __init__(self):
        self.began = anyio.Event()

    async def run(self, _, /):
        self.began.set()
        await anyio.sleep_forever()


@pytest.fixture
def stuck():
    return Stuck()


def registers(stuck):
    def register(registry):
        registry.add_model("scripted", lambda *_: FakeModel(codes(9)))
        registry.add_executor("numbers", lambda _: stuck)

    return register


async def test_leaving_may_be_cut_short(tmp_path, stuck):
    """Whoever is cancelled while a run drains is cancelled, and nothing else; the run can be resumed."""
    with anyio.CancelScope() as scope:
        async with anyio.create_task_group() as tasks, gome.Runtime(settings(3), plugins=[registers(stuck)]) as runtime:
            run = await runtime.start(write_task(tmp_path / "task", 300), out=tmp_path / "run")

            async def cut():
                async for envelope in run.events():
                    if isinstance(envelope.message, gome.StopRequested):
                        scope.cancel()

            tasks.start_soon(cut)
            await stuck.began.wait()
    assert scope.cancelled_caught
    with pytest.raises(anyio.get_cancelled_exc_class()):
        await run.result()
    assert '"status": "stopped"' in (tmp_path / "run" / "run.json").read_text()


async def test_what_is_raised_inside_comes_out_as_it_is(tmp_path, stuck):
    """Without a wait for runs that are going on."""

    async def fail():
        async with gome.Runtime(settings(3), plugins=[registers(stuck)]) as runtime:
            await runtime.start(write_task(tmp_path / "task", 300), out=tmp_path / "run")
            await stuck.began.wait()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
