"""How far device time runs past its budget: programs that all want more than is left, on real processes.

`just bench overshoot` runs whole runs with `max_device_s`, two traces on two CPU slots. The programs of each run
ignore SIGTERM, leave children behind or simply train for too long; each is cut off. What was held is counted twice: by
the journal (trials and the end's refit), and by a clock around every program that ran. Writes
bench/results/overshoot.json: the largest of both, for each second of the budget; aim: 1.01 at most.
"""

import argparse
import json
import os
import platform
import tempfile
import time
from pathlib import Path

import anyio

from gome.execution import Outcome, Program, Runner
from gome.messages import BudgetExhausted, FinalistsScored, TrialFinished
from gome.plugin import Registry
from gome.runtime import Runtime
from gome.settings import Settings
from gome.testing.model import FakeModel
from gome.testing.quickrun import write_task

BUDGETS_S = (12.0, 25.0)
AIM = 1.01
WRITES = """
import pandas as pd
rows = pd.read_csv("input/sample_submission.csv")
rows.to_csv("submission.csv", index=False)
"""
STUBBORN = "import os, signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
KINDS = {
    "too long": "import time\ntime.sleep(600)\n",
    "ignores SIGTERM": f"{STUBBORN}while True:\n    time.sleep(1)\n",
    "leaves children": f"{STUBBORN}for _ in range(50):\n    os.fork() or time.sleep(600)\ntime.sleep(600)\n",
    "some of each": "",
}


class Timed:
    """The built-in runner, with a clock around it."""

    def __init__(self, runner: Runner) -> None:
        self._runner, self.held_s = runner, 0.0

    async def run(self, program: Program, /) -> Outcome:
        """Run it."""
        began = time.monotonic()
        try:
            return await self._runner.run(program)
        finally:
            self.held_s += time.monotonic() - began


def codes(kind: str) -> list[str]:
    """Programs: the first ones give a submission, so that there is something to refit."""
    fine = [f"{WRITES}# {number}\nimport time\ntime.sleep({0.5 + number % 3})\n" for number in range(60)]
    late = [f"{WRITES}# {number}\n{KINDS[kind]}" for number in range(60)]
    if kind == "some of each":
        others = [f"{WRITES}# {number}\n{bad}" for number, bad in enumerate(KINDS.values())]
        return [code for pair in zip(fine, others * 15, strict=True) for code in pair]
    return [*fine[:2], *late]


async def measure(task: Path, out: Path, kind: str, budget_s: float, *, warm: bool) -> dict[str, object]:
    """Run once. Returns what was held, for a second of the budget."""
    timed: list[Timed] = []

    def register(registry: Registry) -> None:
        def executor(settings: Settings) -> Timed:
            timed.append(Timed(registry.executors["local"](settings)))
            return timed[0]

        registry.add_executor("timed", executor)
        registry.add_model("writer", lambda *_: FakeModel(codes(kind)))

    settings = Settings(
        model="writer", traces=2, devices="cpu:2", budget_s=300.0, max_device_s=budget_s, executor="timed",
        warm_workers=warm,
    )  # fmt: skip
    spent, ended = 0.0, ""
    async with Runtime(settings, plugins=[register]) as runtime:
        run = await runtime.start(task, out=out)
        async for envelope in run.events():
            match envelope.message:
                case TrialFinished(device_s=device_s) | FinalistsScored(refit_s=device_s):
                    spent += device_s
                case BudgetExhausted(resource=resource):
                    ended = resource
                case _:
                    pass
        await run.result()
    return {
        "kind": kind,
        "budget_s": budget_s,
        "warm": warm,
        "ended_by": ended,
        "journal": round(spent / budget_s, 4),
        "clock": round(timed[0].held_s / budget_s, 4),
    }


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--quick", action="store_true", help="the smaller budget alone")
    quick = options.parse_args().quick
    load, rows = os.getloadavg()[0], []
    with tempfile.TemporaryDirectory(prefix="gome-bench-") as name:
        task = write_task(Path(name) / "task")
        for budget_s in BUDGETS_S[:1] if quick else BUDGETS_S:
            for number, kind in enumerate(KINDS):
                out = Path(name) / f"run-{budget_s:.0f}-{number}"
                rows.append(anyio.run(lambda: measure(task, out, kind, budget_s, warm=bool(number % 2))))  # noqa: B023
                print(json.dumps(rows[-1]), flush=True)
    worst = max(max(float(str(row["journal"])), float(str(row["clock"]))) for row in rows)
    result = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "load_1min": [round(load, 2), round(os.getloadavg()[0], 2)],
        "aim": AIM,
        "worst": worst,
        "rows": rows,
    }
    print(f"at most {worst:.4f} of the budget was held; aim {AIM}")
    Path(__file__).with_name("results").joinpath("overshoot.json").write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
