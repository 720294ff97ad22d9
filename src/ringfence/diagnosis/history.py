"""Who a handset is while it moves through VLANs, leases and registrations: observations by handset."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from itertools import chain
from types import MappingProxyType

import msgspec

from ringfence.diagnosis.address_probe import is_address_probe
from ringfence.diagnosis.exchange import ErrorKey, about
from ringfence.diagnosis.leases import DhcpHistory, dhcp_history
from ringfence.diagnosis.observation import (
    DhcpSeen,
    EchoSeen,
    IcmpErrorSeen,
    Observation,
    RasSeen,
    Seen,
    StreamSeen,
    TftpSeen,
)
from ringfence.diagnosis.phone_settings import named_gatekeepers
from ringfence.diagnosis.ras_view import BY_ENDPOINT, BY_GATEKEEPER
from ringfence.diagnosis.stages.connection import SeenConnection, connections
from ringfence.model.address import Address, TransportAddress
from ringfence.model.defaults import GATEKEEPER_SOURCE_PORTS, SIGNALLING_PORT, SIGNALLING_TLS_PORT
from ringfence.wire.dhcp_options import PARAMETER_LIST, SITE_46XX, SITE_242, VENDOR_CLASS, DhcpMessageType

# H.225.0 clause 7.11: gatekeepers ask one another where an alias is; none of them is a handset for it.
_BETWEEN_GATEKEEPERS = frozenset({"LRQ", "LCF", "LRJ"})
# RFC 4388, 6926, 7724: a relay agent asks whose a lease is; nothing of it the handset sent or gets.
_BETWEEN_SERVERS = frozenset(kind for kind in DhcpMessageType if kind >= DhcpMessageType.LEASEQUERY)
# They bear the standard's object identifier, and were not taken for RAS without it.
_REGISTRATION = frozenset({"GRQ", "GCF", "GRJ", "RRQ", "RCF", "RRJ"})
_SIDED = BY_ENDPOINT | BY_GATEKEEPER  # which side sent it is in the message itself
_SIGNALLING = frozenset({SIGNALLING_PORT, SIGNALLING_TLS_PORT})
_PHONE_CLASS = b"ccp.avaya.com"  # option 60 of real sets, DISCOVER and REQUEST (public DHCP fingerprints)


@dataclass(slots=True)
class HandsetHistory:
    """Everything seen of one handset, each kind in order of time."""

    hardware: bytes = b""
    addresses: dict[Address, None] = field(default_factory=dict)  # in order of last use
    claims: dict[Address, int] = field(default_factory=dict)  # by ARP, with the first frame that shows it
    dhcp: list[DhcpSeen] = field(default_factory=list)
    ras: list[RasSeen] = field(default_factory=list)
    streams: list[StreamSeen] = field(default_factory=list)
    tftp: list[TftpSeen] = field(default_factory=list)
    echoes: list[EchoSeen] = field(default_factory=list)
    errors: dict[ErrorKey, list[IcmpErrorSeen]] = field(default_factory=dict)
    gatekeepers: set[Address] = field(default_factory=set)
    is_phone: bool = False
    _leases: DhcpHistory | None = field(default=None, repr=False)
    _connections: list[SeenConnection] | None = field(default=None, repr=False)

    @property
    def leases(self) -> DhcpHistory:
        """Its DHCP sorted by purpose; asked when all of it was taken in, and sorted once."""
        if self._leases is None:
            self._leases = dhcp_history(self.dhcp)
        return self._leases

    @property
    def connections(self) -> list[SeenConnection]:
        """Its streams by connection; as `leases`."""
        if self._connections is None:
            self._connections = connections(self.streams)
        return self._connections

    @property
    def is_handset_end_known(self) -> bool:
        """False when nothing but messages that go both ways was seen, between equal ports."""
        return not self.ras or any(
            seen.message in BY_ENDPOINT
            or seen.message in BY_GATEKEEPER
            or seen.call_signal_addresses
            or seen.source.port != seen.destination.port
            for seen in self.ras
        )

    @property
    def alias(self) -> str:
        return next((seen.aliases[0] for seen in reversed(self.ras) if seen.aliases), "")

    @property
    def endpoint_identifier(self) -> str:
        named = (seen.endpoint_identifier for seen in reversed(self.ras) if seen.message == "RCF")
        return next((name for name in named if name), "")

    @property
    def mac(self) -> str:
        return self.hardware.hex(":")

    @property
    def began(self) -> float:
        """The time of its first packet."""
        return self.first.time

    @property
    def first(self) -> Observation:
        """Its first packet; a history has one."""
        kinds: tuple[Sequence[Observation], ...] = (self.dhcp, self.ras, self.streams, self.tftp, self.echoes)
        return min(chain((each[0] for each in kinds if each), *self.errors.values()), key=_time)

    def everything(self) -> Iterator[Observation]:
        errors = chain.from_iterable(self.errors.values())
        return iter(
            sorted((*self.dhcp, *self.ras, *self.streams, *self.tftp, *self.echoes, *errors), key=_time)
        )

    def was_told(self, error: IcmpErrorSeen) -> None:
        self.errors.setdefault(about(error), []).append(error)

    def has(self, address: Address) -> None:
        """It uses this address now: the last of them is the one it has."""
        if next(reversed(self.addresses), None) != address:
            self.addresses.pop(address, None)
            self.addresses[address] = None


def handset_name(history: HandsetHistory) -> str:
    """What a finding calls it: its alias, else its MAC, else its latest address."""
    return history.alias or history.mac or next(map(str, reversed(history.addresses)), "")


def _time(seen: Observation) -> float:
    return seen.time


class _Owners:
    """Which history an address belonged to at a time: leases move from handset to handset."""

    def __init__(self) -> None:
        self._by_address: dict[Address, list[tuple[float, int, HandsetHistory]]] = {}
        self._requested: dict[Address, tuple[float, HandsetHistory]] = {}

    def add(self, address: Address, since: float, history: HandsetHistory) -> None:
        owners = self._by_address.setdefault(address, [])
        if not owners or owners[-1][2] is not history:
            owners.append((since, len(owners), history))
        history.has(address)

    def request(self, address: Address, since: float, history: HandsetHistory) -> None:
        """It asked for this address: its own once it uses it, although no ACK was seen."""
        self._requested.setdefault(address, (since, history))

    def refuse(self, history: HandsetHistory) -> None:
        """A NAK: what it asked for last is not its own."""
        asked = next((seen.requested for seen in reversed(history.dhcp) if seen.from_handset), None)
        if asked is not None and self._requested.get(asked, (0.0, None))[1] is history:
            del self._requested[asked]

    def at(self, address: Address, time: float) -> HandsetHistory | None:
        owners = self._by_address.get(address)
        if not owners and address in self._requested and time >= self._requested[address][0]:
            self.add(address, *self._requested[address])
            owners = self._by_address[address]
        if not owners:
            return None
        if len(owners) == 1:  # as nearly always
            return owners[0][2]
        index = bisect_right(owners, time, key=lambda owner: owner[0]) - 1
        return owners[max(index, 0)][2]


_NO_CLAIMS: Mapping[IPv4Address, Mapping[bytes, int]] = MappingProxyType({})


def handset_histories(
    seen: Iterable[Seen],
    *,
    phones_only: bool,
    claims: Mapping[IPv4Address, Mapping[bytes, int]] = _NO_CLAIMS,
    others: bool = False,
) -> list[HandsetHistory]:
    """Observations sorted to handsets, in order of first sight.

    `phones_only`: leave out DHCP clients that nothing marks as a handset (other hosts of the VLAN). `claims`:
    the hardware addresses that ARP claims each address for, with the frame. `others`: there are handsets
    beside those that these are observations of.
    """
    everything = list(seen)
    by_hardware: dict[bytes, HandsetHistory] = {}
    by_ras: dict[TransportAddress, HandsetHistory] = {}
    found: list[HandsetHistory] = []
    owners = _Owners()
    directions = _directions([each for each in everything if isinstance(each, RasSeen)])
    for each in everything:
        if isinstance(each, DhcpSeen):
            _take_dhcp(each, by_hardware, found, owners)
        elif isinstance(each, RasSeen):
            _take_ras(each if each.message in _SIDED else _directed(each, directions), by_ras, found, owners)
    found += _by_signalling_alone(everything, owners, others=others or bool(found))
    asked: dict[ErrorKey, HandsetHistory] = {}  # by DHCP, the last one: a relay agent asks for all
    for each in everything:
        if isinstance(each, DhcpSeen) and each.message.chaddr in by_hardware:
            asked[about(each)] = by_hardware[each.message.chaddr]
        elif isinstance(each, IcmpErrorSeen) and about(each) in asked:
            by_hardware.get(each.about_hardware, asked[about(each)]).was_told(each)
        elif isinstance(each, StreamSeen | TftpSeen | EchoSeen | IcmpErrorSeen):
            _take_other(each, owners)
    for history in by_hardware.values():
        history.echoes = [each for each in history.echoes if not is_address_probe(each, history.dhcp)]
    for address, claimed in claims.items():
        for hardware in claimed.keys() & by_hardware.keys():
            by_hardware[hardware].claims[address] = claimed[hardware]
    return [
        history for history in found if history.is_phone or not phones_only or _answers_itself(history.ras)
    ]


def _by_signalling_alone(seen: Iterable[Seen], owners: _Owners, *, others: bool) -> list[HandsetHistory]:
    """Handsets of which nothing but call signalling was seen.

    From a gatekeeper's ports the other end is the handset. Else, and only where there are no other handsets
    to judge: whoever opens, unless it opens to several, as only a gatekeeper does.
    """
    alone = [
        each
        for each in seen
        if isinstance(each, StreamSeen)
        and each.responder.port in _SIGNALLING
        and owners.at(each.opener.ip, each.time) is None
        and owners.at(each.responder.ip, each.time) is None
    ]
    called: dict[Address, set[Address]] = {}
    for each in alone:
        called.setdefault(each.opener.ip, set()).add(each.responder.ip)
    found: dict[Address, HandsetHistory] = {}
    for each in alone:
        is_gatekeeper = each.opener.port in GATEKEEPER_SOURCE_PORTS
        if others and not is_gatekeeper:
            continue
        end = each.responder if is_gatekeeper or len(called[each.opener.ip]) > 1 else each.opener
        if end.ip not in found:
            found[end.ip] = HandsetHistory(is_phone=True)
            owners.add(end.ip, each.time, found[end.ip])
    return list(found.values())


def _directions(ras: list[RasSeen]) -> set[tuple[TransportAddress, TransportAddress]]:
    """Who was certainly handset to which gatekeeper; empty where nothing is to be guessed by it."""
    if all(seen.message in _SIDED for seen in ras):
        return set()
    return {_ends(seen) for seen in ras if seen.message in _SIDED}


def _ends(seen: RasSeen) -> tuple[TransportAddress, TransportAddress]:
    """Handset and gatekeeper."""
    return (seen.source, seen.destination) if seen.from_handset else (seen.destination, seen.source)


def _directed(seen: RasSeen, directions: set[tuple[TransportAddress, TransportAddress]]) -> RasSeen:
    """A message that either side may send, guessed by its ports, corrected by what comes later."""
    handset, gatekeeper = _ends(seen)
    if (gatekeeper, handset) in directions and (handset, gatekeeper) not in directions:
        return msgspec.structs.replace(seen, from_handset=not seen.from_handset)
    return seen


def _certain(seen: RasSeen) -> bool:
    """Whether no noise reads so: PER has no marks, and any few octets are an UCF or an IRQ."""
    name = seen.endpoint_identifier
    return bool(
        seen.message in _REGISTRATION
        or seen.aliases
        or seen.ras_addresses
        or seen.call_signal_addresses
        or (name and name.isascii() and name.isprintable())
    )


def _answers_itself(ras: Iterable[RasSeen]) -> bool:
    """Whether both sides use one number in messages of one kind (DRQ and DCF): chance does not."""
    said: dict[tuple[str, int], bool] = {}
    return any(
        said.setdefault((seen.message[0], seen.number), seen.from_handset) != seen.from_handset
        for seen in ras
    )


def _take_dhcp(
    seen: DhcpSeen, by_hardware: dict[bytes, HandsetHistory], found: list[HandsetHistory], owners: _Owners
) -> None:
    message = seen.message
    if seen.kind in _BETWEEN_SERVERS:
        return
    history = by_hardware.get(message.chaddr)
    if history is None:
        history = by_hardware[message.chaddr] = HandsetHistory(hardware=message.chaddr)
        found.append(history)
    history.dhcp.append(seen)
    history.is_phone = history.is_phone or _phone(seen)
    if seen.kind is DhcpMessageType.ACK:
        history.gatekeepers |= named_gatekeepers(message)
        leased = message.yiaddr if int(message.yiaddr) else message.ciaddr
        if int(leased):
            owners.add(leased, seen.time, history)
    elif seen.kind is DhcpMessageType.NAK:
        owners.refuse(history)
    elif seen.kind is DhcpMessageType.DECLINE and seen.requested is not None:
        history.addresses.pop(seen.requested, None)
    elif seen.unicast_by_client:
        owners.add(message.ciaddr, seen.time, history)
    elif seen.kind is DhcpMessageType.REQUEST and seen.requested is not None:
        owners.request(seen.requested, seen.time, history)


def _phone(seen: DhcpSeen) -> bool:
    message = seen.message
    if not seen.from_handset:
        return False
    wanted = message.raw(PARAMETER_LIST.code) or b""
    own = SITE_242.code in wanted or SITE_46XX.code in wanted
    return own or message.raw(VENDOR_CLASS.code) == _PHONE_CLASS


def _take_ras(
    seen: RasSeen,
    by_ras: dict[TransportAddress, HandsetHistory],
    found: list[HandsetHistory],
    owners: _Owners,
) -> None:
    if seen.message in _BETWEEN_GATEKEEPERS:
        return
    handset, gatekeeper = _ends(seen)
    history = owners.at(handset.ip, seen.time)
    if history is None or not history.hardware:
        # Behind address translation many handsets share an address: port and alias tell them apart.
        history = by_ras.get(handset) or (None if _another(history, seen) else history)
    if history is None:
        history = HandsetHistory()
        owners.add(handset.ip, seen.time, history)
        found.append(history)
    by_ras[handset] = history
    history.has(handset.ip)
    history.is_phone = history.is_phone or _certain(seen)
    history.ras.append(seen)
    if gatekeeper.ip not in history.gatekeepers and not gatekeeper.ip.is_multicast:
        history.gatekeepers.add(gatekeeper.ip)
    if seen.alternates and not seen.from_handset:
        history.gatekeepers |= {each.ip for each in seen.alternates}


def _another(history: HandsetHistory | None, seen: RasSeen) -> bool:
    """Whether a message from a new port of this address is another handset's."""
    return history is not None and bool(seen.aliases and history.alias) and history.alias not in seen.aliases


def _take_other(seen: StreamSeen | TftpSeen | EchoSeen | IcmpErrorSeen, owners: _Owners) -> None:
    packet = seen.crossing.packet
    for address in (packet.source, packet.destination):
        history = owners.at(address, seen.time)
        if history is None:
            continue
        if isinstance(seen, StreamSeen):
            history.streams.append(seen)
        elif isinstance(seen, TftpSeen):
            history.tftp.append(seen)
        elif isinstance(seen, EchoSeen):
            history.echoes.append(seen)
        else:
            history.was_told(seen)
        return
    if isinstance(seen, IcmpErrorSeen):
        # An error to a relay or server about a handset's packet belongs to the handset.
        history = owners.at(seen.about_source.ip, seen.time) or owners.at(
            seen.about_destination.ip, seen.time
        )
        if history is not None:
            history.was_told(seen)
