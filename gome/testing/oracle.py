"""What an endpoint answers in a campaign of kills: no two calls alike, so that each can be told from the others."""

import random
from typing import Any

from gome.testing.scripted import Asked, Scripted

PROGRAM = """
import csv, time
rows = list(csv.DictReader(open("input/test.csv")))
time.sleep({nap_s})
with open("submission.csv", "w", newline="") as file:
    writer = csv.writer(file)
    writer.writerow(["id", "y"])
    for n, row in enumerate(rows):
        writer.writerow([row["id"], {weight} * float(row["x"]) + (n * 7919 % 1000) / 1000])
open("ended.log", "a").write("ended\\n")  # answer {number}
"""


class Oracle:
    """Answers every question, each time in other words, with latency; a script for `gome.testing.server.serve`."""

    def __init__(self, seed: int, *, latency_s: float = 0.2, nap_s: float = 0.3) -> None:
        self._draw = random.Random(seed)  # noqa: S311 - a test's
        self._latency_s, self._nap_s = latency_s, nap_s

    def __call__(self, asked: Asked) -> Scripted:
        """Return the answer to a question."""
        return Scripted(content=self._content(asked), latency_s=self._draw.uniform(0.2, 1.8) * self._latency_s)

    def _content(self, asked: Asked) -> dict[str, Any]:
        number = asked.number
        match asked.schema:
            case "starts":
                return {"starts": [_step(f"start {number}.{n}") for n in range(8)]}
            case "diagnosis":
                cause = {"caption": f"cause {number}", "evidence": "", "cause": "", "component": "model"}
                return {"problems": [cause | {"direction": "go on"}], "summary": f"Answer {number}."}
            case "proposal":
                return {"hypotheses": [_step(f"step {number}")]}
            case "implementation":
                weight, nap_s = self._draw.uniform(0.3, 3.0), self._nap_s * self._draw.uniform(0.5, 2.0)
                return {"note": "", "code": PROGRAM.format(weight=weight, nap_s=nap_s, number=number), "edits": []}
        return {"ready": True}


def _step(caption: str) -> dict[str, Any]:
    return {"problem": "scripted", "caption": caption, "statement": f"{caption}, as scripted", "component": "model"}
