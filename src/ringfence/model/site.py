"""A site as the product works with it: zones, firewalls, groups of phones and the servers each of them uses.

Default ports and timers, with where they come from, are in `model.defaults`. Times are in seconds. Site files
are read by `model.site_file`; a `Site` has passed its checks, so every name here leads somewhere.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from ipaddress import IPv4Address, IPv4Network
from typing import TypeAlias

from ringfence.model import defaults
from ringfence.model.address import Network, PortRange
from ringfence.model.nat import InspectionKind, Nat, PhoneAddress
from ringfence.model.network_set import NetworkSet
from ringfence.model.site_parts.dhcp_daemon import DhcpDaemon
from ringfence.model.site_parts.name_server import NameServer
from ringfence.model.site_parts.rule_table import Row
from ringfence.model.site_parts.user import User
from ringfence.model.ways import shortest_ways


class RelaySource(StrEnum):
    """Which of its addresses a relay agent asks the server from; vendors differ."""

    UPLINK = "uplink"  # ISC dhcrelay, AlaxalA: the address of the sending interface
    GIADDR = "giaddr"  # dnsmasq, Enterasys: the client-facing address


class Discovery(StrEnum):
    UNICAST = "unicast"  # GRQ to each address of MCIPADD
    MULTICAST = "multicast"  # GRQ to 224.0.1.41:1718


class CallControl(StrEnum):
    """Who opens the call-signalling TCP connection."""

    GATEKEEPER = "gatekeeper"  # time-to-service on: 61440-61444 -> handset:1720
    HANDSET = "handset"  # time-to-service off, IP Office, plain H.323: -> gatekeeper:1720
    HANDSET_TLS = "handset-tls"  # -> gatekeeper:1300


class Scheme(StrEnum):
    HTTP = "http"
    HTTPS = "https"
    TFTP = "tftp"  # 46xx sets


class Family(StrEnum):
    """What kind of endpoint the emulated handset is; its ports and habits follow."""

    AVAYA_46XX = "46xx"
    AVAYA_16XX = "16xx"
    AVAYA_96X0 = "96x0"
    AVAYA_96X1 = "96x1"
    AVAYA_J100 = "j100"
    PLAIN = "h323"  # any H.323 endpoint: standard RAS only


class Addressing(StrEnum):
    """Where a phone has its address from."""

    DHCP = "dhcp"  # a server in its own VLAN hears it, a relay agent asks any other
    STATIC = "static"  # entered at the phone


@dataclass(frozen=True, slots=True)
class Zone:
    """Networks that reach each other without a firewall. `interface`: the user's firewall's name for it."""

    name: str
    networks: tuple[IPv4Network, ...]
    interface: str = ""


@dataclass(frozen=True, slots=True)
class Firewall:
    """Where zones meet. `addresses` are its own; `zones` those that it joins, in the order of the site.

    `dhcp_daemon`: what relays or serves DHCP on it, where that is known and it runs Linux.
    `nat`: the first entry that names a pair of zones counts, from the zone whose addresses are translated.
    """

    name: str
    zones: tuple[str, ...]
    addresses: tuple[IPv4Address, ...] = ()
    udp_timeout: int = defaults.UDP_STATE
    udp_stream_timeout: int = defaults.UDP_STREAM_STATE
    icmp_timeout: int = defaults.ICMP_STATE
    tcp_timeout: int = defaults.TCP_STATE
    dhcp_daemon: DhcpDaemon | None = None
    nat: tuple[Nat, ...] = ()
    inspection: InspectionKind = InspectionKind.OFF


@dataclass(frozen=True, slots=True)
class Relay:
    """The relay agents on one VLAN: each is answered at one of `giaddrs` and asks from one of `addresses`.

    Two routers with a virtual address between them are two agents with addresses of their own.
    """

    giaddrs: tuple[IPv4Address, ...]
    source: RelaySource
    addresses: tuple[IPv4Address, ...]

    @property
    def uplinks(self) -> tuple[IPv4Address, ...]:
        """Where it asks from, when that is no address in the VLAN."""
        return self.addresses if self.source is RelaySource.UPLINK else ()


@dataclass(frozen=True, slots=True)
class Vlan:
    """`id` 0 is untagged. `router` may be a firewall's own address. `uplink`: where another router is
    reached from the firewall; None: not known, or a firewall is the router. `relay` None: no agent asks for
    the phones of this VLAN.
    """

    id: int
    network: IPv4Network
    router: IPv4Address
    uplink: IPv4Address | None = None
    relay: Relay | None = None


@dataclass(frozen=True, slots=True)
class DhcpServer:
    name: str
    address: IPv4Address
    lease: int = defaults.LEASE
    option: int = defaults.SITE_OPTION


@dataclass(frozen=True, slots=True)
class FileServer:
    """96x1 start-up HTTPS uses TLSPORT, which need not be 443. `host`: the DNS name that phones are told."""

    name: str
    address: IPv4Address
    scheme: Scheme
    port: int
    directory: str = ""
    host: str = ""


@dataclass(frozen=True, slots=True)
class Gatekeeper:
    """Communication Manager, IP Office or any H.323 gatekeeper ("session manager" in the post).

    `host`: the DNS name that phones are told, where they are told one.
    """

    name: str
    address: IPv4Address
    ras_port: int = defaults.RAS_PORT
    signalling_port: int = defaults.SIGNALLING_PORT
    tls_port: int = defaults.SIGNALLING_TLS_PORT
    phone_address: PhoneAddress = PhoneAddress.AS_SEEN
    host: str = ""


@dataclass(frozen=True, slots=True)
class MediaGateway:
    """An end of RTP that is no phone: a gateway with its tones and trunks, a media server, IP Office."""

    name: str
    address: IPv4Address
    ports: PortRange


class ServiceKind(StrEnum):
    """What somebody at the site does with phones beside calls; `model.monitoring` has a row for each."""

    RTCP = "rtcp"  # copies of RTCP reports
    SNMP = "snmp"
    SYSLOG = "syslog"
    SSH = "ssh"
    DNS = "dns"
    PUSH = "push"
    WEB = "web"  # WML browser, content of a push
    BACKUP = "backup"
    QTEST = "qtest"
    SLA = "sla"  # SLA Mon


@dataclass(frozen=True, slots=True)
class ServiceHost:
    """Who does it, and the port: the phone's where the host opens, else the host's."""

    kind: ServiceKind
    address: IPv4Address
    port: int


Server: TypeAlias = DhcpServer | NameServer | FileServer | Gatekeeper | MediaGateway | ServiceHost


@dataclass(frozen=True, slots=True)
class Calls:
    """How phones register and talk: what decides which flows exist beside addresses.

    `gatekeeper_ports` and `echo_interval` are the post's own observations. `notify_after`: silence after
    which the gatekeeper speaks first in the proof; longer than any UDP timer of the firewall, so that no
    state is left. `refresh`: when the phone registers anew. `vlan_test` 0: for ever.
    """

    call_control: CallControl
    discovery: Discovery = Discovery.UNICAST
    family: Family = Family.AVAYA_96X1
    ras_ports: PortRange = defaults.RAS_SOURCE_FIXED
    signalling_port: int = defaults.SIGNALLING_PORT
    gatekeeper_ports: PortRange = defaults.GATEKEEPER_SOURCE_PORTS
    echo_interval: int = defaults.ECHO_INTERVAL
    notify_after: int = defaults.NOTIFY_AFTER
    refresh: int = defaults.REFRESH
    vlan_test: int = defaults.VLANTEST


@dataclass(frozen=True, slots=True)
class Group:
    """Phones that are told the same things. `data` is the VLAN that they boot on, when it is another one.
    Without it they are on the voice VLAN from the first frame: an access port, LLDP-MED, or an id entered.

    The servers are in the order in which the phones try them. `alternates` are those of the gatekeepers that
    no phone is told before it registers: the gatekeeper names them then.
    """

    name: str
    voice: Vlan
    calls: Calls
    dhcp: tuple[DhcpServer, ...]
    files: tuple[FileServer, ...]
    gatekeepers: tuple[Gatekeeper, ...]
    data: Vlan | None = None
    addressing: Addressing = Addressing.DHCP
    user: User = field(default_factory=User)
    dns: tuple[NameServer, ...] = ()
    alternates: tuple[Gatekeeper, ...] = ()

    @property
    def servers(self) -> tuple[Server, ...]:
        """Every server that they use, DHCP first."""
        return (*self.dhcp, *self.dns, *self.files, *self.gatekeepers)

    @property
    def hosts(self) -> dict[str, tuple[IPv4Address, ...]]:
        """The names that the phones are told, and what DNS has to say of each."""
        found: dict[str, dict[IPv4Address, None]] = {}
        told: tuple[FileServer | Gatekeeper, ...] = (*self.files, *self.gatekeepers)
        for each in told:
            if each.host:
                found.setdefault(each.host, {})[each.address] = None
        return {host: tuple(addresses) for host, addresses in found.items()}

    @property
    def moves(self) -> bool:
        """Whether option 242/176 sends the phones from the VLAN that they boot on to another one."""
        return self.data is not None and self.data.id != self.voice.id

    @property
    def boot_vlan(self) -> Vlan:
        return self.data or self.voice

    @property
    def vlans(self) -> tuple[tuple[str, Vlan], ...]:
        """The VLANs that the phones get addresses on, in the order of the boot."""
        if self.data is not None and self.moves:
            return (("data", self.data), ("voice", self.voice))
        return (("voice", self.voice),)


@dataclass(frozen=True, slots=True)
class MediaPhones:
    """A group of phones as an end of RTP. `direct`: they talk to other groups, and need no gateway for it."""

    group: str
    zone: str
    voice: Vlan
    ports: PortRange
    direct: bool


@dataclass(frozen=True)
class Media:
    """Who exchanges RTP and RTCP: every group with every gateway, direct groups with one another."""

    gateways: tuple[MediaGateway, ...]
    phones: tuple[MediaPhones, ...]

    def of(self, group: Group) -> MediaPhones:
        """The group as an end of RTP; KeyError: it is none."""
        return self._by_group[group.name]

    @cached_property
    def _by_group(self) -> dict[str, MediaPhones]:
        return {each.group: each for each in self.phones}


@dataclass(frozen=True)
class Site:
    """`rules`, when given, is judged instead of the generated policy. `media` None: only registration."""

    site: str
    zones: tuple[Zone, ...]
    firewalls: tuple[Firewall, ...]
    groups: tuple[Group, ...]
    rules: tuple[Row, ...] = ()
    media: Media | None = None
    monitoring: tuple[ServiceHost, ...] = ()

    @cached_property
    def _zone_by_prefix(self) -> dict[int, dict[int, str]]:
        found: dict[int, dict[int, str]] = {}
        for zone in self.zones:
            for network in zone.networks:
                found.setdefault(network.prefixlen, {})[int(network.network_address)] = zone.name
        return dict(sorted(found.items(), reverse=True))

    def zone_of(self, where: IPv4Address | IPv4Network) -> str | None:
        """The zone in which this address, or all of this network, lives: the longest prefix wins."""
        longest = where.prefixlen if isinstance(where, IPv4Network) else 32
        value = int(where.network_address) if isinstance(where, IPv4Network) else int(where)
        for length, zones in self._zone_by_prefix.items():
            if length <= longest and (name := zones.get(value >> (32 - length) << (32 - length))) is not None:
                return name
        return None

    @cached_property
    def vlan_networks(self) -> NetworkSet:
        """The networks of the VLANs of all groups."""
        return NetworkSet(vlan.network for group in self.groups for _, vlan in group.vlans)

    def zone(self, name: str) -> Zone:
        """KeyError when no zone has that name."""
        return self._zones[name]

    @cached_property
    def _zones(self) -> dict[str, Zone]:
        return {zone.name: zone for zone in self.zones}

    def firewall(self, name: str) -> Firewall:
        """KeyError when no firewall has that name."""
        return next(each for each in self.firewalls if each.name == name)

    @cached_property
    def own_addresses(self) -> dict[IPv4Address, str]:
        """The firewalls' own addresses, and whose they are."""
        return {address: each.name for each in self.firewalls for address in each.addresses}

    @cached_property
    def _ways(self) -> dict[tuple[str, str], tuple[str, ...]]:
        return shortest_ways(
            [zone.name for zone in self.zones], {each.name: each.zones for each in self.firewalls}
        )

    def way(self, source: str, destination: str) -> tuple[str, ...]:
        """The firewalls between two zones in the order of the way; KeyError when nothing joins them."""
        return self._ways[source, destination]

    def joined(self, source: str, destination: str) -> bool:
        """Whether there is a way between two zones."""
        return (source, destination) in self._ways

    def crossed(self, vlan: Vlan, address: IPv4Address) -> tuple[str, ...]:
        """The firewalls that forward a packet between this VLAN and this address, seen from the VLAN.

        One that owns the address is not among them: it is the packet's end.
        """
        here, there = self.zone_of(vlan.network), self.zone_of(address)
        if here is None or there is None or address in vlan.network:
            return ()
        router = self.own_addresses.get(vlan.router)
        path = self.way(here, there)
        if router is not None and router not in path[:1]:
            path = (router, *path)
        end = self.own_addresses.get(address)
        return tuple(each for each in path if each != end)

    @cached_property
    def servers(self) -> tuple[Server, ...]:
        """Every server that some group uses, once."""
        own = (server for group in self.groups for server in group.servers)
        return tuple(dict.fromkeys((*own, *self.everybodys)))

    @property
    def everybodys(self) -> tuple[Server, ...]:
        """The hosts that no group names for itself: ends of media, monitoring and management."""
        return (*(self.media.gateways if self.media else ()), *self.monitoring)


def hosts(addresses: Iterable[IPv4Address]) -> tuple[Network, ...]:
    """Each address as a network of one."""
    return tuple(IPv4Network(address) for address in addresses)
