"""A ladder as SVG, drawn with the classes of the page's style sheet."""

from html import escape

from ringfence.diagnosis.ladder import LadderStep, Layout
from ringfence.model.printable import printable

_LEFT = 150  # room for time and frame numbers
_COLUMN = 205
_ROW = 24
_TOP = 48
_LETTER = 6.6  # width of a 11-pixel monospace letter
_HEAD = 7  # half the width of the cross that ends a dropped packet's arrow


def svg(layout: Layout) -> str:
    """The whole ladder; wide ones scroll in their frame."""
    columns = layout.columns
    width = _LEFT + _COLUMN * max(len(columns) - 1, 1) + 130
    height = _TOP + _ROW * len(layout.steps) + 16
    parts = [
        f'<svg class=ladder viewBox="0 0 {width} {height}" width="{width}" height="{height}" role=img '
        'aria-label="message ladder">'
    ]
    parts.append(_text(58, 18, "seconds", "head end"))
    parts.append(_text(68, 18, "frames" if len(layout.taps) > 1 else "frame", "head"))
    for number, column in enumerate(columns):
        x = _x(number)
        parts.append(_text(x, 18, column.party, "head mid"))
        parts.append(_text(x, 33, str(column.shown or ""), "address mid"))
        parts.append(f'<line class=life x1="{x}" y1="{_TOP - 8}" x2="{x}" y2="{height - 8}"/>')
    for row, step in enumerate(layout.steps):
        parts.append(_step(step, _TOP + _ROW * row + 14, width))
    parts.append("</svg>")
    return "".join(parts)


def _x(column: int) -> int:
    return _LEFT + 60 + _COLUMN * column


def _step(step: LadderStep, y: int, width: int) -> str:
    if step.hidden:
        return _text(_LEFT + 8, y, f"… {step.text}", "more")
    kind = "guilty" if step.guilty else "lost" if step.dropped else "step"
    band = f'<rect class=band x="0" y="{y - 17}" width="{width}" height="{_ROW}"/>' if step.guilty else ""
    start = (
        f"<g class={kind}>{band}"
        + _text(58, y, f"{step.time:.3f}", "time end")
        + _text(68, y, step.frames, "time")
    )
    if not step.is_arrow or step.near is None or step.far is None:
        return f"{start}{_text(_LEFT + 8, y, step.text, 'what')}</g>"
    near, far = _x(step.near), _x(step.far)
    way = 1 if far > near else -1
    room = int((abs(far - near) - 24) / _LETTER)
    words = step.text if len(step.text) <= room else step.text[: room - 1] + "…"
    tip = far - way * 2
    if step.dropped:
        tip = (near + far) // 2 + way * 30
        head = (
            f'<path class=cross d="M{tip - _HEAD} {y - 3}l{2 * _HEAD} {2 * _HEAD}'
            f'm0 {-2 * _HEAD}l{-2 * _HEAD} {2 * _HEAD}"/>'
        )
    else:
        head = f'<path class=tip d="M{tip} {y + 4}l{-8 * way} -4v8z"/>'
    return (
        f'{start}<line class=shaft x1="{near}" y1="{y + 4}" x2="{tip}" y2="{y + 4}"/>{head}'
        f"{_text((near + far) // 2, y, words, 'what mid')}</g>"
    )


def _text(x: int, y: int, text: str, words: str) -> str:
    return f'<text class="{words}" x="{x}" y="{y}">{escape(printable(text))}</text>' if text else ""
