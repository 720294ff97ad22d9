"""One packet's way through a configuration, list by list, as far as it was understood."""

import re
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address

import msgspec

from ringfence.check.report import Answer, ConfigLine
from ringfence.model.address import Address
from ringfence.model.errors import InputError
from ringfence.model.packet import Packet, Protocol, TcpFlags
from ringfence.model.policy import Action
from ringfence.policy.listing import Chain, Listing, Moment, Phase
from ringfence.policy.space import FIELDS, ICMP_LIKE, Box, Point, point

_NEAR = 4  # rows that differ in one field are worth showing; more of them are noise
_ANSWERS = {8: 0, 13: 14, 128: 129}  # RFC 792, RFC 4443: an echo, a timestamp and what answers it
_PORTS = re.compile(
    r"\s*(?P<source>[^\s>]+?):(?P<sport>\d{1,5})\s*-?>\s*(?P<destination>[^\s>]+):(?P<dport>\d{1,5})"
    r"(?:/|\s+)(?P<protocol>udp|tcp)\s*",
    re.IGNORECASE,
)
_ICMP = re.compile(
    r"\s*(?P<source>[^\s>]+)\s*-?>\s*(?P<destination>[^\s>]+)\s+icmp(?:v6)?(?:\s+(?P<type>\d{1,3}))?"
    r"(?:\s+(?P<code>\d{1,3}))?\s*",
    re.IGNORECASE,
)


class NearMiss(msgspec.Struct, frozen=True):
    """A row that did not match because of one field alone."""

    line: ConfigLine
    field: str


class ChainStep(msgspec.Struct, frozen=True):
    """One list: the row that decided (None: the default), how many were passed, which nearly matched.

    `gaps` are rows that were not understood and stand before the decision.
    """

    chain: str
    verdict: str
    decided_by: ConfigLine
    rows_before: int
    near: tuple[NearMiss, ...]
    gaps: tuple[str, ...] = ()


class PacketPath(msgspec.Struct, frozen=True):
    """`answer` is about the packet as an opener; `as_reply` says what happens if it is an answer."""

    packet: str
    answer: Answer
    steps: tuple[ChainStep, ...]
    reply: str
    as_reply: str
    unread: tuple[str, ...]


def parse_packet(text: str) -> Packet:
    """`10.20.0.50:49310 > 10.1.0.30:1719/udp` or `10.20.0.50 > 10.1.0.30 icmp 8`; InputError otherwise."""
    found = _PORTS.fullmatch(text)
    if found:
        protocol = Protocol[found["protocol"].upper()]
        source, destination = _ends(found["source"], found["destination"], text)
        sport, dport = int(found["sport"]), int(found["dport"])
        if max(sport, dport) > 65535:
            raise _no_packet(text, "a port is above 65535")
        flags = TcpFlags.SYN if protocol is Protocol.TCP else TcpFlags(0)
        return Packet(protocol, source, sport, destination, dport, flags)
    found = _ICMP.fullmatch(text)
    if found is None:
        raise _no_packet(text, "not understood")
    source, destination = _ends(found["source"], found["destination"], text)
    six = source.version == 6
    kind, code = int(found["type"] or (128 if six else 8)), int(found["code"] or 0)
    if max(kind, code) > 255:
        raise _no_packet(text, "an ICMP type or code is above 255")
    return Packet(Protocol.ICMPV6 if six else Protocol.ICMP, source, kind, destination, code)


def _no_packet(text: str, why: str) -> InputError:
    return InputError(
        f"{text[:80]!r}: {why}",
        where="--packet",
        remedy="write 10.20.0.50:49300 > 10.1.0.30:1719/udp, or 10.20.0.50 > 10.1.0.30 icmp 8",
    )


def _ends(source: str, destination: str, text: str) -> tuple[Address, Address]:
    try:
        first, second = ip_address(source.strip("[]")), ip_address(destination.strip("[]"))
    except ValueError as error:
        raise _no_packet(text, str(error)) from None
    if first.version != second.version:
        raise _no_packet(text, "addresses of two families")
    return first, second


