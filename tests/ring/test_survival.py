"""The five actors themselves, killed at every commit, and heard in any order."""

import hashlib
from collections import Counter

import msgspec
import pytest

from gome import builtin, clock
from gome.folder import RunFolder
from gome.messages import RunId
from gome.parts import Parts, Plan
from gome.plugin import Registry, register_all
from gome.prepare import prepare, read_task
from gome.ring import core
from gome.testing import crash, permute
from gome.testing.model import FakeModel
from gome.testing.quickrun import Programs, registers, settings, write_task

TRIALS = 2  # each commit of a run is two kills, and two runs


@pytest.fixture
def anyio_backend():
    """Programs and scores take threads, and those take real time."""
    return "asyncio"


class Steady(FakeModel):
    """Answers a question in the same way whenever it is asked, and counts how often."""

    def __init__(self):
        super().__init__(["more"])  # it never runs out
        self.questions = Counter()

    async def _asked(self, question, answer):
        self.questions[question.key] += 1
        return await answer(question)

    async def draft(self, question, /):
        return await self._asked(question, super().draft)

    async def diagnose(self, question, /):
        return await self._asked(question, super().diagnose)

    async def propose(self, question, /):
        return await self._asked(question, super().propose)

    async def implement(self, question, /):
        self.questions[question.key] += 1
        strength = int(hashlib.sha256(question.key.encode()).hexdigest()[:4], 16) / 65536
        self.codes = ["more", "more"]
        answer = await super().implement(question)
        return msgspec.structs.replace(answer, code=f"strength={strength:.3f}")


class World:
    """A task, a folder, a model and an executor that outlive all kills; `make` builds the five actors anew."""

    def __init__(self, folder, traces):
        self.model, self.ran = Steady(), Counter()
        world = self

        class Counting(Programs):
            async def run(self, program, /):
                world.ran[program.folder.name] += 1
                return await super().run(program)

        self.registry = Registry()
        register_all(self.registry, (builtin.register, registers(self.model)))
        self.registry.executors["numbers"] = lambda _: Counting()
        told = settings(TRIALS, traces=traces)
        run = RunFolder(folder / "run")
        run.create()
        task = read_task(write_task(folder / "task", 300), self.registry.metrics)
        self.plan = Plan(
            run=RunId("run"),
            folder=run,
            prepared=prepare(task, run, told, self.registry),
            settings=told,
        )
        self.parts = None

    def make(self):
        self.parts = Parts(self.plan, self.registry, self.plan.pace(clock.now), report=lambda _: None)
        return core(self.parts)

    def recall(self):
        self.parts.charge()

    def done(self):
        return [*self.model.questions.elements(), *self.ran.elements()]


def check_whole(journal):
    """What every run is, in whatever order and after whatever kills."""
    bodies = [msgspec.json.decode(record.body) for record in journal.records]
    kinds = Counter(body["type"] for body in bodies)
    assert kinds["run.finished"] == kinds["run.finalists_chosen"] == kinds["run.finalists_scored"] == 1
    assert kinds["trace.opened"] == kinds["trace.closed"]
    for kind in ("solution.proposed", "trial.finished", "trial.diagnosed"):
        trials = [body["trial"] for body in bodies if body["type"] == kind]
        assert len(trials) == len(set(trials)) == TRIALS, kind
    [end] = [body for body in bodies if body["type"] == "run.finished"]
    assert end["status"] == "finished"
    scores = {body["trial"]: body["score"] for body in bodies if body["type"] == "trial.diagnosed"}
    assert end["score"] == scores[end["best"]]
    assert all(outcome is not None for outcome in journal.effects.values())


@pytest.mark.slow
async def test_the_five_actors_survive_a_kill_at_every_commit(tmp_path):
    """No question is paid twice and no trial run twice, but for what a kill left in doubt; each run is whole."""
    world = World(tmp_path, traces=1)
    shown = await crash(
        world.make, [world.plan.started()], done=world.done, recall=world.recall, same=False, whole=check_whole
    )
    assert shown.commits > 20
    assert shown.kills > 2 * shown.commits


@pytest.mark.slow
async def test_the_five_actors_may_hear_their_traces_in_any_order(tmp_path):
    """Two traces at once, ten orders: each lane is kept, and each run is whole."""
    world = World(tmp_path, traces=2)
    journals = await permute(world.make, [world.plan.started()], range(10))
    for journal in journals:
        check_whole(journal)
    told = [[(r.tag, msgspec.json.decode(r.body).get("trace")) for r in journal.records] for journal in journals]
    orders = set(map(tuple, told))
    assert len(orders) > 1
