"""What the readers of running configurations share: lines, addresses, services, named objects, rows.

A part that is not understood raises NotUnderstood, which the reader turns into an entry of the listing's
`unread`. Only a text that is no configuration at all raises InputError.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, ParamSpec, TypeVar

from ringfence.model.address import PortRange
from ringfence.model.errors import InputError
from ringfence.model.policy import Action
from ringfence.policy.listing import (
    Chain,
    FlowKind,
    Gap,
    Helper,
    Inspected,
    Inspection,
    Listing,
    Misbound,
    Moment,
    Phase,
    Settings,
    Timer,
    Translation,
    Unbound,
    Unread,
)
from ringfence.policy.matches import NotUnderstood
from ringfence.policy.space import Box, Row
from ringfence.policy.terms import Addresses, Services, both, union, without

_EVERY_SERVICE = (((0, 255),), ((0, 65535),), ((0, 65535),))
_T = TypeVar("_T")
P = ParamSpec("P")

_MAX_LINES = 1_000_000
_MAX_LENGTH = 200_000_000
_DEPTH = 64  # groups within groups
_BINARY = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\ufffd]")
_PAGER = re.compile(r"^(<?-+ ?\(?more\b.*-+>?|lines \d+-\d+)", re.IGNORECASE)
_QUOTE = re.compile(r'(?<!\\)(?:\\\\)*"')
_EFFORT = 10_000_000  # a second or two
_TEXT = 240  # what a report shows of a long line


def lines_of(text: str, what: str) -> list[str]:
    """The lines, without their ends. InputError for what is no text, or too much of it (bounded, linear)."""
    if not text.strip():
        raise InputError("the configuration is empty", where=what)
    found = _BINARY.search(text)
    if found:
        at = text.count("\n", 0, found.start()) + 1
        raise InputError("binary data, not a configuration", where=f"{what} line {at}")
    lines = [line.rstrip("\r") for line in text.split("\n")]
    if len(lines) > _MAX_LINES or len(text) > _MAX_LENGTH:
        raise InputError(f"{len(lines)} lines are more than {_MAX_LINES}", where=what)
    for number, line in enumerate(lines, start=1):
        if line[:1] in "<-lL(" and _PAGER.match(line):
            raise InputError(
                f"a pager's mark: {line[:40]}",
                where=f"{what} line {number}",
                remedy="switch the pager off (terminal length 0, terminal pager 0, set cli pager off, "
                "set cli screen-length 0) and take the configuration again",
            )
    return lines


def whole_quotes(lines: Sequence[str], line: str, at: int, what: str) -> tuple[str, int]:
    """A value in quotes goes on over line ends: `line` with what follows it, and the index behind that.

    InputError when a quote is never closed. Linear: each line is looked at once.
    """
    begin, parts = at, [line]
    quotes = len(_QUOTE.findall(line))
    while quotes % 2:
        if at >= len(lines):
            raise InputError("a quote is never closed", where=f"{what} {place(begin)}")
        parts.append(lines[at])
        quotes += len(_QUOTE.findall(lines[at]))
        at += 1
    return "\n".join(parts), at


def shown(text: str) -> str:
    text = text.strip()
    if "  " in text or "\n" in text or "\t" in text:
        text = " ".join(text.split())
    return text if len(text) <= _TEXT else text[: _TEXT - 3] + "..."


class Reference(NamedTuple):
    name: str


class Unclear(NamedTuple):
    """A member that was not understood; whoever uses the object is not understood either."""

    why: str


@dataclass(slots=True)
class Objects(Generic[_T]):
    """Objects and groups by name. `kind` is for messages; `builtin` are the vendor's own."""

    kind: str
    join: Callable[[Iterable[_T]], _T]
    builtin: Mapping[str, _T] = field(default_factory=dict)
    members: dict[str, list[_T | Reference | Unclear]] = field(default_factory=dict)
    _known: dict[str, _T | Unclear] = field(default_factory=dict)

    def define(self, name: str) -> None:
        """Begin an object; a name defined twice is ambiguous for everyone who uses it."""
        if name in self.members:
            self.members[name].append(Unclear(f"{self.kind} {name} is defined twice"))
        else:
            self.members[name] = []

    def add(self, name: str, member: _T | Reference | Unclear) -> None:
        self.members.setdefault(name, []).append(member)

    def add_read(self, name: str, read: Callable[P, _T | Reference], *args: P.args, **more: P.kwargs) -> None:
        """Add what `read` gives, or the reason why it was not understood."""
        try:
            self.add(name, read(*args, **more))
        except NotUnderstood as error:
            self.add(name, Unclear(str(error)))

    def find(self, name: str, outer: tuple[str, ...] = ()) -> _T:
        """The object with all that it refers to; NotUnderstood when it is unknown, empty or a circle."""
        known = self._known.get(name)
        if known is None:
            try:
                known = self._found(name, outer)
            except NotUnderstood as error:
                known = Unclear(str(error))
            self._known[name] = known
        if isinstance(known, Unclear):
            raise NotUnderstood(known.why)
        return known

    def _found(self, name: str, outer: tuple[str, ...]) -> _T:
        if name in outer:
            raise NotUnderstood(f"{self.kind} {name} contains itself")
        if len(outer) >= _DEPTH:
            raise NotUnderstood(f"{self.kind} {name} is nested more than {_DEPTH} deep")
        if name not in self.members:
            if name in self.builtin:
                return self.builtin[name]
            raise NotUnderstood(f"{self.kind} {name[:60]!r} is not defined")
        if not self.members[name]:
            raise NotUnderstood(f"{self.kind} {name} is empty")
        parts: list[_T] = []
        for member in self.members[name]:
            if isinstance(member, Unclear):
                raise NotUnderstood(f"{self.kind} {name}: {member.why}")
            parts.append(self.find(member.name, (*outer, name)) if isinstance(member, Reference) else member)
        return self.join(parts)


