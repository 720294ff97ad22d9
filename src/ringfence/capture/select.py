"""Which frames concern a registration, decided before anything is copied.

RTP makes up nearly all of a voice capture, and whole runs of it are passed over here. mypyc compiles this
module where there is a C compiler; elsewhere the same source is interpreted, twenty times slower. That is why
it imports nothing of ours, and why numbers are `i64`: those become machine words, and `int` would not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:  # for the compiler; nothing looks at annotations when this runs
    from mypy_extensions import i64

# What a port is for, as bits of its octet in a table of all 65536.
DATAGRAMS: Final = 1  # RAS and DHCP, over UDP
SIGNALLING: Final = 2  # call signalling, over TCP
FILES: Final = 4  # what opens, closes or begins something is kept, over TCP

# First lines of HTTP/1.x requests for files, and of answers.
HTTP: Final = (b"GET ", b"HEAD ", b"POST ", b"PUT ", b"HTTP/1.")

# Passed over: how many, where the next begins, and where the last of them began.
Passed = tuple[int, int, int]

# No writer goes beyond 256 KiB (tcpdump's MAXIMUM_SNAPLEN), USB captures excepted; a longer record is a
# broken length and would swallow the rest of the file.
LONGEST: Final = 1 << 18

_FIN_SYN_RST: Final = 7
_ICMP: Final = 1
_TCP: Final = 6
_UDP: Final = 17
_IPV6_FRAGMENT: Final = 44
_ICMPV6: Final = 58
_IPV4: Final = 0x0800
_ARP: Final = 0x0806
_IPV6: Final = 0x86DD
_PCAP_RECORD: Final = 16
_ENHANCED_PACKET: Final = 6
_ENHANCED_HEADER: Final = 28


def wants(ports: bytes, link: i64, data: bytes, start: i64, end: i64) -> bool:
    """Whether the frame at data[start:end] of link type `link` is kept; what cannot be told is kept.

    Kept are RAS, DHCP and call signalling whole; of file connections what opens, closes or begins something;
    ICMP, ARP, and every fragment (a later fragment bears no port). `ports` is the table described above.
    """
    kind, at = _network(link, data, start, end)
    if kind == _ARP:
        return True
    if at + 20 > end:
        return kind in (_IPV4, _IPV6)
    if kind == _IPV4:
        protocol: i64 = data[at + 9]
        if data[at + 6] & 0x3F or data[at + 7]:
            return protocol in (_ICMP, _TCP, _UDP)
        header: i64 = data[at] & 15
        return _wants_transport(ports, protocol, data, at + header * 4, end)
    if kind == _IPV6:
        if at + 40 > end:
            return True
        following: i64 = data[at + 6]
        return following == _IPV6_FRAGMENT or _wants_transport(ports, following, data, at + 40, end)
    return False


def _network(link: i64, data: bytes, start: i64, end: i64) -> tuple[i64, i64]:
    """EtherType and where the network header begins; the numbers are those of `LinkType`."""
    where: i64 = -1
    at: i64 = start
    if link == 1:  # Ethernet
        where, at = start + 12, start + 14
    elif link == 113:  # Linux cooked capture
        where, at = start + 14, start + 16
    elif link == 276:  # its second version
        where, at = start, start + 20
    elif link in (0, 108):  # BSD loopback: the family in some byte order
        at = start + 4
    if where < 0:
        return (_IPV6 if at < end and data[at] >> 4 == 6 else _IPV4), at
    if at > end:
        return 0, at
    kind: i64 = _word(data, where)
    while kind in (0x8100, 0x88A8, 0x9100) and at + 4 <= end:
        kind = _word(data, at + 2)
        at += 4
    return kind, at


def _wants_transport(ports: bytes, protocol: i64, data: bytes, at: i64, end: i64) -> bool:
    if protocol in (_ICMP, _ICMPV6):
        return True
    if protocol not in (_TCP, _UDP):
        return False
    if at + 4 > end:
        return True
    uses: i64 = ports[_word(data, at)] | ports[_word(data, at + 2)]
    if protocol == _UDP:
        return uses & DATAGRAMS != 0
    if uses & SIGNALLING:
        return True
    if not uses & FILES:
        return False
    if at + 14 > end or data[at + 13] & _FIN_SYN_RST:
        return True
    offset: i64 = data[at + 12] >> 4
    payload: i64 = at + offset * 4
    return payload + 5 <= end and is_first_segment(data, payload)


def is_first_segment(data: bytes, at: i64) -> bool:
    """Whether a TLS record or an HTTP first line begins at data[at]."""
    first: i64 = data[at]
    return (20 <= first <= 23 and data[at + 1] == 3) or data.startswith(HTTP, at)


def _word(data: bytes, at: i64) -> i64:
    high: i64 = data[at]
    low: i64 = data[at + 1]
    return high << 8 | low


def _double_word(data: bytes, at: i64, big_endian: bool) -> i64:
    first: i64 = data[at]
    second: i64 = data[at + 1]
    third: i64 = data[at + 2]
    fourth: i64 = data[at + 3]
    if big_endian:
        return first << 24 | second << 16 | third << 8 | fourth
    return fourth << 24 | third << 16 | second << 8 | first


def pass_records(ports: bytes, link: i64, data: bytes, at: i64, big_endian: bool) -> Passed:
    """From the record of a classic pcap file at data[at] to the next that is wanted, is not all there, or
    claims more than LONGEST octets."""
    size: i64 = len(data)
    count: i64 = 0
    last: i64 = at
    while at + _PCAP_RECORD <= size:
        kept = _double_word(data, at + 8, big_endian)
        start = at + _PCAP_RECORD
        if kept > LONGEST or start + kept > size or wants(ports, link, data, start, start + kept):
            break
        count += 1
        last = at
        at = start + kept
    return count, at, last


def pass_blocks(ports: bytes, links: list[int], data: bytes, at: i64, big_endian: bool) -> Passed:
    """From the pcapng block at data[at] to the next that is no enhanced packet block, is wanted, is damaged,
    or is not all there. `links` is the link type of each interface, -1 for one that is not read."""
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
        if link < 0 or wants(ports, link, data, start, end):
            break
        count += 1
        last = at
        at += length
    return count, at, last
