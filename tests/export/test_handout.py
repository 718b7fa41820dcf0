"""What is handed out of a run can be used without gome: traces in a documented schema, a script, a notebook."""

import ast
import contextlib
import gzip
import json
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import msgspec
import nbformat
import pytest

from gome.cli import main
from gome.hold import Hold
from gome.notebook import cells

ROOT = Path(__file__).parents[2]
GOLDEN = sorted((ROOT / "tests" / "store" / "golden").glob("schema-*.db.gz"))
PROGRAM = '''"""A program."""
from __future__ import annotations

import os
import sys

# How many.
COUNT = 3


@staticmethod
def double(x):
    """Twice."""

    return 2 * x


class Box:
    pass
total = 0
for n in range(COUNT):
    total += double.__func__(n)

if __name__ == "__main__":
    print(total)
# the end
'''


@pytest.fixture(params=GOLDEN, ids=lambda path: path.name.partition(".")[0])
def run(request, tmp_path):
    """A finished run of which only the journal is left."""
    folder = tmp_path / "old run"
    folder.mkdir()
    (folder / "journal.db").write_bytes(gzip.decompress(request.param.read_bytes()))
    return folder


def rows_of(folder):
    return [json.loads(line) for line in (folder / "traces.jsonl").read_text().splitlines()]


def test_a_run_is_exported_from_its_journal(run, capsys):
    """{files}, each of them there: what a run of any released schema has to give."""
    assert main(["export", str(run), "--json"]) == 0
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert [Path(path).name for path in said["files"]] == ["traces.jsonl", "solution.py", "solution.ipynb"]
    assert all(Path(path).is_file() for path in said["files"])
    head, *steps, end = rows_of(run / "export")
    assert (head["kind"], head["schema"], head["task"]["metric"]) == ("run", 1, "auc")
    assert {row["kind"] for row in steps} == {"step"}
    assert (end["kind"], end["status"], end["trials"]) == ("end", "finished", len(steps))
    best = next(row for row in steps if row["trial"] == end["best"]["trial"])
    assert best["code"] == (run / "export" / "solution.py").read_text()
    assert best["trial_finished"]["score"] == end["best"]["score"]
    assert best["diagnosed"]["verdict"] == "accepted"
    improved = [row for row in steps if row["operator"] == "improve"]
    assert all(row["proposal"]["hypotheses"] for row in improved)


def test_the_documentation_names_every_field(run):
    """docs/traces.md and the rows know the same fields."""
    assert main(["export", str(run)]) == 0
    text = (ROOT / "docs" / "traces.md").read_text()
    parts = re.split(r'^## `"kind": "(\w+)"`', text, flags=re.MULTILINE)[1:]
    for kind, part in zip(parts[::2], parts[1::2], strict=True):
        named = {
            name
            for cell in re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", part, re.MULTILINE)
            for name in re.findall(r"\w+", cell)
        }
        rows = [row for row in rows_of(run / "export") if row["kind"] == kind]
        assert rows
        for row in rows:
            assert set(row) - {"kind", "run"} == named - {"run"}, kind


def test_the_exported_files_of_a_folder_come_along(run):
    """What stands in best/ is handed out as it is, with its predictions."""
    (run / "best").mkdir()
    (run / "best" / "solution.py").write_text("print('mine')\n")
    (run / "best" / "submission.csv").write_text("id,y\n")
    assert main(["export", str(run), "--out", str(run.parent / "out")]) == 0
    out = run.parent / "out"
    assert (out / "solution.py").read_text() == "print('mine')\n"
    assert (out / "submission.csv").read_text() == "id,y\n"
    assert "print('mine')" in (out / "solution.ipynb").read_text()
    assert not (run / "export").exists()


def test_of_a_damaged_journal_the_good_part_is_exported(run, capsys):
    """With a warning that names where it ends."""
    connection = sqlite3.connect(run / "journal.db")
    [(cut,)] = connection.execute("SELECT min(seq) FROM messages WHERE tag = 'run.finalists_chosen'")
    connection.execute("DELETE FROM messages WHERE seq = ?", (cut,))
    connection.commit()
    connection.close()
    assert main(["export", str(run)]) == 0
    assert f"after message {cut - 1}" in capsys.readouterr().err
    assert rows_of(run / "export")[-1]["status"] == "stopped"


def test_what_cannot_be_exported_is_told_in_one_line(run, tmp_path, capsys):
    """No run, a place that cannot be written."""
    assert main(["export", str(tmp_path / "nowhere")]) == 2
    (tmp_path / "file").touch()
    assert main(["export", str(run), "--out", str(tmp_path / "file")]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 2


def test_the_notebook_is_the_program(run, tmp_path):
    """Valid for nbformat; its cells, joined, are the script; the first page tells score and metric."""
    (run / "best").mkdir()
    (run / "best" / "solution.py").write_text(PROGRAM)
    assert main(["export", str(run)]) == 0
    book = nbformat.read(run / "export" / "solution.ipynb", as_version=4)
    nbformat.validate(book)
    page, *code = book.cells
    assert page.cell_type == "markdown"
    assert "auc (higher is better)" in page.source
    joined = "\n".join(cell.source for cell in code)
    assert ast.dump(ast.parse(joined)) == ast.dump(ast.parse(PROGRAM))
    (tmp_path / "joined.py").write_text(joined)
    ran = subprocess.run([sys.executable, tmp_path / "joined.py"], capture_output=True, text=True, check=True)
    assert ran.stdout == "6\n"


def test_a_program_is_cut_where_a_reader_would():
    """Imports, each function, each class, and what stands between; comments stay with what follows them."""
    parts = cells(PROGRAM)
    assert [part.splitlines()[0] for part in parts] == [
        '"""A program."""',
        "from __future__ import annotations",
        "# How many.",
        "@staticmethod",
        "class Box:",
        "total = 0",
    ]
    assert parts[-1].endswith("# the end")
    assert "".join(parts).replace("\n", "") == PROGRAM.replace("\n", "")


@pytest.mark.parametrize("code", ["", "# nothing\n", "this is no python\n", "x = 1; y = 2\n", "x = 1; import os\n"])
def test_every_program_can_be_cut(code):
    """Nothing is lost, whatever it is; what cannot be parsed stays whole."""
    assert "".join(cells(code)).split() == code.split() or len(cells(code)) == 1


def test_without_nbformat_the_rest_is_written(run, monkeypatch, capsys):
    """An extra that is not installed costs the notebook, and is named."""
    monkeypatch.setitem(sys.modules, "nbformat", None)
    assert main(["export", str(run), "--json"]) == 0
    captured = capsys.readouterr()
    assert "pip install 'gome[notebook]'" in captured.err
    files = msgspec.json.decode(captured.out.splitlines()[-1])["files"]
    assert [Path(path).name for path in files] == ["traces.jsonl", "solution.py"]


def test_a_run_that_was_killed_is_stopped(run):
    """Its journal cannot say so: whether somebody works on it does."""
    with contextlib.closing(sqlite3.connect(run / "journal.db")) as journal, journal:
        [(last,)] = journal.execute("SELECT min(seq) FROM messages WHERE tag = 'run.finalists_chosen'")
        journal.execute("DELETE FROM messages WHERE seq >= ?", (last,))
    with Hold(run / "lock"):
        assert main(["export", str(run)]) == 0
        assert rows_of(run / "export")[-1]["status"] == "running"
    assert main(["export", str(run)]) == 0
    end = rows_of(run / "export")[-1]
    assert (end["status"], end["stop_reason"]) == ("stopped", "there is no end on record, and nobody works on it")
