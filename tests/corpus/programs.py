"""The programs of the corpus; the first line of each names its task and its fault."""

from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

HERE = Path(__file__).parent
PARTS = ("frozen", "open", "unseen")


class Program(Struct, frozen=True):
    """One program."""

    name: str
    part: str  # one of PARTS
    task: str
    fault: str  # "none": honest
    code: str


def programs(*parts: str) -> Iterator[Program]:
    """Those of these parts, by name."""
    for part in parts:
        for path in sorted((HERE / part).glob("*.py")):
            code = path.read_text(encoding="utf-8")
            task, fault = (piece.partition(": ")[2].strip() for piece in code.splitlines()[0].split(";"))
            yield Program(path.stem, part, task, fault, code)
