"""A DHCP relay agent: RFC 1542 section 4, RFC 2131 section 4.1, option 82 by RFC 3046, 3527 and 5107.

Requests go 67 to 67, answers come to giaddr:67, whichever address the request was sent from. Real
agents differ in that address (measured: ISC dhcrelay sends from its uplink, dnsmasq from giaddr), and a
stateful firewall sees the difference; hence `SourceAddress`.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from ipaddress import IPv4Address

from ringfence.actors.io import (
    NOTHING,
    Bind,
    BindFailed,
    Commands,
    DatagramReceived,
    Event,
    Noted,
    SendDatagram,
    StageFailed,
    Started,
)
from ringfence.model.address import LIMITED_BROADCAST, UNSPECIFIED, TransportAddress
from ringfence.model.defaults import DHCP_CLIENT_PORT, DHCP_SERVER_PORT
from ringfence.model.errors import DecodeError
from ringfence.model.findings import Code, Finding
from ringfence.model.findings.address import (
    DHCP_MALFORMED,
    DHCP_RELAY_HOPS,
    DHCP_RELAY_LONG,
    DHCP_RELAY_SPOOFED,
    DHCP_RELAY_UNTRUSTED,
)
from ringfence.model.stage import Stage
from ringfence.wire.dhcp import (
    ETHERNET,
    DhcpMessage,
    Op,
    decode,
    encode,
)
from ringfence.wire.dhcp_options import (
    RELAY_AGENT,
    RelaySubOption,
    write_suboptions,
)

HOPS = 10  # RFC 1542 section 4.1.1 allows 4 or more and at most 16; ISC dhcrelay's default


class SourceAddress(StrEnum):
    """Where the agent sends requests from."""

    UPLINK = "uplink"
    GIADDR = "giaddr"


class Existing(StrEnum):
    """What to do with option 82 that is already there (RFC 3046 section 2.1.1)."""

    APPEND = "append"
    REPLACE = "replace"
    FORWARD = "forward"
    DISCARD = "discard"


@dataclass(frozen=True, slots=True)
class Downstream:
    """An interface with clients. `trusted`: option 82 is accepted although giaddr is zero.

    `circuit_id` defaults to the interface's name; `subnet` is given for link selection (RFC 3527) when
    it is not giaddr's own.
    """

    interface: str
    giaddr: IPv4Address
    trusted: bool = False
    circuit_id: bytes = b""
    subnet: IPv4Address | None = None

    def __post_init__(self) -> None:
        if len(self.circuit_id or self.interface.encode()) > 255:
            raise ValueError(f"downstream {self.interface}: circuit-id is over 255 octets")


@dataclass(frozen=True, slots=True)
class AgentInformation:
    """What the agent adds as option 82. `maximum_length`: larger messages go without (octets)."""

    remote_id: bytes = b""
    server_id_override: bool = False
    existing: Existing = Existing.APPEND
    maximum_length: int = 1400

    def __post_init__(self) -> None:
        if len(self.remote_id) > 255:
            raise ValueError("remote-id is over 255 octets")


@dataclass(frozen=True, slots=True)
class RelaySettings:
    """`uplink`: the agent's address on the server's side. `hops`: a request that has this many is dropped."""

    downstreams: tuple[Downstream, ...]
    servers: tuple[IPv4Address, ...]
    uplink: IPv4Address
    source: SourceAddress = SourceAddress.UPLINK
    agent_information: AgentInformation | None = None
    hops: int = HOPS

    def __post_init__(self) -> None:
        if not self.servers or not self.downstreams:
            raise ValueError("a relay agent needs at least one server and one downstream interface")
        names = {each.interface for each in self.downstreams}
        addresses = {each.giaddr for each in self.downstreams}
        if min(len(names), len(addresses)) < len(self.downstreams):
            raise ValueError("two downstream interfaces have one name or one giaddr")
        if not 1 <= self.hops <= 16:
            raise ValueError(f"hops {self.hops} is not in 1-16 (RFC 1542 section 4.1.1)")


class DhcpRelay:
    """It has no timers and remembers nothing: what it added it recognises when it comes back."""

    deadline: float | None = None

    def __init__(self, settings: RelaySettings) -> None:
        self._settings = settings
        self._by_interface = {each.interface: each for each in settings.downstreams}
        self._by_giaddr = {each.giaddr: each for each in settings.downstreams}
        self._own = {settings.uplink, *self._by_giaddr}

    def handle(self, event: Event, now: float) -> Commands:
        match event:
            case Started():
                return self._binds()
            case DatagramReceived(destination=destination) if destination.port == DHCP_SERVER_PORT:
                return self._datagram(event)
            case BindFailed(local=local) if local.port == DHCP_SERVER_PORT:
                said = f"the relay agent cannot listen on {local}: the port is taken"
                return (StageFailed(Stage.ADDRESS, said),)
            case _:
                return NOTHING

    def _binds(self) -> Commands:
        """Broadcasts arrive on the interfaces; answers to giaddr may arrive on any."""
        anywhere = TransportAddress(UNSPECIFIED, DHCP_SERVER_PORT)
        broadcast = [Bind(anywhere, each.interface) for each in self._settings.downstreams]
        unicast = [
            Bind(TransportAddress(address, DHCP_SERVER_PORT)) for address in sorted(self._own, key=int)
        ]
        return (*broadcast, *unicast)

    def _datagram(self, event: DatagramReceived) -> Commands:
        to = event.destination.ip
        if to != LIMITED_BROADCAST and to not in self._own:
            # A unicast renewal on its way through the router. An agent that sniffs it and relays it too
            # earns the client two answers (measured with ISC dhcrelay).
            return NOTHING
        try:
            message = decode(event.data)
            if message.op == Op.BOOTREPLY:
                return self._reply(message)
            return self._request(message, event)
        except DecodeError as error:
            return (_note(DHCP_MALFORMED, f"a message from {event.source} is not relayed: {error}"),)

    def _request(self, message: DhcpMessage, event: DatagramReceived) -> Commands:
        downstream = self._received_on(event)
        if downstream is None:
            return NOTHING
        who = message.chaddr.hex(":")
        if message.hops >= self._settings.hops:
            return (_note(DHCP_RELAY_HOPS, f"a request of {who} has {message.hops} hops: dropped"),)
        if message.giaddr in self._own:
            # RFC 3046 section 2.1.1: it pretends to have come through us.
            return (_note(DHCP_RELAY_SPOOFED, f"a request of {who} has our giaddr: dropped"),)
        marked = message.raw(RELAY_AGENT.code) is not None
        if marked and message.giaddr == UNSPECIFIED and not downstream.trusted:
            said = f"a request of {who} on {downstream.interface} has option 82 and no giaddr: dropped"
            return (_note(DHCP_RELAY_UNTRUSTED, said),)
        giaddr = downstream.giaddr if message.giaddr == UNSPECIFIED else message.giaddr
        relayed = replace(message, giaddr=giaddr, hops=message.hops + 1)
        information = self._settings.agent_information
        notes: Commands = NOTHING
        if information is not None:
            if marked and information.existing is Existing.DISCARD:
                return (_note(DHCP_RELAY_UNTRUSTED, f"a request of {who} has option 82: dropped"),)
            added = self._mark(relayed, downstream, information)
            if len(encode(added)) <= information.maximum_length:
                relayed = added
            else:
                said = f"a request of {who} is too long for option 82: relayed without"
                notes = (_note(DHCP_RELAY_LONG, said),)
        return (*notes, *self._to_servers(encode(relayed), downstream))

    def _received_on(self, event: DatagramReceived) -> Downstream | None:
        """A driver that cannot tell the interface serves an agent with one; unicasts name it by giaddr."""
        if event.interface:
            return self._by_interface.get(event.interface)
        if len(self._settings.downstreams) == 1 and event.destination.ip != self._settings.uplink:
            return self._settings.downstreams[0]
        return next(
            (each for each in self._settings.downstreams if each.giaddr == event.destination.ip), None
        )

    def _to_servers(self, data: bytes, downstream: Downstream) -> Commands:
        giaddr = self._settings.source is SourceAddress.GIADDR
        source = TransportAddress(downstream.giaddr if giaddr else self._settings.uplink, DHCP_SERVER_PORT)
        return tuple(
            SendDatagram(source, TransportAddress(server, DHCP_SERVER_PORT), data)
            for server in self._settings.servers
        )

    def _suboptions(self, downstream: Downstream, information: AgentInformation) -> bytes:
        found = [(int(RelaySubOption.CIRCUIT_ID), downstream.circuit_id or downstream.interface.encode())]
        if information.remote_id:
            found.append((RelaySubOption.REMOTE_ID, information.remote_id))
        if downstream.subnet is not None:
            found.append((RelaySubOption.LINK_SELECTION, downstream.subnet.packed))
        if information.server_id_override:
            found.append((RelaySubOption.SERVER_ID_OVERRIDE, downstream.giaddr.packed))
        return write_suboptions(found)

    def _mark(
        self, message: DhcpMessage, downstream: Downstream, information: AgentInformation
    ) -> DhcpMessage:
        before = message.raw(RELAY_AGENT.code)
        ours = self._suboptions(downstream, information)
        if before is not None and information.existing is Existing.FORWARD:
            return message
        value = before + ours if before is not None and information.existing is Existing.APPEND else ours
        # The last option of all (RFC 3046 section 2.1).
        return replace(message, options=(*_unmarked(message), (RELAY_AGENT.code, value)))

    def _reply(self, message: DhcpMessage) -> Commands:
        downstream = self._by_giaddr.get(message.giaddr)
        if downstream is None:
            return NOTHING
        message = self._unmark(message, downstream)
        destination, link = _towards_client(message)
        return (
            SendDatagram(
                TransportAddress(downstream.giaddr, DHCP_SERVER_PORT),
                TransportAddress(destination, DHCP_CLIENT_PORT),
                encode(message),
                downstream.interface,
                link,
            ),
        )

    def _unmark(self, message: DhcpMessage, downstream: Downstream) -> DhcpMessage:
        """Without what we added, and only that (RFC 3046 section 2.1)."""
        information = self._settings.agent_information
        value = message.raw(RELAY_AGENT.code)
        if information is None or value is None:
            return message
        theirs = value.removesuffix(self._suboptions(downstream, information))
        rest = ((RELAY_AGENT.code, theirs),) if theirs else ()
        return replace(message, options=(*_unmarked(message), *rest))


def _unmarked(message: DhcpMessage) -> tuple[tuple[int, bytes], ...]:
    return tuple(each for each in message.options if each[0] != RELAY_AGENT.code)


def _towards_client(message: DhcpMessage) -> tuple[IPv4Address, bytes]:
    """Broadcast when the flag asks for it, else yiaddr at chaddr, without ARP (RFC 1542 section 4.1.2)."""
    address = message.yiaddr if message.yiaddr != UNSPECIFIED else message.ciaddr
    ethernet = message.htype == ETHERNET and len(message.chaddr) == 6
    if message.broadcast or address == UNSPECIFIED or not ethernet:
        return LIMITED_BROADCAST, b""
    return address, message.chaddr


def _note(code: Code, sentence: str) -> Noted:
    return Noted(Finding(code, sentence, Stage.ADDRESS))
