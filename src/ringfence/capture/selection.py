"""Which frames concern a registration, decided before anything is copied.

RTP makes up nearly all of a voice capture, and whole runs of it are passed over here. mypyc compiles this
module and those that it imports where there is a C compiler; elsewhere the same source is interpreted,
twenty times slower. That is why they import nothing else of ours, and why numbers are `i64`: those become
machine words, and `int` would not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ringfence.capture.encapsulation import ipv6_payload
from ringfence.capture.link_layer import ARP, DEEPEST, IPV4, IPV6, SEALED, UNREAD, below, word
from ringfence.capture.media import MediaCounter
from ringfence.capture.tunnels import (
    CARRIER_PROTOCOLS,
    ICMP,
    ICMPV6,
    IPV6_FRAGMENT,
    TCP,
    UDP,
    tunnelled,
)

if TYPE_CHECKING:  # for the compiler; nothing looks at annotations when this runs
    from mypy_extensions import i64

# What a port is for, as bits of its octet in a table of all 65536.
DATAGRAMS: Final = 1  # RAS and DHCP, over UDP
SIGNALLING: Final = 2  # call signalling, over TCP
FILES: Final = 4  # what opens, closes or begins something is kept, over TCP
UNNAMED: Final = 8  # it may yet be named: what may be RAS is kept, over UDP, and all of TCP
CARRIERS: Final = 16  # what may hold other packets, over UDP

# First lines of HTTP/1.x requests for files, and of answers.
HTTP: Final = (b"GET ", b"HEAD ", b"POST ", b"PUT ", b"HTTP/1.")

# What `look` says of a frame; anything greater is the place of a UDP packet.
PASSED: Final = 0
KEPT: Final = 1

# Passed over: how many, where the next begins, and where the last of them began.
Passed = tuple[int, int, int]

# No writer goes beyond 256 KiB (tcpdump's MAXIMUM_SNAPLEN), USB captures excepted; a longer record is a
# broken length and would swallow the rest of the file.
LONGEST: Final = 1 << 18

_FIN_SYN_RST: Final = 7
_PCAP_RECORD: Final = 16
_ENHANCED_PACKET: Final = 6
_ENHANCED_HEADER: Final = 28


def wants(ports: bytes, link: i64, data: bytes, start: i64, end: i64) -> bool:
    """Whether the frame at data[start:end] of link type `link` is kept; what cannot be told is kept.

    Kept are RAS, DHCP and call signalling whole; of file connections what opens, closes or begins something;
    ICMP, ARP, and every fragment (a later fragment bears no port). `ports` is the table described above.
    """
    return look(ports, link, data, start, end) == KEPT


def look(ports: bytes, link: i64, data: bytes, start: i64, end: i64) -> i64:
    """KEPT as `wants` has it, PASSED, or of other UDP its place, for `MediaCounter.count`: the offset of the
    IP header in the upper half, then that of the UDP header, and a bit that is set for IPv6."""
    for _ in range(DEEPEST):
        uses: i64 = 0
        place: i64 = PASSED
        kind, at, _vlan = below(link, data, start, end)
        if kind == IPV4:
            if at + 20 > end:
                return KEPT
            protocol: i64 = data[at + 9]
            if data[at + 6] & 0x3F or data[at + 7]:
                return _kept(protocol in (ICMP, TCP, UDP) or protocol in CARRIER_PROTOCOLS, PASSED)
            header: i64 = data[at] & 15
            transport = at + header * 4
        elif kind == IPV6:
            if at + 40 > end:
                return KEPT
            protocol, transport = ipv6_payload(data, at, end)
            if protocol == IPV6_FRAGMENT:
                return KEPT
        else:
            return _kept(kind == ARP or kind >= UNREAD, PASSED)
        if protocol not in (TCP, UDP):
            if protocol not in CARRIER_PROTOCOLS:
                return _kept(protocol in (ICMP, ICMPV6), PASSED)
        elif transport + 4 > end:
            return KEPT
        else:
            uses = ports[word(data, transport)] | ports[word(data, transport + 2)]
            if protocol == TCP:
                return _kept(_wants_segment(uses, data, transport, end), PASSED)
            if uses & DATAGRAMS:
                return KEPT
            place = _place(kind == IPV6, at, transport, end)
            if not uses & CARRIERS:
                return _kept(_wants_datagram(uses, data, transport + 8, end), place)
        link, start = tunnelled(protocol, data, transport, end)
        if link < 0:
            wanted = link == SEALED or (protocol == UDP and _wants_datagram(uses, data, transport + 8, end))
            return _kept(wanted, place)
    return PASSED


def _place(is_six: bool, at: i64, transport: i64, end: i64) -> i64:
    """Of the UDP packet whose headers are at data[at] and data[transport]."""
    if transport + 8 > end:
        return PASSED
    if is_six:
        return (at << 32) | (transport << 1) | 1
    return (at << 32) | (transport << 1)


def _kept(is_kept: bool, place: i64) -> i64:
    # No conditional expression: the compiler would make an object of its number.
    if is_kept:
        return KEPT
    return place


def _wants_datagram(uses: i64, data: bytes, at: i64, end: i64) -> bool:
    """For the UDP payload at data[at:end], its ports being for `uses`, of which RAS and DHCP are none."""
    return has_identifier(data, at, end) or (uses & UNNAMED != 0 and _may_be_ras(data, at, end))


def _wants_segment(uses: i64, data: bytes, at: i64, end: i64) -> bool:
    """For the TCP segment at data[at], its ports being for `uses`."""
    if uses & (SIGNALLING | UNNAMED):
        return True
    is_file: bool = uses & FILES != 0
    if at + 14 > end or data[at + 13] & _FIN_SYN_RST:
        return is_file
    offset: i64 = data[at + 12] >> 4
    payload: i64 = at + offset * 4
    if is_file and payload + 5 <= end and is_first_segment(data, payload):
        return True
    return begins_setup(data, payload, end)


def begins_setup(data: bytes, at: i64, end: i64) -> bool:
    """Whether a Q.931 Setup begins in the segment at data[at:end], on any port, with its TPKT or just after
    it: some write the two one by one.

    Two octets of call reference (H.225.0 clause 7.2.2), its flag clear; then Bearer capability, which is
    mandatory, or Sending complete before it (Q.931 clause 3.1.14).
    """
    if at + 10 <= end and data[at] == 3 and data[at + 1] == 0:
        at += 4
    return (
        at + 6 <= end
        and data[at] == 8
        and data[at + 1] == 2
        and data[at + 2] < 0x80
        and data[at + 4] == 5
        and (data[at + 5] == 4 or data[at + 5] == 0xA1)
    )


def has_identifier(data: bytes, at: i64, end: i64) -> bool:
    """Whether the RAS message at data[at:end] is one of GRQ to RRJ, on any port.

    H.225.0 has them begin with a choice index, requestSeqNum and protocolIdentifier, which is {0 0 8 2250 0}.
    """
    return (
        at + 10 <= end
        and data[at + 4] == 6
        and data[at] < 6 << 2
        and data[at + 5] == 0
        and data[at + 6] == 8
        and data[at + 7] == 0x91
        and data[at + 8] == 0x4A
        and data[at + 9] == 0
    )


def _may_be_ras(data: bytes, at: i64, end: i64) -> bool:
    """Whether the octets at data[at:end] begin as a RasMessage does: so does no RTP.

    A choice of 25 alternatives, in the six upper bits of the first octet; or one of the later eight, then the
    length of what follows, of one octet or two (H.225.0 annex H; X.691 clauses 11.9 and 23).
    """
    if at + 3 > end:
        return False
    first: i64 = data[at]
    if first < 25 << 2:
        return True
    length: i64 = data[at + 1]
    if length & 0xC0 == 0x80:
        length = word(data, at + 1) & 0x3FFF
        at += 1
    return 0x80 <= first < 0x88 and at + 2 + length == end


def is_first_segment(data: bytes, at: i64) -> bool:
    """Whether a TLS record or an HTTP first line begins at data[at]."""
    first: i64 = data[at]
    return (20 <= first <= 23 and data[at + 1] == 3) or data.startswith(HTTP, at)


def _double_word(data: bytes, at: i64, big_endian: bool) -> i64:
    first: i64 = data[at]
    second: i64 = data[at + 1]
    third: i64 = data[at + 2]
    fourth: i64 = data[at + 3]
    if big_endian:
        return first << 24 | second << 16 | third << 8 | fourth
    return fourth << 24 | third << 16 | second << 8 | first


def pass_records(
    ports: bytes, media: MediaCounter, link: i64, data: bytes, at: i64, *, big_endian: bool, fraction: float
) -> Passed:
    """From the record of a classic pcap file at data[at] to the next that is wanted, is not all there, or
    claims more than LONGEST octets. `media` counts what is passed; `fraction` is the length of a tick."""
    size: i64 = len(data)
    count: i64 = 0
    last: i64 = at
    while at + _PCAP_RECORD <= size:
        kept = _double_word(data, at + 8, big_endian)
        start = at + _PCAP_RECORD
        if kept > LONGEST or start + kept > size:
            break
        place = look(ports, link, data, start, start + kept)
        if place == KEPT:
            break
        if place != PASSED:
            seconds = _double_word(data, at, big_endian)
            ticks = _double_word(data, at + 4, big_endian)
            media.count(place, data, start + kept, float(seconds) + float(ticks) * fraction)
        count += 1
        last = at
        at = start + kept
    return count, at, last


def pass_blocks(
    ports: bytes,
    media: MediaCounter,
    data: bytes,
    at: i64,
    *,
    links: list[int],
    clocks: list[tuple[float, float]],
    big_endian: bool,
) -> Passed:
    """From the pcapng block at data[at] to the next that is no enhanced packet block, is wanted, is damaged,
    or is not all there. `links` is the link type of each interface, -1 for one that is not read; `clocks`
    the length of its tick and its offset, in seconds. `media` counts what is passed."""
    size: i64 = len(data)
    interfaces: i64 = len(links)
    count: i64 = 0
    last: i64 = at
    while at + _ENHANCED_HEADER <= size and _double_word(data, at, big_endian) == _ENHANCED_PACKET:
        length = _double_word(data, at + 4, big_endian)
        which = _double_word(data, at + 8, big_endian)
        start = at + _ENHANCED_HEADER
        end = start + _double_word(data, at + 20, big_endian)
        if length % 4 or end + 4 > at + length or at + length > size or which >= interfaces:
            break
        link: i64 = links[which]
        if link < 0:
            break
        place = look(ports, link, data, start, end)
        if place == KEPT:
            break
        if place != PASSED:
            unit, offset = clocks[which]
            high = _double_word(data, at + 12, big_endian)
            low = _double_word(data, at + 16, big_endian)
            media.count(place, data, end, offset + float((high << 32) | low) * unit)
        count += 1
        last = at
        at += length
    return count, at, last
