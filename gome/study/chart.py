"""A line chart with bands, as SVG: no library, a few kilobytes, readable everywhere."""

import math
from collections.abc import Sequence
from html import escape
from typing import NamedTuple

WIDTH, HEIGHT = 720, 440  # px
LEFT, RIGHT, TOP, BOTTOM = 70, 160, 40, 55  # margins
COLOURS = ("#1f6feb", "#d1242f", "#1a7f37", "#9a6700", "#8250df", "#0e7490", "#57606a", "#bf3989")
TICKS = 5


class Line(NamedTuple):
    """One curve; `low` and `high` are the bounds of its band, or empty."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    low: Sequence[float] = ()
    high: Sequence[float] = ()


def chart(title: str, x_label: str, y_label: str, lines: Sequence[Line], *, marks: Sequence[str] = ()) -> str:
    """Return the chart as an SVG document.

    Args:
        title: above it.
        x_label: below the axis.
        y_label: beside the axis.
        lines: the curves; points that are not finite are left out.
        marks: names along the x axis where it has no numbers: for x = 0, 1, 2, ...
    """
    points = [
        (x, y)
        for line in lines
        for values in (line.y, line.low, line.high)
        for x, y in zip(line.x, values, strict=False)
        if math.isfinite(x) and math.isfinite(y)
    ]
    if not points:
        points = [(0.0, 0.0), (1.0, 1.0)]
    frame = _Frame(*_span([x for x, _ in points]), *_span([y for _, y in points], pad=0.05))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="system-ui, sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{LEFT}" y="24" font-size="15" font-weight="600">{escape(title)}</text>',
        *_axes(frame, x_label, y_label, marks),
    ]
    for number, line in enumerate(lines):
        colour = COLOURS[number % len(COLOURS)]
        parts += _band(frame, line, colour)
        parts += _curve(frame, line, colour)
        y = TOP + 16 + 20 * number
        parts.append(f'<line x1="{WIDTH - RIGHT + 15}" y1="{y}" x2="{WIDTH - RIGHT + 40}" y2="{y}" '
                     f'stroke="{colour}" stroke-width="2.5"/>')  # fmt: skip
        parts.append(f'<text x="{WIDTH - RIGHT + 46}" y="{y + 4}">{escape(line.name)}</text>')
    return "\n".join([*parts, "</svg>", ""])


class _Frame(NamedTuple):
    left: float
    right: float
    bottom: float
    top: float

    def x(self, value: float) -> float:
        return round(LEFT + (value - self.left) / (self.right - self.left) * (WIDTH - LEFT - RIGHT), 1)

    def y(self, value: float) -> float:
        return round(HEIGHT - BOTTOM - (value - self.bottom) / (self.top - self.bottom) * (HEIGHT - TOP - BOTTOM), 1)


def _span(values: Sequence[float], pad: float = 0.0) -> tuple[float, float]:
    low, high = min(values), max(values)
    room = (high - low) * pad if high > low else 0.5
    return low - room, high + room


def _axes(frame: _Frame, x_label: str, y_label: str, marks: Sequence[str]) -> list[str]:
    parts, floor = [], HEIGHT - BOTTOM
    for n in range(TICKS):
        value = frame.bottom + (frame.top - frame.bottom) * n / (TICKS - 1)
        y = frame.y(value)
        parts.append(f'<line x1="{LEFT}" y1="{y}" x2="{WIDTH - RIGHT}" y2="{y}" stroke="#d8dee4"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{value:.3g}</text>')
    places = list(enumerate(marks)) if marks else [
        (frame.left + (frame.right - frame.left) * n / (TICKS - 1), "") for n in range(TICKS)
    ]  # fmt: skip
    for place, name in places:
        parts.append(f'<text x="{frame.x(place)}" y="{floor + 18}" text-anchor="middle">'
                     f"{escape(name) if name else f'{place:.3g}'}</text>")  # fmt: skip
    parts.append(f'<line x1="{LEFT}" y1="{floor}" x2="{WIDTH - RIGHT}" y2="{floor}" stroke="#57606a"/>')
    middle_x, middle_y = (LEFT + WIDTH - RIGHT) / 2, (TOP + floor) / 2
    parts.append(f'<text x="{middle_x}" y="{HEIGHT - 14}" text-anchor="middle">{escape(x_label)}</text>')
    parts.append(f'<text x="18" y="{middle_y}" text-anchor="middle" '
                 f'transform="rotate(-90 18 {middle_y})">{escape(y_label)}</text>')  # fmt: skip
    return parts


def _band(frame: _Frame, line: Line, colour: str) -> list[str]:
    edges = [
        (x, low, high)
        for x, low, high in zip(line.x, line.low, line.high, strict=False)
        if math.isfinite(low) and math.isfinite(high)
    ]
    if not edges:
        return []
    there = [f"{frame.x(x)},{frame.y(high)}" for x, _, high in edges]
    back = [f"{frame.x(x)},{frame.y(low)}" for x, low, _ in reversed(edges)]
    return [f'<polygon points="{" ".join(there + back)}" fill="{colour}" opacity="0.15"/>']


def _curve(frame: _Frame, line: Line, colour: str) -> list[str]:
    shown = [(frame.x(x), frame.y(y)) for x, y in zip(line.x, line.y, strict=True) if math.isfinite(y)]
    path = " ".join(f"{x},{y}" for x, y in shown)
    dots = [f'<circle cx="{x}" cy="{y}" r="3" fill="{colour}"/>' for x, y in shown] if len(shown) <= 30 else []
    return [f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2.5"/>', *dots]
