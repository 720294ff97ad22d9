"""A DHCP server: RFC 2131 section 4.3, relays by giaddr and option 82 (RFC 3046, 3527, 5107).

What an ACK promises is kept before it leaves; a server that starts is given the leases back.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Address
from itertools import chain

from ringfence.actors.dhcp.durable import keep_lease
from ringfence.actors.dhcp.leases import LeaseRecord, LeaseState, LeaseTable
from ringfence.actors.dhcp.probe import AddressProbes
from ringfence.actors.dhcp.scope import Scope
from ringfence.actors.dhcp.server_replies import AskedMessage, negative_reply, reply
from ringfence.actors.io import (
    NOTHING,
    Bind,
    BindFailed,
    Commands,
    DatagramReceived,
    EchoReplied,
    Event,
    Keep,
    Noted,
    StageFailed,
    Started,
    TimeUp,
)
from ringfence.model.address import LIMITED_BROADCAST, UNSPECIFIED, TransportAddress
from ringfence.model.defaults import DHCP_SERVER_PORT
from ringfence.model.errors import DecodeError
from ringfence.model.findings import Code, Finding
from ringfence.model.findings.address import (
    ADDRESS_DUPLICATE,
    DHCP_DECLINED,
    DHCP_MALFORMED,
    DHCP_NO_SCOPE,
    DHCP_POOL_EXHAUSTED,
    DHCP_REFUSED,
)
from ringfence.model.findings.register import KEPT_DROPPED
from ringfence.model.stage import Stage
from ringfence.wire.dhcp import (
    DhcpMessage,
    Op,
    decode,
)
from ringfence.wire.dhcp_options import (
    INFINITE,
    RELAY_AGENT,
    REQUESTED_ADDRESS,
    SERVER_ID,
    DhcpMessageType,
)

OFFER_HOLD = 60.0  # seconds an offered address waits for its REQUEST; a client's round of REQUESTs
DECLINE_HOLD = 86400.0  # seconds a declined address is left alone; assumed, Kea's probation period


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """`address` is the server identifier and where relayed and renewing clients send to.

    Scopes with an `interface` also serve clients there directly. `ping_wait`: seconds that an address is
    asked for before it is offered to a client that does not have it; 0: it is not.
    """

    address: IPv4Address
    scopes: tuple[Scope, ...]
    offer_hold: float = OFFER_HOLD
    decline_hold: float = DECLINE_HOLD
    ping_wait: float = 0.0

    def __post_init__(self) -> None:
        if not self.scopes:
            raise ValueError("a DHCP server needs a scope")
        if len({each.name for each in self.scopes}) < len(self.scopes):
            raise ValueError("two scopes have one name")
        for index, scope in enumerate(self.scopes):
            for other in self.scopes[:index]:
                if scope.subnet.overlaps(other.subnet):
                    raise ValueError(f"scopes {other.name} and {scope.name} overlap")


class DhcpServer:
    """`leases` are records that an earlier server gave; ValueError when one fits no scope.

    `dropped` are such as it cannot take up.
    """

    def __init__(
        self, settings: ServerSettings, leases: Iterable[LeaseRecord] = (), dropped: Iterable[Keep] = ()
    ) -> None:
        self._settings = settings
        self._dropped = tuple(dropped)
        self._gone: list[IPv4Address] = []  # of leases in no scope any more
        self._probes: AddressProbes[AskedMessage] = AddressProbes(settings.address, settings.ping_wait)
        self._tables = {
            scope.name: LeaseTable(scope.name, scope.pools, scope.reserved()) for scope in settings.scopes
        }
        for record in leases:
            if record.scope not in self._tables:
                raise ValueError(f"the lease of {record.address}: there is no scope {record.scope}")
            self._tables[record.scope].restore((record,))

    def scopes_changed(self, scopes: Sequence[Scope]) -> None:
        """Between two events: serve these from now on, by the same interfaces. Leases in their pools and
        reservations go on; others are forgotten, and their clients get another address when they renew.
        """
        records = sorted(self.leases, key=lambda record: record.state is not LeaseState.FREE)
        self._settings = replace(self._settings, scopes=tuple(scopes))
        self._tables = {each.name: LeaseTable(each.name, each.pools, each.reserved()) for each in scopes}
        for record in records:
            scope = next((each for each in self._settings.scopes if each.owns(record.address)), None)
            if scope is None:
                self._gone.append(record.address)
            else:
                self._tables[scope.name].restore((replace(record, scope=scope.name),))

    @property
    def deadline(self) -> float | None:
        candidates = (*(table.next_expiry for table in self._tables.values()), self._probes.deadline)
        return min((each for each in candidates if each is not None), default=None)

    @property
    def served_scopes(self) -> tuple[Scope, ...]:
        return self._settings.scopes

    @property
    def leases(self) -> tuple[LeaseRecord, ...]:
        """For keeping over a restart; instants are of this server's clock."""
        return tuple(record for table in self._tables.values() for record in table.records())

    def handle(self, event: Event, now: float) -> Commands:
        match event:
            case Started():
                return (*self._drop(), *self._binds())
            case TimeUp():
                self._expire(now)
                offers = [self._offer(asked, address) for address, asked in self._probes.due(now)]
                return (*self._kept(), *chain.from_iterable(offers))
            case EchoReplied(source=IPv4Address() as source, identifier=identifier):
                found = self._probes.replied(source, identifier)
                commands = NOTHING if found is None else self._in_use(found, source, now)
                return (*self._kept(), *commands)
            case DatagramReceived(destination=destination) if destination.port == DHCP_SERVER_PORT:
                self._expire(now)
                answer = self._datagram(event, now)
                return (*self._kept(), *answer)
            case BindFailed(local=local) if local.port == DHCP_SERVER_PORT:
                said = f"the DHCP server cannot listen on {local}: the port is taken"
                return (StageFailed(Stage.ADDRESS, said),)
            case _:
                return NOTHING

    def _expire(self, now: float) -> None:
        for table in self._tables.values():
            table.expire(now)

    def _kept(self) -> Commands:
        """What changed, to be kept before an ACK leaves."""
        gone, self._gone = self._gone, []
        changed = chain.from_iterable(table.take_changed() for table in self._tables.values())
        return (*(keep_lease(each, None) for each in gone), *(keep_lease(*each) for each in changed))

    def _drop(self) -> Commands:
        if not self._dropped:
            return NOTHING
        said = f"{len(self._dropped)} stored leases are dropped: unreadable, or in no pool of the site now"
        return (_note(KEPT_DROPPED, said), *(Keep(each.kind, each.key) for each in self._dropped))

    def _binds(self) -> Commands:
        anywhere = TransportAddress(UNSPECIFIED, DHCP_SERVER_PORT)
        interfaces = dict.fromkeys(each.interface for each in self._settings.scopes if each.interface)
        broadcast = [Bind(anywhere, interface) for interface in interfaces]
        return (Bind(TransportAddress(self._settings.address, DHCP_SERVER_PORT)), *broadcast)

    def _datagram(self, event: DatagramReceived, now: float) -> Commands:
        try:
            message = decode(event.data)
            kind = message.message_type
            if message.op != Op.BOOTREQUEST or kind is None:
                return NOTHING
            asked = self._asked(message, event)
            if asked is None:
                said = f"{kind.name} of {message.chaddr.hex(':')} {_from_where(message, event)}: no scope"
                return (_note(DHCP_NO_SCOPE, said),)
            return self._answer(kind, asked, now)
        except DecodeError as error:
            return (_note(DHCP_MALFORMED, f"a message from {event.source} is ignored: {error}"),)

    def _answer(self, kind: DhcpMessageType, asked: AskedMessage, now: float) -> Commands:
        match kind:
            case DhcpMessageType.DISCOVER:
                return self._discover(asked, now)
            case DhcpMessageType.REQUEST:
                return self._request(asked, now)
            case DhcpMessageType.DECLINE:
                return self._decline(asked, now)
            case DhcpMessageType.RELEASE:
                return self._release(asked)
            case DhcpMessageType.INFORM:
                return self._inform(asked)
            case _:
                return NOTHING

    def _asked(self, message: DhcpMessage, event: DatagramReceived) -> AskedMessage | None:
        information = message.get(RELAY_AGENT)
        link = information.link_selection if information is not None else None
        override = information.server_id_override if information is not None else None
        scope = self._scope(message, event, link)
        if scope is None:
            return None
        table, client = self._tables[scope.name], scope.client_key(message)
        server_id = override or self._settings.address
        return AskedMessage(message, event, scope, table, client, server_id, table.of_client(client))

    def _scope(self, message: DhcpMessage, event: DatagramReceived, link: IPv4Address | None) -> Scope | None:
        """By link selection (RFC 3527), giaddr, a client's own routed address, or the interface."""
        unicast = event.destination.ip != LIMITED_BROADCAST
        for address in (link, message.giaddr, message.ciaddr if unicast else None):
            if address is not None and address != UNSPECIFIED:
                return next((each for each in self._settings.scopes if address in each.subnet), None)
        attached = [each for each in self._settings.scopes if each.interface]
        if not event.interface:  # a driver that cannot tell serves one attached network
            return attached[0] if len(attached) == 1 else None
        return next((each for each in attached if each.interface == event.interface), None)

    # RFC 2131 section 4.3.1

    def _discover(self, asked: AskedMessage, now: float) -> Commands:
        address = asked.table.choose(asked.client, asked.message.get(REQUESTED_ADDRESS))
        if address is None:
            said = f"scope {asked.scope.name} has no address left for {asked.who}"
            return (_note(DHCP_POOL_EXHAUSTED, said),)
        record = asked.record
        if record is None or record.address != address or record.state is not LeaseState.BOUND:
            asked.table.grant(asked.client, address, LeaseState.OFFERED, now + self._settings.offer_hold)
            if self._settings.ping_wait:
                return self._probes.ask(address, asked, now)
        return self._reply(asked, DhcpMessageType.OFFER, address)

    def _offer(self, asked: AskedMessage, address: IPv4Address) -> Commands:
        """After nobody has answered, unless the address went to somebody else meanwhile."""
        record = asked.table.of_client(asked.client)
        if record is None or record.address != address or record.state is not LeaseState.OFFERED:
            return NOTHING
        return self._reply(asked, DhcpMessageType.OFFER, address)

    def _in_use(self, asked: AskedMessage, address: IPv4Address, now: float) -> Commands:
        """As if the client had declined it, and then another one for the client."""
        record = asked.table.of_client(asked.client)
        if record is None or record.address != address or record.state is not LeaseState.OFFERED:
            return NOTHING
        asked.table.decline(record, now + self._settings.decline_hold)
        said = f"{address} answers an echo request: it is not offered to {asked.who}"
        again = replace(asked, record=asked.table.of_client(asked.client))
        return (_note(ADDRESS_DUPLICATE, said), *self._discover(again, now))

    # RFC 2131 section 4.3.2

    def _request(self, asked: AskedMessage, now: float) -> Commands:
        server_id = asked.message.get(SERVER_ID)
        requested = asked.message.get(REQUESTED_ADDRESS)
        record = asked.record
        held = record is not None and record.state in {LeaseState.OFFERED, LeaseState.BOUND}
        if server_id is not None:  # SELECTING
            if server_id not in {asked.server_id, self._settings.address}:
                if record is not None and record.state is LeaseState.OFFERED:
                    asked.table.release(record)
                return NOTHING
            if held and record is not None and requested == record.address:
                return self._ack(asked, record.address, now)
            return self._nak(asked, f"{requested} was not offered")
        address = requested if asked.message.ciaddr == UNSPECIFIED else asked.message.ciaddr
        if address is None:
            return NOTHING
        if address not in asked.scope.subnet:  # INIT-REBOOT or REBINDING on another network
            return self._nak(asked, f"{address} is not of this network")
        if record is None:
            # Perhaps another server's client: silence (INIT-REBOOT), unless the address is another's.
            taken = asked.table.at(address)
            if taken is not None and taken.state is LeaseState.BOUND:
                return self._nak(asked, f"{address} is in use")
            return NOTHING
        if record.address != address or asked.table.reserved_for_other(asked.client, address):
            return self._nak(asked, f"{address} is not yours")
        return self._ack(asked, address, now)

    def _ack(self, asked: AskedMessage, address: IPv4Address, now: float) -> Commands:
        seconds = asked.scope.lease_seconds
        until = None if seconds == INFINITE else now + seconds
        asked.table.grant(asked.client, address, LeaseState.BOUND, until)
        return self._reply(asked, DhcpMessageType.ACK, address)

    def _nak(self, asked: AskedMessage, why: str) -> Commands:
        note = _note(DHCP_REFUSED, f"NAK to {asked.who} in scope {asked.scope.name}: {why}")
        return (note, negative_reply(self._settings.address, asked, why))

    # RFC 2131 sections 4.3.3, 4.3.4 and 4.3.5

    def _decline(self, asked: AskedMessage, now: float) -> Commands:
        record = asked.record
        declined = asked.message.get(REQUESTED_ADDRESS)
        if record is None or record.address != declined or not self._addressed_to_us(asked):
            return NOTHING
        asked.table.decline(record, now + self._settings.decline_hold)
        said = f"{asked.who} finds {declined} in use by another host: not offered for a while"
        return (_note(DHCP_DECLINED, said),)

    def _release(self, asked: AskedMessage) -> Commands:
        record = asked.record
        if record is not None and record.address == asked.message.ciaddr and self._addressed_to_us(asked):
            asked.table.release(record)
        return NOTHING

    def _addressed_to_us(self, asked: AskedMessage) -> bool:
        server_id = asked.message.get(SERVER_ID)
        return server_id is not None and server_id in {asked.server_id, self._settings.address}

    def _inform(self, asked: AskedMessage) -> Commands:
        return self._reply(asked, DhcpMessageType.ACK, None)

    def _reply(self, asked: AskedMessage, kind: DhcpMessageType, address: IPv4Address | None) -> Commands:
        return (reply(self._settings.address, asked, kind, address),)


def _from_where(message: DhcpMessage, event: DatagramReceived) -> str:
    if message.giaddr != UNSPECIFIED:
        return f"through relay agent {message.giaddr}"
    return f"from {event.source}" + (f" on {event.interface}" if event.interface else "")


def _note(code: Code, sentence: str) -> Noted:
    return Noted(Finding(code, sentence, Stage.ADDRESS))
