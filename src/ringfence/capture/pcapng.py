"""pcapng files: several sections, interfaces, link types and clocks (draft-ietf-opsawg-pcapng)."""

from collections.abc import Iterator
from dataclasses import dataclass
from struct import Struct

from ringfence.capture.frame import LinkType, TappedFrame
from ringfence.capture.interest import Interest
from ringfence.capture.octets import Octets
from ringfence.capture.selection import pass_blocks, wants
from ringfence.capture.summary import Summary, link_type_of
from ringfence.model.errors import InputError

SECTION = 0x0A0D0D0A
INTERFACE, OLD_PACKET, SIMPLE, STATISTICS, ENHANCED = 1, 2, 3, 5, 6
# Blocks that Wireshark shows as frames although they hold no packet, so that they count in frame numbers:
# systemd journal, custom blocks, events of sysdig (measured with tshark 4.0).
_OTHER_RECORDS = frozenset({9, 0x0BAD, 0x40000BAD, 0x204, 0x216, 0x221})
BYTE_ORDER = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}
_LONGEST = 1 << 24  # name-resolution and decryption-secret blocks are long, none so long
_MAX_INTERFACES = 4096
_TIME_RESOLUTION, _TIME_OFFSET = 9, 14
_STARTED, _ENDED = 2, 3  # options of a statistics block
_NEAR = 86_400.0  # seconds from a frame; a time further off than that is in other units
_ENHANCED_HEADER = 28


@dataclass(slots=True)
class _Interface:
    link: LinkType | None  # None: a link type that we do not read
    snap_length: int
    unit: float = 1e-6
    offset: int = 0

    def time(self, high: int, low: int) -> float:
        """Seconds, from the two halves of a time stamp."""
        return self.offset + ((high << 32) | low) * self.unit


def is_pcapng(start: bytes) -> bool:
    return start[:4] == b"\x0a\x0d\x0d\x0a"


