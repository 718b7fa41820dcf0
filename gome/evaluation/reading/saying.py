"""Which printed line tells a program's score, where no word in it says so: the last that a score stands in."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from gome.evaluation.claims import NOT_TOLD, NUMBER, claimed_score, number
from gome.evaluation.reading.arithmetic import SPREAD
from gome.evaluation.reading.values import Value

Line = Sequence[str | Value]
FIRST = 0.1371  # a number that stands for a printed value; they count up by a step that no program prints
STEP = 0.0000137
# lines about a part of the validation, or about how far scores lie apart
ASIDE = re.compile(
    r"best|worst|fold|std|dev|min|max|gap|range|improve|gain|lift|differ|delta|ratio|bias|spread|time|second|again|versus",
    re.IGNORECASE,
)


def claim(printed: Sequence[Line]) -> Value | None:
    """Return the value that stands in the line which would be read as the claim; None where none would."""
    values: list[Value] = []
    lines = []
    for parts in printed:
        line = ""
        for part in parts:
            if isinstance(part, str):
                line += part
            elif isinstance(part.literal, str | int | float) and not isinstance(part.literal, bool):
                line += str(part.literal)
            else:
                line += f"{FIRST + STEP * len(values):.7f}"
                values.append(part)
        lines.append(line)
    claimed = claimed_score("\n".join(lines))
    if claimed is None:
        found = _telling(printed)
        return None if found is None else found[1]
    at = round((claimed - FIRST) / STEP)
    if 0 <= at < len(values) and abs(FIRST + STEP * at - claimed) < STEP / 4:
        return values[at]
    return Value(literal=claimed)


def claimant(printed: Callable[[], Sequence[Line]]) -> Callable[[str], float | None]:
    """Return what reads the claim in a program's output, by words, or else by the line that it prints a score in.

    Args:
        printed: says what the program prints; asked only where words do not do.
    """

    def claimed(stdout: str) -> float | None:
        told = claimed_score(stdout)
        found = _telling(printed()) if told is None and stdout.strip() else None
        if found is None:
            return told
        pattern = _pattern(*found)
        matches = [match for line in stdout.splitlines() if (match := pattern.fullmatch(line.strip()))]
        return number(matches[-1]) if matches else None

    return claimed


def _telling(printed: Sequence[Line]) -> tuple[Line, Value] | None:
    """Return the last line that a score stands in, and the score."""
    for line in reversed(printed):
        text = "".join(part if isinstance(part, str) else "0.5" for part in line)
        if ASIDE.search(text) or NOT_TOLD.match(text):
            continue
        for part in line:
            if isinstance(part, Value) and any(fact.metric != SPREAD for fact in part.facts):
                return line, part
    return None


def _pattern(line: Line, score: Value) -> re.Pattern[str]:
    found, text = False, ""
    for part in line:
        if isinstance(part, str):
            text += r"\s*".join(map(re.escape, part.split(" ")))
        elif part is score and not found:
            found, text = True, text + rf"\s*{NUMBER}\s*"
        else:
            text += ".*?"
    return re.compile(text.strip())
