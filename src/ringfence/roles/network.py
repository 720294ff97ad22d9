"""A site as a network to run it in: the same description for the simulator and for the kernel."""

from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from itertools import islice

from ringfence.model.defaults import DISCOVERY_GROUP
from ringfence.model.site import Discovery, Site
from ringfence.model.topology import Interface, MulticastRoute, Node, Route, Segment, Tap, Topology

HANDSET = "handset"
ROUTER = "router"
FIREWALL = "firewall"
DHCP_SERVER = "dhcp-server"
FILE_SERVER = "file-server"
# Plays nobody: probes that no flow needs are sent from here, as if by the servers' neighbours.
STRANGER = "stranger"

PHONE_PORT = "eth0"
UPLINK = "uplink"
HANDSET_SIDE = "handsets"
SERVER_SIDE = "servers"
TRUNK = "trunk"


def gatekeeper_node(number: int) -> str:
    """The node of the site's gatekeeper `number` (from 0, in the order of the site file)."""
    return f"gatekeeper-{number + 1}"


def network_for(site: Site) -> Topology:
    """One handset on a switch, a router that is also the relay agent, the firewall, the servers."""
    vlans = (
        {"data": site.vlans.data, "voice": site.vlans.voice} if site.moves else {"voice": site.vlans.voice}
    )
    boot = next(iter(vlans))
    segments = (
        *(Segment(name, vlan.id) for name, vlan in vlans.items() if vlan),
        Segment("link"),
        Segment("servers"),
    )
    return Topology(
        segments,
        (_handset(site, boot), _router(site), _firewall(site), *_servers(site)),
        (
            Tap(HANDSET_SIDE, FIREWALL, HANDSET_SIDE),
            Tap(SERVER_SIDE, FIREWALL, SERVER_SIDE),
            Tap(TRUNK, HANDSET, PHONE_PORT),
        ),
    )


def _handset(site: Site, boot: str) -> Node:
    moves_to = ("voice",) if boot != "voice" else ()
    return Node(HANDSET, (Interface(PHONE_PORT, boot, mac=site.handsets.mac, trunk=moves_to),))


def _router(site: Site) -> Node:
    ports = [
        Interface(name, name, (_address(vlan.router, vlan.network),))
        for name, vlan in (("data", site.vlans.data), ("voice", site.vlans.voice))
        if vlan and (name == "voice" or site.moves)
    ]
    uplink = Interface(UPLINK, "link", (_address(site.relay.uplink, *site.zones.handsets),))
    return Node(
        ROUTER,
        (*ports, uplink),
        tuple(Route(network, site.firewall.handset_side) for network in site.zones.servers),
        _multicast(site, "voice", UPLINK),
        forwards=True,
    )


def _firewall(site: Site) -> Node:
    handset_side = _address(site.firewall.handset_side, *site.zones.handsets)
    # Where the servers' zone has several networks, the firewall is the gateway in each.
    server_side = tuple(_address(_gateway(site, network), network) for network in site.zones.servers)
    behind = tuple(
        Route(vlan.network, site.relay.uplink) for vlan in (site.vlans.data, site.vlans.voice) if vlan
    )
    return Node(
        FIREWALL,
        (
            Interface(HANDSET_SIDE, "link", (handset_side,)),
            Interface(SERVER_SIDE, "servers", server_side),
        ),
        behind,
        _multicast(site, HANDSET_SIDE, SERVER_SIDE),
        forwards=True,
        filters=True,
    )


def _servers(site: Site) -> tuple[Node, ...]:
    names = {address: name for name, address in _named_servers(site)}
    names[spare_address(site, _home(site, site.firewall.server_side))] = STRANGER
    return tuple(_server(site, name, address) for address, name in names.items())


def _named_servers(site: Site) -> tuple[tuple[str, IPv4Address], ...]:
    """Every server's node and address; the first name wins where roles share an address."""
    named = [
        *((gatekeeper_node(number), address) for number, address in enumerate(site.gatekeeper.addresses)),
        (FILE_SERVER, site.file_server.address),
        (DHCP_SERVER, site.dhcp_server.address),
    ]
    return tuple(reversed(named))


def _server(site: Site, name: str, address: IPv4Address) -> Node:
    home = _home(site, address)
    gateway = _gateway(site, home)
    elsewhere = (network for network in site.zones.servers if network != home)
    routes = tuple(Route(network, gateway) for network in (*site.zones.handsets, *elsewhere))
    return Node(name, (Interface("eth0", "servers", (_address(address, home),)),), routes)


def _home(site: Site, address: IPv4Address) -> IPv4Network:
    return next(network for network in site.zones.servers if address in network)


def _gateway(site: Site, network: IPv4Network) -> IPv4Address:
    if site.firewall.server_side in network:
        return site.firewall.server_side
    return spare_address(site, network, skip=1)


def node_at(site: Site, address: IPv4Address) -> str:
    """The node that has this server address; several roles may share one machine."""
    return {address: name for name, address in _named_servers(site)}[address]


def spare_address(site: Site, network: IPv4Network, skip: int = 0) -> IPv4Address:
    """A host address of `network` that nobody at the site has, counted from the top; KeyError: it is full."""
    taken = {site.firewall.server_side, *(address for _, address in _named_servers(site))}
    top = int(network.broadcast_address) - 1
    free = (
        candidate
        for candidate in map(IPv4Address, range(top, int(network.network_address), -1))
        if candidate not in taken
    )
    try:
        return next(islice(free, skip, None))
    except StopIteration:
        raise KeyError(f"{network} has no free address") from None


def _multicast(site: Site, arrives: str, leaves: str) -> tuple[MulticastRoute, ...]:
    if site.registration.discovery is not Discovery.MULTICAST:
        return ()
    return (MulticastRoute(DISCOVERY_GROUP, arrives, (leaves,)),)


def _address(address: IPv4Address, *networks: IPv4Network) -> IPv4Interface:
    return IPv4Interface(f"{address}/{_prefix(address, *networks)}")


def _prefix(address: IPv4Address, *networks: IPv4Network) -> int:
    return max(network.prefixlen for network in networks if address in network)