def addresses_by_name(
    kind: str = "address object", builtin: Mapping[str, Addresses] | None = None
) -> Objects[Addresses]:
    return Objects(kind, union, builtin or {})


def services_by_name(
    kind: str = "service", builtin: Mapping[str, Services] | None = None
) -> Objects[Services]:
    return Objects(kind, both, builtin or {})


@dataclass(slots=True)
class Rows:
    """One list of rows in the making, with the rows that were not understood in their places."""

    rows: list[Row] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    answers: list[Row] = field(default_factory=list)  # the rows that meet TCP segments with ACK or RST
    answer_gaps: list[Gap] = field(default_factory=list)

    def add(self, row: Row) -> None:
        self.rows.append(row)
        self.answers.append(row)

    def gap(self, unread: Unread, action: Action | None = None) -> None:
        self.gaps.append(Gap(len(self.rows), unread, action))
        self.answer_gaps.append(Gap(len(self.answers), unread, action))

    def left(self, boxes: tuple[Box, ...]) -> tuple[Box, ...]:
        """What of `boxes` is not taken by rows so far that take every service: it may come behind them."""
        for row in self.rows:
            if all(box.fields[2:] == _EVERY_SERVICE for box in row.boxes):
                try:
                    boxes = without(boxes, row.boxes)
                except NotUnderstood:
                    return boxes
        return boxes

    def chain(self, place: str, default: Action, versions: frozenset[int], *, stateful: bool) -> Chain:
        rows, answers = tuple(self.rows), tuple(self.answers)
        later: tuple[Phase, ...] = ()
        if not stateful and answers != rows:
            moments = frozenset({Moment.ANSWERS, Moment.CONTINUES})
            later = (Phase(moments, answers, tuple(self.answer_gaps), default),)
        return Chain(place, rows, default, versions, stateful, gaps=tuple(self.gaps), later=later)


