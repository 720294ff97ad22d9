"""Failures of what follows the lease: registrations that do not last, gatekeepers beside the first, other
parties of calls, connections that die, stages that never begin, relay agents in between."""

from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv4Address
from typing import Any

import msgspec

from ringfence.actors.io import Command, OpenStream, SendDatagram
from ringfence.capture.frame import Tap, TappedFrame
from ringfence.diagnosis.ras_view import ras_view
from ringfence.diagnosis.timeline import HandsetVerdict
from ringfence.model.address import TransportAddress
from ringfence.model.packet import Packet, Protocol, TcpFlags
from ringfence.model.stage import Stage
from ringfence.roles.network import DHCP_SERVER, HANDSET, ROUTER
from ringfence.wire import call_signalling, dhcp, ras
from ringfence.wire.dhcp_options import RELAY_AGENT, SITE_242, DhcpMessageType
from ringfence.wire.frame import decode_frame, frame_of
from ringfence.wire.h225.call_signalling import ReleaseCompleteUUIE
from ringfence.wire.h225.endpoint import AlternateGK
from ringfence.wire.h225.ras_discovery import GatekeeperConfirm
from ringfence.wire.h225.ras_registration import RegistrationConfirm
from support.captures import recorded_site
from support.captures.calls import Conversation
from support.captures.failure_causes import RESTART, again
from support.captures.failure_shapes import (
    GATEKEEPER,
    GATEKEEPER_IP,
    HANDSET_IP,
    Case,
    called_back_from,
    datagrams,
    lost,
    phone_option,
    tampered,
)
from support.captures.recorded_site import H225_V2
from support.captures.simulated_failures import (
    BOOT,
    RENEWALS,
    Cast,
    Frames,
    Scene,
    is_udp,
    packets,
)
from support.example_sites import example

ALTERNATE = IPv4Address("10.1.0.31")
FRIEND = IPv4Address("10.20.0.77")  # another terminal, which the handset calls directly
MULTICAST = example("https-multicast")
TTL = 60  # seconds that a registration is granted: renewed every 36 s
ALERT = bytes.fromhex("15030300020228")  # TLS: fatal, handshake_failure
HELLO = bytes.fromhex("16030100050100000100")
Change = Callable[[Cast], None]


def every(*changes: Change) -> Change:
    def recast(machines: Cast) -> None:
        for change in changes:
            change(machines)

    return recast


def confirms(**fields: Any) -> Change:
    """The gatekeeper's GCF and RCF with other fields, where they have them."""

    def changed(data: bytes) -> bytes:
        message: Any = ras.decode(data)
        if not isinstance(message, GatekeeperConfirm | RegistrationConfirm):
            return data
        known = {name: value for name, value in fields.items() if hasattr(message, name)}
        return ras.encode(msgspec.structs.replace(message, **known))

    return tampered(GATEKEEPER, datagrams(changed))


def keep_alives(answer: Callable[[int], bytes | None]) -> Change:
    """What a light-weight RRQ gets in place of its RCF; None: nothing."""

    def changed(data: bytes) -> bytes | None:
        message = ras.decode(data)
        if not isinstance(message, RegistrationConfirm) or message.callSignalAddress:
            return data
        return answer(message.requestSeqNum)

    return every(tampered(GATEKEEPER, datagrams(changed)), confirms(timeToLive=TTL))


def alternate() -> list[AlternateGK]:
    return [AlternateGK(rasAddress=recorded_site.address(ALTERNATE, 1719), needToRegister=True, priority=1)]


def cut_short(data: bytes) -> bytes:
    view = ras_view(data)
    return data[:20] if view is not None and view.message == "RCF" else data


def until(ends: Callable[[Packet], bool]) -> Callable[[Frames], Frames]:
    """The handset does nothing more, and nothing comes to it, from that packet on."""

    def cut(frames: Frames) -> Frames:
        for number, each in enumerate(frames):
            seen = decode_frame(each.data)
            if seen is not None and seen.packet is not None and ends(seen.packet):
                return frames[:number]
        return frames

    return cut


def is_release(packet: Packet) -> bool:
    return is_udp(packet, 67) and dhcp.decode(packet.payload).message_type == DhcpMessageType.RELEASE


def dies(frames: Frames) -> Frames:
    """The gatekeeper says something more, soon, and is not acknowledged any more."""
    last = next(
        (each, seen)
        for each in reversed(frames)
        if each.tap == Tap.SERVERS
        and (seen := decode_frame(each.data)) is not None
        and seen.packet is not None
        and seen.tcp is not None
        and seen.packet.source == GATEKEEPER_IP
        and seen.packet.payload
    )
    each, seen = last
    assert seen.packet is not None and seen.tcp is not None
    data = frame_of(
        replace(seen.packet, flags=TcpFlags.PSH | TcpFlags.ACK),
        source_mac=seen.ethernet.source,
        destination_mac=seen.ethernet.destination,
        ttl=seen.ip.ttl,
        sequence=seen.tcp.sequence + len(seen.packet.payload),
        acknowledgement=seen.tcp.acknowledgement,
    )
    again = [
        TappedFrame(each.time + 20.0 + 2.0**attempt + hop * 1e-4, tap, data)
        for attempt in range(5)
        for hop, tap in enumerate((Tap.SERVERS, Tap.HANDSETS))
    ]
    return sorted([*frames, *again], key=lambda frame: frame.time)


