"""A whole registration as frames at both sides of a firewall, with losses chosen by the test."""

from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from typing import Literal

from ringfence.capture.frame import Tap, TappedFrame
from ringfence.model.address import UNSPECIFIED
from ringfence.model.packet import Packet, Protocol, TcpFlags
from ringfence.wire import dhcp, ras
from ringfence.wire.dhcp_options import (
    LEASE_TIME,
    MESSAGE_TYPE,
    PARAMETER_LIST,
    SERVER_ID,
    SITE_242,
    DhcpMessageType,
)
from ringfence.wire.frame import frame_of
from ringfence.wire.h225.alias import AliasAddress
from ringfence.wire.h225.common import H221NonStandard, IpAddress, NonStandardParameter
from ringfence.wire.h225.endpoint import EndpointType, TerminalInfo, VendorIdentifier
from ringfence.wire.h225.ras_discovery import GatekeeperConfirm, GatekeeperReject, GatekeeperRequest
from ringfence.wire.h225.ras_registration import (
    RegistrationConfirm,
    RegistrationReject,
    RegistrationRequest,
    UnregistrationConfirm,
    UnregistrationRequest,
)
from ringfence.wire.h225.ras_status import NonStandardMessage

MAC = bytes.fromhex("001b4f000001")
ROUTER = bytes.fromhex("027266000001")
FIREWALL = bytes.fromhex("027266000002")
SERVER = bytes.fromhex("027266000003")
UPLINK = IPv4Address("10.255.0.1")
DATA_GIADDR = IPv4Address("10.10.0.1")
VOICE_GIADDR = IPv4Address("10.20.0.1")
FIRST = IPv4Address("10.10.0.50")
HANDSET = IPv4Address("10.20.0.50")
DHCP = IPv4Address("10.1.0.10")
FILES = IPv4Address("10.1.0.20")
GATEKEEPER = IPv4Address("10.1.0.30")
H225_V2 = (0, 0, 8, 2250, 0, 2)
SETTINGS = "MCIPADD=10.1.0.30,MCPORT=1719,HTTPSRVR=10.1.0.20,L2Q=1,L2QVLAN=20"

Lost = Callable[[Packet], bool]


def nothing(_: Packet) -> bool:
    return False


def udp(source: IPv4Address, source_port: int, to: IPv4Address, port: int, payload: bytes) -> Packet:
    return Packet(Protocol.UDP, source, source_port, to, port, payload=payload)


def address(ip: IPv4Address, port: int) -> tuple[Literal["ipAddress"], IpAddress]:
    return ("ipAddress", IpAddress(ip=ip.packed, port=port))


@dataclass
class Run:
    """Packets sent in order; one that `lost` picks is seen only where it enters the firewall."""

    lost: Lost = nothing
    now: float = 1_700_000_000.0
    initial: int = 1000  # of every TCP direction's sequence numbers
    frames: list[TappedFrame] = field(default_factory=list)
    sequence: dict[tuple[object, ...], int] = field(default_factory=dict)

    def wait(self, seconds: float) -> None:
        self.now += seconds

    def send(self, packet: Packet, *, by: str = Tap.HANDSETS, sequence: int = 0) -> bool:
        """Returns whether it came through; 1 ms goes by."""
        self.now += 0.001
        ways = [Tap.HANDSETS, Tap.SERVERS] if by == Tap.HANDSETS else [Tap.SERVERS, Tap.HANDSETS]
        gone = self.lost(packet)
        for hop, tap in enumerate(ways[:1] if gone else ways):
            macs = (ROUTER, FIREWALL) if tap == by else (FIREWALL, SERVER)
            frame = frame_of(
                packet, source_mac=macs[0], destination_mac=macs[1], ttl=63 - hop, sequence=sequence
            )
            self.frames.append(TappedFrame(self.now + hop * 1e-5, tap, frame))
        return not gone

    def tcp(self, packet: Packet, *, by: str) -> bool:
        key = (packet.source, packet.source_port, packet.destination, packet.destination_port)
        at = self.sequence.get(key, self.initial)
        came = self.send(packet, by=by, sequence=at)
        if came:
            self.sequence[key] = at + max(1 if packet.flags & TcpFlags.SYN else 0, len(packet.payload))
        return came


