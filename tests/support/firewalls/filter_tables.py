"""What a stateful firewall does with packets in time: tables for our filter and for the kernel.

Each row: seconds, a packet, and what decides it; `-` before that word: it is dropped.
"""

from ipaddress import IPv4Address, ip_network
from typing import NamedTuple

from ringfence.model.address import PortRange, port
from ringfence.model.packet import ECHO_REPLY, ECHO_REQUEST, Packet, Protocol, TcpFlags
from ringfence.model.policy import Action, Policy, Rule
from ringfence.wire.icmp import Echo, encode_echo

HANDSETS = (ip_network("10.20.0.0/24"),)
GATEKEEPER = (ip_network("10.30.0.10/32"),)
ANYWHERE = (ip_network("0.0.0.0/0"),)
DISCOVERY = (ip_network("224.0.1.41/32"),)

POLICY = Policy(
    "branch",
    (
        Rule("no-spy", (ip_network("10.20.0.66/32"),), ANYWHERE, Protocol.UDP, action=Action.DENY),
        Rule("ras", HANDSETS, GATEKEEPER, Protocol.UDP, PortRange(49300, 49309), port(1719)),
        Rule("discovery", HANDSETS, DISCOVERY, Protocol.UDP, destination_ports=port(1718)),
        Rule("signalling", GATEKEEPER, HANDSETS, Protocol.TCP, PortRange(61440, 61444), port(1720)),
        Rule("echo", HANDSETS, GATEKEEPER, Protocol.ICMP, icmp_type=ECHO_REQUEST),
    ),
)
EVERYTHING = Policy(
    "everything",
    (
        Rule("udp", ANYWHERE, ANYWHERE, Protocol.UDP),
        Rule("tcp", ANYWHERE, ANYWHERE, Protocol.TCP),
        Rule("echo", ANYWHERE, ANYWHERE, Protocol.ICMP, icmp_type=ECHO_REQUEST),
    ),
)
FLAGS = {"S": TcpFlags.SYN, "A": TcpFlags.ACK, "F": TcpFlags.FIN, "R": TcpFlags.RST, "P": TcpFlags.PSH}


def packet(text: str) -> Packet:
    """`udp 10.20.0.50:49300 > 10.30.0.10:1719`, `tcp ... SA`, `echo 10.20.0.50 > 10.30.0.10 7`."""
    kind, source, _, destination, *rest = text.split()
    if kind in {"echo", "reply"}:
        icmp_type = ECHO_REQUEST if kind == "echo" else ECHO_REPLY
        body = encode_echo(Echo(int(rest[0]), 1))
        return Packet(
            Protocol.ICMP, IPv4Address(source), icmp_type, IPv4Address(destination), 0, payload=body
        )
    flags = TcpFlags(0)
    for letter in rest[0] if rest else "":
        flags |= FLAGS[letter]
    (source, source_port), (destination, destination_port) = source.split(":"), destination.split(":")
    return Packet(
        Protocol[kind.upper()],
        IPv4Address(source),
        int(source_port),
        IPv4Address(destination),
        int(destination_port),
        flags,
    )


class Row(NamedTuple):
    at: float
    packet: str
    by: str


RRQ = "udp 10.20.0.50:49300 > 10.30.0.10:1719"
RCF = "udp 10.30.0.10:1719 > 10.20.0.50:49300"
SYN = "tcp 10.30.0.10:61440 > 10.20.0.50:1720 S"
SYN_ACK = "tcp 10.20.0.50:1720 > 10.30.0.10:61440 SA"
FORWARD = "tcp 10.30.0.10:61440 > 10.20.0.50:1720 "
BACK = "tcp 10.20.0.50:1720 > 10.30.0.10:61440 "

ASKED = (Row(0, RRQ, "ras"), Row(0.1, RCF, "established"))
OPENED = (Row(0, SYN, "signalling"), Row(0, SYN_ACK, "established"), Row(0, FORWARD + "A", "established"))
CLOSED = (
    *OPENED,
    Row(1, FORWARD + "FA", "established"),
    Row(1, BACK + "FA", "established"),
    Row(1, FORWARD + "A", "established"),
)

