"""Failures whose cause is no missing rule: servers, strings, restarts, timers, routes."""

from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv4Address

import msgspec

from ringfence.actors.io import Command, SendDatagram
from ringfence.capture.frame import Tap, TappedFrame
from ringfence.diagnosis.legs import LegRemedy
from ringfence.diagnosis.timeline import HandsetVerdict
from ringfence.model.packet import Packet, Protocol, TcpFlags
from ringfence.model.stage import Stage
from ringfence.roles.network import DHCP_SERVER, HANDSET
from ringfence.wire import call_signalling, dhcp, tpkt
from ringfence.wire.dhcp_options import DhcpMessageType
from ringfence.wire.frame import decode_frame, frame_of
from ringfence.wire.h225.call_signalling import ReleaseCompleteUUIE
from support.captures.failure_shapes import (
    GATEKEEPER,
    GATEKEEPER_IP,
    HANDSET_IP,
    Case,
    datagrams,
    is_ras,
    lost,
    nak,
    phone_option,
    streams,
    tampered,
)
from support.captures.recorded_site import H225_V2
from support.captures.simulated_failures import BOOT, RENEWALS, Frames, Scene, is_udp, packets, replaced

RESTART = 90.0  # seconds from one power-up to the next
IDLE = 3600.0


def answers_to_port_68(command: Command) -> Command:
    if not isinstance(command, SendDatagram) or command.destination.port != 67:
        return command
    return msgspec.structs.replace(command, destination=command.destination._replace(port=68))


def nak_to_renewal(data: bytes) -> bytes:
    return nak(data) if int(dhcp.decode(data).ciaddr) else data


def of_another_network(data: bytes) -> bytes:
    message = dhcp.decode(data)
    if message.message_type != DhcpMessageType.OFFER:
        return data
    return dhcp.encode(replace(message, yiaddr=IPv4Address("10.99.0.7")))


def is_tcp(packet: Packet, port: int) -> bool:
    return packet.protocol is Protocol.TCP and port in {packet.source_port, packet.destination_port}


def is_answer(packet: Packet, kind: DhcpMessageType) -> bool:
    if not is_udp(packet, 67) or packet.payload[:1] != b"\2":
        return False
    return dhcp.decode(packet.payload).message_type == kind


def is_offer(packet: Packet) -> bool:
    return is_answer(packet, DhcpMessageType.OFFER)


def again(times: int, until: Callable[[Packet], bool] | None = None) -> Callable[[Frames], Frames]:
    """The boot, `times` over, each as far as the first packet that `until` says yes to."""

    def repeated(frames: Frames) -> Frames:
        kept: Frames = []
        for each in frames:
            seen = decode_frame(each.data)
            if until is not None and seen is not None and seen.packet is not None and until(seen.packet):
                break
            if each.time - frames[0].time < RESTART:
                kept.append(each)
        return [
            TappedFrame(each.time + boot * RESTART, each.tap, each.data)
            for boot in range(times)
            for each in kept
        ]

    return repeated


def forgotten(frames: Frames) -> Frames:
    """After an hour the gatekeeper's next segment is sent again and again, and never comes out."""
    spoken = [
        each
        for each in frames
        if each.tap == Tap.SERVERS
        and (seen := decode_frame(each.data)) is not None
        and seen.packet is not None
        and seen.packet.source == GATEKEEPER_IP
        and seen.packet.protocol is Protocol.TCP
        and seen.packet.payload
    ]
    last = decode_frame(spoken[-1].data)
    assert last is not None and last.packet is not None and last.tcp is not None
    data = frame_of(
        replace(last.packet, flags=TcpFlags.PSH | TcpFlags.ACK),
        source_mac=last.ethernet.source,
        destination_mac=last.ethernet.destination,
        ttl=last.ip.ttl,
        sequence=last.tcp.sequence + len(last.packet.payload),
        acknowledgement=last.tcp.acknowledgement,
    )
    start = spoken[-1].time + IDLE
    sent = [TappedFrame(start + 2.0**attempt, Tap.SERVERS, data) for attempt in range(6)]
    return sorted([*frames, *sent], key=lambda each: each.time)


def unreachable(frames: Frames) -> Frames:
    """A router on the handsets' side has no way to the file server, and says so."""
    found: Frames = []
    for each in frames:
        seen = decode_frame(each.data)
        packet = seen.packet if seen else None
        tcp = (
            packet is not None
            and packet.protocol is Protocol.TCP
            and 80 in {packet.source_port, packet.destination_port}
        )
        if not tcp:
            found.append(each)
        elif seen and packet and each.tap == Tap.HANDSETS and packet.flags == TcpFlags.SYN:
            error = Packet(
                Protocol.ICMP, IPv4Address("10.20.0.1"), 3, HANDSET_IP, 1, payload=bytes(4) + each.data[14:42]
            )
            found += [each, TappedFrame(each.time + 0.01, each.tap, replaced(each, error).data)]
    return found


