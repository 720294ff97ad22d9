"""Two captures, one from each side of a firewall, brought to one clock and one set of addresses.

Packets are matched by content, since clocks differ (by half an hour in real pairs), address translation
changes addresses, TTLs and hardware addresses differ anyway, and the IP identification is often 0.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median

import msgspec

from ringfence.capture.dissect import Datagram
from ringfence.capture.frame import Tap
from ringfence.diagnosis.crossing import Crossing
from ringfence.diagnosis.observation import RasSeen
from ringfence.diagnosis.ras_view import ras_seen, ras_view
from ringfence.diagnosis.recording import CapturedPackets
from ringfence.model.address import TransportAddress
from ringfence.model.defaults import DHCP_CLIENT_PORT, DHCP_SERVER_PORT, DISCOVERY_PORT, RAS_PORT
from ringfence.model.errors import DecodeError, InputError
from ringfence.model.findings import Finding
from ringfence.model.findings.register import RAS_NAT_WITHOUT_ALG, RAS_REWRITTEN
from ringfence.model.packet import Protocol, TcpFlags
from ringfence.model.stage import Stage
from ringfence.wire import dhcp

# True pairs differ in time by the clock error and the path's delay, which varies less than this.
_JITTER = 0.25
_ENOUGH = 3  # pairs that agree on the clock error; fewer may be chance
_SMALLEST = 8  # octets of payload that mean something
_EDGE = 1.0  # seconds at the ends of the common time in which the other capture may have missed a packet
_RAS_PORTS = frozenset({RAS_PORT, DISCOVERY_PORT})

_Pair = tuple[Datagram, Datagram]
_Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class AlignedCaptures:
    """Packets of both captures as if one recorder had made them, taps HANDSETS and SERVERS.

    `offset`: seconds by which the second capture's clock is ahead. `swapped`: the second one is the
    handset side. `pairs`: packets found in both. From `start` to `end` both captures were running.
    """

    packets: tuple[Datagram, ...]
    offset: float
    swapped: bool
    pairs: int
    start: float
    end: float
    findings: tuple[Finding, ...]


def align_captures(
    first: CapturedPackets, second: CapturedPackets, *, offset: float | None = None
) -> AlignedCaptures:
    """Match, align, translate. `offset` in seconds, when it is known, is taken instead of measured.

    InputError when the captures do not belong together: too few packets in common, or no common time.
    """
    pairs = _pairs(first.packets, second.packets)
    agreeing = _agreeing(pairs) if offset is None else pairs
    if offset is None and len(agreeing) < _ENOUGH:
        raise InputError(
            f"the two captures have {len(agreeing)} packets in common, too few to match them",
            remedy="take both at the same time, from both sides of the firewall, with the same handset;"
            " with clocks known to agree give a clock offset of 0",
        )
    swapped = _second_is_handsets(agreeing)
    ahead = _offset(agreeing) if offset is None else offset
    moved = [msgspec.structs.replace(packet, time=packet.time - ahead) for packet in second.packets]
    near, far = (moved, first.packets) if swapped else (first.packets, moved)
    if swapped:
        agreeing = [(b, a) for a, b in agreeing]
    start, end = _common_time(near, far, min(first.end, second.end - ahead))
    translated = _translated(far, agreeing)
    rewritten, findings = _undone_rewriting(near, translated)
    findings = findings or _translated_but_not_inside(agreeing)
    packets = (
        *(msgspec.structs.replace(packet, tap=Tap.HANDSETS) for packet in near),
        *(msgspec.structs.replace(packet, tap=Tap.SERVERS) for packet in _same_sequences(near, rewritten)),
    )
    return AlignedCaptures(packets, ahead, swapped, len(agreeing), start, end, tuple(findings))


def _fingerprint(packet: Datagram) -> _Key | None:
    """What stays the same on the way, addresses left out; None when that is too little."""
    if packet.protocol == Protocol.TCP and packet.flags & TcpFlags.SYN:
        return Protocol.TCP, packet.flags, packet.sequence
    if len(packet.payload) < _SMALLEST:
        return None
    if packet.protocol == Protocol.ICMP:
        return Protocol.ICMP, packet.source_port, packet.payload
    return packet.protocol, packet.payload


def _loose(packet: Datagram) -> _Key | None:
    """A RAS message by kind, number and alias: what survives an inspection that rewrites addresses."""
    if packet.protocol != Protocol.UDP or not _RAS_PORTS & {packet.source_port, packet.destination_port}:
        return None
    view = ras_view(packet.payload)
    return None if view is None else (view.message, view.number, view.aliases)


def _pairs(first: Iterable[Datagram], second: Iterable[Datagram]) -> list[_Pair]:
    """Packets of which each capture has exactly one, or both the same number."""
    found: list[_Pair] = []
    for key_of in (_fingerprint, _loose):
        here, there = _by_key(first, key_of), _by_key(second, key_of)
        for key in here.keys() & there.keys():
            if len(here[key]) == len(there[key]):
                found += zip(here[key], there[key], strict=True)
        if len(found) >= _ENOUGH:
            break
    return found


def _by_key(
    packets: Iterable[Datagram], key_of: Callable[[Datagram], _Key | None]
) -> dict[_Key, list[Datagram]]:
    found: dict[_Key, list[Datagram]] = {}
    for packet in packets:
        key = key_of(packet)
        if key is not None:
            found.setdefault(key, []).append(packet)
    return found


def _agreeing(pairs: Sequence[_Pair]) -> list[_Pair]:
    """The largest group of pairs whose time differences lie together."""
    ordered = sorted(pairs, key=_difference)
    differences = [_difference(pair) for pair in ordered]
    best = (0, 0)
    for low, difference in enumerate(differences):
        high = bisect_right(differences, difference + _JITTER)
        if high - low > best[1] - best[0]:
            best = (low, high)
    return ordered[best[0] : best[1]]


def _difference(pair: _Pair) -> float:
    return pair[1].time - pair[0].time


def _offset(pairs: Sequence[_Pair]) -> float:
    """The clock error: the mean of both directions, so that the path's delay cancels."""
    ways = [[_difference(pair) for pair in pairs if pair[0].ttl > pair[1].ttl]]
    ways.append([_difference(pair) for pair in pairs if pair[0].ttl < pair[1].ttl])
    if all(ways):
        return sum(map(median, ways)) / 2
    return median(map(_difference, pairs))


