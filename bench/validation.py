"""Do the checks find planted faults, and leave honest programs alone: every program of the corpus as a trial.

`just bench validation` runs all of tests/corpus through `gome exec`'s own path and writes results/validation.md and
validation.json. The frozen part was written before the checks were, and has been looked at since; the open part is what
they were built on; the unseen part was written by somebody who had not seen the checks, and was first run on checks
that nobody had mended for it. The aims are held against the unseen part; a miss in it that is looked into is spent.
Detected means a verdict other than accepted; the exit status is 1 where an aim is missed.
"""

import argparse
import json
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import anyio

from tests.corpus.judging import Place
from tests.corpus.programs import PARTS, programs

RESULTS = Path(__file__).parent / "results"
DETECTION, FALSE_ALARMS = 0.95, 0.05  # aims, on the unseen part


def rates(rows: list[dict[str, object]]) -> tuple[int, int, int, int]:
    """Faults found, faults, false alarms, honest ones."""
    faulty = [row for row in rows if row["fault"] != "none"]
    honest = [row for row in rows if row["fault"] == "none"]
    flagged = [sum(row["verdict"] != "accepted" for row in side) for side in (faulty, honest)]
    return flagged[0], len(faulty), flagged[1], len(honest)


def table(rows: list[dict[str, object]]) -> str:
    """The rates by fault, as Markdown."""
    lines = [f"| fault | {' | '.join(PARTS)} |", "|---" * (1 + len(PARTS)) + "|"]
    by: dict[tuple[object, object], list[dict[str, object]]] = defaultdict(list)
    for row in rows:
        by[row["fault"], row["part"]].append(row)
    for fault in sorted({str(row["fault"]) for row in rows} - {"none"}):
        cells = []
        for part in PARTS:
            found, of, _, _ = rates(by[fault, part])
            cells.append(f"{found} of {of}" if of else "")
        lines.append(f"| {fault} | {' | '.join(cells)} |")
    for part in PARTS:
        found, faulty, alarms, honest = rates([row for row in rows if row["part"] == part])
        if faulty + honest:
            lines.append(
                f"\n{part}: {found} of {faulty} faults found, {alarms} false alarms in {honest} honest programs."
            )
    return "\n".join(lines) + "\n"


def main() -> int:
    """Run the corpus."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=PARTS, nargs="*", default=PARTS)
    parser.add_argument("--quiet", action="store_true", help="print the table alone")
    options = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory(dir=".", prefix=".corpus-", ignore_cleanup_errors=True) as temporary:
        place = Place(Path(temporary))
        for program in programs(*options.part):
            rows.append(anyio.run(place.judge, program))
            if not options.quiet:
                right = (rows[-1]["verdict"] == "accepted") == (program.fault == "none")
                print("   " if right else "!! ", json.dumps(rows[-1]), flush=True)
    print(table(rows))
    if set(options.part) == set(PARTS):
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "validation.md").write_text(table(rows))
        (RESULTS / "validation.json").write_text(json.dumps(rows, indent=1) + "\n")
    found, faulty, alarms, honest = rates([row for row in rows if row["part"] == "unseen"])
    return 0 if found >= DETECTION * faulty and alarms <= FALSE_ALARMS * honest else 1


if __name__ == "__main__":
    sys.exit(main())
