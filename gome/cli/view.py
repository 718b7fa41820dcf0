"""The board drawn with rich: legible at 80 columns, without colour, and without Unicode."""

from collections.abc import Iterable, Sequence
from math import isfinite

from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from gome.cli.board import Change, Row, Shown, Spent, State
from gome.cli.figures import NAMES, clock, count, figure, spent
from gome.cli.output import has_unicode, printable

STYLES: dict[State, str] = {
    "thinking": "yellow",
    "waiting": "dim",
    "sample": "cyan",
    "training": "green",
    "diagnosing": "magenta",
    "refitting": "green",
    "closed": "dim",
}
LEVELS, ASCII_LEVELS = "▁▂▃▄▅▆▇█", "_.-=+*%#"
MIN_WIDTH = 40  # below this, lines are cut
MAX_WIDTH = 120  # above this, the eye loses the line
GAP = 2


class View:
    """A renderable: one moment of a run."""

    def __init__(self, shown: Shown) -> None:
        self._shown = shown

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw for this console's width and encoding."""
        shown, width = self._shown, max(min(options.max_width, MAX_WIDTH), MIN_WIDTH)
        pen = Pen(width, unicode=has_unicode(options.encoding))
        yield pen.title(shown)
        yield pen.budget(shown)
        yield ""
        if shown.rows:
            yield pen.traces(shown.rows)
            yield ""
        yield pen.scores(shown)
        if shown.changes:
            yield ""
            yield pen.changes(shown.changes)


class Pen:
    """Draws the parts."""

    def __init__(self, width: int, *, unicode: bool) -> None:
        self._width, self._unicode = width, unicode

    def _text(self, text: str) -> str:
        return printable(text, "utf-8" if self._unicode else "ascii")

    def _line(self, left: Text, right: Text) -> Text:
        """Return one line with a part at either end; the left one is cut where both do not fit."""
        left.truncate(max(self._width - right.cell_len - GAP, 8), overflow="ellipsis" if self._unicode else "crop")
        left.append(" " * max(self._width - left.cell_len - right.cell_len, 1)).append_text(right)
        return left

    def title(self, shown: Shown) -> Text:
        """Task and metric; what the run is doing."""
        direction = "higher" if shown.higher_is_better else "lower"
        left = Text(no_wrap=True).append(self._text(shown.task), "bold")
        left.append(self._text(f" · {shown.metric}, {direction} is better · {shown.strategy}, {shown.model}"))
        return self._line(left, Text(self._text(shown.phase), "bold"))

    def budget(self, shown: Shown) -> Text:
        """How much of the tightest limit is used, as a bar; then trials and devices."""
        words = [f"{count(shown.trials, 'trial')}, {shown.accepted} accepted"]
        if shown.busy is not None:
            words.append(f"devices {shown.busy:.0%} busy")
        right = Text(", ".join(words))
        if not shown.limits:
            return self._line(Text(f"{clock(shown.elapsed_s)}, no limit", no_wrap=True), right)
        tightest = max(shown.limits, key=_share)
        used, limit = spent(tightest.resource, tightest.spent), spent(tightest.resource, tightest.limit)
        label = f" {used} of {limit}" + ("" if tightest.resource == "wall_s" else f" {NAMES[tightest.resource]}")
        room = max(self._width - right.cell_len - len(label) - GAP, 8)
        share = min(_share(tightest), 1.0)
        full = round(share * room)
        style = "red" if share > 0.95 else "yellow" if share > 0.8 else "green"
        on, off = ("█", "░") if self._unicode else ("#", ".")
        left = Text(no_wrap=True).append(on * full, style).append(off * (room - full), "dim").append(label)
        return self._line(left, right)

    def traces(self, rows: Sequence[Row]) -> Table:
        """One row a trace."""
        table = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), width=self._width, header_style="dim")
        table.add_column("trace", no_wrap=True)
        table.add_column("now", min_width=10, no_wrap=True)
        table.add_column("best", justify="right", no_wrap=True)
        table.add_column("trials", justify="right", no_wrap=True)
        table.add_column("trying", ratio=1, no_wrap=True, overflow="ellipsis" if self._unicode else "crop")
        for row in rows:
            table.add_row(
                row.trace,
                Text(row.state, STYLES[row.state]),
                figure(row.best),
                str(row.trials),
                Text(self._text(row.trying), "dim" if row.state == "closed" else ""),
            )
        return table

    def scores(self, shown: Shown) -> Text:
        """First score, how the best one came about, best score."""
        if shown.best is None:
            return Text("no valid score yet", "dim", no_wrap=True)
        left, right = f"first {figure(shown.first)} ", f" best {figure(shown.best)} ({shown.best_trial})"
        room = max(self._width - len(left) - len(right), 8)
        text = Text(left, no_wrap=True).append(self.curve(shown.curve, shown.elapsed_s, room), "cyan")
        return text.append(right, "bold")

    def curve(self, points: Sequence[tuple[float, float]], until_s: float, room: int) -> str:
        """Return the best score over time, `room` signs wide: blank before the first score, then its level."""
        points = [(at_s, score) for at_s, score in points if isfinite(score)]
        scores = [score for _, score in points]
        low, high = min(scores, default=0.0), max(scores, default=0.0)
        levels = LEVELS if self._unicode else ASCII_LEVELS
        signs = []
        for column in range(room):
            before = [score for at_s, score in points if at_s <= until_s * (column + 1) / room]
            if not before:
                signs.append(" ")
            elif high == low:
                signs.append(levels[3])
            else:
                signs.append(levels[round((before[-1] - low) / (high - low) * (len(levels) - 1))])
        return "".join(signs)

    def changes(self, changes: Iterable[Change]) -> Table:
        """The last accepted steps, newest first."""
        table = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), width=self._width, header_style="dim")
        table.add_column("at", justify="right", no_wrap=True)
        table.add_column("trial", no_wrap=True)
        table.add_column("score", justify="right", no_wrap=True)
        table.add_column("gain", justify="right", no_wrap=True)
        table.add_column("accepted", ratio=1, no_wrap=True, overflow="ellipsis" if self._unicode else "crop")
        for change in reversed(tuple(changes)):
            gain = "first" if change.gain is None else f"{change.gain:+.3g}"
            table.add_row(clock(change.at_s), change.trial, figure(change.score), gain, self._text(change.caption))
        return table


def _share(limit: Spent) -> float:
    return limit.spent / limit.limit if limit.limit else 1.0