def _second_is_handsets(pairs: Sequence[_Pair]) -> bool:
    """A router lowers the TTL (RFC 791), so a request shows which capture it passed first."""
    votes = 0
    for a, b in pairs:
        asked = _is_request(a)
        if asked is not None and a.ttl != b.ttl:
            votes += 1 if (a.ttl > b.ttl) == asked else -1
    return votes < 0


def _is_request(packet: Datagram) -> bool | None:
    """Whether the handset side sent it; None when that cannot be told."""
    if packet.protocol != Protocol.UDP:
        return None
    seen = ras_seen(Crossing(packet)) if _loose(packet) else None
    if isinstance(seen, RasSeen):
        return seen.from_handset
    try:
        return dhcp.decode(packet.payload).op == 1
    except DecodeError:
        return None


def _translated_but_not_inside(pairs: Sequence[_Pair]) -> list[Finding]:
    """The first request whose packet was translated and whose own words were not; empty when none was."""
    for here, there in pairs:
        view = ras_view(here.payload) if _loose(here) is not None else None
        if view is None or view.message not in {"GRQ", "RRQ"} or here.payload != there.payload:
            continue
        named = {*view.ras_addresses, *view.call_signal_addresses}
        if here.source != there.source and any(each.ip == here.source for each in named):
            said = ", ".join(map(str, sorted(named)))
            sentence = (
                f"{view.message} {view.number} leaves {_transport_ends(here)[0]}, arrives from"
                f" {_transport_ends(there)[0]}, and still says {said}"
            )
            numbers = (here.number, there.number)
            return [Finding(RAS_NAT_WITHOUT_ALG, sentence, Stage.REGISTER, numbers)]
    return []


def _common_time(near: Sequence[Datagram], far: Sequence[Datagram], end: float) -> tuple[float, float]:
    """The time that both could have recorded: elsewhere absence means nothing.

    `end` is when the first of the captures ended, of interest or not; where they begin only packets of
    interest tell.
    """
    if not near or not far:
        raise InputError("one of the captures has no packet of interest", remedy="capture without a filter")
    start = max(min(packet.time for packet in side) for side in (near, far)) - _EDGE
    end += _EDGE
    if start >= end:
        raise InputError("the two captures have no time in common", remedy="take both over the same minutes")
    return start, end


def _translated(far: Sequence[Datagram], pairs: Sequence[_Pair]) -> list[Datagram]:
    """The far side's packets with the addresses that the near side uses."""
    names: dict[TransportAddress, Counter[TransportAddress]] = {}
    for here, there in pairs:
        for mine, other in zip(_transport_ends(here), _transport_ends(there), strict=True):
            names.setdefault(other, Counter())[mine] += 1
    known = {other: mine.most_common(1)[0][0] for other, mine in names.items()}
    hosts = {other.ip: mine.ip for other, mine in known.items()}

    def back(end: TransportAddress) -> TransportAddress:
        return known.get(end) or TransportAddress(hosts.get(end.ip, end.ip), end.port)

    found = []
    for packet in far:
        source, destination = map(back, _transport_ends(packet))
        icmp = packet.protocol == Protocol.ICMP
        found.append(
            msgspec.structs.replace(
                packet,
                source=source.ip,
                source_port=packet.source_port if icmp else source.port,
                destination=destination.ip,
                destination_port=packet.destination_port if icmp else destination.port,
            )
        )
    return found


