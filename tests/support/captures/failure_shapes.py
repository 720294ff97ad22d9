"""Ways to spoil a boot: machines that say something else, cables, translators, inspectors."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from ipaddress import IPv4Address
from random import Random

import msgspec

from ringfence.actors.io import Command, Listen, SendDatagram, SendStream
from ringfence.capture.frame import TappedFrame
from ringfence.diagnosis.legs import LegRemedy
from ringfence.diagnosis.ras_view import ras_view
from ringfence.diagnosis.timeline import HandsetVerdict
from ringfence.drivers.sim.frames import Frame, IpPacket
from ringfence.drivers.sim.links import cable, choosing, doubling, lossy, slow
from ringfence.model.errors import DecodeError
from ringfence.model.packet import ECHO_REPLY, Packet, Protocol, TcpFlags
from ringfence.model.stage import Stage
from ringfence.roles.network import DHCP_SERVER, FILE_SERVER
from ringfence.wire import dhcp, ras
from ringfence.wire.dhcp_options import SITE_242, DhcpMessageType
from ringfence.wire.ethernet import EthernetFrame, encode_ethernet
from ringfence.wire.frame import decode_frame
from ringfence.wire.h225.ras_registration import RegistrationRequest
from ringfence.wire.icmp import quoting
from ringfence.wire.ipv4 import encode_ipv4
from support.captures import recorded_site
from support.captures.simulated_failures import (
    Cast,
    Frames,
    Scene,
    Tampered,
    is_udp,
    packets,
    readdressed,
    replaced,
)

HANDSET_IP = IPv4Address("10.20.0.128")
GATEKEEPER_IP = IPv4Address("10.1.0.30")
GATEKEEPER = "gatekeeper-1"
OUTSIDE = IPv4Address("198.51.100.7")
BOTH = ("handsets", "servers")


@dataclass(frozen=True)
class Case:
    """`stage` None: the code is about the capture or the whole dialogue. `remedy`: of the lost leg. `never`:
    codes of what it could be taken for."""

    scene: Scene
    code: str
    stage: Stage | None = None
    verdict: HandsetVerdict | None = None
    sides: tuple[str, ...] = BOTH
    remedy: LegRemedy | None = None
    says: str = ""
    never: tuple[str, ...] = ()
    snap: int = 262144


def tampered(node: str, change: Callable[[Command], Command | None]) -> Callable[[Cast], None]:
    def recast(machines: Cast) -> None:
        machines[node] = Tampered(machines[node], change)

    return recast


def datagrams(change: Callable[[bytes], bytes | None]) -> Callable[[Command], Command | None]:
    """`change` sees what is sent over UDP; None: it is never sent."""

    def changed(command: Command) -> Command | None:
        if not isinstance(command, SendDatagram):
            return command
        data = change(command.data)
        return None if data is None else msgspec.structs.replace(command, data=data)

    return changed


def streams(change: Callable[[bytes], bytes | None]) -> Callable[[Command], Command | None]:
    def changed(command: Command) -> Command | None:
        if not isinstance(command, SendStream):
            return command
        data = change(command.data)
        return None if data is None else msgspec.structs.replace(command, data=data)

    return changed


def dhcp_options(change: Callable[[int, bytes], bytes | None]) -> Callable[[Cast], None]:
    """The DHCP server's options; None: left out."""

    def changed(data: bytes) -> bytes:
        try:
            message = dhcp.decode(data)
        except DecodeError:
            return data
        kept = [(code, change(code, value)) for code, value in message.options]
        options = tuple((code, value) for code, value in kept if value is not None)
        return dhcp.encode(replace(message, options=options))

    return tampered(DHCP_SERVER, datagrams(changed))


def without_option(code: int) -> Callable[[Cast], None]:
    return dhcp_options(lambda each, value: None if each == code else value)


def phone_option(old: bytes, new: bytes) -> Callable[[Cast], None]:
    return dhcp_options(lambda code, value: value.replace(old, new) if code == SITE_242.code else value)


def nak(data: bytes) -> bytes:
    message = dhcp.decode(data)
    if message.message_type != DhcpMessageType.ACK:
        return data
    refusal = tuple(
        (code, bytes([DhcpMessageType.NAK]) if code == 53 else value) for code, value in message.options
    )
    return dhcp.encode(replace(message, options=refusal, yiaddr=IPv4Address(0)))


def answering(confirm: str, reject: Callable[[int], bytes]) -> Callable[[Cast], None]:
    """The gatekeeper says no where it would have said yes."""

    def changed(data: bytes) -> bytes:
        view = ras_view(data)
        return reject(view.number) if view is not None and view.message == confirm else data

    return tampered(GATEKEEPER, datagrams(changed))


def lost(passes: Callable[[Packet], bool]) -> Callable[[Frame], tuple[float, ...]]:
    """A cable that loses what `passes` says no to."""

    def carries(frame: Frame) -> bool:
        return not isinstance(frame.content, IpPacket) or passes(frame.content.packet)

    return choosing(cable, carries)


def poor(seed: int) -> Callable[[Frame], tuple[float, ...]]:
    """One frame in ten lost, some twice, all late."""
    random = Random(seed)
    return slow(doubling(lossy(cable, 0.1, random), 0.05, random), 0.02, 0.05, random)


