"""The process that a metric of the user's file lives in: a script, run by `custom` with the file's path.

On stdin it reads questions, each a line with its length in bytes, then two arrays in NumPy's own format. It answers
each with a line of JSON, after a first that tells what the file defines. What the file prints goes to stderr.
"""

import inspect
import io
import json
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np


def main() -> None:
    """Read the file, tell what it defines, then score until stdin ends."""
    path = Path(sys.argv[1])
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as out:
        os.dup2(2, 1)

        def say(**told: object) -> None:
            out.write(json.dumps(told) + "\n")
            out.flush()

        module = ModuleType("metric")
        module.__file__ = str(path)
        try:
            # compiled here: an import would leave a cache in the task's folder
            exec(compile(path.read_bytes(), str(path), "exec"), module.__dict__)  # noqa: S102 - the user's own code
        except (Exception, SystemExit) as problem:  # noqa: BLE001 - whoever asked is told
            say(problem=line(problem))
            return
        told = vars(module)
        function: Any = told.get("score")
        higher, wanted = told.get("higher_is_better"), told.get("wanted", "value")
        say(
            callable=callable(function),
            higher_is_better=higher if isinstance(higher, bool) else None,
            wanted=wanted if isinstance(wanted, str) else repr(wanted),
            **signature(function),
        )
        while size := sys.stdin.buffer.readline():
            asked = io.BytesIO(sys.stdin.buffer.read(int(size)))
            truth, predicted = (np.load(asked, allow_pickle=False) for _ in range(2))
            try:
                say(score=float(function(truth, predicted)))
            except (Exception, SystemExit) as problem:  # noqa: BLE001 - whoever asked is told
                say(problem=line(problem))


def signature(function: Any) -> dict[str, object]:
    """Whether a function takes two arguments by position, and what it calls its arguments."""
    try:
        found = inspect.signature(function)
    except (TypeError, ValueError):  # not written in Python
        return {"names": []}
    try:
        found.bind(None, None)
    except TypeError as problem:
        return {"names": [], "misfit": str(problem)}
    return {"names": [name.lower() for name in found.parameters]}


def line(problem: BaseException) -> str:
    """Return an error on one line."""
    return " ".join(f"{type(problem).__name__}: {problem}".split())


if __name__ == "__main__":
    main()
