"""The phones and servers of one group of a site, as machines for thousands of phones."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from ipaddress import IPv4Address
from random import Random

from ringfence.actors.dhcp.leases import Pool
from ringfence.actors.dhcp.relay import DhcpRelay, RelaySettings
from ringfence.actors.dhcp.scope import Scope
from ringfence.actors.dhcp.server import DhcpServer
from ringfence.actors.dns.server import DnsServer
from ringfence.actors.files.server import FileServer
from ringfence.actors.gatekeeper.machine import Gatekeeper
from ringfence.actors.handset.config import HandsetConfig
from ringfence.actors.handset.machine import Handset
from ringfence.actors.io import Machine
from ringfence.model.address import TransportAddress
from ringfence.model.defaults import DNS_PORT
from ringfence.model.errors import InputError
from ringfence.model.site import Addressing, Server, Site
from ringfence.model.topology import mac_octets
from ringfence.roles.roles import (
    dhcp_settings,
    file_machine,
    gatekeeper_settings,
    handset_settings,
    one_machine,
    records,
    relays_of,
)
from ringfence.roles.site_network import SiteNetwork
from ringfence.simulation.same_answers import SameAnswers
from ringfence.simulation.scenario import SitePart


class Population:
    """`first` numbers the phones over the whole site: MAC addresses and extensions go on from the group's.

    `server(address)` makes the machines of a server anew, as after a power failure.
    """

    def __init__(self, site: Site, network: SiteNetwork, count: int, first: int, random: Random) -> None:
        group = site.groups[0]
        if group.addressing is Addressing.STATIC:
            raise InputError(
                f"the phones of group {group.name} have their addresses entered at each phone",
                where="simulate",
                remedy="simulate a site whose phones ask a DHCP server",
            )
        self._site = site
        self._network = network
        self._random = random
        self._config = handset_settings(site)
        self._mac = int.from_bytes(mac_octets(group.user.mac))
        self._extension = int(group.user.extension) if group.user.extension.isdecimal() else 200_000
        self._first = first
        self._users = {self.extension(number): group.user.password for number in range(count)}

    def mac(self, number: int) -> bytes:
        return ((self._mac & ~1 << 40) + self._first + number & 0xFFFFFFFFFFFF).to_bytes(6)

    def extension(self, number: int) -> str:
        return str(self._extension + self._first + number)

    def phone(self, number: int, before: Handset | None = None) -> Handset:
        """The phone of that number as it gets power; `before`: as it was when it lost it."""
        base = self._config
        dhcp = replace(base.dhcp, chaddr=self.mac(number))
        config: HandsetConfig = replace(base, dhcp=dhcp, extension=self.extension(number))
        return Handset(config, self._random, before.vlan if before is not None else None)

    def nodes(self) -> Iterator[str]:
        """The nodes that servers and relay agents run on."""
        yield from {**dict.fromkeys(self._relays()), **dict.fromkeys(self.roles())}

    def machine(self, node: str) -> Machine:
        """Everything that runs there."""
        found: list[Machine] = []
        for part, number in self.roles().get(node, ()):
            found.append(self._server(part, number))
        if node in self._relays():
            found.append(DhcpRelay(self._relays()[node]))
        return one_machine(found)

    def roles(self) -> dict[str, list[tuple[SitePart, int]]]:
        """By node: which servers of which lists run there."""
        group, found = self._site.groups[0], dict[str, list[tuple[SitePart, int]]]()
        lists: tuple[tuple[SitePart, Sequence[Server]], ...] = (
            (SitePart.DHCP, group.dhcp),
            (SitePart.DNS, group.dns if group.hosts else ()),
            (SitePart.FILES, group.files),
            (SitePart.GATEKEEPER, group.gatekeepers),
        )
        for part, servers in lists:
            for number, server in enumerate(servers):
                found.setdefault(self._network.nodes[server.address], []).append((part, number))
        return found

    def _relays(self) -> dict[str, RelaySettings]:
        return relays_of(self._site, self._network)

    def _server(self, part: SitePart, number: int) -> Machine:
        group = self._site.groups[0]
        if part is SitePart.DHCP:
            settings = dhcp_settings(self._site, number, self._network)
            scopes = tuple(_share(scope, number, len(group.dhcp)) for scope in settings.scopes)
            return DhcpServer(replace(settings, scopes=scopes))
        if part is SitePart.DNS:
            return DnsServer(records(group), TransportAddress(group.dns[number].address, DNS_PORT))
        if part is SitePart.FILES:
            machine = file_machine(group.files[number])
            return SameAnswers(machine) if isinstance(machine, FileServer) else machine
        config = gatekeeper_settings(self._site, number)
        return Gatekeeper(
            replace(config, users=self._users, capacity=len(self._users) + 1), Random(self._random.random())
        )


def room(site: Site) -> dict[str, int]:
    """The addresses that the DHCP servers have for phones, by VLAN."""
    return {
        scope.name: sum(int(pool.last) - int(pool.first) + 1 for pool in scope.pools)
        for scope in dhcp_settings(site).scopes
    }


def _share(scope: Scope, number: int, servers: int) -> Scope:
    """Servers that do not know of each other's leases give from different addresses: each has its share."""
    if servers == 1:
        return scope
    own: list[Pool] = []
    for pool in scope.pools:
        first, size = int(pool.first), int(pool.last) - int(pool.first) + 1
        low, high = first + size * number // servers, first + size * (number + 1) // servers - 1
        if low <= high:
            own.append(Pool(IPv4Address(low), IPv4Address(high)))
    return replace(scope, pools=tuple(own) or scope.pools)
