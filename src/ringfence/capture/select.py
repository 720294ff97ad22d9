"""Which frames concern a registration, decided before anything is copied.

RTP makes up nearly all of a voice capture. It comes in runs of records of equal length; a run is looked at
as columns of octets (strided slices, which run at C speed) and skipped whole when every row is plain
unfragmented UDP between ports of no interest. Deciding by columns is exact, not a guess: where record
headers at a fixed stride all give the same length, each one is where the chain of records leads.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ringfence.capture.dialogue import Ports
from ringfence.capture.frame import LinkType
from ringfence.capture.stream_words import is_first_segment
from ringfence.wire.dhcp import CLIENT_PORT, SERVER_PORT

_ROWS = 128  # records looked at together; more than a run is long costs for nothing
_FIN_SYN_RST = 7
_IP_OFFSET: dict[int, int] = {
    LinkType.ETHERNET: 14,
    LinkType.SLL: 16,
    LinkType.SLL2: 20,
    LinkType.NULL: 4,
    LinkType.LOOP: 4,
    LinkType.RAW: 0,
    LinkType.RAW_BSD: 0,
    LinkType.RAW_OPENBSD: 0,
    LinkType.IPV4: 0,
    LinkType.IPV6: 0,
}
_TYPE_OFFSET: dict[int, int] = {LinkType.ETHERNET: 12, LinkType.SLL: 14, LinkType.SLL2: 0}
_TAGS = frozenset({0x8100, 0x88A8, 0x9100})


@dataclass(slots=True)
class Selection:
    """What is kept: RAS, DHCP and call signalling whole; of file connections what opens, closes or begins
    something; ICMP, ARP, and every fragment (a later fragment bears no port)."""

    udp: frozenset[int]
    signalling: frozenset[int]
    files: frozenset[int]
    udp_high: bytes  # high octets of the UDP ports

    @classmethod
    def of(cls, ports: Ports) -> "Selection":
        udp = ports.ras | {SERVER_PORT, CLIENT_PORT}
        high = bytes(sorted({port >> 8 for port in udp}))
        return cls(udp, ports.signalling, ports.files | ports.signalling_tls, high)

    def wants(self, link_type: int, data: bytes, start: int, end: int) -> bool:
        """Whether the frame at data[start:end] is kept; what cannot be told is kept."""
        kind, at = self._network(link_type, data, start, end)
        if kind == 0x0806:
            return True
        if at + 20 > end:
            return kind in {0x0800, 0x86DD}
        if kind == 0x0800:
            protocol = data[at + 9]
            if data[at + 6] & 0x3F or data[at + 7]:
                return protocol in {1, 6, 17}
            return self._wants_transport(protocol, data, at + (data[at] & 15) * 4, end)
        if kind == 0x86DD:
            if at + 40 > end:
                return True
            protocol = data[at + 6]
            return protocol == 44 or self._wants_transport(protocol, data, at + 40, end)
        return False

    def _network(self, link_type: int, data: bytes, start: int, end: int) -> tuple[int, int]:
        """EtherType and where the network header begins."""
        at = start + _IP_OFFSET[link_type]
        where = _TYPE_OFFSET.get(link_type)
        if where is None:
            return (0x86DD if at < end and data[at] >> 4 == 6 else 0x0800), at
        if at > end:
            return 0, at
        kind = data[start + where] << 8 | data[start + where + 1]
        while kind in _TAGS and at + 4 <= end:
            kind = data[at + 2] << 8 | data[at + 3]
            at += 4
        return kind, at

    def _wants_transport(self, protocol: int, data: bytes, at: int, end: int) -> bool:
        if protocol in {1, 58}:
            return True
        if protocol not in {6, 17}:
            return False
        if at + 4 > end:
            return True
        source = data[at] << 8 | data[at + 1]
        destination = data[at + 2] << 8 | data[at + 3]
        if protocol == 17:
            return source in self.udp or destination in self.udp
        if source in self.signalling or destination in self.signalling:
            return True
        if source not in self.files and destination not in self.files:
            return False
        if at + 14 > end or data[at + 13] & _FIN_SYN_RST:
            return True
        payload = at + (data[at + 12] >> 4) * 4
        return payload + 5 <= end and is_first_segment(data, payload)

    def run(self, link_type: int, data: bytes, start: int, stride: int, header: Sequence[int]) -> int:
        """How many records, this one included, are surely of no interest.

        The record's frame is at `start`; the next records follow at `stride`. `header` are the offsets,
        relative to `start`, of the octets that must repeat for the records to have equal length.
        """
        kind, at = self._network(link_type, data, start, len(data))
        rows = min(_ROWS, (len(data) - start) // stride)
        if kind != 0x0800 or rows < 2 or at - start + 24 > stride:
            return 1
        same = [start + each for each in header]
        if link_type in _TYPE_OFFSET:
            place = start + _TYPE_OFFSET[link_type]
            same += [place, place + 1]
            # Each tag's type stands two octets before the next header.
            same += [tag + each for tag in range(at - 2, start + 14, -4) for each in (0, 1)]
        for place in (*same, at, at + 9):  # at: version and header length; at + 9: protocol
            column = data[place : place + rows * stride : stride]
            rows = len(column) - len(column.lstrip(column[:1]))
            if rows < 2:
                return 1
        if data[at] != 0x45 or data[at + 9] != 17:
            return 1
        return self._uninteresting(data, at, rows, stride)

    def _uninteresting(self, data: bytes, at: int, rows: int, stride: int) -> int:
        """Of `rows` UDP datagrams the leading ones that are unfragmented and have other ports than ours."""
        # 0x40: don't-fragment may be set or not; more-fragments and an offset may not.
        for place, allowed in ((at + 6, b"\x00\x40"), (at + 7, b"\x00")):
            column = data[place : place + rows * stride : stride]
            rows = len(column) - len(column.lstrip(allowed))
        for place in (at + 20, at + 22):
            column = data[place : place + rows * stride : stride]
            kept = column.translate(None, self.udp_high)
            if len(kept) != len(column):
                first = next(index for index, octet in enumerate(column) if octet in self.udp_high)
                rows = min(rows, first)
        return max(rows, 1)
