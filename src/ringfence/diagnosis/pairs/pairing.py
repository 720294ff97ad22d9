"""Which packets of two captures are the same, by content, and what that says of their clocks and places.

Clocks differ (by half an hour in real pairs), address translation changes addresses, TTLs and hardware
addresses differ anyway, and the IP identification is often 0.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from statistics import median
from typing import TypeAlias

from ringfence.capture.dissect import Datagram, transport_address
from ringfence.capture.selection import has_identifier
from ringfence.diagnosis.crossing import Crossing, is_copy
from ringfence.diagnosis.dialogue import dhcp_message
from ringfence.diagnosis.ras_view import ras_seen, ras_view
from ringfence.model.address import TransportAddress
from ringfence.model.defaults import DHCP_CLIENT_PORT, DHCP_SERVER_PORT, DISCOVERY_PORT, RAS_PORT
from ringfence.model.packet import Protocol, TcpFlags

# True pairs differ in time by the clock error and the path's delay, which varies less than this.
JITTER = 0.25
ENOUGH = 3  # pairs that agree on the clock error; fewer may be chance
_SMALLEST = 8  # octets of payload that mean something
_REPEATED = 8  # identical packets that are tried with one another; more, as of a keep-alive, tell nothing
_RAS_PORTS = frozenset({RAS_PORT, DISCOVERY_PORT})
_DHCP_PORTS = frozenset({DHCP_CLIENT_PORT, DHCP_SERVER_PORT})

Pair: TypeAlias = tuple[Datagram, Datagram]
Key: TypeAlias = tuple[object, ...]


def without_copies(packets: Iterable[Datagram]) -> list[Datagram]:
    """Each packet once: a mirror port may deliver it twice, and would then never be alone of its kind."""
    found: list[Datagram] = []
    last: dict[Key, Datagram] = {}
    for packet in packets:
        key = (packet.protocol, packet.source, packet.destination, *_ports(packet), packet.payload)
        before = last.get(key)
        if before is None or before.sequence != packet.sequence or not is_copy(before, packet):
            found.append(packet)
            last[key] = packet
    return found


def _ports(packet: Datagram) -> tuple[int, int, int]:
    return packet.source_port, packet.destination_port, packet.flags


def content_key(packet: Datagram) -> Key | None:
    """What stays the same on the way, addresses left out; None when that is too little."""
    if packet.protocol == Protocol.TCP and packet.flags & TcpFlags.SYN:
        return Protocol.TCP, packet.flags, packet.sequence
    if len(packet.payload) < _SMALLEST:
        return None
    if packet.protocol == Protocol.ICMP:
        return Protocol.ICMP, packet.source_port, packet.payload
    return packet.protocol, packet.payload


def ras_key(packet: Datagram) -> Key | None:
    """A RAS message by kind, number and alias: what survives an inspection that rewrites addresses."""
    if packet.protocol != Protocol.UDP:
        return None
    usual = _RAS_PORTS & {packet.source_port, packet.destination_port}
    if not usual and not has_identifier(packet.payload, 0, len(packet.payload)):
        return None
    view = ras_view(packet.payload)
    return None if view is None else (view.message, view.number, view.aliases)


def relay_key(packet: Datagram) -> Key | None:
    """What a DHCP message keeps when a relay agent passes it on."""
    if packet.protocol != Protocol.UDP or not _DHCP_PORTS & {packet.source_port, packet.destination_port}:
        return None
    message = dhcp_message(packet.payload)
    return None if message is None else (message.op, message.xid, message.chaddr, message.message_type)


def is_relayed(pair: Pair) -> bool:
    """Whether one of the two is what a relay agent made of the other: then their addresses are no names of
    the same hosts."""
    here, there = pair
    return relay_key(here) is not None and (here.source, here.destination) != (
        there.source,
        there.destination,
    )


def packet_pairs(first: Sequence[Datagram], second: Sequence[Datagram]) -> list[Pair]:
    """Packets that may be the same one, the surest kinds first, until there are enough of them."""
    found: list[Pair] = []
    for key_of in (content_key, ras_key, relay_key):
        found += _alone(first, second, key_of)
        if len(agreeing(found)) >= ENOUGH:
            return found
    # Repetitions, each with each: those that belong together agree with one another, the rest do not.
    for key_of in (content_key, relay_key):
        here, there = _by_key(first, key_of), _by_key(second, key_of)
        for key in here.keys() & there.keys():
            if 1 < max(len(here[key]), len(there[key])) <= _REPEATED and len(here[key]) != len(there[key]):
                found += [(a, b) for a in here[key] for b in there[key]]
    return found


def _alone(
    first: Iterable[Datagram], second: Iterable[Datagram], key_of: Callable[[Datagram], Key | None]
) -> list[Pair]:
    """Packets of which each capture has exactly one, or both the same number."""
    here, there = _by_key(first, key_of), _by_key(second, key_of)
    return [
        pair
        for key in here.keys() & there.keys()
        if len(here[key]) == len(there[key])
        for pair in zip(here[key], there[key], strict=True)
    ]


def _by_key(
    packets: Iterable[Datagram], key_of: Callable[[Datagram], Key | None]
) -> dict[Key, list[Datagram]]:
    found: dict[Key, list[Datagram]] = {}
    for packet in packets:
        key = key_of(packet)
        if key is not None:
            found.setdefault(key, []).append(packet)
    return found


def agreeing(pairs: Sequence[Pair]) -> list[Pair]:
    """The largest group of pairs whose time differences lie together; of two equal ones that with the smaller
    difference."""
    ordered = sorted(pairs, key=_difference)
    low, high = largest_group([_difference(pair) for pair in ordered])
    return ordered[low:high]


def largest_group(differences: Sequence[float]) -> tuple[int, int]:
    """Where in a sorted list of time differences most of them lie together."""
    best, rank = (0, 0), (0, 0.0)
    for low, difference in enumerate(differences):
        high = bisect_right(differences, difference + JITTER)
        if (high - low, -abs(difference)) > rank:
            best, rank = (low, high), (high - low, -abs(difference))
    return best


def _difference(pair: Pair) -> float:
    return pair[1].time - pair[0].time


def clock_offset_of(pairs: Sequence[Pair]) -> float:
    """The clock error: the mean of both directions, so that the path's delay cancels."""
    ways: dict[bool, list[float]] = {True: [], False: []}
    for pair in pairs:
        outward = _outward(pair)
        if outward is not None:
            ways[outward].append(_difference(pair))
    if all(ways.values()):
        return sum(map(median, ways.values())) / 2
    return median(map(_difference, pairs))


