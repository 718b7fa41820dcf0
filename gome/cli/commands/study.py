"""`gome study`: many runs, one table."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gome.cli import options
from gome.cli.output import Exit, document, say, tell

if TYPE_CHECKING:
    from gome.study.spec import Cell
    from gome.summary import RunResult


@click.command(short_help="Compare models and strategies over tasks and seeds.")
@click.argument("spec", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The study's folder; one begun goes on.")
@options.as_json
@options.no_plugins
@options.verbose
def study(*, spec: Path, out: Path, as_json: bool, no_plugins: bool, verbose: int) -> Exit:
    """Run what SPEC, a TOML file, compares: tasks x models x strategies x seeds.

    Interrupted, the same command goes on: runs that have ended are kept. Writes table.csv, table.md, plot.svg,
    reliability.svg and a curve for each task.
    """
    import anyio

    from gome import builtin
    from gome.cli import logging
    from gome.cli.found import Found
    from gome.errors import StudyInvalid
    from gome.plugin import Registry, register_all
    from gome.study.cells import work
    from gome.study.outcome import write
    from gome.study.row import Row, best_so_far, row
    from gome.study.spec import read_spec

    logging.configure(verbose)
    found, registry = Found(enabled=not no_plugins), Registry()
    register_all(registry, (builtin.register, *found.registers))
    found.warn()
    told = read_spec(spec, registry)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StudyInvalid(f"--out {out}: cannot be written: {error.strerror}") from error
    cells = list(told.cells())
    came: dict[Cell, tuple[RunResult | None, str]] = {}

    def ended(cell: "Cell", result: "RunResult | None", error: str) -> None:
        came[cell] = result, error
        score = "no score" if result is None or result.best is None else f"{result.metric} {result.best.score:.5g}"
        what = f"{cell.task}, {cell.model}, {cell.strategy}, seed {cell.seed}"
        say(f"{len(came)} of {len(cells)}: {what}: {error or score}")

    async def whole() -> "list[Row]":
        await work(told, out, plugins=found.registers, told=ended)
        rows = []
        for cell in cells:
            result, error = came[cell]
            better = result is None or result.higher_is_better
            curve = await best_so_far(out / cell.folder, higher_is_better=better)
            rows.append(row(cell, result, error, curve))
        return rows

    rows = anyio.run(whole)
    table, plot = write(out, rows, blind=told.blind)
    if as_json:
        document({"rows": rows, "table": str(table), "plot": str(plot)})
    else:
        tell((out / "table.md").read_text(encoding="utf-8").rstrip())
        tell(f"table: {table}")
        tell(f"plot: {plot}")
    return Exit.OK if any(row.score is not None for row in rows) else Exit.NO_SUBMISSION