def packet_path(listing: Listing, packet: Packet, *, tracked: bool = True) -> PacketPath:
    """The packet as an opener, and the packet that answers it; `tracked`: the device follows its protocol."""
    header = point(packet)
    chains = [chain for chain in listing.chains if header.version in chain.versions]
    steps = tuple(_step(chain, phase, header) for chain in chains for phase in chain.phases(Moment.OPENS))
    rows = {id(gap.unread) for chain in listing.chains for gap in chain.all_gaps()}
    stray = [p for p in listing.unread if id(p) not in rows and (p.boxes is None or _in_any(p.boxes, header))]
    doubts = (*(place for step in steps for place in step.gaps), *(part.place for part in stray))
    stopped = [step for step in steps if step.verdict == Action.DENY]
    answer = Answer.BLOCKS if stopped else Answer.PERMITS
    if doubts and (stray or not any(not step.gaps for step in stopped)):
        answer = Answer.NOT_PROVED
    turned = _turned(header)
    return PacketPath(
        packet=str(header),
        answer=answer,
        steps=steps,
        reply="nothing answers it" if turned is None else _by_state(chains, turned, tracked=tracked),
        as_reply=_by_state(chains, header, tracked=tracked),
        unread=tuple(dict.fromkeys(doubts)),
    )


def _step(chain: Chain, phase: Phase, header: Point) -> ChainStep:
    rows = phase.rows
    near: list[NearMiss] = []
    decided = len(rows)
    for index, row in enumerate(rows):
        missed = [_missed(box, header) for box in row.boxes if box.version == header.version]
        if any(not fields for fields in missed):
            decided = index
            break
        alone = [fields[0] for fields in missed if len(fields) == 1]
        if alone and row.action is Action.PERMIT:
            near.append(NearMiss(ConfigLine(row.id, row.text), _named(alone[0], header)))
    gaps = [
        gap.unread.place
        for gap in phase.gaps
        if gap.index <= decided and (gap.unread.boxes is None or _in_any(gap.unread.boxes, header))
    ]
    row_ = rows[decided] if decided < len(rows) else None
    default = ConfigLine(f"the default of {chain.place} ({phase.default})")
    by = ConfigLine(row_.id, row_.text) if row_ else default
    action = row_.action if row_ else phase.default
    return ChainStep(chain.place, action.value, by, decided, tuple(near[-_NEAR:]), tuple(gaps))


def _by_state(chains: list[Chain], header: Point, *, tracked: bool) -> str:
    """How a packet fares as an answer: by state, or by which rows."""
    said: dict[str, None] = {}
    kept = [chain for chain in chains if chain.stateful and tracked]
    for chain in chains:
        for phase in chain.phases(Moment.ANSWERS, tracked=tracked):
            step = _step(chain, phase, header)
            if step.verdict == Action.DENY:
                return f"dropped: {header} by {step.decided_by}"
            if chain not in kept and (phase.rows or phase.default is Action.DENY):
                said[step.decided_by.place] = None
    words = [*(["state, while the firewall has state for the first packet"] if kept else []), *said]
    return f"passes by {'; '.join(words)}" if words else "passes"


def _turned(header: Point) -> Point | None:
    first, second = header.destination_port, header.source_port
    if header.protocol in ICMP_LIKE:
        answer = _ANSWERS.get(header.source_port)
        if answer is None:
            return None
        first, second = answer, 0
    return Point(header.version, header.destination, header.source, header.protocol, first, second)


def _in_any(boxes: tuple[Box, ...], header: Point) -> bool:
    return any(box.version == header.version and not _missed(box, header) for box in boxes)


def _missed(box: Box, header: Point) -> list[int]:
    """The fields of the box that the packet lies outside of."""
    values = header[1:]
    return [
        field
        for field in range(FIELDS)
        if not any(low <= values[field] <= high for low, high in box.fields[field])
    ]


def _named(field: int, header: Point) -> str:
    return next(name for number, name in _fields(header) if number == field)


def _fields(header: Point) -> Iterator[tuple[int, str]]:
    make = IPv4Address if header.version == 4 else IPv6Address
    ports = ("type", "code") if header.protocol in ICMP_LIKE else ("source port", "destination port")
    yield 0, f"source {make(header.source)} is not in it"
    yield 1, f"destination {make(header.destination)} is not in it"
    yield 2, "its protocol is different"
    yield 3, f"{ports[0]} {header.source_port} is not in it"
    yield 4, f"{ports[1]} {header.destination_port} is not in it"
