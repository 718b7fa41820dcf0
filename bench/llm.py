"""Wall time of 40 calls from 4 traces against the limit that the concurrency allows, over real HTTP.

`just bench llm` prints the ratios and writes bench/results/llm.json. Each trace asks its questions one after the
other, as a run does; the limit is the calls of the busiest slot times the latency. What is above it is ours: the
client, the account, the throttle. The scripted endpoint runs in a process of its own, as an endpoint does.
"""

import json
import platform
import statistics
import subprocess
import sys
from pathlib import Path

import anyio

from gome.budget import Ledger
from gome.llm import Site
from gome.llm.endpoint import Endpoint
from gome.llm.exchange import Request
from gome.llm.openai import OpenAIChannel
from gome.messages import Limits
from gome.settings import ModelSettings, Price
from gome.testing.scripted import Scripted
from gome.testing.server import serve

CALLS, TRACES, ROUNDS = 40, 4, 5
LATENCIES_S = (0.1, 0.5)
CONCURRENCIES = (2, 4)
SCHEMA = {"type": "object", "properties": {"ok": {"type": "boolean"}}, "required": ["ok"]}


async def measured(base_url: str, concurrency: int) -> float:
    """Return the wall time of all calls."""
    told = ModelSettings(concurrency=concurrency, prices={"gpt-test": Price(input=1.0, output=2.0)})
    ledger = Ledger(Limits(cost_usd=100.0))
    site = Site(folder=Path(), ledger=ledger, left_s=lambda: 1e9, report=lambda _: None, settings=told)
    channel = OpenAIChannel("gpt-test", Endpoint(base_url, None), site)
    async with anyio.create_task_group() as tasks:  # connections stand, as they do in a run after its first calls
        for trace in range(TRACES):
            tasks.start_soon(channel.ask, question(f"warm/t{trace}"))
    began = anyio.current_time()
    async with anyio.create_task_group() as tasks:
        for trace in range(TRACES):
            tasks.start_soon(ask, channel, trace)
    wall_s = anyio.current_time() - began
    await channel.close()
    return wall_s


def answer_for_ever(latency_s: float) -> None:
    """Be the endpoint: say where, answer until stdin closes, say how many calls were in flight at most."""
    with serve(lambda _: Scripted(content={"ok": True}, latency_s=latency_s)) as server:
        print(server.base_url, flush=True)
        sys.stdin.read()
    print(server.most_in_flight, flush=True)


def round_of(latency_s: float, concurrency: int) -> float:
    """Return the wall time as a multiple of the limit."""
    words = [sys.executable, "-m", "bench.llm", str(latency_s)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as endpoint:
        wall_s = anyio.run(measured, endpoint.stdout.readline().strip(), concurrency)
        endpoint.stdin.close()
        most = int(endpoint.stdout.read())
    assert most == concurrency, f"{most} in flight, {concurrency} allowed"
    return wall_s / (CALLS / min(concurrency, TRACES) * latency_s)


async def ask(channel: OpenAIChannel, trace: int) -> None:
    """Ask a trace's questions."""
    for number in range(CALLS // TRACES):
        await channel.ask(question(f"propose/t{trace}-{number:03d}"))


def question(key: str) -> Request:
    """Return a question of 8 KB."""
    text = "What next? " * 700
    return Request(
        role="propose", key=key, system="Rules.", user=text, schema=SCHEMA, name="proposal", max_output_tokens=1000
    )


def main() -> None:
    """Measure all combinations, interleaved."""
    runs: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        for latency_s in LATENCIES_S:
            for concurrency in CONCURRENCIES:
                ratio = round_of(latency_s, concurrency)
                name = f"latency {latency_s:g} s, {concurrency} at once"
                runs.setdefault(name, []).append(ratio)
    ratios = {name: {"median": statistics.median(of), "worst": max(of)} for name, of in runs.items()}
    for name, of in ratios.items():
        print(f"{name}: {of['median']:.3f} x the limit (worst {of['worst']:.3f})")
    result = {
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
        "calls": CALLS,
        "traces": TRACES,
        "rounds": ROUNDS,
        "wall time as a multiple of the limit": ratios,
    }
    path = Path(__file__).parent / "results" / "llm.json"
    path.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    sys.exit(answer_for_ever(float(sys.argv[1])) if len(sys.argv) > 1 else main())
