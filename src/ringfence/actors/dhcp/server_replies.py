"""What a DHCP server answers, and where it sends it (RFC 2131 section 4.1)."""

from dataclasses import dataclass
from ipaddress import IPv4Address

from ringfence.actors.dhcp.leases import LeaseRecord, LeaseTable
from ringfence.actors.dhcp.scope import Scope, relay_option
from ringfence.actors.io import DatagramReceived, SendDatagram
from ringfence.model.address import LIMITED_BROADCAST, UNSPECIFIED, TransportAddress
from ringfence.model.defaults import DHCP_CLIENT_PORT, DHCP_SERVER_PORT
from ringfence.wire.dhcp import BROADCAST_FLAG, ETHERNET, DhcpMessage, Op, encode
from ringfence.wire.dhcp_options import MESSAGE, MESSAGE_TYPE, SERVER_ID, DhcpMessageType


@dataclass(frozen=True, slots=True)
class AskedMessage:
    """A client's message with what was worked out about it once."""

    message: DhcpMessage
    event: DatagramReceived
    scope: Scope
    table: LeaseTable
    client: bytes
    server_id: IPv4Address
    record: LeaseRecord | None

    @property
    def who(self) -> str:
        return self.message.chaddr.hex(":") or "a client without chaddr"


def reply(
    server: IPv4Address, asked: AskedMessage, kind: DhcpMessageType, address: IPv4Address | None
) -> SendDatagram:
    """An OFFER or ACK of `address`; None: an ACK of an INFORM."""
    message = asked.message
    options = asked.scope.reply_options(message, kind, asked.server_id, lease=address is not None)
    answer = DhcpMessage(
        op=Op.BOOTREPLY,
        xid=message.xid,
        htype=message.htype,
        chaddr=message.chaddr,
        giaddr=message.giaddr,
        flags=message.flags,
        ciaddr=UNSPECIFIED if kind is DhcpMessageType.OFFER else message.ciaddr,
        yiaddr=address or UNSPECIFIED,
        siaddr=asked.scope.next_server,
        options=options,
    )
    if message.giaddr != UNSPECIFIED:
        return _sent(server, asked, answer, TransportAddress(message.giaddr, DHCP_SERVER_PORT))
    if message.ciaddr in asked.scope.subnet:  # else forged: nobody elsewhere gets our answers
        return _sent(server, asked, answer, TransportAddress(message.ciaddr, DHCP_CLIENT_PORT))
    ethernet = message.htype == ETHERNET and len(message.chaddr) == 6
    if message.broadcast or address is None or not ethernet:
        return _sent(server, asked, answer, TransportAddress(LIMITED_BROADCAST, DHCP_CLIENT_PORT))
    return _sent(server, asked, answer, TransportAddress(address, DHCP_CLIENT_PORT), message.chaddr)


def negative_reply(server: IPv4Address, asked: AskedMessage, why: str) -> SendDatagram:
    """A NAK: broadcast, through the relay too (RFC 2131 section 4.3.2)."""
    message = asked.message
    answer = DhcpMessage(
        op=Op.BOOTREPLY,
        xid=message.xid,
        htype=message.htype,
        chaddr=message.chaddr,
        giaddr=message.giaddr,
        flags=message.flags | BROADCAST_FLAG,
        options=(
            MESSAGE_TYPE(DhcpMessageType.NAK),
            SERVER_ID(asked.server_id),
            MESSAGE(why),
            *relay_option(message),
        ),
    )
    relayed = message.giaddr != UNSPECIFIED
    to = (message.giaddr, DHCP_SERVER_PORT) if relayed else (LIMITED_BROADCAST, DHCP_CLIENT_PORT)
    return _sent(server, asked, answer, TransportAddress(*to))


def _sent(
    server: IPv4Address, asked: AskedMessage, answer: DhcpMessage, to: TransportAddress, link: bytes = b""
) -> SendDatagram:
    direct = bool(link) or to.ip == LIMITED_BROADCAST
    interface = (asked.event.interface or asked.scope.interface) if direct else ""
    return SendDatagram(TransportAddress(server, DHCP_SERVER_PORT), to, encode(answer), interface, link)
