"""What a report says, apart from how a page shows it: sections of tables, cards, ladders and rule text.

Every text is plain; the page escapes all of it.
"""

from enum import StrEnum
from typing import TypeAlias

import msgspec

from ringfence.diagnosis.ladder import Layout


class Tone(StrEnum):
    PLAIN = "plain"
    GOOD = "good"
    BAD = "bad"
    WARN = "warn"
    FAINT = "faint"


class Cell(msgspec.Struct, frozen=True):
    text: str
    tone: Tone = Tone.PLAIN


class TableBlock(msgspec.Struct, frozen=True):
    """`rows` are as wide as `headings`; `wide` is the number of the column that may take the room.

    `dense`: many short rows, which paper shows in columns.
    """

    headings: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    wide: int = -1
    dense: bool = False


class Prose(msgspec.Struct, frozen=True):
    text: str


class Points(msgspec.Struct, frozen=True):
    """A list under a line of introduction."""

    text: str
    points: tuple[str, ...]


class Card(msgspec.Struct, frozen=True):
    """Something to act on. `points` are its instances, `action` what to do first."""

    title: str
    tone: Tone
    label: str
    meaning: str
    points: tuple[str, ...]
    action: str


class Ladder(msgspec.Struct, frozen=True):
    caption: str
    layout: Layout


class ZoneBox(msgspec.Struct, frozen=True):
    """A zone with what lives in it, a line each; `phones`: it stands where the phones stand."""

    name: str
    lines: tuple[str, ...]
    phones: bool


class DrawnCrossing(msgspec.Struct, frozen=True):
    """What is opened from one zone to another, `udp 1719` and the like."""

    source: str
    destination: str
    services: tuple[str, ...]


class SitePicture(msgspec.Struct, frozen=True):
    """The zones of a site, the firewalls between them, and what crosses."""

    caption: str
    zones: tuple[ZoneBox, ...]
    firewalls: tuple[str, ...]
    crossings: tuple[DrawnCrossing, ...]


class ChartLine(msgspec.Struct, frozen=True):
    """Points of a chart, x never going back."""

    name: str
    points: tuple[tuple[float, float], ...]


class Chart(msgspec.Struct, frozen=True):
    """Lines over one pair of axes, from 0. `marks`: moments on the x axis, with what happened."""

    caption: str
    x: str
    y: str
    lines: tuple[ChartLine, ...]
    marks: tuple[tuple[float, str], ...] = ()


class CodeBlock(msgspec.Struct, frozen=True):
    caption: str
    text: str


DocumentBlock: TypeAlias = TableBlock | Prose | Points | Card | Ladder | SitePicture | Chart | CodeBlock


class Section(msgspec.Struct, frozen=True):
    """`folded`: shown as one line that opens; printed open."""

    title: str
    blocks: tuple[DocumentBlock, ...]
    folded: bool = False


class Document(msgspec.Struct, frozen=True):
    """`facts` are pairs of name and value, shown at the top."""

    title: str
    verdict: str
    tone: Tone
    lead: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
