"""What a relay agent between two captures did to DHCP messages: options that it dropped, requests that it
never passed on."""

from collections.abc import Iterable, Iterator, Sequence

from ringfence.capture.dissect import Datagram
from ringfence.diagnosis.dialogue import dhcp_message
from ringfence.diagnosis.pairs.pairing import relay_key
from ringfence.model.defaults import DHCP_SERVER_PORT
from ringfence.model.findings import Finding
from ringfence.model.findings.address import DHCP_NOT_RELAYED, RELAY_STRIPS_OPTIONS
from ringfence.model.stage import Stage
from ringfence.wire.dhcp import DhcpMessage
from ringfence.wire.dhcp_options import END, PAD, RELAY_AGENT, DhcpMessageType

_Sighting = tuple[Datagram, DhcpMessage]
# Options that belong to the link between relay and server, or to the encoding.
_NOT_THE_CLIENTS = frozenset({RELAY_AGENT.code, END, PAD})


def relay_findings(near: Iterable[Datagram], far: Iterable[Datagram]) -> Iterator[Finding]:
    """`near` and `far` on one clock, each within the time that both were recorded."""
    here, there = _sightings(near), _sightings(far)
    yield from _stripped(here, there)
    yield from _not_relayed(here, there)


def _sightings(packets: Iterable[Datagram]) -> dict[object, list[_Sighting]]:
    found: dict[object, list[_Sighting]] = {}
    for packet in packets:
        key = relay_key(packet)
        message = dhcp_message(packet.payload) if key is not None else None
        if message is not None:
            found.setdefault(key, []).append((packet, message))
    return found


def _stripped(here: dict[object, list[_Sighting]], there: dict[object, list[_Sighting]]) -> Iterator[Finding]:
    """Each client's answers that lost options on the way, the last of them, an ACK where there is one."""
    worst: dict[bytes, tuple[_Sighting, _Sighting, list[int]]] = {}
    for key in here.keys() & there.keys():
        mine, other = here[key][0], there[key][0]
        gone = sorted(_codes(other[1]) - _codes(mine[1]))
        if mine[1].op == 2 and gone and (mine[0].source, mine[0].destination) != _ends(other[0]):
            before = worst.get(mine[1].chaddr)
            if before is None or _rank(mine) > _rank(before[0]):
                worst[mine[1].chaddr] = (mine, other, gone)
    for (packet, message), (original, whole), gone in worst.values():
        kind = (message.message_type or DhcpMessageType.ACK).name
        what = f"option{'s' if len(gone) > 1 else ''} {', '.join(map(str, gone))}"
        behind = "; all stand behind option 82" if _all_behind_82(whole, gone) else ""
        sentence = (
            f"DHCP{kind} for {message.yiaddr}: the server {original.source} sent {what}, the relay agent"
            f" {message.giaddr} passed it on without{behind}"
        )
        yield Finding(
            RELAY_STRIPS_OPTIONS,
            sentence,
            Stage.ADDRESS,
            (packet.number, original.number),
            message.chaddr.hex(":"),
        )


def _rank(sighting: _Sighting) -> tuple[bool, float]:
    packet, message = sighting
    return message.message_type is DhcpMessageType.ACK, packet.time


def _ends(packet: Datagram) -> tuple[object, object]:
    return packet.source, packet.destination


def _codes(message: DhcpMessage) -> set[int]:
    return {code for code, _ in message.all_options} - _NOT_THE_CLIENTS


def _all_behind_82(whole: DhcpMessage, gone: Sequence[int]) -> bool:
    codes = [code for code, _ in whole.options]
    at = codes.index(RELAY_AGENT.code) if RELAY_AGENT.code in codes else len(codes)
    return set(gone) <= set(codes[at:])


def _not_relayed(
    here: dict[object, list[_Sighting]], there: dict[object, list[_Sighting]]
) -> Iterator[Finding]:
    """Clients that asked by broadcast and of whom the other side heard nothing at all."""
    heard = {message.chaddr for sightings in there.values() for _, message in sightings}
    asked: dict[bytes, list[Datagram]] = {}
    relayed: set[bytes] = set()
    for sightings in here.values():
        for packet, message in sightings:
            if message.op != 1 or int(message.giaddr) or packet.source_port == DHCP_SERVER_PORT:
                relayed.add(message.chaddr)
            elif int(packet.destination) == 0xFFFFFFFF:
                asked.setdefault(message.chaddr, []).append(packet)
    for chaddr, packets in asked.items():
        if chaddr not in heard | relayed:
            times = f"{len(packets)} broadcast requests" if len(packets) > 1 else "one broadcast request"
            sentence = f"{times} of {chaddr.hex(':')}, and nothing of it on the server side, relayed or not"
            numbers = tuple(packet.number for packet in packets[:3])
            yield Finding(DHCP_NOT_RELAYED, sentence, Stage.ADDRESS, numbers, chaddr.hex(":"))