TABLES: dict[str, tuple[Row, ...]] = {
    "the first match wins and the rest is denied": (
        Row(0, RRQ, "ras"),
        Row(0, "udp 10.20.0.66:49300 > 10.30.0.10:1719", "-no-spy"),
        Row(0, "udp 10.20.0.50:49310 > 10.30.0.10:1719", "-default"),
        Row(0, "udp 10.20.0.50:49300 > 10.30.0.11:1719", "-default"),
        Row(0, "udp 10.20.1.50:49300 > 10.30.0.10:1719", "-default"),
        Row(0, "tcp 10.20.0.50:49300 > 10.30.0.10:1719 S", "-default"),
    ),
    "unanswered UDP is answered within thirty seconds": (Row(0, RRQ, "ras"), Row(28.5, RCF, "established")),
    "unanswered UDP is forgotten after thirty seconds": (Row(0, RRQ, "ras"), Row(30, RCF, "-default")),
    "unanswered UDP is judged by the rules again": (
        Row(0, RRQ, "ras"),
        Row(10, RRQ, "ras"),
        Row(38, RCF, "established"),
        Row(39, RRQ, "established"),
    ),
    "one exchange is no stream": (*ASKED, Row(30.2, RCF, "-default")),
    "UDP that speaks after two seconds is a stream": (
        *ASKED,
        Row(5, RRQ, "established"),
        Row(123, RCF, "established"),
    ),
    "a stream is forgotten after two minutes": (
        *ASKED,
        Row(5, RRQ, "established"),
        Row(125, RCF, "-default"),
    ),
    "TCP opens with SYN and lives five days": (
        *OPENED,
        Row(431990, BACK + "PA", "established"),
        Row(863980, FORWARD + "PA", "established"),
    ),
    "TCP is forgotten after five days": (*OPENED, Row(432000, BACK + "PA", "-invalid")),
    "TCP without state is invalid where a rule permits its ports": (
        Row(0, FORWARD + "A", "-invalid"),
        Row(0, FORWARD + "SA", "-invalid"),
        Row(0, FORWARD + "R", "-invalid"),
    ),
    "half-open TCP waits a minute for its ACK": (
        Row(0, SYN, "signalling"),
        Row(118, SYN_ACK, "established"),
        Row(179, FORWARD + "A", "-invalid"),
    ),
    "a SYN waits two minutes for its answer": (Row(0, SYN, "signalling"), Row(120, SYN_ACK, "-invalid")),
    "a repeated SYN is judged by the rules again": (
        Row(0, SYN, "signalling"),
        Row(1, SYN, "signalling"),
        Row(3, SYN, "signalling"),
    ),
    "a repeated SYN is waited for no longer": (
        Row(0, SYN, "signalling"),
        Row(118, SYN, "signalling"),
        Row(121, SYN_ACK, "-invalid"),
    ),
    "who gives up opening needs the rule for that too": (
        Row(0, SYN, "signalling"),
        Row(1, FORWARD + "R", "signalling"),
        Row(2, FORWARD + "A", "-invalid"),
        Row(3, SYN, "signalling"),
    ),
    "a challenge is heard and changes nothing": (
        Row(0, SYN, "signalling"),
        Row(0, BACK + "A", "established"),
        Row(0, FORWARD + "R", "established"),
        Row(1, SYN, "signalling"),
        Row(1, SYN_ACK, "established"),
        Row(1, FORWARD + "A", "established"),
    ),
    "nothing follows a refusal": (
        Row(0, SYN, "signalling"),
        Row(0, BACK + "RA", "established"),
        Row(1, FORWARD + "A", "-invalid"),
        Row(1, BACK + "RA", "-invalid"),
    ),
    "the sides of a connection do not change roles": (
        *OPENED,
        Row(1, FORWARD + "SA", "-invalid"),
        Row(1, BACK + "SA", "established"),
        Row(1, SYN, "established"),
    ),
    "data before the handshake is invalid": (Row(0, SYN, "signalling"), Row(0, FORWARD + "PA", "-invalid")),
    "refused TCP may be tried again": (
        Row(0, SYN, "signalling"),
        Row(0, BACK + "RA", "established"),
        Row(5, SYN, "signalling"),
        Row(6, SYN_ACK, "established"),
    ),
    "a reset connection is gone after ten seconds": (
        *OPENED,
        Row(1, BACK + "R", "established"),
        Row(9, FORWARD + "PA", "established"),
        Row(19, BACK + "A", "-invalid"),
    ),
    "a closed connection waits for strays": (*CLOSED, Row(118, BACK + "A", "established")),
    "a closed connection is gone after two minutes": (*CLOSED, Row(121, BACK + "A", "-invalid")),
    "a closed connection reopens by rule": (*CLOSED, Row(2, SYN, "signalling")),
    "a closed connection does not reopen without a rule": (*CLOSED, Row(2, BACK + "S", "-default")),
    "a half-closed connection waits two minutes": (
        *OPENED,
        Row(1, FORWARD + "FA", "established"),
        Row(119, BACK + "A", "established"),
    ),
    "a half-closed connection is gone then": (
        *OPENED,
        Row(1, FORWARD + "FA", "established"),
        Row(121, BACK + "A", "-invalid"),
    ),
    "echo is known by its identifier": (
        Row(0, "echo 10.20.0.50 > 10.30.0.10 7", "echo"),
        Row(1, "reply 10.30.0.10 > 10.20.0.50 8", "-invalid"),
        Row(1, "reply 10.30.0.10 > 10.20.0.50 7", "established"),
        Row(2, "echo 10.30.0.10 > 10.20.0.50 7", "-default"),
        Row(32, "reply 10.30.0.10 > 10.20.0.50 7", "-invalid"),
    ),
}
