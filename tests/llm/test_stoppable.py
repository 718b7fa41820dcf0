"""A run that is asked to stop waits for no answer."""

import anyio
import pytest
from llm_questions import DIAGNOSE, DRAFT, PROPOSE

from gome.errors import RunStopped
from gome.llm.stoppable import Stop, Stoppable
from gome.testing.model import FakeModel


class Slow(FakeModel):
    """Takes an hour to propose, and tidies up when it is left."""

    left = False

    async def propose(self, question):
        try:
            await anyio.sleep(3600.0)
        finally:
            self.left = True
        return await super().propose(question)


async def test_open_questions_end_with_the_run(virtual_time):
    """Whoever waits gets to know at once; what was being done is tidied up; later questions are refused."""
    stop, slow, ended = Stop(), Slow([]), []
    model = Stoppable(slow, stop)

    async def ask(ending):
        try:
            await model.propose(PROPOSE)
        except RunStopped as error:
            ending.append(str(error))

    async with anyio.create_task_group() as tasks:
        for _ in range(3):
            tasks.start_soon(ask, ended)
        await anyio.wait_all_tasks_blocked()
        stop.pull()
    assert ended == ["the run is asked to stop"] * 3
    assert slow.left
    with pytest.raises(RunStopped), anyio.fail_after(1.0):
        await model.propose(PROPOSE)


async def test_what_is_answered_stays_answered():
    """Without a stop, and whatever is asked, the answer is the model's."""
    model, plain = Stoppable(FakeModel([]), Stop()), FakeModel([])
    assert await model.draft(DRAFT) == await plain.draft(DRAFT)
    assert await model.diagnose(DIAGNOSE) == await plain.diagnose(DIAGNOSE)


async def test_a_cancelled_caller_is_cancelled():
    """A deadline around the question is not mistaken for a stop."""
    model = Stoppable(Slow([]), Stop())
    with anyio.move_on_after(0.01) as scope:
        await model.propose(PROPOSE)
    assert scope.cancelled_caught
