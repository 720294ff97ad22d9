"""Records of no interest passed over at C speed.

RTP makes up nearly all of a voice capture: records of few lengths and header forms. Each form met becomes a
regular expression, its shape, and a whole run of such records is then one match. That is exact, not a guess:
a shape holds the record's length, so a match ends where the chain of records leads, and it holds every octet
by which `Selection.wants` said no.
"""

import re
from collections.abc import Callable, Iterable

from ringfence.capture.select import IP_OFFSET, TYPE_OFFSET, Selection

# So many shapes are tried one after the other at every record; beyond that judging it singly is faster.
_MOST_SHAPES = 64
_SAMPLE = 8  # one in so many records that fitted no shape is made one
_PATIENCE = 128  # records for each shape between two compilations, which take as long
_STEPS = (32, 8, 2, 1)  # records matched together, so that they are counted without looking at each

_TCP, _UDP = 6, 17
_IPV4, _IPV6 = 0x0800, 0x86DD
_Match = Callable[[bytes, int], re.Match[bytes] | None]


class Skip:
    """Give it records that are not wanted; soon it passes over the like of them."""

    def __init__(self, selection: Selection) -> None:
        self._selection = selection
        self._udp = _no_port_of(selection.udp)
        self._tcp = _no_port_of(selection.signalling | selection.files)
        self._shapes: dict[bytes, int] = {}  # and the octets that each takes
        self._compiled = 0
        self._first: _Match = re.compile(b"").match
        self._steps: list[tuple[_Match, int]] = []
        self._stride = 0  # of all shapes; 0 when they differ
        self._misses = 0
        self._due = _SAMPLE

    def over(self, data: bytes, at: int) -> tuple[int, int]:
        """How many records from data[at] on are passed, and where the next begins."""
        if self._stride:
            found = self._first(data, at)
            end = found.end() if found is not None else at
            return (end - at) // self._stride, end
        if not self._steps or (found := self._first(data, at)) is None:
            return 0, at
        count, at = 1, found.end()
        for match, records in self._steps:
            while (found := match(data, at)) is not None:
                count += records
                at = found.end()
        return count, at

    def learn(self, link: int, data: bytes, record: slice, frame: slice, header: Iterable[int]) -> None:
        """A record that is not wanted, and its frame. Records are alike when the octets at `header`, relative
        to the record's first, are the same; these must fix the lengths of record and frame."""
        self._misses += 1
        if self._misses % _SAMPLE == 0 and len(self._shapes) < _MOST_SHAPES:
            shape = self._shape(link, data, record, frame, header)
            if shape is not None:
                self._shapes.setdefault(shape, record.stop - record.start)
        if self._misses >= self._due and len(self._shapes) > self._compiled:
            self._compile()

    def _compile(self) -> None:
        self._compiled = len(self._shapes)
        self._due = self._misses + _PATIENCE * self._compiled
        lengths = set(self._shapes.values())
        shape = b"(?:%b)" % b"|".join(self._shapes)
        self._stride = lengths.pop() if len(lengths) == 1 else 0
        self._first = re.compile(b"(?s:%b)%b" % (shape, b"*" if self._stride else b"")).match
        self._steps = [(re.compile(b"(?s:%b){%d}" % (shape, each)).match, each) for each in _STEPS]

    def _shape(
        self, link: int, data: bytes, record: slice, frame: slice, header: Iterable[int]
    ) -> bytes | None:
        """The expression for this record and its like; None when there is no simple one."""
        kind, at = self._selection.network(link, data, frame.start, frame.stop)
        fixed = {record.start + each: _octets(data[record.start + each]) for each in header}
        places = list(range(frame.start + IP_OFFSET[link] + 2, at, 4))  # the type in each VLAN tag
        if link in TYPE_OFFSET:
            places.append(frame.start + TYPE_OFFSET[link])
        if places and max(places) + 1 >= frame.stop:
            return None  # cut off within its tags
        for place in places:
            fixed |= {each: _octets(data[each]) for each in (place, place + 1)}
        if kind == _IPV4:
            # No options; don't-fragment may be set or not, more-fragments and an offset may not.
            fixed |= {at: rb"\x45", at + 6: rb"[\x00\x40]", at + 7: rb"\x00"}
            protocol, ports = at + 9, at + 20
        elif kind == _IPV6:
            fixed[at] = rb"[\x60-\x6f]"
            protocol, ports = at + 6, at + 40
        else:
            protocol = ports = 0
        choices: tuple[bytes, ...] = ()
        if protocol:
            if protocol >= frame.stop:
                return None
            fixed[protocol] = _octets(data[protocol])
            choices = {_UDP: self._udp, _TCP: self._tcp}.get(data[protocol], ())
        for choice in choices or (b"",):
            if choice:
                fixed[ports] = choice
            shape = _expression(fixed, ports, record)
            if shape and re.compile(b"(?s:%b)" % shape).match(data, record.start):
                return shape
        return None


def _expression(fixed: dict[int, bytes], ports: int, record: slice) -> bytes | None:
    """What is fixed at its places, anything between; the ports are four octets."""
    parts: list[bytes] = []
    at = record.start
    for place in sorted(fixed):
        if place > at:
            parts.append(b".{%d}" % (place - at))
        parts.append(fixed[place])
        at = place + (4 if place == ports else 1)
    if at > record.stop:
        return None
    return b"".join((*parts, b".{%d}" % (record.stop - at)))


def _no_port_of(ports: Iterable[int]) -> tuple[bytes, bytes]:
    """Two ports that are none of these: told by the high octets alone, which is faster, and by both."""
    by_high: dict[int, list[int]] = {}
    for port in sorted(ports):
        by_high.setdefault(port >> 8, []).append(port & 0xFF)
    if not by_high:
        return b".{4}", b".{4}"
    elsewhere = b"[^%b]." % _octets(*by_high)
    choices = [elsewhere]
    choices += [b"%b[^%b]" % (_octets(high), _octets(*low)) for high, low in by_high.items()]
    return elsewhere * 2, (b"(?:%b)" % b"|".join(choices)) * 2


def _octets(*octets: int) -> bytes:
    return b"".join(b"\\x%02x" % each for each in octets)
