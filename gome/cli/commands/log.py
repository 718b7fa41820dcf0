"""`gome log`: the journal as a story."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gome.cli.output import Exit, document, one_line, say, tell

if TYPE_CHECKING:
    from collections.abc import Callable

    from gome.journal import Record

PAGE = 500
FOLLOW_S = 0.3
LAST = "run.finished"


@click.command(short_help="Tell the story of a run.")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--trace", metavar="T", help="Only what concerns this trace: t1, t2, ...")
@click.option("--follow", "-f", is_flag=True, help="Go on until the run has ended.")
@click.option("--json", "as_json", is_flag=True, help="Messages as JSON, one a line.")
def log(*, run: Path, trace: str | None, follow: bool, as_json: bool) -> Exit:
    """Tell what was said in RUN, the folder of a run: number, time, who, what, because of which number, in words."""
    import anyio

    write = _write_json if as_json else _Teller()
    anyio.run(partial(_log, run, trace, write, follow=follow))
    return Exit.OK


async def _log(run: Path, trace: str | None, write: "Callable[[Record], None]", *, follow: bool) -> None:
    import anyio

    from gome.errors import RunFolderInvalid
    from gome.folder import RunFolder
    from gome.hold import is_held
    from gome.store import read_journal

    lock = RunFolder(run).lock
    traces: set[str] = set()
    after, ended = 0, False
    async with read_journal(RunFolder(run).journal) as journal:
        while True:
            held = is_held(lock)  # before the page, which then holds its last words
            page = await journal.read(after, PAGE)
            for record in page:
                about = _trace(record)
                traces.add(about)
                ended |= record.tag == LAST
                if trace is None or about == trace:
                    write(record)
            if page:
                after = page[-1].seq
            elif ended or not follow or not held:
                break
            else:
                await anyio.sleep(FOLLOW_S)
    if not ended and not held:
        say(f"nobody works on this run, and it has not ended: `gome resume {run}` goes on with it")
    if trace is not None and trace not in traces:
        there = ", ".join(sorted(traces - {""})) or "none"
        raise RunFolderInvalid(f"{run}: there is no trace {trace!r}; there are: {there}")


def _trace(record: "Record") -> str:
    """The trace that a record is about, also where it is answered in the run's own lane."""
    import msgspec

    return record.trace or str(msgspec.json.decode(record.body).get("trace", ""))


def _write_json(record: "Record") -> None:
    import msgspec

    document(
        {
            "seq": record.seq,
            "at": record.at,
            "cause": record.cause,
            "actor": record.actor,
            "message": msgspec.Raw(record.body.encode()),
        }
    )


class _Teller:
    """Writes records as lines."""

    def __init__(self) -> None:
        from gome.store.reading import Decoder

        self._decoder = Decoder()
        self._began: float | None = None

    def __call__(self, record: "Record") -> None:
        self._began = record.at if self._began is None else self._began
        because = f"<- {record.cause}" if record.cause else ""
        tell(
            f"{record.seq:>5} {_time(record.at - self._began):>8}  {record.actor or 'runtime':<13} {record.tag:<20} "
            f"{because:<8} {one_line(self._words(record))}"
        )

    def _words(self, record: "Record") -> str:
        import msgspec

        from gome.cli.story import story

        try:
            return story(self._decoder.message(record.body))
        except msgspec.ValidationError:
            return record.body  # a plugin's message, and the plugin is not here to tell its type


def _time(seconds: float) -> str:
    """Return a time to the tenth of a second: 0:07.3."""
    minutes, rest = divmod(max(seconds, 0.0), 60)
    return f"{minutes:.0f}:{rest:04.1f}"