def released(data: bytes) -> bytes:
    """Whatever the gatekeeper would say on the connection, it says ReleaseComplete."""
    if not data.startswith(b"\3\0"):
        return data
    body = ReleaseCompleteUUIE(protocolIdentifier=H225_V2, reason=("securityDenied", True))
    message = call_signalling.signal(1, ("releaseComplete", body), from_destination=True)
    return tpkt.frame(call_signalling.encode(message))


CAUSES = {
    "answers to port 68": Case(
        Scene(recast=tampered(DHCP_SERVER, answers_to_port_68)),
        "DHCP_ANSWER_MISDIRECTED",
        Stage.ADDRESS,
        sides=("servers",),
        says="port 68",
    ),
    "an address of another network": Case(
        Scene(
            recast=tampered(DHCP_SERVER, datagrams(of_another_network)),
            links=((HANDSET, "eth0", lost(lambda packet: not is_offer(packet))),),
        ),
        "DHCP_OFFER_OTHER_NETWORK",
        Stage.ADDRESS,
        HandsetVerdict.SILENT,
        says="10.99.0.0/24",
    ),
    "OFFERs lost on the last cable": Case(
        Scene(links=((HANDSET, "eth0", lost(lambda packet: not is_offer(packet))),)),
        "DHCP_OFFER_NOT_TAKEN",
        Stage.ADDRESS,
        HandsetVerdict.SILENT,
    ),
    "ACKs lost on the last cable": Case(
        Scene(links=((HANDSET, "eth0", lost(lambda packet: not is_answer(packet, DhcpMessageType.ACK))),)),
        "DHCP_ACK_NOT_TAKEN",
        Stage.ADDRESS,
        HandsetVerdict.SILENT,
    ),
    "renewal refused": Case(
        Scene(recast=tampered(DHCP_SERVER, datagrams(nak_to_renewal)), seconds=RENEWALS),
        "RENEWAL_REFUSED",
        Stage.RENEW,
    ),
    "option 242 misspelt": Case(
        Scene(recast=phone_option(b"MCIPADD=", b"MCIPADDR=")),
        "PHONE_OPTION_NO_GATEKEEPER",
        Stage.ADDRESS,
    ),
    "option 242 with an impossible address": Case(
        Scene(recast=phone_option(b"MCIPADD=10.1.0.30", b"MCIPADD=10.1.0.300")),
        "PHONE_OPTION_UNREADABLE",
        Stage.ADDRESS,
        says="10.1.0.300",
    ),
    "restarted": Case(
        Scene(frames=again(3), seconds=3 * RESTART),
        "HANDSET_RESTARTED",
        verdict=HandsetVerdict.REGISTERED,
        says="restarted twice",
    ),
    "restarts after GCF": Case(
        Scene(frames=again(3, lambda packet: is_ras(packet, "RRQ")), seconds=3 * RESTART),
        "RESTART_LOOP",
        Stage.DISCOVER,
        HandsetVerdict.FLAPPING,
        says="after GCF",
    ),
    "restarts after RCF": Case(
        Scene(
            frames=again(
                3,
                lambda packet: (
                    packet.protocol is Protocol.TCP and 1720 in {packet.source_port, packet.destination_port}
                ),
            ),
            seconds=3 * RESTART,
        ),
        "RESTART_LOOP",
        Stage.REGISTER,
        HandsetVerdict.FLAPPING,
        sides=("servers",),
        says="after RCF",
    ),
    "idle signalling forgotten": Case(
        Scene(frames=forgotten, seconds=BOOT + IDLE + 120),
        "SIGNALLING_STATE_LOST",
        Stage.SIGNAL,
        HandsetVerdict.SILENT,
        says="idle for 3",
    ),
    "idle signalling forgotten, one side": Case(
        Scene(frames=forgotten, seconds=BOOT + IDLE + 120),
        "SIGNALLING_STATE_LOST",
        Stage.SIGNAL,
        HandsetVerdict.SILENT,
        sides=("servers",),
    ),
    "Setup refused": Case(
        Scene(recast=tampered(GATEKEEPER, streams(released))),
        "SIGNALLING_REJECTED",
        Stage.SIGNAL,
        HandsetVerdict.REJECTED,
        says="securityDenied",
    ),
    "no route to the file server": Case(
        Scene(frames=unreachable), "UNREACHABLE_BY_ICMP", Stage.PROVISION, sides=("handsets",)
    ),
    "no route to the file server, both sides": Case(
        Scene(frames=unreachable), "UNREACHABLE_BY_ICMP", Stage.PROVISION, remedy=LegRemedy.ROUTE
    ),
    "gatekeeper's requests lost on the last cable": Case(
        Scene(links=((HANDSET, "eth0", lost(lambda p: not is_ras(p, "IRQ"))),), seconds=RENEWALS),
        "NOTIFY_UNANSWERED",
        Stage.NOTIFY,
        HandsetVerdict.REGISTERED,
        says="IRQ",
    ),
    "1720 alone": Case(
        Scene(
            links=((HANDSET, "eth0", lost(lambda p: p.destination_port != 1720)),),
            frames=packets(lambda p, _: p if 1720 in {p.source_port, p.destination_port} else None),
        ),
        "SIGNALLING_UNANSWERED",
        Stage.SIGNAL,
        HandsetVerdict.SILENT,
        sides=("servers",),
    ),
}