def gone(*nodes: str) -> Callable[[Cast], None]:
    def recast(machines: Cast) -> None:
        for node in nodes:
            del machines[node]

    return recast


def http(old: bytes, new: bytes) -> Callable[[Cast], None]:
    return tampered(FILE_SERVER, streams(lambda data: data.replace(old, new, 1)))


def translated(packet: Packet, tap: str) -> Packet:
    """On the server side the handset is another address, and RAS comes from another port."""
    if tap != "servers":
        return packet
    return readdressed(
        packet, HANDSET_IP, OUTSIDE, {49300: 1024} if packet.protocol is Protocol.UDP else None
    )


def inspected(packet: Packet, tap: str) -> Packet:
    """The same, by a firewall that also rewrites what RRQ says."""
    moved = translated(packet, tap)
    if moved is packet or not is_udp(packet, 1719) or packet.source != HANDSET_IP:
        return moved
    message = ras.decode(packet.payload)
    if not isinstance(message, RegistrationRequest):
        return moved
    outside = [recorded_site.address(OUTSIDE, 1024)]
    rewritten = msgspec.structs.replace(message, rasAddress=outside, callSignalAddress=outside)
    return replace(moved, payload=ras.encode(rewritten))


def called_back_from(address: IPv4Address) -> Callable[[Packet, str], Packet | None]:
    """On the handset side the gatekeeper's SYN comes from there, and the handset says nothing."""

    def changed(packet: Packet, tap: str) -> Packet | None:
        if tap == "servers" or packet.protocol is not Protocol.TCP:
            return packet
        if packet.destination == HANDSET_IP and packet.destination_port == 1720:
            return replace(packet, source=address) if packet.flags & TcpFlags.SYN else None
        return None if packet.source_port == 1720 else packet

    return changed


def only(passes: Callable[[Packet, str], bool]) -> Callable[[Frames], Frames]:
    return packets(lambda packet, tap: packet if passes(packet, tap) else None)


def prohibited(frames: Frames) -> Frames:
    """A router on the handsets' side answers each GRQ: communication administratively prohibited."""
    found = []
    for each in frames:
        found.append(each)
        seen = decode_frame(each.data)
        packet = seen.packet if seen else None
        if seen and packet and each.tap == "handsets" and packet.destination_port == 1719:
            body = quoting(encode_ipv4(seen.ip))
            error = Packet(Protocol.ICMP, IPv4Address("10.255.0.2"), 3, HANDSET_IP, 13, payload=body)
            told = replaced(each, error)
            found.append(TappedFrame(each.time + 0.001, each.tap, told.data))
    return found


def second_fragments_lost(frames: Frames) -> Frames:
    """RRQ is cut in two on the way, and a filter by port drops the part that bears none."""
    found = []
    for each in frames:
        seen = decode_frame(each.data)
        packet = seen.packet if seen else None
        view = ras_view(packet.payload) if packet and is_udp(packet, 1719) else None
        if seen is None or view is None or view.message != "RRQ":
            found.append(each)
            continue
        first = replace(
            seen.ip,
            payload=seen.ip.payload[:64],
            more_fragments=True,
            dont_fragment=False,
            identification=view.number & 0xFFFF,
        )
        ethernet = seen.ethernet
        data = encode_ethernet(
            EthernetFrame(ethernet.destination, ethernet.source, 0x0800, encode_ipv4(first))
        )
        found.append(TappedFrame(each.time, each.tap, data))
    return [each for each in found if not _answers_rrq(each)]


def _answers_rrq(frame: TappedFrame) -> bool:
    seen = decode_frame(frame.data)
    packet = seen.packet if seen else None
    if packet is None or (
        packet.protocol is Protocol.TCP and 1720 in {packet.source_port, packet.destination_port}
    ):
        return packet is not None
    view = ras_view(packet.payload) if is_udp(packet, 1719) else None
    return view is not None and view.message in {"RCF", "NSM", "IRQ", "IRR"}


def twice(frames: Frames) -> Frames:
    return [copy for each in frames for copy in (each, TappedFrame(each.time + 1e-5, each.tap, each.data))]


def deaf(command: Command) -> Command | None:
    """The handset's signalling port stays closed."""
    return None if isinstance(command, Listen) else command


def claimed_twice(frames: Frames) -> Frames:
    """Another machine answers ARP for the handset's address."""
    other = bytes.fromhex("0242ac110002")
    found = list(frames)
    for each in frames:
        if each.tap == "trunk" and each.data.find(b"\x08\x06\x00\x01") > 0:
            found.append(TappedFrame(each.time + 0.01, each.tap, each.data.replace(recorded_site.MAC, other)))
    return sorted(found, key=lambda each: each.time)


def is_echo_reply(packet: Packet) -> bool:
    return packet.protocol is Protocol.ICMP and packet.source_port == ECHO_REPLY


def is_ras(packet: Packet, *kinds: str) -> bool:
    view = ras_view(packet.payload) if is_udp(packet, 1719) else None
    return view is not None and view.message in kinds
