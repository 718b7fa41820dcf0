"""Runs that are cut off at a message of choice."""

import anyio

import gome
from gome.testing.model import FakeModel

PROGRAM = """
import csv, random
random.seed(1)
rows = list(csv.DictReader(open("input/test.csv")))
with open("submission.csv", "w", newline="") as file:
    writer = csv.writer(file)
    writer.writerow(["id", "y"])
    for row in rows:
        writer.writerow([row["id"], {expression}])
print("score:", eval("{claim}"))
"""
WEAK = PROGRAM.format(expression='0.5 + 0.2 * (float(row["x"]) > 0.3) + 0.2 * random.random()', claim=0.7)
STRONG = PROGRAM.format(expression='float(row["x"]) + 0.2 * random.random()', claim=0.9)


class World:
    """One task and the run of it, sitting after sitting; every question put to a model is remembered."""

    def __init__(self, task, out):
        self.task, self.out = task, out
        self.asked = []  # keys
        self.heard = []  # messages of the newest sitting

    def register(self, codes, actors):
        model = FakeModel(codes)
        model.asked = self

        def register(registry):
            registry.add_model("fake", lambda _, __: model)
            registry.add_model("other", lambda _, __: model)
            for actor in actors:
                registry.add_actor(actor)

        return register

    def append(self, question):
        self.asked.append(question.key)

    async def begin(self, codes, *, cut=None, actors=(), **settings):
        """Run from the beginning; `cut` is a predicate of messages: the first that fits ends the sitting at once."""
        told = gome.Settings(
            model="fake", warm_workers=False, **({"traces": 1, "max_trials": 3, "budget_s": 120.0} | settings)
        )
        return await self._sit(lambda runtime: runtime.start(self.task, out=self.out), codes, cut, actors, told)

    async def resume(self, codes, *, cut=None, actors=(), task=None, **changes):
        """Go on."""
        return await self._sit(
            lambda runtime: runtime.resume(self.out, task=task, **changes), codes, cut, actors, gome.Settings()
        )

    async def _sit(self, begin, codes, cut, actors, settings):
        self.heard = []
        result = None
        with anyio.CancelScope() as scope, anyio.fail_after(100):
            async with gome.Runtime(settings, plugins=[self.register(codes, actors)]) as runtime:
                run = await begin(runtime)
                async for envelope in run.events():
                    self.heard.append(envelope.message)
                    if cut is not None and cut(envelope.message):
                        scope.cancel()
                        await anyio.sleep_forever()
                result = await run.result()
        return result

    def of(self, kind):
        return [message for message in self.heard if isinstance(message, kind)]