def refused_call(frames: Frames) -> Frames:
    """The handset calls another terminal itself, which sends ReleaseComplete."""
    here, there = TransportAddress(HANDSET_IP, 50123), TransportAddress(FRIEND, 1720)
    body = ReleaseCompleteUUIE(protocolIdentifier=H225_V2, reason=("inConf", True))
    told = call_signalling.signal(7, ("releaseComplete", body), from_destination=True)
    call = Conversation(here, there, frames[-1].time + 1.0)
    call.say(here, recorded_site.tpkt(5, 7)[4:])  # a Setup of Q.931 alone
    call.say(there, call_signalling.encode(told))
    return [*frames, *(TappedFrame(time, Tap.HANDSETS, data) for time, data in call.frames)]


def alerted(port: int) -> Callable[[Frames], Frames]:
    """A server's port speaks TLS, and answers every ClientHello with an alert."""

    def changed(packet: Packet, tap: str) -> Packet | None:
        if packet.protocol is not Protocol.TCP or not packet.payload:
            return packet
        if port in {packet.source_port, packet.destination_port}:
            return replace(packet, payload=ALERT if packet.source_port == port else HELLO)
        return packet

    return packets(changed)


def without_option_82(data: bytes) -> bytes:
    message = dhcp.decode(data)
    kept = tuple(each for each in message.options if each[0] != RELAY_AGENT.code)
    return dhcp.encode(replace(message, options=kept))


def never_opens(command: Command) -> Command | None:
    signalling = isinstance(command, OpenStream) and command.destination.port == 1720
    return None if signalling else command


def sent_on(data: bytes) -> bytes:
    """The voice scope names a VLAN too, and another one than the data scope."""
    message = dhcp.decode(data)
    if message.op != 2 or str(message.giaddr) != "10.20.0.1":
        return data
    options = tuple(
        (code, value + b",L2QVLAN=30" if code == SITE_242.code else value) for code, value in message.options
    )
    return dhcp.encode(replace(message, options=options))


def leaves_voice(packet: Packet) -> bool:
    if not is_udp(packet, 67):
        return False
    message = dhcp.decode(packet.payload)
    return message.message_type == DhcpMessageType.RELEASE and message.ciaddr == HANDSET_IP


def marks_requests(command: Command) -> Command | None:
    """A relay agent with option 82, which drops answers that lack it."""
    if not isinstance(command, SendDatagram) or command.data[:1] not in {b"\1", b"\2"}:
        return command
    message = dhcp.decode(command.data)
    if message.op == 2:
        return None
    options = (*message.options, (RELAY_AGENT.code, b"\1\4eth0"))
    return msgspec.structs.replace(command, data=dhcp.encode(replace(message, options=options)))


def strips(command: Command) -> Command | None:
    """A relay agent that hands on DHCP answers without what it does not know."""
    if not isinstance(command, SendDatagram) or command.data[:1] != b"\2":
        return command
    message = dhcp.decode(command.data)
    kept = tuple(each for each in message.options if each[0] != SITE_242.code)
    return msgspec.structs.replace(command, data=dhcp.encode(replace(message, options=kept)))


def shared(packet: Packet, tap: str) -> Packet:
    """On the server side every handset is one address, its ports are others."""
    outside = IPv4Address("198.51.100.7")
    if tap != Tap.SERVERS or packet.protocol is Protocol.ICMP:
        return packet
    if packet.source == HANDSET_IP:
        return replace(packet, source=outside, source_port=packet.source_port ^ 0x4000)
    if packet.destination == HANDSET_IP:
        return replace(packet, destination=outside, destination_port=packet.destination_port ^ 0x4000)
    return packet


