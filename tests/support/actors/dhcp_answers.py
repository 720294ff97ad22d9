"""A phone's DHCP client under test, what a server would say to it, and its commands in words."""

from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv4Network
from typing import Any, TypeAlias

from ringfence.actors.dhcp.client import DhcpClient
from ringfence.actors.dhcp.client_states import ClientSettings
from ringfence.actors.dhcp.vlan import VlanState
from ringfence.actors.io import (
    Bind,
    Command,
    ConfigureAddress,
    DatagramReceived,
    Event,
    Noted,
    RemoveAddress,
    SendDatagram,
    StageFailed,
    StageReached,
    Started,
)
from ringfence.model.address import transport
from ringfence.wire.dhcp import (
    DhcpMessage,
    Op,
    decode,
    encode,
)
from ringfence.wire.dhcp_options import (
    LEASE_TIME,
    MESSAGE,
    MESSAGE_TYPE,
    ROUTERS,
    SERVER_ID,
    SITE_242,
    SUBNET_MASK,
    DhcpMessageType,
    RawOption,
)
from support.script import Middling, Row

SERVER = "10.1.0.10"
MAC = bytes.fromhex("001b4f1a2b3c")
ANY = transport("0.0.0.0", 68)
DISCOVER = "DISCOVER 0.0.0.0:68 > 255.255.255.255:67"
REQUEST = "REQUEST 0.0.0.0:68 > 255.255.255.255:67"
RENEW = f"REQUEST 10.20.0.50:68 > {SERVER}:67"
REBIND = "REQUEST 10.20.0.50:68 > 255.255.255.255:67"
VOICE = "10.30.0.7"
TO_VOICE = "L2Q=1,L2QVLAN=30"
ADDRESS = IPv4Address("10.20.0.50")
CONFIGURE = ConfigureAddress(ADDRESS, IPv4Network("10.20.0.0/24"), IPv4Address("10.20.0.1"), "lan")
REMOVE = RemoveAddress(ADDRESS, "lan")

Answer: TypeAlias = Callable[[Sequence[Command]], Event]


def client(vlan: VlanState | None = None, **given_settings: Any) -> DhcpClient:
    return DhcpClient(ClientSettings(MAC, interface="lan", **given_settings), Middling(7), vlan)


def says(kind: DhcpMessageType, address: str = "10.20.0.50", **details: Any) -> Answer:
    return lambda sent: answer(sent, kind, address, **details)


OFFER, ACK, NAK = DhcpMessageType.OFFER, DhcpMessageType.ACK, DhcpMessageType.NAK
START = Row(0, Started(), [Bind(ANY, "lan"), DISCOVER], 4)


def leased(at: float = 0, **details: Any) -> list[Row]:
    """From power-up to an address at `at`."""
    return [
        START,
        Row(at, says(OFFER, **details), [REQUEST], at + 4),
        Row(at, says(ACK, **details), [CONFIGURE, "reached address"]),
    ]


def last_message(sent: Sequence[Command]) -> DhcpMessage:
    datagrams = [command for command in sent if isinstance(command, SendDatagram)]
    return decode(datagrams[-1].data)


def answer(
    sent: Sequence[Command],
    kind: DhcpMessageType,
    address: str = "10.20.0.50",
    *,
    server: str = SERVER,
    seconds: int | None = 3600,
    phone: str = "",
    extra: tuple[RawOption, ...] = (),
    unlike: int = 0,
) -> DatagramReceived:
    """`unlike` is added to the transaction id, to be somebody else's answer."""
    asked = last_message(sent)
    options: list[RawOption] = [MESSAGE_TYPE(kind), SERVER_ID(IPv4Address(server))]
    if kind is DhcpMessageType.NAK:
        options.append(MESSAGE("no such address"))
    else:
        options += [SUBNET_MASK(IPv4Address("255.255.255.0"))]
        options += [ROUTERS((IPv4Address(address) + 1 - int(IPv4Address(address)) % 256,))]
        options += [LEASE_TIME(seconds)] if seconds is not None else []
        options += [SITE_242(phone)] if phone else []
    message = DhcpMessage(
        op=Op.BOOTREPLY,
        xid=asked.xid ^ unlike,
        chaddr=asked.chaddr,
        ciaddr=asked.ciaddr,
        yiaddr=IPv4Address(0 if kind is DhcpMessageType.NAK else address),
        flags=asked.flags,
        options=(*options, *extra),
    )
    return received(message, server)


def received(message: DhcpMessage, server: str = SERVER, interface: str = "") -> DatagramReceived:
    return DatagramReceived(
        transport(server, 67), transport("255.255.255.255", 68), encode(message), interface
    )


def in_words(command: Command) -> object:
    """DHCP datagrams and opinions as short sentences, anything else as it is."""
    match command:
        case SendDatagram(source=source, destination=destination, data=data):
            message = decode(data)
            kind = message.message_type
            name = kind.name if kind is not None else "BOOTP"
            return f"{name} {source} > {destination}"
        case StageReached(stage=stage):
            return f"reached {stage}"
        case StageFailed(stage=stage):
            return f"failed {stage}"
        case Noted(finding=finding):
            return finding.code
        case _:
            return command
