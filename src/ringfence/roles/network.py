"""A site with one group of phones as a network to run it in: one description for simulator and kernel."""

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from ringfence.model.defaults import DISCOVERY_GROUP
from ringfence.model.site import Discovery, Firewall, Group, Server, Site, Vlan
from ringfence.model.topology import Interface, MulticastRoute, Node, Route, Segment, TapPoint, Topology
from ringfence.roles.addresses import FreeAddresses, home, in_network, link, on_vlan
from ringfence.roles.far_ends import far_ends
from ringfence.roles.paths import next_hop, used_firewalls, used_zones
from ringfence.roles.signalling_link import linked
from ringfence.roles.site_network import SiteNetwork

HANDSET = "handset"
ROUTER = "router"
FIREWALL_NODE = "firewall"
DHCP_SERVER = "dhcp-server"
DNS_SERVER = "dns-server"
FILE_SERVER = "file-server"
GATEKEEPER = "gatekeeper"
BESIDE = "beside"  # ends of audio, hosts of monitoring and management
# Plays nobody: probes that no flow needs are sent from here, as if by the servers' neighbours.
STRANGER = "stranger"

PHONE_PORT = "eth0"
UPLINK = "uplink"
HANDSET_SIDE = "handsets"
SERVER_SIDE = "servers"
TRUNK = "trunk"
_LINK = "link"


def firewall_node(name: str) -> str:
    """The node of the firewall of that name."""
    return name if name == FIREWALL_NODE else f"{FIREWALL_NODE}-{name}"


def network_for(site: Site) -> SiteNetwork:
    """One phone of the site's only group on a switch, its router, the firewalls on its ways, the servers."""
    return _Builder(site).built()


