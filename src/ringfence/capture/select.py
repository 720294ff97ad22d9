"""Which frames concern a registration, decided before anything is copied."""

from dataclasses import dataclass

from ringfence.capture.dialogue import Ports
from ringfence.capture.frame import LinkType
from ringfence.capture.stream_words import is_first_segment
from ringfence.wire.dhcp import CLIENT_PORT, SERVER_PORT

_FIN_SYN_RST = 7
IP_OFFSET: dict[int, int] = {
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
TYPE_OFFSET: dict[int, int] = {LinkType.ETHERNET: 12, LinkType.SLL: 14, LinkType.SLL2: 0}
_TAGS = frozenset({0x8100, 0x88A8, 0x9100})


@dataclass(slots=True)
class Selection:
    """What is kept: RAS, DHCP and call signalling whole; of file connections what opens, closes or begins
    something; ICMP, ARP, and every fragment (a later fragment bears no port)."""

    udp: frozenset[int]
    signalling: frozenset[int]
    files: frozenset[int]

    @classmethod
    def of(cls, ports: Ports) -> "Selection":
        udp = ports.ras | {SERVER_PORT, CLIENT_PORT}
        return cls(udp, ports.signalling, ports.files | ports.signalling_tls)

    def wants(self, link_type: int, data: bytes, start: int, end: int) -> bool:
        """Whether the frame at data[start:end] is kept; what cannot be told is kept."""
        kind, at = self.network(link_type, data, start, end)
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

    def network(self, link_type: int, data: bytes, start: int, end: int) -> tuple[int, int]:
        """EtherType and where the network header begins."""
        at = start + IP_OFFSET[link_type]
        where = TYPE_OFFSET.get(link_type)
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
