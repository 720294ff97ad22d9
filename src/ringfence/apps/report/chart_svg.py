"""A chart as SVG: lines over axes from 0, in the colours of the page.

Drawn here rather than by a plotting library: the page loads nothing and runs no script of others, its
colours follow the reader's light or dark screen, and lines over two axes are all that is needed.
"""

from html import escape
from math import ceil, floor, log10

from ringfence.apps.report.document import Chart, ChartLine

_WIDTH, _HEIGHT = 860, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 16, 22, 40
_TICKS = 6
_KINDS = 6  # colours and dashes in chart.css


def chart(block: Chart) -> str:
    """The SVG element; a sentence where there is nothing to draw."""
    xs = [x for line in block.lines for x, _ in line.points]
    ys = [y for line in block.lines for _, y in line.points]
    if not xs:
        return "<p>Nothing happened.</p>"
    right, top = _round_up(max(xs)), _round_up(max(ys))
    drawn = [_grid(block, right, top)]
    drawn += [_mark(at, what, right) for at, what in block.marks if at <= right]
    drawn += [_line(line, number, right, top) for number, line in enumerate(block.lines)]
    names = "".join(
        f'<span class="key line-{number % _KINDS}">{escape(line.name)}</span>'
        for number, line in enumerate(block.lines)
    )
    key = f"<p class=keys>{names}</p>" if len(block.lines) > 1 else ""
    label = escape(f"{block.y} over {block.x}")
    return (
        f'{key}<svg class=chart viewBox="0 0 {_WIDTH} {_HEIGHT}" role=img aria-label="{label}">'
        + "".join(drawn)
        + "</svg>"
    )


def _grid(block: Chart, right: float, top: float) -> str:
    found = []
    for value in _ticks(right):
        x = _x(value, right)
        found.append(f"<line class=grid x1={x} y1={_TOP} x2={x} y2={_HEIGHT - _BOTTOM} />")
        found.append(
            f"<text class=tick x={x} y={_HEIGHT - _BOTTOM + 15} text-anchor=middle>{_text(value)}</text>"
        )
    for value in _ticks(top):
        y = _y(value, top)
        found.append(f"<line class=grid x1={_LEFT} y1={y} x2={_WIDTH - _RIGHT} y2={y} />")
        found.append(f"<text class=tick x={_LEFT - 6} y={y + 4} text-anchor=end>{_text(value)}</text>")
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    found.append(f"<text class=axis x={middle} y={_HEIGHT - 6} text-anchor=middle>{escape(block.x)}</text>")
    found.append(f"<text class=axis x={_LEFT} y={_TOP - 8}>{escape(block.y)}</text>")
    return "".join(found)


def _mark(at: float, what: str, right: float) -> str:
    x = _x(at, right)
    ends = f"x1={x} y1={_TOP} x2={x} y2={_HEIGHT - _BOTTOM}"
    label = f"<text class=mark x={x + 4} y={_TOP + 11}>{escape(what)}</text>"
    return f"<line class=mark {ends}><title>{escape(what)}</title></line>{label}"


def _line(line: ChartLine, number: int, right: float, top: float) -> str:
    points = " ".join(f"{_x(x, right)},{_y(y, top)}" for x, y in line.points)
    return f'<polyline class="line line-{number % _KINDS}" points="{points}" />'


def _x(value: float, right: float) -> float:
    return round(_LEFT + value / right * (_WIDTH - _LEFT - _RIGHT), 1)


def _y(value: float, top: float) -> float:
    return round(_HEIGHT - _BOTTOM - value / top * (_HEIGHT - _TOP - _BOTTOM), 1)


def _step(most: float) -> float:
    """1, 2 or 5 times a power of ten, about `_TICKS` to the end of the axis."""
    rough = most / _TICKS
    power = 10.0 ** floor(log10(rough))
    return next(power * times for times in (1, 2, 5, 10) if power * times >= rough)


def _round_up(most: float) -> float:
    if most <= 0:
        return 1.0
    step = _step(most)
    return ceil(round(most / step, 6)) * step


def _ticks(end: float) -> list[float]:
    step = _step(end)
    return [number * step for number in range(round(end / step) + 1)]


def _text(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:g}"