class _Reader:
    def __init__(self, octets: Octets, tap: str, interest: Interest, summary: Summary) -> None:
        self._octets = octets
        self._tap = tap
        self._interest = interest
        self._summary = summary
        self._order = "<"
        self._interfaces: list[_Interface] = []
        self._links: list[int] = []  # of the interfaces, -1 for None
        self._clocks: list[tuple[float, float]] = []  # unit and offset of the interfaces
        self._unread = 0
        self.number = 0

    def frames(self) -> Iterator[TappedFrame]:
        octets, summary = self._octets, self._summary
        while octets.has(12):
            kind, length = self._block_head()
            if length < 12 or length % 4 or length > _LONGEST:
                summary.stop(self.number, octets.offset, f"a block claims {length} octets")
                return
            if not octets.has(length):
                break
            at = octets.at
            if kind == ENHANCED:
                if not self._pass():
                    yield from self._enhanced(length)
                continue
            if kind == INTERFACE:
                self._interface(octets.data[at + 8 : at + length - 4])
            elif kind in {SIMPLE, OLD_PACKET}:
                yield from self._other_packet(kind, octets.data[at + 8 : at + length - 4])
            elif kind == STATISTICS:
                self._statistics(octets.data[at + 8 : at + length - 4])
            else:
                self.number += kind in _OTHER_RECORDS
            octets.at = at + length
        summary.finish(self.number, len(octets.data) - octets.at, octets)
        if self._unread and not summary.link_types:
            link_type_of(self._unread, summary)

    def _block_head(self) -> tuple[int, int]:
        octets = self._octets
        if octets.data[octets.at : octets.at + 4] == b"\x0a\x0d\x0d\x0a":
            order = BYTE_ORDER.get(octets.data[octets.at + 8 : octets.at + 12])
            if order is None:
                self._summary.stop(self.number, octets.offset, "a section has no byte-order magic")
                return SECTION, 0
            self._order = order
            self._interfaces, self._links, self._clocks = [], [], []
        kind, length = Struct(f"{self._order}II").unpack_from(octets.data, octets.at)
        return kind, length

    def _interface(self, body: bytes) -> None:
        if len(body) < 8 or len(self._interfaces) >= _MAX_INTERFACES:
            return
        number, _, snap = Struct(f"{self._order}HHI").unpack_from(body)
        try:
            link: LinkType | None = link_type_of(number, self._summary)
        except InputError:
            link, self._unread = None, number
        interface = _Interface(link, snap)
        self._summary.snap_length = max(self._summary.snap_length, snap)
        for code, value in self._options(body, 8):
            if code == _TIME_RESOLUTION and value:
                power = value[0] & 0x7F
                interface.unit = 2.0**-power if value[0] & 0x80 else 10.0**-power
            elif code == _TIME_OFFSET and len(value) == 8:
                interface.offset = Struct(f"{self._order}q").unpack(value)[0]
        self._interfaces.append(interface)
        self._links.append(-1 if link is None else link)
        self._clocks.append((interface.unit, float(interface.offset)))

    def _options(self, body: bytes, at: int) -> Iterator[tuple[int, bytes]]:
        """Code and value of the options from body[at] on."""
        head = Struct(f"{self._order}HH")
        while at + 4 <= len(body):
            code, size = head.unpack_from(body, at)
            if code == 0:
                return
            yield code, body[at + 4 : at + 4 + size]
            at += 4 + (size + 3) // 4 * 4

    def _statistics(self, body: bytes) -> None:
        """When the interface was listened to, which may be before its first frame and after its last."""
        which = Struct(f"{self._order}I").unpack_from(body)[0] if len(body) >= 12 else len(self._interfaces)
        if which < len(self._interfaces):
            for code, value in self._options(body, 12):
                if code in {_STARTED, _ENDED} and len(value) == 8:
                    self._ran_at(self._interfaces[which], *Struct(f"{self._order}II").unpack(value))

    def _ran_at(self, interface: _Interface, high: int, low: int) -> None:
        """dumpcap 4.0 counts microseconds here, also where the interface counts nanoseconds."""
        summary = self._summary
        for time in (interface.time(high, low), interface.offset + ((high << 32) | low) * 1e-6):
            if summary.first is None or summary.first - _NEAR < time < summary.last + _NEAR:
                summary.ran_at(time)
                return

    def _pass(self) -> bool:
        """Whether enhanced packet blocks were passed over, a run of uninteresting ones."""
        octets = self._octets
        interest, big_endian = self._interest, self._order == ">"
        passed, after, last = pass_blocks(
            interest.table,
            interest.media,
            octets.data,
            octets.at,
            links=self._links,
            clocks=self._clocks,
            big_endian=big_endian,
        )
        if passed:
            self.number += passed
            first = octets.at if self._summary.first is None else last
            for block in {first, last}:
                which, high, low = Struct(f"{self._order}III").unpack_from(octets.data, block + 8)
                self._summary.ran_at(self._interfaces[which].time(high, low))
            octets.at = after
        return passed > 0

    def _enhanced(self, length: int) -> Iterator[TappedFrame]:
        """One enhanced packet block."""
        octets = self._octets
        data, at = octets.data, octets.at
        octets.at = at + length
        self.number += 1
        if length < _ENHANCED_HEADER + 4:
            return
        which, high, low, kept, original = Struct(f"{self._order}IIIII").unpack_from(data, at + 8)
        start, end = at + _ENHANCED_HEADER, at + _ENHANCED_HEADER + kept
        interface = self._interfaces[which] if which < len(self._interfaces) else None
        if interface is None:
            self._summary.strays += 1
            return
        if interface.link is None or end > at + length - 4:
            return
        time = interface.time(high, low)
        self._summary.ran_at(time)
        cut = original if original > kept else 0
        yield TappedFrame(time, self._tap, data[start:end], self.number, interface.link, cut)

    def _other_packet(self, kind: int, body: bytes) -> Iterator[TappedFrame]:
        """Simple packet blocks, of the capture's first interface and without a time, and the obsolete packet
        block."""
        self.number += 1
        header, time, which = 4, 0.0, 0
        if kind == OLD_PACKET:
            if len(body) < 20:
                return
            which, _, high, low, kept, original = Struct(f"{self._order}HHIIII").unpack_from(body)
            header = 20
        elif len(body) >= 4:
            original = Struct(f"{self._order}I").unpack_from(body)[0]
            kept, high, low = min(original, len(body) - 4), 0, 0
        else:
            return
        if which >= len(self._interfaces):
            self._summary.strays += 1
            return
        interface = self._interfaces[which]
        if kind == SIMPLE and interface.snap_length:
            kept = min(kept, interface.snap_length)
        if interface.link is None or header + kept > len(body):
            return
        if kind == OLD_PACKET:
            time = interface.time(high, low)
            self._summary.ran_at(time)
        if wants(self._interest.table, interface.link, body, header, header + kept):
            cut = original if original > kept else 0
            yield TappedFrame(time, self._tap, body[header : header + kept], self.number, interface.link, cut)


def read_pcapng(octets: Octets, tap: str, interest: Interest, summary: Summary) -> Iterator[TappedFrame]:
    """The selected frames; `summary` is complete when the iterator ends. InputError as `read_pcap`."""
    return _Reader(octets, tap, interest, summary).frames()