def _outward(pair: Pair) -> bool | None:
    """Whether it passed the first capture first; None when that cannot be told.

    A router lowers the TTL (RFC 791). What a relay agent sends is its own: it bears giaddr one way, and goes
    to the client the other.
    """
    here, there = pair
    if is_relayed(pair):
        mine, other = (dhcp_message(each.payload) for each in pair)
        if mine is None or other is None or bool(int(mine.giaddr)) == bool(int(other.giaddr)):
            return None
        return (mine.op == 1) == (int(mine.giaddr) == 0)
    return here.ttl > there.ttl if here.ttl != there.ttl else None


def handset_side_votes(pairs: Sequence[Pair]) -> int:
    """Above 0: requests passed the first capture first; below 0: the second."""
    votes = 0
    for pair in pairs:
        asked, outward = is_request(pair[0]), _outward(pair)
        if asked is not None and outward is not None:
            votes += 1 if outward == asked else -1
    return votes


def is_request(packet: Datagram) -> bool | None:
    """Whether the handset side sent it; None when that cannot be told."""
    if packet.protocol != Protocol.UDP:
        return None
    if ras_key(packet) is not None:
        seen = ras_seen(Crossing(packet), *transport_ends(packet))
        return None if seen is None else seen.from_handset
    message = dhcp_message(packet.payload)
    return None if message is None else message.op == 1


def transport_ends(packet: Datagram) -> tuple[TransportAddress, TransportAddress]:
    """Source and destination; without ports for ICMP."""
    if packet.protocol == Protocol.ICMP:
        return transport_address(packet.source, 0), transport_address(packet.destination, 0)
    return (
        transport_address(packet.source, packet.source_port),
        transport_address(packet.destination, packet.destination_port),
    )