def dhcp_message(
    kind: DhcpMessageType,
    op: int,
    xid: int,
    *,
    ciaddr: IPv4Address = UNSPECIFIED,
    yiaddr: IPv4Address = UNSPECIFIED,
    giaddr: IPv4Address = UNSPECIFIED,
    mac: bytes = MAC,
    settings: str = SETTINGS,
) -> bytes:
    options = [MESSAGE_TYPE(kind)]
    if kind in {DhcpMessageType.OFFER, DhcpMessageType.ACK}:
        options += [SERVER_ID(DHCP), LEASE_TIME(28800), SITE_242(settings)]
    if kind in {DhcpMessageType.DISCOVER, DhcpMessageType.REQUEST}:
        options += [PARAMETER_LIST((1, 28, 3, 6, 15, 42, 242))]
    message = dhcp.DhcpMessage(
        op=op,
        xid=xid,
        chaddr=mac,
        options=tuple(options),
        ciaddr=ciaddr,
        yiaddr=yiaddr,
        giaddr=giaddr,
        hops=1,
    )
    return dhcp.encode(message)


def lease(
    run: Run,
    giaddr: IPv4Address,
    leased: IPv4Address,
    xid: int,
    *,
    mac: bytes = MAC,
    settings: str = SETTINGS,
) -> bool:
    """DISCOVER to ACK through the relay, asking from its uplink, answered to giaddr."""
    for question, answer in (
        (DhcpMessageType.DISCOVER, DhcpMessageType.OFFER),
        (DhcpMessageType.REQUEST, DhcpMessageType.ACK),
    ):
        asked = udp(UPLINK, 67, DHCP, 67, dhcp_message(question, 1, xid, giaddr=giaddr, mac=mac))
        reply = udp(
            DHCP,
            67,
            giaddr,
            67,
            dhcp_message(answer, 2, xid, giaddr=giaddr, yiaddr=leased, mac=mac, settings=settings),
        )
        for _ in range(3):
            if run.send(asked) and run.send(reply, by=Tap.SERVERS):
                break
            run.wait(4)
        else:
            return False
    return True


def release(run: Run) -> None:
    run.send(udp(FIRST, 68, DHCP, 67, dhcp_message(DhcpMessageType.RELEASE, 1, 3, ciaddr=FIRST)))


def renew(run: Run) -> bool:
    asked = udp(HANDSET, 68, DHCP, 67, dhcp_message(DhcpMessageType.REQUEST, 1, 4, ciaddr=HANDSET))
    told = dhcp_message(DhcpMessageType.ACK, 2, 4, ciaddr=HANDSET, yiaddr=HANDSET)
    return run.send(asked) and run.send(udp(DHCP, 67, HANDSET, 68, told), by=Tap.SERVERS)


def grq(number: int, port: int = 49300) -> bytes:
    return ras.encode(
        GatekeeperRequest(
            requestSeqNum=number,
            protocolIdentifier=H225_V2,
            rasAddress=address(HANDSET, port),
            endpointType=EndpointType(terminal=TerminalInfo(), mc=False, undefinedNode=False),
            endpointAlias=[("dialedDigits", "2001")],
        )
    )


def gcf(number: int) -> bytes:
    return ras.encode(
        GatekeeperConfirm(
            requestSeqNum=number, protocolIdentifier=H225_V2, rasAddress=address(GATEKEEPER, 1719)
        )
    )


def grj(number: int, reason: str) -> bytes:
    return ras.encode(
        GatekeeperReject(
            requestSeqNum=number,
            protocolIdentifier=H225_V2,
            rejectReason=(reason, True),  # type: ignore[arg-type]
        )
    )


def rrq(number: int, *, keep_alive: bool = False, ip: IPv4Address = HANDSET, alias: str = "2001") -> bytes:
    vendor = H221NonStandard(t35CountryCode=181, t35Extension=0, manufacturerCode=19540)
    return ras.encode(
        RegistrationRequest(
            requestSeqNum=number,
            protocolIdentifier=H225_V2,
            discoveryComplete=True,
            callSignalAddress=[address(ip, 1720)],
            rasAddress=[address(ip, 49300)],
            terminalType=EndpointType(terminal=TerminalInfo(), mc=False, undefinedNode=False),
            terminalAlias=[("dialedDigits", alias)],
            endpointVendor=VendorIdentifier(vendor=vendor),
            keepAlive=True if keep_alive else None,
        )
    )


def rcf(number: int) -> bytes:
    return ras.encode(
        RegistrationConfirm(
            requestSeqNum=number,
            protocolIdentifier=H225_V2,
            callSignalAddress=[address(GATEKEEPER, 1720)],
            endpointIdentifier="ep-2001",
        )
    )


def rrj(number: int, reason: str) -> bytes:
    if reason == "duplicateAlias":
        holders: list[AliasAddress] = [("dialedDigits", "2001")]
        return ras.encode(
            RegistrationReject(
                requestSeqNum=number,
                protocolIdentifier=H225_V2,
                rejectReason=("duplicateAlias", holders),
            )
        )
    return ras.encode(
        RegistrationReject(
            requestSeqNum=number,
            protocolIdentifier=H225_V2,
            rejectReason=(reason, True),  # type: ignore[arg-type]
        )
    )


