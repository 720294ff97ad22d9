"""A site's handsets registering among their calls, as captures from both sides of a firewall."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import BinaryIO, Literal, NamedTuple, TypeAlias

from ringfence.capture.pcap_write import PcapWriter
from ringfence.model.packet import ECHO_REPLY, ECHO_REQUEST, Packet, Protocol, TcpFlags
from ringfence.wire import dhcp, q931, ras
from ringfence.wire.dhcp_options import LEASE_TIME, MESSAGE_TYPE, PARAMETER_LIST, SITE_242, DhcpMessageType
from ringfence.wire.frame import frame_of
from ringfence.wire.h225.common import H221NonStandard, IpAddress
from ringfence.wire.h225.endpoint import EndpointType, TerminalInfo, VendorIdentifier
from ringfence.wire.h225.ras_discovery import GatekeeperConfirm, GatekeeperRequest
from ringfence.wire.h225.ras_registration import RegistrationConfirm, RegistrationReject, RegistrationRequest

Ends: TypeAlias = tuple[IPv4Address, int, IPv4Address, int]

V2 = (0, 0, 8, 2250, 0, 2)
RELAY = IPv4Address("10.20.0.1")
GATEKEEPER = IPv4Address("10.1.0.30")
SERVER = IPv4Address("10.1.0.10")
MEDIA = IPv4Address("10.1.0.40")
HOSTS = int(IPv4Address("10.20.0.10"))
FAULTS = ("no offer", "no RCF", "RRJ", "no SYN/ACK", "reset", "404")
KEEP_ALIVES = 8
CLOCK = 1_700_000_000.0
CLOCK_ERROR = 2.35  # seconds by which the far recorder is ahead
RECORD = 213  # octets, on the average
MACS = (b"\x02\x72\x66\0\0\1", b"\x02\x72\x66\0\0\2")
SETTINGS = "MCIPADD=10.1.0.30,MCPORT=1719,HTTPSRVR=10.1.0.10"
_OPEN = TcpFlags.PSH | TcpFlags.ACK
_TERMINAL = EndpointType(terminal=TerminalInfo(), mc=False, undefinedNode=False)
_VENDOR = VendorIdentifier(vendor=H221NonStandard(t35CountryCode=181, t35Extension=0, manufacturerCode=19540))


def address(ip: IPv4Address, port: int) -> tuple[Literal["ipAddress"], IpAddress]:
    return "ipAddress", IpAddress(ip=ip.packed, port=port)


@dataclass(frozen=True, slots=True)
class Step:
    """A packet `wait` seconds after the one before. `crosses`: the firewall lets it through."""

    packet: Packet
    wait: float = 0.01
    sequence: int = 0
    crosses: bool = True


def handset(index: int, fault: str) -> Iterator[Step]:
    """Everything one handset says and hears, 50 packets when all goes well.

    DHCP through a relay, settings by HTTP, GRQ, RRQ, call-back to 1720, two pings, eight keep-alives.
    """
    ip = IPv4Address(HOSTS + index)
    answered = fault != "no offer"
    yield from _lease(index, ip, answered=answered)
    if not answered:
        return
    content = b"HTTP/1.1 404 Not Found\r\n\r\n" if fault == "404" else b"HTTP/1.1 200 OK\r\n\r\n".ljust(1400)
    yield from _fetch((ip, 40000 + index % 9999, SERVER, 80), content)
    yield from _registration(index, ip, fault)
    if fault in {"no RCF", "RRJ"}:
        return
    yield from _call_back(index, ip, fault)
    for number in range(2):
        body = index.to_bytes(4, "big")[2:] + number.to_bytes(2, "big") + bytes(32)
        yield Step(Packet(Protocol.ICMP, GATEKEEPER, ECHO_REQUEST, ip, 0, payload=body))
        yield Step(Packet(Protocol.ICMP, ip, ECHO_REPLY, GATEKEEPER, 0, payload=body))
    for number in range(KEEP_ALIVES):
        yield _ras(ip, _rrq(index, ip, 3 + number, keep_alive=True), wait=20.0)
        yield _ras(ip, _rcf(index, 3 + number), back=True)


def _lease(index: int, ip: IPv4Address, *, answered: bool) -> Iterator[Step]:
    asked = PARAMETER_LIST((1, 28, 3, 6, 15, 42, 242))
    steps = [DhcpMessageType.DISCOVER, DhcpMessageType.OFFER, DhcpMessageType.REQUEST, DhcpMessageType.ACK]
    for kind in steps if answered else [DhcpMessageType.DISCOVER] * 3:
        reply = kind in {DhcpMessageType.OFFER, DhcpMessageType.ACK}
        options = (LEASE_TIME(28800), SITE_242(SETTINGS)) if reply else (asked,)
        message = dhcp.DhcpMessage(
            op=2 if reply else 1,
            xid=index,
            chaddr=b"\x00\x1b\x4f" + index.to_bytes(3, "big"),
            giaddr=RELAY,
            yiaddr=ip if reply else IPv4Address(0),
            options=(MESSAGE_TYPE(kind), *options),
        )
        ends = (SERVER, 67, RELAY, 67) if reply else (RELAY, 67, SERVER, 67)
        yield Step(Packet(Protocol.UDP, *ends, payload=dhcp.encode(message)), crosses=answered)


def _registration(index: int, ip: IPv4Address, fault: str) -> Iterator[Step]:
    own = address(ip, 49300)
    theirs = address(GATEKEEPER, 1719)
    yield _ras(
        ip,
        ras.encode(
            GatekeeperRequest(requestSeqNum=1, protocolIdentifier=V2, rasAddress=own, endpointType=_TERMINAL)
        ),
    )
    yield _ras(
        ip,
        ras.encode(GatekeeperConfirm(requestSeqNum=1, protocolIdentifier=V2, rasAddress=theirs)),
        back=True,
    )
    request = _rrq(index, ip, 2, keep_alive=False)
    if fault == "no RCF":
        for _ in range(3):
            yield _ras(ip, request, wait=3.0, crosses=False)
        return
    yield _ras(ip, request)
    if fault == "RRJ":
        reject = RegistrationReject(
            requestSeqNum=2, protocolIdentifier=V2, rejectReason=("securityDenial", True)
        )
        yield _ras(ip, ras.encode(reject), back=True)
    else:
        yield _ras(ip, _rcf(index, 2), back=True)


def _rrq(index: int, ip: IPv4Address, number: int, *, keep_alive: bool) -> bytes:
    return ras.encode(
        RegistrationRequest(
            requestSeqNum=number,
            protocolIdentifier=V2,
            discoveryComplete=True,
            callSignalAddress=[address(ip, 1720)],
            rasAddress=[address(ip, 49300)],
            terminalType=_TERMINAL,
            terminalAlias=None if keep_alive else [("dialedDigits", str(20000 + index))],
            endpointVendor=_VENDOR,
            keepAlive=keep_alive,
            endpointIdentifier=f"ep{index}" if keep_alive else None,
            timeToLive=60,
        )
    )


def _rcf(index: int, number: int) -> bytes:
    return ras.encode(
        RegistrationConfirm(
            requestSeqNum=number,
            protocolIdentifier=V2,
            callSignalAddress=[address(GATEKEEPER, 1720)],
            endpointIdentifier=f"ep{index}",
            timeToLive=60,
        )
    )


def _ras(
    ip: IPv4Address, data: bytes, *, back: bool = False, wait: float = 0.01, crosses: bool = True
) -> Step:
    ends = (GATEKEEPER, 1719, ip, 49300) if back else (ip, 49300, GATEKEEPER, 1719)
    return Step(Packet(Protocol.UDP, *ends, payload=data), wait, crosses=crosses)


def _call_back(index: int, ip: IPv4Address, fault: str) -> Iterator[Step]:
    source = 61440 + index % 5
    there, back = (GATEKEEPER, source, ip, 1720), (ip, 1720, GATEKEEPER, source)
    if fault in {"no SYN/ACK", "reset"}:
        for _ in range(3):
            yield _tcp(there, TcpFlags.SYN, index, wait=1.0, crosses=fault == "reset")
        if fault == "reset":
            yield _tcp(back, TcpFlags.RST | TcpFlags.ACK, 0)
        return
    says = [
        bytes((3, 0, 0, 4 + len(data))) + data
        for kind in (5, 2, 1, 7, 0x62, 0x62, 0x7B, 0x5A)
        for data in (q931.encode(q931.Message(index % 32768, False, kind)),)
    ]
    yield _tcp(there, TcpFlags.SYN, index)
    yield _tcp(back, TcpFlags.SYN | TcpFlags.ACK, index)
    yield _tcp(there, TcpFlags.ACK, index + 1)
    at = [index + 1, index + 1]
    for number, message in enumerate(says):
        side = number % 2
        yield _tcp(back if side else there, _OPEN, at[side], message)
        at[side] += len(message)


def _fetch(there: Ends, told: bytes) -> Iterator[Step]:
    """`told` begins the answer, two segments of the same length follow."""
    asked = b"GET /46xxsettings.txt HTTP/1.1\r\n\r\n"
    ip, port, server, to = there
    back = (server, to, ip, port)
    yield _tcp(there, TcpFlags.SYN, port)
    yield _tcp(back, TcpFlags.SYN | TcpFlags.ACK, port)
    yield _tcp(there, TcpFlags.ACK, port + 1)
    yield _tcp(there, _OPEN, port + 1, asked)
    yield _tcp(back, _OPEN, port + 1, told)
    for number in (1, 2):
        yield _tcp(back, _OPEN, port + 1 + number * len(told), bytes(len(told)))
    yield _tcp(there, TcpFlags.ACK, port + 1 + len(asked))
    yield _tcp(back, TcpFlags.FIN | TcpFlags.ACK, port + 1 + 3 * len(told))
    yield _tcp(there, TcpFlags.FIN | TcpFlags.ACK, port + 1 + len(asked))
    yield _tcp(back, TcpFlags.ACK, port + 2 + 3 * len(told))


def _tcp(
    ends: Ends,
    flags: TcpFlags,
    sequence: int,
    payload: bytes = b"",
    *,
    wait: float = 0.01,
    crosses: bool = True,
) -> Step:
    return Step(Packet(Protocol.TCP, *ends, flags, payload), wait, sequence, crosses)


class Side:
    """The recorder on one side of the firewall."""

    def __init__(self, file: BinaryIO, *, far: bool) -> None:
        self._writer = PcapWriter(file)
        self._far = far
        self._ahead = CLOCK_ERROR if far else 0.0
        self._macs = (MACS[1], MACS[0]) if far else MACS

    def hear(self, clock: float, frame: bytes) -> None:
        self._writer.write(round((clock + self._ahead) * 1e9), frame)

    def record(self, clock: float, step: Step) -> None:
        """A packet that does not cross is seen where it was sent; beyond, its TTL is lower by one."""
        here = self._far == (step.packet.source in (GATEKEEPER, SERVER))
        if not (step.crosses or here):
            return
        source, destination = self._macs
        ttl, later = (64, 0.0) if here else (63, 0.0003)
        frame = frame_of(
            step.packet, source_mac=source, destination_mac=destination, ttl=ttl, sequence=step.sequence
        )
        self.hear(clock + later, frame)


class Written(NamedTuple):
    """What one of the captures holds."""

    frames: int
    signalling: int
    handsets: int
    broken: int


def generate(near: BinaryIO, far: BinaryIO, megabytes: int, handsets: int, chooser: random.Random) -> Written:
    """Write a capture of about `megabytes` for each side. One handset in ten is broken."""
    total = megabytes * 1_000_000 // RECORD
    seconds = max(300.0, total / 20_000)
    schedule: list[tuple[float, Step]] = []
    broken = 0
    for index in range(handsets):
        fault = chooser.choice(FAULTS) if chooser.random() < 0.1 else ""
        broken += bool(fault)
        clock = CLOCK + chooser.random() * (seconds - 200)
        for step in handset(index, fault):
            clock += step.wait
            schedule.append((clock, step))
    schedule.sort(key=lambda each: each[0])
    sides = (Side(near, far=False), Side(far, far=True))
    voice, share = _voice(), max(0, total - len(schedule)) / len(schedule)
    written, owed, before = 0, 0.0, CLOCK
    for clock, step in schedule:
        owed += share * 2 * chooser.random()
        run = int(owed)
        owed -= run
        for number in range(run):
            for side in sides:
                side.hear(before + (clock - before) * number / run, voice[(written + number) % len(voice)])
        written += run + 1
        before = clock
        for side in sides:
            side.record(clock, step)
    return Written(written, len(schedule), handsets, broken)


def _voice() -> list[bytes]:
    """A frame of each of 64 calls, one in eight G.729, the rest G.711."""
    return [
        frame_of(
            Packet(
                Protocol.UDP,
                IPv4Address(HOSTS + call),
                2048 + 2 * call,
                MEDIA,
                2500 + 2 * call,
                payload=bytes([0x80, 0 if call % 8 else 18]) + bytes(170 if call % 8 else 30),
            ),
            source_mac=MACS[0],
            destination_mac=MACS[1],
        )
        for call in range(64)
    ]
