"""The success memory at 10,000 rows, and the coordinator with 1,000 traces.

`just bench memory` writes bench/results/memory.json. Aims: a look-up takes 2 ms at most; a process that coordinates
1,000 traces in simulation, two trials each, holds 300 MB at most, imports included. The look-up is timed beside
scikit-learn's own cosine similarity of the same vectors, in turns.
"""

import json
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix, vstack

from gome.memory import Successes
from gome.messages import Hypothesis, Problem, Success, TraceId, TrialId

RESULTS = Path(__file__).parent / "results"
ROWS, LOOKUPS = 10_000, 300
TRACES, TRIALS_EACH = 1_000, 2
WORDS = [
    "column",
    "category",
    "target",
    "encode",
    "mean",
    "fold",
    "leak",
    "overfit",
    "boost",
    "tree",
    "depth",
    "leaf",
    "rate",
    "learn",
    "linear",
    "scale",
    "log",
    "ratio",
    "blend",
    "seed",
    "text",
    "token",
    "hash",
    "date",
    "cycle",
    "month",
    "group",
    "time",
    "shift",
    "missing",
    "impute",
    "tail",
    "loss",
    "weight",
    "sample",
    "class",
    "rare",
    "tune",
    "threshold",
    "calibrate",
    "stack",
    "average",
    "forest",
    "neighbour",
    "kernel",
    "embed",
    "crop",
    "augment",
    "epoch",
    "batch",
    "dropout",
    "warm",
    "decay",
]


def success(number: int, rng: np.random.Generator) -> Success:
    """Return a success in some thirty words."""
    said = " ".join(rng.choice(WORDS, 24))
    idea = Hypothesis(caption=" ".join(rng.choice(WORDS, 4)), statement=said, component="features")
    return Success(
        trial=TrialId(f"t{number % 64}-{number:05d}"),
        trace=TraceId(f"t{number % 64}"),
        problem=" ".join(rng.choice(WORDS, 8)),
        hypothesis=idea,
        gain=float(rng.exponential(2.0)),
        step=number,
    )


def lookups() -> dict[str, float]:
    """Time look-ups of the full memory, each of a new diagnosis."""
    from sklearn.metrics.pairwise import cosine_similarity

    rng, memory = np.random.default_rng(0), Successes()
    rows = [success(number, rng) for number in range(ROWS)]
    for row in rows:
        memory.add(row)
    similarity = memory._similarity
    matrix = csr_matrix(vstack([similarity.vector(f"{row.problem} {row.hypothesis.statement}") for row in rows[:ROWS]]))
    held = {row.trial for row in rows if row.trace == TraceId("t1")}
    ours, peers = [], []
    for number in range(LOOKUPS):
        said = [" ".join(rng.choice(WORDS, 12)) for _ in range(3)]
        problems = [
            Problem(caption=words, evidence="", cause=words, component="features", direction=words) for words in said
        ]
        began = time.perf_counter()
        items = memory.weigh(problems, held=held, step=ROWS + number)
        ours.append(time.perf_counter() - began)
        assert items, "something weighs"
        began = time.perf_counter()
        np.argsort(cosine_similarity(similarity.vector(" ".join(said)), matrix)[0])[-5:]
        peers.append(time.perf_counter() - began)
    return {
        "median_ms": round(1e3 * statistics.median(ours), 3),
        "p95_ms": round(1e3 * statistics.quantiles(ours, n=20)[-1], 3),
        "sklearn_median_ms": round(1e3 * statistics.median(peers), 3),
        "of_the_2_ms": round(statistics.median(ours) / 2e-3, 3),
    }


def many_traces() -> dict[str, float]:
    """Rehearse 1,000 traces in this process, and tell its peak."""
    from gome.search.gradient import Gradient
    from gome.testing.landscape import Landscape
    from gome.testing.rehearsal import Rehearsal

    began = time.perf_counter()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    run = Rehearsal(Landscape(0, reliability=0.8), Gradient(), traces=TRACES, trials=TRACES * TRIALS_EACH, devices=64)
    run.run()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "traces": TRACES,
        "trials": len(run.points),
        "messages": len(run.messages),
        "imports_mib": round(before, 1),
        "peak_mib": round(peak, 1),
        "of_the_300_mb": round(peak * 1.048576 / 300, 3),
        "wall_s": round(time.perf_counter() - began, 1),
    }


def main() -> None:
    """Measure both; the second in a process of its own."""
    if "--traces" in sys.argv:
        print(json.dumps(many_traces()))
        return
    command = [sys.executable, "-m", "bench.memory", "--traces"]
    traces = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    report = {"look-up": lookups(), "coordinator": json.loads(traces)}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "memory.json").write_text(json.dumps(report, indent=2) + "\n")
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