def _transport_ends(packet: Datagram) -> tuple[TransportAddress, TransportAddress]:
    if packet.protocol == Protocol.ICMP:
        return TransportAddress(packet.source, 0), TransportAddress(packet.destination, 0)
    return (
        TransportAddress(packet.source, packet.source_port),
        TransportAddress(packet.destination, packet.destination_port),
    )


def _undone_rewriting(
    near: Sequence[Datagram], far: Sequence[Datagram]
) -> tuple[list[Datagram], list[Finding]]:
    """RAS messages that an inspection rewrote get the near side's octets back, and are reported."""
    originals = {key: packets[0] for key, packets in _by_key(near, _loose).items()}
    plain = {packet.payload for packet in near}
    found: list[Datagram] = []
    findings: list[Finding] = []
    for packet in far:
        key = None if packet.payload in plain else _loose(packet)
        original = originals.get(key) if key is not None else None
        if original is None:
            found.append(packet)
            continue
        found.append(msgspec.structs.replace(packet, payload=original.payload))
        sentence = _rewriting(original, packet)
        if sentence and not findings:
            findings.append(
                Finding(RAS_REWRITTEN, sentence, Stage.REGISTER, (original.number, packet.number))
            )
    return found, findings


def _rewriting(original: Datagram, packet: Datagram) -> str:
    here, there = ras_view(original.payload), ras_view(packet.payload)
    if here is None or there is None:
        return ""
    mine = {*here.ras_addresses, *here.call_signal_addresses}
    other = {*there.ras_addresses, *there.call_signal_addresses}
    if mine == other:
        return ""
    listed = [", ".join(map(str, sorted(side))) for side in (mine - other, other - mine)]
    return (
        f"{here.message} {here.number} says {listed[0]} on the handset side, {listed[1]} on the server side"
    )


def _same_sequences(near: Sequence[Datagram], far: Sequence[Datagram]) -> list[Datagram]:
    """The far side's TCP numbers as the near side has them: some firewalls choose new initial ones."""
    here, there = _initial_numbers(near), _initial_numbers(far)
    shift = {flow: here[flow] - there[flow] for flow in here.keys() & there.keys()}
    if not any(shift.values()):
        return list(far)
    found = []
    for packet in far:
        if packet.protocol != Protocol.TCP:
            found.append(packet)
            continue
        source, destination = _transport_ends(packet)
        forward, backward = shift.get((source, destination), 0), shift.get((destination, source), 0)
        acknowledges = packet.flags & TcpFlags.ACK
        found.append(
            msgspec.structs.replace(
                packet,
                sequence=(packet.sequence + forward) % (1 << 32),
                acknowledgement=(packet.acknowledgement + backward) % (1 << 32)
                if acknowledges
                else packet.acknowledgement,
            )
        )
    return found


def _initial_numbers(packets: Iterable[Datagram]) -> dict[tuple[TransportAddress, TransportAddress], int]:
    return {
        _transport_ends(packet): packet.sequence
        for packet in packets
        if packet.protocol == Protocol.TCP and packet.flags & TcpFlags.SYN
    }


def clear_false_drops(crossed: Sequence[Crossing], aligned: AlignedCaptures) -> None:
    """Take back drops that are none: outside the common time, and at a relay agent.

    A relay sends a message of its own, from and to other addresses, so one capture shows the one and the
    other capture the other. A message that both captures show went by no relay between them, and says
    nothing about another one of its transaction that was lost.
    """
    sides: dict[_Key, set[str]] = {}
    relayed: list[tuple[_Key, Crossing]] = []
    for crossing in crossed:
        if not aligned.start <= crossing.time <= aligned.end:
            crossing.dropped = False
        key = _dhcp_key(crossing.packet) if len(crossing.frames) == 1 else None
        if key is not None:
            sides.setdefault(key, set()).update(crossing.frames)
            relayed.append((key, crossing))
    for key, crossing in relayed:
        if crossing.dropped and len(sides[key]) > 1:
            crossing.dropped = False


def _dhcp_key(packet: Datagram) -> _Key | None:
    """What a DHCP message keeps when a relay passes it on."""
    if packet.protocol != Protocol.UDP or not {DHCP_SERVER_PORT, DHCP_CLIENT_PORT} & {
        packet.source_port,
        packet.destination_port,
    }:
        return None
    try:
        message = dhcp.decode(packet.payload)
    except DecodeError:
        return None
    return message.op, message.xid, message.chaddr, message.message_type
