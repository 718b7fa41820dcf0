"""How busy one device is kept: four traces, 2 s for every answer of the model, 2 s of training, real processes.

`just bench busy` runs a whole run against the shipped scripted endpoint over HTTP and writes bench/results/busy.json.
Busy is the share of the time from the first trial's end to the last one's in which a program was running, its start
included; what the programs meant to take is given beside it. The limit is 1.0. With `--gpu` the device is a real GPU
and the programs compute on it (bench/results/busy_gpu.json); how much of the time it computed is then given too.
"""

import argparse
import json
import os
import platform
import tempfile
import time
from functools import partial
from pathlib import Path

import anyio

from gome.execution import Outcome, Program, Runner
from gome.messages import DeviceSampled, Envelope, TrialFinished, WidthChanged
from gome.plugin import Registry
from gome.runtime import Runtime
from gome.settings import ModelSettings, Settings
from gome.task.examples import write_example
from gome.testing.scripted import Answers, Asked, Scripted
from gome.testing.server import serve

LATENCY_S = TRAINING_S = 2.0
TRACES = 4
AIM = 0.95
PROGRAM = """
import csv, time
began = time.monotonic()
rows = list(csv.reader(open("input/sample_submission.csv")))
rows[1:] = [[row[0], *[{value}] * (len(row) - 1)] for row in rows[1:]]
csv.writer(open("submission.csv", "w")).writerows(rows)
time.sleep({training_s} - (time.monotonic() - began))
"""
GPU_PROGRAM = """
import csv, time
began = time.monotonic()
import torch
tensor = torch.rand(4096, 4096, device="cuda")
rows = list(csv.reader(open("input/sample_submission.csv")))
rows[1:] = [[row[0], *[{value}] * (len(row) - 1)] for row in rows[1:]]
csv.writer(open("submission.csv", "w")).writerows(rows)
while time.monotonic() < began + {training_s}:
    tensor = (tensor @ tensor).clamp(0, 1)
    torch.cuda.synchronize()
"""


class Slow:
    """The shipped script of answers, each after the model's latency."""

    def __init__(self, trials: int, program: str) -> None:
        codes = (program.format(value=0.5 + number / 1e4, training_s=TRAINING_S) for number in range(trials + 16))
        self._answers = Answers(codes, starts=TRACES)

    def __call__(self, asked: Asked) -> Scripted:
        """Return the next answer."""
        answer = self._answers(asked)
        latency_s = 0.0 if asked.schema == "check" else LATENCY_S
        return Scripted(content=answer.content, latency_s=latency_s)


class Timed:
    """The built-in runner, with a note of when programs ran."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self.ran: list[tuple[float, float]] = []

    async def run(self, program: Program, /) -> Outcome:
        """Run it."""
        began = time.time()
        try:
            return await self._runner.run(program)
        finally:
            self.ran.append((began, time.time()))

    def busy_s(self, first: float, last: float) -> float:
        """Seconds between two moments in which a program ran; there is one device, so no two ran at once."""
        return sum(max(min(end, last) - max(began, first), 0.0) for began, end in self.ran)


async def measure(folder: Path, trials: int, max_traces: int | None, *, gpu: bool) -> dict[str, object]:
    """Run once. Returns what was measured."""
    task = write_example("breast_cancer", folder / "task")
    with (task / "task.toml").open("a") as file:
        file.write("[split]\nfolds = 1\n")  # one program a trial
    timed: list[Timed] = []

    def register(registry: Registry) -> None:
        def executor(settings: Settings) -> Timed:
            timed.append(Timed(registry.executors["local"](settings)))
            return timed[0]

        registry.add_executor("timed", executor)

    async with serve(Slow(trials, GPU_PROGRAM if gpu else PROGRAM)) as server:
        settings = Settings(
            model="openai:gpt-test",
            traces=TRACES,
            max_traces=max_traces,
            max_trials=trials,
            budget_s=None,
            devices="0" if gpu else "cpu:1",
            executor="timed",
            llm=ModelSettings(base_url=server.base_url),
        )
        os.environ.setdefault("OPENAI_API_KEY", "none")
        async with Runtime(settings, plugins=[register]) as runtime:
            run = await runtime.start(task, out=folder / "run")
            envelopes: list[Envelope] = [envelope async for envelope in run.events()]
            await run.result()
    ended = [(envelope.at, envelope.message) for envelope in envelopes if isinstance(envelope.message, TrialFinished)]
    assert all(message.status == "ok" for _, message in ended), [message.error for _, message in ended]
    first, last = ended[0][0], ended[-1][0]
    span_s, after = last - first, [message for _, message in ended[1:]]
    widths = [message.message.reason for message in envelopes if isinstance(message.message, WidthChanged)]
    computing = [
        message.message.computing
        for message in envelopes
        if isinstance(message.message, DeviceSampled) and first <= message.at <= last
    ]
    known = [share for share in computing if share is not None]
    return {
        "computing": round(sum(known) / len(known), 4) if known else None,
        "trials": len(ended),
        "span_s": round(span_s, 2),
        "busy": round(timed[0].busy_s(first, last) / span_s, 4),
        "training": round(len(after) * TRAINING_S / span_s, 4),
        "lease_s": round(sum(message.device_s for message in after) / len(after), 3),
        "raised": widths,
    }


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--trials", type=int, default=40)
    options.add_argument("--gpu", action="store_true")
    told = options.parse_args()
    runs = {}
    load = os.getloadavg()[0]
    for name, most in (("fixed", TRACES), ("raised", None)):
        with tempfile.TemporaryDirectory() as folder:
            runs[name] = anyio.run(partial(measure, Path(folder), told.trials, most, gpu=told.gpu))
        print(name, json.dumps(runs[name]))
    result = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "load_1min": [round(load, 2), round(os.getloadavg()[0], 2)],
        "latency_s": LATENCY_S,
        "training_s": TRAINING_S,
        "traces": TRACES,
        "aim": AIM,
        "runs": runs,
    }
    name = "busy_gpu.json" if told.gpu else "busy.json"
    Path(__file__).with_name("results").joinpath(name).write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
