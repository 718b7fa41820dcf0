"""Little tables with all that breaks programs, and a way to run many scripts in one process of their own."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

DRIVER = """
import os, runpy, sys, traceback, warnings
warnings.simplefilter("ignore")
for folder in sys.argv[1:]:
    os.chdir(folder)
    try:
        runpy.run_path("solution.py", run_name="__main__")
    except BaseException:
        with open("failed.txt", "w") as file:
            traceback.print_exc(file=file)
"""
SOLID = "a column of plain numbers"
KINDS = {"text": "text", "day": "date", "id": "id"}  # of columns whose few rows do not show it


def nasty(rows: int = 60, seed: int = 0) -> dict[str, pd.DataFrame]:
    """Tables by name; each has the columns `id` and a few features."""
    rng = np.random.default_rng(seed)
    plain = rng.normal(size=rows)
    huge = np.where(rng.random(rows) < 0.3, rng.choice([1.5e308, -1.5e308, np.inf, -np.inf], size=rows), plain)
    words = [f"w{place}x{place % 7}" for place in range(rows)]
    sentences = [" ".join(rng.choice(["it", "was", "not", "so"], size=6)) for _ in range(rows)]
    tables: dict[str, dict[str, object]] = {
        "constant": {"one": [1] * rows, "word": ["same"] * rows},
        "all missing": {"none": [np.nan] * rows, "void": [None] * rows},
        "only an id": {},
        "huge": {"huge": huge, "all huge": np.full(rows, 1.7e308) * rng.choice([1, -1], rows), SOLID: plain},
        "one number": {SOLID: plain},
        "one category": {"kind": rng.choice(["a", "b"], size=rows)},
        "one text": {"text": sentences},
        "no words": {"text": ["!?", "", "a", ". . ."] * (rows // 4)},
        "one date": {"day": [f"2024-01-{1 + place % 28:02d}" for place in range(rows)]},
        "nearly constant": {"flag": (np.arange(rows) == 0).astype(int), "most": np.where(plain > 1.5, plain, 0.0)},
        "unicode": {
            "größe [m²]": plain,
            "名前": rng.choice(["甲", "乙"], size=rows),
            "😀,\"'": rng.integers(0, 5, rows),
        },
        "mixed": {
            "mixed": [[1, "two", 3.5, None, True][place % 5] for place in range(rows)],
            "flag": rng.random(rows) < 0.5,
            "gappy flag": [[True, False, None][place % 3] for place in range(rows)],
            "word": [*words[:-5], *[None] * 4, words[0]],
            "twice": [words[place // 2] for place in range(rows)],
        },
        "texts and dates": {
            "text": ["", "  ", "!?", "a b c d e", *sentences[4:]],
            "day": ["no day", "2024-13-45", "9999-12-31", *["2024-05-06"] * (rows - 23), *["2023-01-02"] * 20],
            SOLID: plain,
        },
    }
    ids = pd.DataFrame({"id": [f"r{place:04d}" for place in range(rows)]})
    return {name: ids.join(pd.DataFrame(columns, index=ids.index)) for name, columns in tables.items()}


def targeted(table: pd.DataFrame, kind: str) -> pd.DataFrame:
    """The table with a target that knows nothing of it; of three classes one has a single row."""
    place = np.arange(len(table)) * 7 % 11
    if kind == "binary":
        return table.assign(y=np.where(place > 5, "yes", "no"))
    if kind == "multiclass":
        labels = place % 2
        labels[3] = 2
        return table.assign(y=labels)
    return table.assign(y=place / 3.0)


def failures(folders: Mapping[str, Path]) -> dict[str, str]:
    """Run solution.py in each folder, all in one process; what went wrong, by name."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    subprocess.run(
        [sys.executable, "-c", DRIVER, *map(str, folders.values())],
        env=environment,
        capture_output=True,
        check=True,
    )
    found = {}
    for name, folder in folders.items():
        error = folder / "failed.txt"
        if error.exists():
            found[name] = error.read_text(encoding="utf-8")[-1500:]
        elif not (folder / "submission.csv").exists():
            found[name] = "no submission"
        elif pd.read_csv(folder / "submission.csv").isin([np.inf, -np.inf, np.nan]).any().any():
            found[name] = "values that are no numbers"
    return found