@dataclass(slots=True)
class Reading:
    """What one configuration has yielded so far."""

    unread: list[Unread] = field(default_factory=list)
    inactive: list[Unread] = field(default_factory=list)
    translations: list[Translation] = field(default_factory=list)
    timers: list[Timer] = field(default_factory=list)
    inspections: list[Inspection] = field(default_factory=list)
    any_any: list[str] = field(default_factory=list)
    assumed: list[str] = field(default_factory=list)
    unbound: list[Unbound] = field(default_factory=list)
    unplaced: dict[str, None] = field(default_factory=dict)
    misbound: list[Misbound] = field(default_factory=list)
    placed: Mapping[str, Addresses] = field(default_factory=dict)
    steps: int = 0

    def effort(self, steps: int) -> None:
        """Count work beyond a constant for each line; InputError when a text asks for too much of it."""
        self.steps += steps
        if self.steps > _EFFORT:
            raise InputError(
                "too many lines that change others, or interfaces to compare",
                where="configuration",
                remedy="take it as the device lists it, and of one device at a time",
            )

    def stray(self, line: int | str, text: str, why: str, boxes: tuple[Box, ...] | None = None) -> None:
        """Note what was not understood and is no row; `boxes` are the only packets it can concern."""
        self.unread.append(Unread(place(line), shown(text), why, boxes))

    def gap(
        self,
        rows: Rows,
        where: tuple[int | str, str],
        why: str,
        boxes: tuple[Box, ...] | None = None,
        action: Action | None = None,
    ) -> None:
        """Note a row (`where`: line and text) that was not understood, in its place among `rows`."""
        unread = Unread(place(where[0]), shown(where[1]), why, boxes)
        self.unread.append(unread)
        rows.gap(unread, action)

    def off(self, line: int | str, text: str, why: str) -> None:
        self.inactive.append(Unread(place(line), shown(text), why))

    def nat(self, line: int, text: str, parts: tuple[Box, ...], after: int | None = None) -> None:
        """`after`: that many lists judge an opener before, and `parts` are openers; None: answers as well."""
        self.translations.append(Translation(place(line), shown(text), parts, after))

    def timer(
        self,
        line: int,
        name: str,
        seconds: int | None,
        kind: FlowKind | None,
        *,
        service: str = "",
        ports: PortRange | None = None,
        of_inspection: bool = False,
    ) -> None:
        self.timers.append(Timer(name, seconds, place(line), kind, service, ports, of_inspection))

    def inspection(self, line: int, name: str, *, on: bool, of: str = "") -> None:
        """`of` is the device's word for the protocol; empty: `name` is."""
        self.inspections.append(Inspection(name, on, place(line), inspected(of or name)))

    def listing(self, chains: Sequence[Chain], helpers: Sequence[Helper] = ()) -> Listing:
        return Listing(
            tuple(chains),
            tuple(sorted(self.unread, key=lambda part: line_number(part.place))),
            tuple(dict.fromkeys(self.assumed)),
            tuple(self.inactive),
            tuple(self.translations),
            tuple(dict.fromkeys(self.any_any)),
            Settings(tuple(self.timers), tuple(self.inspections)),
            tuple(self.unbound),
            tuple(self.unplaced),
            tuple(helpers),
            tuple(self.misbound),
            self.placed,
        )


_H323 = frozenset({"h323", "h.323", "h225", "h.225", "q931", "q.931", "ras"})


def inspected(word: str) -> Inspected:
    """What a device inspects that calls the protocol so."""
    known = word.lower()
    if known in _H323:
        return Inspected.H323
    return Inspected.ICMP if known == "icmp" else Inspected.OTHER


def flow_kind(protocol: str) -> FlowKind | None:
    """The kind of flow of a protocol by its name; None for one that does not matter here."""
    return _KINDS.get(protocol)


_KINDS = {"udp": FlowKind.UDP, "tcp": FlowKind.TCP, "icmp": FlowKind.ICMP}


def place(line: int | str, name: str = "") -> str:
    """`line 41 from-phones`, or a path in a document as it is."""
    where = f"line {line}" if isinstance(line, int) else line
    return f"{where} {name}" if name else where


def line_number(place_: str) -> int:
    """The line that a place begins with, as `place` writes it; 0 for a place that is no line."""
    found = _NUMBERED.match(place_)
    return int(found[1]) if found else 0


_NUMBERED = re.compile(r"line ([0-9]{1,9})\b")
