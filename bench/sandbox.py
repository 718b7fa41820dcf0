"""What a sandbox costs a trial: an empty program in each tier beside none, in one interleaved run.

`just bench sandbox` prints the medians and writes bench/results/sandbox.json. A trial is `LocalRunner.run` from
call to outcome; its cost is what it takes longer than the same trial with limits only. Trials that are forked from a
warm worker are compared with such forks.
"""

import json
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import anyio

from gome.errors import SettingInvalid
from gome.execution import Device, Program
from gome.execution.local import LocalRunner
from gome.execution.sandbox import TIERS
from gome.execution.sandbox.choice import choose, unsandboxed

ROUNDS = 40
AIM_MS = 15.0


async def trial(runner: LocalRunner, folder: Path) -> float:
    """Milliseconds of one empty trial."""
    program = Program(
        folder=folder, input=folder / "data", device=Device(name="cpu:0", cores=()), limit_s=120.0, memory_mib=512
    )
    began = time.perf_counter()
    outcome = await runner.run(program)
    took = time.perf_counter() - began
    assert (outcome.status, outcome.warm) == ("ok", runner.warm is not None), outcome
    return took * 1000


def bare(folder: Path) -> float:
    """Milliseconds of `python solution.py`."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "solution.py"], cwd=folder, check=True)
    return (time.perf_counter() - began) * 1000


async def measure(runners: dict[str, LocalRunner], folder: Path) -> dict[str, list[float]]:
    """Milliseconds of every round, by tier."""
    taken: dict[str, list[float]] = {name: [] for name in ("python", *runners)}
    for number in range(ROUNDS + 2):
        for name in taken:
            took = await trial(runners[name], folder) if name in runners else bare(folder)
            if number > 1:  # the first ones fill the caches
                taken[name].append(took)
    return taken


def beside(name: str) -> str:
    """What a tier is compared with: limits only, forked or not."""
    return "limits-warm" if name.endswith("-warm") else "limits"


def main() -> None:
    runners, chosen_ms = {}, {}
    for tier in TIERS:
        began = time.perf_counter()
        try:
            sandbox = unsandboxed() if tier == "limits" else choose(tiers=[tier])
        except SettingInvalid as error:
            print(f"{tier}: {error}")
            continue
        chosen_ms[tier] = (time.perf_counter() - began) * 1000
        runners[tier] = LocalRunner(sandbox)
        if tier != "bubblewrap":  # it wraps what is executed, not what is forked
            runners[f"{tier}-warm"] = LocalRunner(sandbox, warm=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "data").mkdir()
        (folder / "solution.py").write_text("pass\n")
        taken = anyio.run(measure, runners, folder)
    for runner in runners.values():
        runner.close()
    median = {name: statistics.median(values) for name, values in taken.items()}
    paired = {
        name: statistics.median(mine - none for mine, none in zip(taken[name], taken[beside(name)], strict=True))
        for name in runners
        if name != beside(name)
    }
    result = {
        "machine": f"{platform.machine()}, Python {platform.python_version()}, {platform.release().split('-')[0]}",
        "rounds": ROUNDS,
        "median_ms": median,
        "cost_ms": paired,
        "choice_ms": chosen_ms,
        "aim_ms": AIM_MS,
    }
    for name, value in median.items():
        cost = f", {paired[name]:+.1f} ms beside limits only" if name in paired else ""
        print(f"{name:16} {value:6.1f} ms{cost}")
    Path(__file__).with_name("results").joinpath("sandbox.json").write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
