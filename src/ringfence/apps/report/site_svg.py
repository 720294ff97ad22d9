"""A site as SVG: zones with phones at the left, the others at the right, the firewalls between them."""

from html import escape
from textwrap import wrap

from ringfence.apps.report.document import DrawnCrossing, SitePicture, ZoneBox
from ringfence.model.printable import printable

_BOX, _ROOM, _WALL = 270, 215, 90  # widths: of a zone, of what is said of an arrow, of the firewalls
_LINE, _PAD, _GAP = 15, 10, 18
_LETTERS, _BOX_LETTERS = 31, 38  # that fit beside an arrow, in a box
_WIDTH = 2 * (_BOX + _ROOM) + _WALL


def picture_svg(picture: SitePicture) -> str:
    """The whole picture; it is as high as its fuller side."""
    left = [box for box in picture.zones if box.phones]
    right = [box for box in picture.zones if not box.phones]
    if not left or not right:  # phones and servers share their zones
        half = (len(picture.zones) + 1) // 2
        left, right = list(picture.zones[:half]), list(picture.zones[half:])
    parts: list[str] = []
    heights = [_side(boxes, picture.crossings, parts, at_left=boxes is left) for boxes in (left, right)]
    height = max(heights)
    parts.append(_firewalls(picture.firewalls, height))
    return (
        f'<svg class=site viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" role=img '
        f'aria-label="{escape(_in_words(picture))}">{"".join(parts)}</svg>'
    )


def _side(
    boxes: list[ZoneBox], crossings: tuple[DrawnCrossing, ...], parts: list[str], *, at_left: bool
) -> int:
    """The zones of one side, one below the other; gives where they end."""
    y = 0
    for box in boxes:
        lines = [part for line in box.lines for part in wrap(printable(line), _BOX_LETTERS)]
        opened = [_words(each) for each in crossings if each.source == box.name]
        height = max((len(lines) + 1) * _LINE, sum(len(words) * _LINE + _PAD for words in opened)) + 2 * _PAD
        x = 0 if at_left else _WIDTH - _BOX
        parts.append(f'<rect class=zone x="{x}" y="{y}" width="{_BOX}" height="{height}" rx="4"/>')
        parts.append(_text(x + _PAD, y + _PAD + 10, box.name, "head"))
        for number, line in enumerate(lines, 1):
            parts.append(_text(x + _PAD, y + _PAD + 10 + number * _LINE, line, "host"))
        at = y + _PAD
        for words in opened:
            parts.append(_arrow(at, words, at_left=at_left))
            at += len(words) * _LINE + _PAD
        y += height + _GAP
    return max(y - _GAP, _LINE)


def _words(crossing: DrawnCrossing) -> list[str]:
    return [f"to {crossing.destination}:", *wrap(", ".join(crossing.services), _LETTERS)]


def _arrow(y: int, words: list[str], *, at_left: bool) -> str:
    """From the zone to the firewalls, its words above it."""
    near = _BOX if at_left else _WIDTH - _BOX
    far = near + _ROOM if at_left else near - _ROOM
    way = 1 if at_left else -1
    line = y + len(words) * _LINE + 2
    said = "".join(
        _text(min(near, far) + 8, y + 11 + number * _LINE, each, "what") for number, each in enumerate(words)
    )
    head = f'<path class=tip d="M{far} {line}l{-8 * way} -4v8z"/>'
    return f'{said}<line class=shaft x1="{near}" y1="{line}" x2="{far - 4 * way}" y2="{line}"/>{head}'


def _firewalls(names: tuple[str, ...], height: int) -> str:
    x = _BOX + _ROOM
    first = (height - len(names) * _LINE) // 2 + 11
    said = "".join(
        _text(x + _WALL // 2, first + number * _LINE, name, "wall-name") for number, name in enumerate(names)
    )
    return f'<rect class=wall x="{x}" y="0" width="{_WALL}" height="{height}" rx="4"/>{said}'


def _in_words(picture: SitePicture) -> str:
    """For who hears the picture."""
    return "; ".join(
        f"{each.source} to {each.destination}: {', '.join(each.services)}" for each in picture.crossings
    )


def _text(x: int, y: int, text: str, words: str) -> str:
    return f'<text class="{words}" x="{x}" y="{y}">{escape(printable(text))}</text>'
