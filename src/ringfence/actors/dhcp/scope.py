"""What a DHCP server gives to the clients of one network."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from ringfence.actors.dhcp.leases import Pool
from ringfence.model.address import UNSPECIFIED
from ringfence.model.defaults import LEASE
from ringfence.wire.dhcp import ETHERNET, DhcpMessage
from ringfence.wire.dhcp_options import (
    CLIENT_ID,
    END,
    INFINITE,
    LEASE_TIME,
    MESSAGE_TYPE,
    PAD,
    PARAMETER_LIST,
    REBINDING_TIME,
    RELAY_AGENT,
    RENEWAL_TIME,
    ROUTERS,
    SERVER_ID,
    SUBNET_MASK,
    DhcpMessageType,
    RawOption,
)


@dataclass(frozen=True, slots=True)
class Reservation:
    """`address` for the client with this hardware address, whatever its option 61."""

    chaddr: bytes
    address: IPv4Address


@dataclass(frozen=True, slots=True)
class Scope:
    """One network. `lease_seconds` up to 0xFFFFFFFF, which is for ever; `renew_seconds` and
    `rebind_seconds` are options 58 and 59, left out when None. `options` are further raw options, sent
    when the client asks for them or has no parameter list. `interface`: the network is attached there.
    """

    name: str
    subnet: IPv4Network
    pools: tuple[Pool, ...]
    lease_seconds: int = LEASE
    renew_seconds: int | None = None
    rebind_seconds: int | None = None
    routers: tuple[IPv4Address, ...] = ()
    options: tuple[RawOption, ...] = ()
    reservations: tuple[Reservation, ...] = ()
    next_server: IPv4Address = UNSPECIFIED
    interface: str = ""

    def __post_init__(self) -> None:
        if not 0 < self.lease_seconds <= INFINITE:
            raise ValueError(f"scope {self.name}: lease time {self.lease_seconds} is not in 1-{INFINITE}")
        edges = [edge for pool in self.pools for edge in (pool.first, pool.last)]
        for address in (*edges, *(each.address for each in self.reservations)):
            if address not in self.subnet:
                raise ValueError(f"scope {self.name}: {address} is outside {self.subnet}")
        if not edges and not self.reservations:
            raise ValueError(f"scope {self.name} has neither a pool nor a reservation")
        for code, _ in self.options:
            if not PAD < code < END:
                raise ValueError(f"scope {self.name}: option code {code} is not in 1-254")
        if len({each.address for each in self.reservations}) < len(self.reservations):
            raise ValueError(f"scope {self.name}: two reservations of one address")

    def owns(self, address: IPv4Address) -> bool:
        """Whether the address is in a pool or reserved."""
        reserved = any(each.address == address for each in self.reservations)
        return reserved or any(address in pool for pool in self.pools)

    def reserved(self) -> dict[bytes, IPv4Address]:
        return {_hardware_key(each.chaddr): each.address for each in self.reservations}

    def client_key(self, message: DhcpMessage) -> bytes:
        """A reservation goes by hardware address, anything else by option 61 first (RFC 2131 section 4.2)."""
        hardware = _hardware_key(message.chaddr, message.htype)
        if any(each.chaddr == message.chaddr for each in self.reservations):
            return hardware
        identifier = message.raw(CLIENT_ID.code)
        return b"\x01" + identifier if identifier else hardware

    def reply_options(
        self, asked: DhcpMessage, kind: DhcpMessageType, server_id: IPv4Address, *, lease: bool
    ) -> tuple[RawOption, ...]:
        """In the order of the client's list; option 82 as it came, last (RFC 3046 section 2.2)."""
        head = [MESSAGE_TYPE(kind), SERVER_ID(server_id)]
        if lease:
            head.append(LEASE_TIME(self.lease_seconds))
            if self.renew_seconds is not None:
                head.append(RENEWAL_TIME(self.renew_seconds))
            if self.rebind_seconds is not None:
                head.append(REBINDING_TIME(self.rebind_seconds))
        return (*head, *self._asked_for(asked), *relay_option(asked))

    def _asked_for(self, asked: DhcpMessage) -> list[RawOption]:
        given = dict((SUBNET_MASK(self.subnet.netmask),))
        if self.routers:
            given.update((ROUTERS(self.routers),))
        given.update(self.options)
        wanted = asked.get(PARAMETER_LIST)
        if wanted is None:
            return list(given.items())
        return [(code, given[code]) for code in dict.fromkeys(wanted) if code in given]


def relay_option(asked: DhcpMessage) -> tuple[RawOption, ...]:
    value = asked.raw(RELAY_AGENT.code)
    return () if value is None else ((RELAY_AGENT.code, value),)


def _hardware_key(chaddr: bytes, htype: int = ETHERNET) -> bytes:
    return bytes((0, htype)) + chaddr