def nsm(number: int) -> bytes:
    """As a 16xx set's switch information: identifier 2.16.840.1.113778.4.2.1."""
    own = NonStandardParameter(
        nonStandardIdentifier=("object", (2, 16, 840, 1, 113778, 4, 2, 1)), data=b"\x50\x60\x00"
    )
    return ras.encode(NonStandardMessage(requestSeqNum=number, nonStandardData=own))


def urq(number: int) -> bytes:
    return ras.encode(
        UnregistrationRequest(
            requestSeqNum=number, callSignalAddress=[address(GATEKEEPER, 1720)], reason=("maintenance", True)
        )
    )


def ucf(number: int) -> bytes:
    return ras.encode(UnregistrationConfirm(requestSeqNum=number))


def to_gatekeeper(payload: bytes, port: int = 49300) -> Packet:
    return udp(HANDSET, port, GATEKEEPER, 1719, payload)


def to_handset(payload: bytes, port: int = 49300) -> Packet:
    return udp(GATEKEEPER, 1719, HANDSET, port, payload)


def ask(run: Run, request: bytes, answer: bytes, tries: int = 3) -> bool:
    for _ in range(tries):
        if run.send(to_gatekeeper(request)) and run.send(to_handset(answer), by=Tap.SERVERS):
            return True
        run.wait(5)
    return False


def segment(
    source: tuple[IPv4Address, int], to: tuple[IPv4Address, int], flags: TcpFlags, data: bytes = b""
) -> Packet:
    return Packet(Protocol.TCP, *source, *to, flags=flags, payload=data)


def connect(run: Run, opener: tuple[IPv4Address, int], responder: tuple[IPv4Address, int]) -> bool:
    by = Tap.SERVERS if opener[0] == GATEKEEPER else Tap.HANDSETS
    other = Tap.HANDSETS if by == Tap.SERVERS else Tap.SERVERS
    for _ in range(3):
        came = run.tcp(segment(opener, responder, TcpFlags.SYN), by=by)
        if came and run.tcp(segment(responder, opener, TcpFlags.SYN | TcpFlags.ACK), by=other):
            run.tcp(segment(opener, responder, TcpFlags.ACK), by=by)
            return True
        run.wait(1)
    return False


PUSH = TcpFlags.PSH | TcpFlags.ACK


def fetch(run: Run, status: str = "200 OK", *, path: str = "/46xxsettings.txt", port: int = 40001) -> bool:
    here, there = (HANDSET, port), (FILES, 80)
    if not connect(run, here, there):
        return False
    run.tcp(segment(here, there, PUSH, f"GET {path} HTTP/1.1\r\n\r\n".encode()), by=Tap.HANDSETS)
    answer = f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode()
    run.tcp(segment(there, here, PUSH, answer), by=Tap.SERVERS)
    return True


def tpkt(kind: int, crv: int = 1) -> bytes:
    body = bytes((8, 2)) + crv.to_bytes(2, "big") + bytes((kind,))
    return b"\x03\x00" + (len(body) + 4).to_bytes(2, "big") + body


def signal(run: Run) -> bool:
    here, there = (GATEKEEPER, 61440), (HANDSET, 1720)
    if not connect(run, here, there):
        return False
    run.tcp(segment(there, here, PUSH, tpkt(5)), by=Tap.HANDSETS)
    run.tcp(segment(here, there, PUSH, tpkt(2, 0x8001)), by=Tap.SERVERS)
    return True


def echo(run: Run, number: int = 1) -> bool:
    body = (7).to_bytes(2, "big") + number.to_bytes(2, "big") + b"ping"
    asked = Packet(Protocol.ICMP, HANDSET, 8, GATEKEEPER, 0, payload=body)
    told = Packet(Protocol.ICMP, GATEKEEPER, 0, HANDSET, 0, payload=body)
    return run.send(asked) and run.send(told, by=Tap.SERVERS)


def boot(lost: Lost = nothing, now: float = 1_700_000_000.0) -> Run:
    """Power-up to gatekeeper-opened RAS; a stage that cannot be completed ends it as a handset would."""
    run = Run(lost, now, initial=int(now) % 1_000_000)
    if not lease(run, DATA_GIADDR, FIRST, 1):
        return run
    release(run)
    if not (lease(run, VOICE_GIADDR, HANDSET, 2) and fetch(run)):
        return run
    if not (ask(run, grq(10), gcf(10)) and ask(run, rrq(11), rcf(11))):
        renew(run)
        return run
    signal(run)
    echo(run)
    run.wait(600)
    run.send(to_handset(nsm(900)), by=Tap.SERVERS)
    renew(run)
    run.wait(600)
    ask(run, rrq(12, keep_alive=True), rcf(12))
    return run