NOBODY_ELSE = ("SIGNALLING_STRANGER", "FILES_REFUSED", "FILES_UNREACHABLE", "PHONE_OPTION_NOT_FOLLOWED")
UPKEEP = {
    # Registrations that do not last.
    "keep-alives rejected": Case(
        Scene(
            recast=keep_alives(lambda number: recorded_site.rrj(number, "undefinedReason")), seconds=RENEWALS
        ),
        "KEEP_ALIVE_REJECTED",
        Stage.KEEP_ALIVE,
        HandsetVerdict.REGISTERED,
        says="undefinedReason",
    ),
    "registration forgotten again and again": Case(
        Scene(
            recast=keep_alives(lambda number: recorded_site.rrj(number, "fullRegistrationRequired")),
            seconds=RENEWALS,
        ),
        "REGISTRATION_FLAPPING",
        Stage.REGISTER,
        HandsetVerdict.FLAPPING,
        says="fullRegistrationRequired",
    ),
    "keep-alives unanswered": Case(
        Scene(recast=keep_alives(lambda number: None)), "KEEP_ALIVE_UNANSWERED", Stage.KEEP_ALIVE
    ),
    "RCF cut short": Case(
        Scene(recast=tampered(GATEKEEPER, datagrams(cut_short))), "RAS_UNDECODABLE", Stage.REGISTER
    ),
    "nobody in the discovery group": Case(
        Scene(MULTICAST, links=((GATEKEEPER, "eth0", lost(lambda p: not is_udp(p, 1718))),)),
        "GRQ_MULTICAST_UNANSWERED",
        Stage.DISCOVER,
        HandsetVerdict.SILENT,
    ),
    # Gatekeepers beside the one that was asked.
    "alternate of the RCF calls back": Case(
        Scene(recast=confirms(alternateGatekeeper=alternate()), frames=packets(called_back_from(ALTERNATE))),
        "SIGNALLING_UNANSWERED",
        Stage.SIGNAL,
        HandsetVerdict.SILENT,
        sides=("handsets",),
        never=NOBODY_ELSE,
    ),
    "another gatekeeper of MCIPADD calls back": Case(
        Scene(
            recast=phone_option(b"MCIPADD=10.1.0.30", b'MCIPADD="10.1.0.30,10.1.0.31"'),
            frames=packets(called_back_from(ALTERNATE)),
        ),
        "SIGNALLING_UNANSWERED",
        Stage.SIGNAL,
        HandsetVerdict.SILENT,
        sides=("handsets",),
        never=NOBODY_ELSE,
    ),
    # The other party of a call, and what becomes of connections.
    "a call refused by the third party on 1720": Case(
        Scene(frames=refused_call),
        "CALL_REFUSED",
        Stage.SIGNAL,
        HandsetVerdict.REGISTERED,
        sides=("handsets",),
        says=str(FRIEND),
        never=NOBODY_ELSE,
    ),
    "call signalling dies": Case(
        Scene(frames=dies, seconds=BOOT), "SIGNALLING_DIED", Stage.SIGNAL, HandsetVerdict.SILENT
    ),
    "call signalling never begun": Case(
        Scene(example("handset-opens"), recast=tampered(HANDSET, never_opens)),
        "SIGNALLING_ABSENT",
        Stage.SIGNAL,
    ),
    "TLS on 1300 fails": Case(
        Scene(MULTICAST, frames=alerted(1300)), "SIGNALLING_TLS_FAILED", Stage.SIGNAL, HandsetVerdict.REJECTED
    ),
    "TLS of the files fails": Case(
        Scene(
            MULTICAST, frames=lambda frames: until(lambda packet: is_udp(packet, 1718))(alerted(411)(frames))
        ),
        "FILES_TLS_FAILED",
        Stage.PROVISION,
        HandsetVerdict.REJECTED,
    ),
    # Stages that do not begin, or never end.
    "no move to the VLAN that the lease names": Case(
        Scene(frames=until(is_release)), "VLAN_MOVE_ABSENT", Stage.VLAN_MOVE
    ),
    "nothing after the files": Case(
        Scene(frames=until(lambda packet: is_udp(packet, 1719))), "STAGE_ABSENT", Stage.DISCOVER
    ),
    "scopes that send a handset to and fro": Case(
        Scene(
            recast=tampered(DHCP_SERVER, datagrams(sent_on)),
            frames=again(3, leaves_voice),
            seconds=3 * RESTART,
        ),
        "VLAN_LOOP",
        Stage.VLAN_MOVE,
        never=("HANDSET_RESTARTED",),
    ),
    "renewal blocked, T2 not yet": Case(
        Scene(without=("dhcp-renew",), seconds=700.0), "RENEWAL_BLOCKED", Stage.RENEW
    ),
    # Relay agents.
    "option 82 that the server does not echo": Case(
        Scene(
            recast=every(
                tampered(ROUTER, marks_requests),
                tampered(DHCP_SERVER, datagrams(without_option_82)),
            )
        ),
        "DHCP_OPTION_82_NOT_ECHOED",
        Stage.ADDRESS,
        HandsetVerdict.SILENT,
        sides=("servers",),
    ),
    "a relay agent that strips options": Case(
        Scene(recast=tampered(ROUTER, strips)),
        "RELAY_STRIPS_OPTIONS",
        Stage.ADDRESS,
        sides=("trunk", "servers"),
        never=("PHONE_OPTION_MISSING",),
    ),
    "a router that does not relay": Case(
        Scene(links=((ROUTER, "uplink", lost(lambda packet: not is_udp(packet, 67))),)),
        "DHCP_NOT_RELAYED",
        Stage.ADDRESS,
        HandsetVerdict.SILENT,
        sides=("trunk", "servers"),
    ),
    # Translation.
    "many handsets behind one address": Case(
        Scene(frames=packets(shared)), "NAT_MANY_TO_ONE", Stage.REGISTER
    ),
}
