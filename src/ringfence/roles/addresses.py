"""Addresses that a network needs to run and a site does not say: gateways, links, hosts that play nobody."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from ringfence.model.site import Firewall, Site, Vlan
from ringfence.roles.far_ends import far_ends

# RFC 2544: never anybody's own. A link between router and firewall that the site gives no network to.
_INVENTED = IPv4Network("198.18.0.0/30")


class FreeAddresses:
    """Hands out each address once, those that nobody at the site has, from the top of a network."""

    def __init__(self, site: Site) -> None:
        self._taken = {server.address for server in site.servers} | set(site.own_addresses)
        self._taken |= {end.address for end in far_ends(site)}
        for group in site.groups:
            for _, vlan in group.vlans:
                relayed = (*vlan.relay.addresses, *vlan.relay.giaddrs) if vlan.relay else ()
                self._taken |= {address for address in (vlan.router, vlan.uplink, *relayed) if address}

    def spare(self, network: IPv4Network) -> IPv4Address | None:
        """A host address of the network, taken from now on; None: it is full."""
        top, bottom = int(network.broadcast_address) - 1, int(network.network_address)
        for candidate in map(IPv4Address, range(top, bottom, -1)):
            if candidate not in self._taken:
                self._taken.add(candidate)
                return candidate
        return None


def home(site: Site, address: IPv4Address) -> IPv4Network:
    """The smallest network of the site in which this address lives; KeyError: in none."""
    zone = site.zone_of(address)
    if zone is None:
        raise KeyError(address)
    around = [network for network in site.zone(zone).networks if address in network]
    return max(around, key=lambda network: network.prefixlen)


def in_network(address: IPv4Address, network: IPv4Network) -> IPv4Interface:
    """The address as an interface has it."""
    return IPv4Interface(f"{address}/{network.prefixlen}")


def link(
    site: Site, firewall: Firewall, uplinks: Iterable[IPv4Address], free: FreeAddresses
) -> tuple[IPv4Interface, tuple[IPv4Interface, ...]]:
    """The firewall's and the router's ends of the link between them; what the site leaves open is chosen."""
    group = site.groups[0]
    zone = site.zone_of(group.voice.network)
    vlans = [vlan.network for _, vlan in group.vlans]
    near = [
        address
        for address in firewall.addresses
        if site.zone_of(address) == zone and not any(address in network for network in vlans)
    ]
    ends = tuple(uplinks)
    if ends:
        network = home(site, ends[0])
        mine = next((address for address in near if address in network), None) or free.spare(network)
        if mine is not None:
            return in_network(mine, network), tuple(in_network(end, network) for end in ends)
    networks = [*(home(site, address) for address in near), *(site.zone(zone).networks if zone else ())]
    for network in networks:
        if network.prefixlen > 30 or any(network.overlaps(vlan) for vlan in vlans):
            continue
        own = next((address for address in near if address in network), None) or free.spare(network)
        other = free.spare(network)
        if own is not None and other is not None:
            return in_network(own, network), (in_network(other, network),)
    first, last = _INVENTED[1], _INVENTED[2]
    return in_network(first, _INVENTED), (in_network(last, _INVENTED),)


def on_vlan(vlan: Vlan) -> tuple[IPv4Interface, ...]:
    """The addresses of a VLAN's router in it, those of its relay agents too."""
    giaddrs = vlan.relay.giaddrs if vlan.relay else ()
    return tuple(in_network(each, vlan.network) for each in dict.fromkeys((vlan.router, *giaddrs)))