class _Builder:
    """What is decided on the way: which ports a firewall has, and with which addresses."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.group: Group = site.groups[0]
        self.free = FreeAddresses(site)
        self.far = far_ends(site)
        self.zone = site.zone_of(self.group.voice.network) or ""
        self.firewalls = used_firewalls(site)
        self.zones = used_zones(site, self.firewalls)
        self.behind_router = [
            (key, vlan) for key, vlan in self.group.vlans if vlan.router not in site.own_addresses
        ]
        self.strangers: dict[str, IPv4Address] = {}
        # By firewall and zone: the addresses of its port there.
        self.ports: dict[tuple[str, str], tuple[IPv4Interface, ...]] = {}
        self.uplinks: tuple[IPv4Interface, ...] = ()

    def built(self) -> SiteNetwork:
        self._link()
        self._strangers()
        for firewall in self.firewalls:
            for zone in self.zones:
                if zone in firewall.zones and zone != self.zone:
                    self.ports[firewall.name, zone] = self._port(firewall, zone)
        nodes = self._server_nodes()
        servers = [
            self._server(name, address)
            for address, name in nodes.items()
            if name != ROUTER and not self._own(address)
        ]
        unknown = [self._stranger(zone, address) for zone, address in self.strangers.items()]
        machines = [self._handset(), *self._router(), *map(self._firewall, self.firewalls)]
        every = (*machines, *servers, *unknown, *self._vlan_strangers())
        segments = (
            *(Segment(key, vlan.id) for key, vlan in self.group.vlans),
            *(Segment(name) for name in (_LINK, *map(self._segment, self._others()))),
        )
        near = tuple(each.ip for each in self.ports.get((self.firewalls[0].name, self.zone), ()))
        topology = Topology(segments, every, (*self._taps(), TapPoint(TRUNK, HANDSET, PHONE_PORT)))
        gatekeepers = {each.address: nodes[each.address] for each in self.group.gatekeepers}
        topology, own = linked(topology, gatekeepers, [nodes[each.address] for each in self.far])
        return SiteNetwork(
            topology,
            nodes,
            self.strangers,
            {firewall.name: firewall_node(firewall.name) for firewall in self.firewalls},
            tuple(each.ip for each in self.uplinks),
            near,
            {each.address: own[nodes[each.address]] for each in self.far},
        )

    def _others(self) -> list[str]:
        return [zone for zone in self.zones if zone != self.zone]

    def _segment(self, zone: str) -> str:
        others = self._others()
        if zone == self.zone:
            return _LINK
        return SERVER_SIDE if zone == others[0] else f"{SERVER_SIDE}{others.index(zone) + 1}"

    def _own(self, address: IPv4Address) -> bool:
        return address in self.site.own_addresses

    # Addresses

    def _link(self) -> None:
        """The phones' zone beside their VLANs: where a router or another server of the zone hangs."""
        joined = [firewall for firewall in self.firewalls if self.zone in firewall.zones]
        uplinks = dict.fromkeys(
            address
            for _, vlan in self.behind_router
            for address in (vlan.uplink, *(vlan.relay.uplinks if vlan.relay else ()))
            if address is not None and address != vlan.router
        )
        beside = any(
            self.site.zone_of(each.address) == self.zone and self._vlan_of(each.address) is None
            for each in self.site.servers
        )
        if not (self.behind_router or beside or len(joined) > 1):
            return
        first, theirs = link(self.site, joined[0], uplinks, self.free)
        self.uplinks = theirs if self.behind_router else ()
        for firewall in joined:
            mine = first if firewall is joined[0] else self._neighbour(firewall, first.network)
            if mine is not None:
                self.ports[firewall.name, self.zone] = (mine, *self._beside(firewall, mine))

    def _neighbour(self, firewall: Firewall, network: IPv4Network) -> IPv4Interface | None:
        """The port of another firewall on the same link."""
        own = next((address for address in firewall.addresses if address in network), None)
        own = own or self.free.spare(network)
        return None if own is None else in_network(own, network)

    def _beside(self, firewall: Firewall, mine: IPv4Interface) -> Iterator[IPv4Interface]:
        """The firewall's addresses in further networks of the phones' zone that have servers."""
        networks = {
            home(self.site, each.address)
            for each in self.site.servers
            if self.site.zone_of(each.address) == self.zone and self._vlan_of(each.address) is None
        }
        for network in sorted(networks - {mine.network}):
            own = next((a for a in firewall.addresses if a in network), None) or self.free.spare(network)
            if own is not None:
                yield in_network(own, network)

    def _strangers(self) -> None:
        for zone in self._others():
            networks = [
                self._port_home(firewall, zone) for firewall in self.firewalls if zone in firewall.zones
            ]
            spare = self.free.spare(networks[0]) if networks and networks[0] else None
            if spare is not None:
                self.strangers[zone] = spare

    def _port_home(self, firewall: Firewall, zone: str) -> IPv4Network | None:
        own = [address for address in firewall.addresses if self.site.zone_of(address) == zone]
        if own:
            return home(self.site, own[0])
        return next((each for each in self.site.zone(zone).networks if each.prefixlen <= 29), None)

    def _port(self, firewall: Firewall, zone: str) -> tuple[IPv4Interface, ...]:
        """One address in each network of the zone that has hosts; the firewall is the gateway there."""
        own = [address for address in firewall.addresses if self.site.zone_of(address) == zone]
        found = []
        for network in self.site.zone(zone).networks:
            mine = next((address for address in own if home(self.site, address) == network), None)
            if mine is None and self._inhabited(network, firewall, zone):
                mine = self.free.spare(network)
            if mine is not None:
                found.append(in_network(mine, network))
        return tuple(found)

    def _inhabited(self, network: IPv4Network, firewall: Firewall, zone: str) -> bool:
        stranger = self.strangers.get(zone)
        if stranger is not None and home(self.site, stranger) == network:
            return True
        if any(
            self.site.zone_of(server.address) == zone and home(self.site, server.address) == network
            for server in (*self.site.servers, *self.far)
        ):
            return True
        # The other end of a link between two firewalls.
        return any(
            address in network
            for other in self.firewalls
            if other is not firewall
            for address in other.addresses
        )

    # Machines

    def _vlan_of(self, address: IPv4Address) -> tuple[str, Vlan] | None:
        return next((each for each in self.group.vlans if address in each[1].network), None)

    def _server_nodes(self) -> dict[IPv4Address, str]:
        """The first name wins where roles share an address."""
        found: dict[IPv4Address, str] = {}
        for address in (each.address for each in self.group.dhcp if self._own(each.address)):
            found[address] = firewall_node(self.site.own_addresses[address])
        routers = {each.ip for _, vlan in self.behind_router for each in on_vlan(vlan)}
        routers |= {each.ip for each in self.uplinks}
        ends = (*self.group.servers, *self.site.everybodys, *self.far)
        found |= {each.address: ROUTER for each in ends if each.address in routers}
        lists: tuple[tuple[str, Sequence[Server]], ...] = (
            (DHCP_SERVER, self.group.dhcp),
            (DNS_SERVER, self.group.dns),
            (FILE_SERVER, self.group.files),
            (GATEKEEPER, self.group.gatekeepers),
        )
        for stem, servers in lists:
            for number, server in enumerate(servers, 1):
                name = f"{stem}-{number}" if stem == GATEKEEPER or number > 1 else stem
                found.setdefault(server.address, name)
        for number, each in enumerate((*self.site.everybodys, *self.far), 1):
            found.setdefault(each.address, f"{BESIDE}-{number}")
        return found

    def _handset(self) -> Node:
        boot, *later = (key for key, _ in self.group.vlans)
        return Node(HANDSET, (Interface(PHONE_PORT, boot, mac=self.group.user.mac, trunk=tuple(later)),))

    def _router(self) -> list[Node]:
        if not self.behind_router:
            return []
        ports = [Interface(key, key, on_vlan(vlan)) for key, vlan in self.behind_router]
        gateway = self.ports[self.firewalls[0].name, self.zone][0].ip
        near = [vlan.network for _, vlan in self.behind_router]
        asks = next((key for key, vlan in self.behind_router if vlan is self.group.voice), "")
        routes = tuple(Route(network, gateway) for network in self._networks() if network not in near)
        return [
            Node(
                ROUTER,
                (*ports, Interface(UPLINK, _LINK, self.uplinks)),
                routes,
                self._multicast(asks, UPLINK),
                forwards=True,
            )
        ]

    def _networks(self) -> list[IPv4Network]:
        """Every network beyond the link: what needs a route. The link itself is everybody's neighbour."""
        linked = [
            each.network
            for zone in (self.zone,)
            for f in self.firewalls
            for each in self.ports.get((f.name, zone), ())
        ]
        found = [vlan.network for _, vlan in self.group.vlans]
        for zone in self._others():
            found += [each.network for f in self.firewalls for each in self.ports.get((f.name, zone), ())]
        found += [home(self.site, a) for a in self._server_nodes() if self._vlan_of(a) is None]
        return [each for each in dict.fromkeys(found) if each not in linked]

    def _firewall(self, firewall: Firewall) -> Node:
        site = self.site
        interfaces = [
            Interface(key, key, on_vlan(vlan))
            for key, vlan in self.group.vlans
            if site.own_addresses.get(vlan.router) == firewall.name
        ]
        for zone in (self.zone, *self._others()):
            if (firewall.name, zone) in self.ports:
                segment = self._segment(zone)
                name = HANDSET_SIDE if zone == self.zone else segment
                interfaces.append(Interface(name, segment, self.ports[firewall.name, zone]))
        direct = {address.network for interface in interfaces for address in interface.addresses}
        routes = [
            Route(network, via)
            for network in (*self._networks(), *self._linked())
            if network not in direct and (via := self._via(firewall, network)) is not None
        ]
        phone_side = next((i.name for i in interfaces if i.name in {"voice", HANDSET_SIDE}), "")
        return Node(
            firewall_node(firewall.name),
            tuple(interfaces),
            tuple(routes),
            self._multicast(phone_side, *(i.name for i in interfaces if i.name.startswith(SERVER_SIDE))),
            forwards=True,
            filters=True,
        )

    def _linked(self) -> list[IPv4Network]:
        return [
            each.network
            for firewall in self.firewalls
            for each in self.ports.get((firewall.name, self.zone), ())
        ]

    def _via(self, firewall: Firewall, network: IPv4Network) -> IPv4Address | None:
        """The neighbour that this network is reached by."""
        vlan = next((vlan for _, vlan in self.group.vlans if vlan.network == network), None)
        if vlan is not None and self.zone in firewall.zones:
            owner = self.site.own_addresses.get(vlan.router)
            beside = self.ports.get((owner, self.zone), ()) if owner else self.uplinks
            ends = [each.ip for each in beside]
            return vlan.uplink if vlan.uplink in ends else next(iter(ends), None)
        target = self.zone if vlan is not None or network in self._linked() else self.site.zone_of(network)
        hop = next_hop(self.site, firewall, target or "")
        if hop is None:
            return None
        other, shared = hop
        return next((each.ip for each in self.ports.get((other, shared), ())), None)

    def _gateway(self, zone: str, network: IPv4Network, towards: str) -> IPv4Address | None:
        """The firewall that a host of this network asks for a zone."""
        way = self.site.way(zone, towards) or tuple(f.name for f in self.firewalls if zone in f.zones)
        ends = self.ports.get((way[0], zone), ()) if way else ()
        return next((each.ip for each in ends if each.network == network), None)

    def _server(self, name: str, address: IPv4Address) -> Node:
        vlan = self._vlan_of(address)
        if vlan is not None:
            key, own = vlan
            routes = tuple(
                Route(network, own.router)
                for network in (*self._networks(), *self._linked())
                if network != own.network
            )
            return Node(name, (Interface("eth0", key, (in_network(address, own.network),)),), routes)
        zone = self.site.zone_of(address) or ""
        return self._host(name, address, home(self.site, address), zone)

    def _host(self, name: str, address: IPv4Address, network: IPv4Network, zone: str) -> Node:
        routes = []
        for other in (*self._networks(), *self._linked()):
            vlan = any(other == each.network for _, each in self.group.vlans)
            towards = self.zone if vlan or other in self._linked() else self.site.zone_of(other) or ""
            if other == network:
                continue
            via = self._gateway(zone, network, towards)
            if zone == self.zone and vlan and self.uplinks:
                via = self.uplinks[0].ip
            if via is not None:
                routes.append(Route(other, via))
        return Node(
            name, (Interface("eth0", self._segment(zone), (in_network(address, network),)),), tuple(routes)
        )

    def _stranger(self, zone: str, address: IPv4Address) -> Node:
        name = STRANGER if zone == self._others()[0] else f"{STRANGER}-{self._segment(zone)}"
        return self._host(name, address, home(self.site, address), zone)

    def _vlan_strangers(self) -> list[Node]:
        """On a VLAN that a firewall routes something must be able to speak beside the phone."""
        found = []
        for key, vlan in self.group.vlans:
            if self._own(vlan.router) and (spare := self.free.spare(vlan.network)) is not None:
                routes = tuple(
                    Route(network, vlan.router)
                    for network in (*self._networks(), *self._linked())
                    if network != vlan.network
                )
                found.append(
                    Node(
                        f"{STRANGER}-{key}",
                        (Interface("eth0", key, (in_network(spare, vlan.network),)),),
                        routes,
                    )
                )
        return found

    def _taps(self) -> list[TapPoint]:
        """Both sides: where phones' packets enter the first firewall, and where they left the last."""
        found = []
        reached = (*self.group.servers, *self.site.everybodys, *self.far)
        served = {self.site.zone_of(each.address) for each in reached}
        for firewall in self.firewalls:
            node = self._firewall(firewall)
            for interface in node.interfaces:
                if not interface.name.startswith(SERVER_SIDE):
                    found.append(TapPoint(HANDSET_SIDE, node.name, interface.name))
                    continue
                zone = next(zone for zone in self._others() if self._segment(zone) == interface.name)
                if zone in served and self.site.way(self.zone, zone)[-1:] == (firewall.name,):
                    found.append(TapPoint(SERVER_SIDE, node.name, interface.name))
        return found

    def _multicast(self, arrives: str, *leaves: str) -> tuple[MulticastRoute, ...]:
        if self.group.calls.discovery is not Discovery.MULTICAST or not arrives or not leaves:
            return ()
        return (MulticastRoute(DISCOVERY_GROUP, arrives, leaves),)
