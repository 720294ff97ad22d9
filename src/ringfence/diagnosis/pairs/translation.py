"""What a firewall changed in packets on their way, undone: addresses, RAS messages, TCP sequence numbers."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from ringfence.capture.dissect import CapturedEnds, Datagram
from ringfence.capture.frame import Tap
from ringfence.diagnosis.pairs.pairing import Pair, is_relayed, ras_key, transport_ends
from ringfence.diagnosis.ras_view import ras_view
from ringfence.model.address import Address, TransportAddress
from ringfence.model.findings import Finding
from ringfence.model.findings.register import NAT_MANY_TO_ONE, RAS_NAT_WITHOUT_ALG, RAS_REWRITTEN
from ringfence.model.packet import Protocol, TcpFlags
from ringfence.model.stage import Stage

_REQUESTS = frozenset({"GRQ", "RRQ"})


class ObservedTranslation:
    """Addresses of the server side by those of the handset side, as packets seen on both sides show."""

    def __init__(self, pairs: Sequence[Pair]) -> None:
        names: dict[TransportAddress, Counter[TransportAddress]] = {}
        frames: dict[TransportAddress, tuple[int, int]] = {}
        for pair in pairs:
            if is_relayed(pair):
                continue
            for mine, other in zip(transport_ends(pair[0]), transport_ends(pair[1]), strict=True):
                names.setdefault(other, Counter())[mine] += 1
                frames.setdefault(other, (pair[0].number, pair[1].number))
        self._ends = {other: mine.most_common(1)[0][0] for other, mine in names.items()}
        self._hosts = {other.ip: mine.ip for other, mine in self._ends.items()}
        # Packets of equal content may be paired crosswise: only what all pairs agree on shows translation.
        sure = {other: self._ends[other] for other, mine in names.items() if len(mine) == 1}
        sharing: dict[Address, set[Address]] = {}
        for other, mine_end in sure.items():
            if mine_end.ip != other.ip:
                sharing.setdefault(other.ip, set()).add(mine_end.ip)
        # Of handsets behind translated ports: an end as either side has it, and the frames that show it. One
        # that shares its address may have kept its ports, having been the first.
        self._shown: dict[Address, tuple[TransportAddress, TransportAddress, tuple[int, int]]] = {}
        for other, mine_end in sure.items():
            shared = len(sharing.get(other.ip, ())) > 1
            if mine_end.ip != other.ip and (mine_end.port != other.port or shared):
                self._shown.setdefault(mine_end.ip, (mine_end, other, frames[other]))

    @property
    def many_to_one(self) -> frozenset[Address]:
        """Addresses of the handset side that share one of the server side by ports (NAPT, RFC 2663 section
        4.1.2): nothing from the other side reaches a port of theirs that they did not use first."""
        return frozenset(self._shown)

    def undone(self, packets: Iterable[Datagram]) -> list[Datagram]:
        """The server side's packets with the addresses that the handset side uses."""
        found = []
        for packet in packets:
            ends = transport_ends(packet)
            source, destination = map(self._back, ends)
            if (source, destination) == ends:
                found.append(packet)
                continue
            found.append(renamed(packet, source, destination))
        return found

    def _back(self, end: TransportAddress) -> TransportAddress:
        return self._ends.get(end) or TransportAddress(self._hosts.get(end.ip, end.ip), end.port)

    def findings(self) -> Iterator[Finding]:
        for address, (here, there, frames) in self._shown.items():
            sentence = (
                f"{here} on the handset side is {there} on the server side: port translation (many to one),"
                f" so no connection that the gatekeeper opens reaches {address}"
            )
            yield Finding(NAT_MANY_TO_ONE, sentence, Stage.REGISTER, frames, str(address))


def renamed(packet: Datagram, source: TransportAddress, destination: TransportAddress) -> Datagram:
    """The packet between these ends; what it was captured with is kept."""
    icmp = packet.protocol == Protocol.ICMP
    return msgspec.structs.replace(
        packet,
        source=source.ip,
        source_port=packet.source_port if icmp else source.port,
        destination=destination.ip,
        destination_port=packet.destination_port if icmp else destination.port,
        captured=CapturedEnds(packet.source, packet.source_port, packet.destination, packet.destination_port),
    )


def not_translated_inside(pairs: Iterable[Pair]) -> Iterator[Finding]:
    """The first request that was translated on the outside and still names an address from before that."""
    for here, there in pairs:
        view = ras_view(there.payload) if ras_key(there) is not None else None
        if view is None or view.message not in _REQUESTS or here.source == there.source:
            continue
        named = sorted({*view.ras_addresses, *view.call_signal_addresses})
        if any(each.ip == here.source for each in named):
            leaves, arrives = transport_ends(here)[0], transport_ends(there)[0]
            sentence = (
                f"{view.message} {view.number} leaves {leaves}, arrives from {arrives}, and still says"
                f" {', '.join(map(str, named))}"
            )
            yield Finding(RAS_NAT_WITHOUT_ALG, sentence, Stage.REGISTER, (here.number, there.number))
            return


def undone_rewriting(
    near: Sequence[Datagram], far: Sequence[Datagram]
) -> tuple[list[Datagram], list[Pair], list[Finding]]:
    """RAS messages that an inspection rewrote get the near side's octets back, and are reported.

    The pairs are each of those messages as it was on either side.
    """
    originals: dict[object, Datagram] = {}
    for packet in near:
        key = ras_key(packet)
        if key is not None:
            originals.setdefault(key, packet)
    plain = {packet.payload for packet in near}
    found: list[Datagram] = []
    rewritten: list[Pair] = []
    findings: list[Finding] = []
    for packet in far:
        key = None if packet.payload in plain else ras_key(packet)
        original = originals.get(key) if key is not None else None
        if original is None:
            found.append(packet)
            continue
        found.append(msgspec.structs.replace(packet, payload=original.payload))
        rewritten.append((original, packet))
        sentence = _rewriting(original, packet)
        if sentence and not findings:
            numbers = (original.number, packet.number)
            findings.append(Finding(RAS_REWRITTEN, sentence, Stage.REGISTER, numbers))
    return found, rewritten, findings


def _rewriting(original: Datagram, packet: Datagram) -> str:
    here, there = ras_view(original.payload), ras_view(packet.payload)
    if here is None or there is None or here.undecodable or there.undecodable:
        return ""  # what a capture cut short says nothing of what was in it
    mine = {*here.ras_addresses, *here.call_signal_addresses}
    other = {*there.ras_addresses, *there.call_signal_addresses}
    if mine == other:
        return ""
    listed = [", ".join(map(str, sorted(side))) for side in (mine - other, other - mine)]
    return (
        f"{here.message} {here.number} says {listed[0]} on the handset side, {listed[1]} on the server side"
    )


def same_sequences(near: Sequence[Datagram], far: Sequence[Datagram]) -> list[Datagram]:
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
        source, destination = transport_ends(packet)
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
        transport_ends(packet): packet.sequence
        for packet in packets
        if packet.protocol == Protocol.TCP and packet.flags & TcpFlags.SYN
    }


def same_segments(near: Iterable[Datagram], far: Sequence[Datagram]) -> list[Datagram]:
    """TCP segments that an inspection rewrote get the near side's octets back: it keeps their lengths."""
    octets: dict[tuple[object, ...], bytes] = {}
    for packet in near:
        if packet.protocol == Protocol.TCP and packet.payload:
            octets.setdefault(_place(packet), packet.payload)
    if not octets:
        return list(far)
    return [
        msgspec.structs.replace(packet, payload=octets[_place(packet)])
        if packet.protocol == Protocol.TCP and packet.payload and _place(packet) in octets
        else packet
        for packet in far
    ]


def _place(packet: Datagram) -> tuple[object, ...]:
    """Where in its connection a segment stands."""
    return (
        *transport_ends(packet),
        packet.flags,
        packet.sequence,
        packet.acknowledgement,
        len(packet.payload),
    )


def untranslated(
    packets: Sequence[Datagram], inside: Callable[[Datagram, TransportAddress], TransportAddress]
) -> list[Datagram]:
    """The packets as the handset side has them; `inside` gives the inside name of an end of a packet."""
    near = [packet for packet in packets if packet.tap != Tap.SERVERS]
    far = [_renamed(packet, inside) for packet in packets if packet.tap == Tap.SERVERS]
    restored, _, _ = undone_rewriting(near, far)
    return [*near, *same_segments(near, restored)]


def _renamed(packet: Datagram, inside: Callable[[Datagram, TransportAddress], TransportAddress]) -> Datagram:
    ends = transport_ends(packet)
    source, destination = (inside(packet, end) for end in ends)
    return packet if (source, destination) == ends else renamed(packet, source, destination)
