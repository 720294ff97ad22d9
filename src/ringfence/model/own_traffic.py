"""What a firewall sends and receives itself: as relay agent or DHCP server of a VLAN. No rule forwards it.

Linux, measured: of relayed DHCP nothing enters the forward chain. ISC dhcrelay needs one output rule and no
input rule (it reads raw frames), dnsmasq two output rules and input rules, servers on raw sockets neither.
Other firewalls have local-in policies, or permit what they are configured to do.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ringfence.model.address import LIMITED_BROADCAST, UNSPECIFIED, Network
from ringfence.model.defaults import DHCP_CLIENT_PORT, DHCP_SERVER_PORT
from ringfence.model.kinds import Kind, kinds
from ringfence.model.site import Addressing, Group, Site, Vlan, hosts


@dataclass(frozen=True, slots=True)
class OwnTraffic:
    """UDP that a firewall opens (`outward`) or is opened to, between these ends."""

    firewall: str
    outward: bool
    source: tuple[Network, ...]
    source_port: int
    destination: tuple[Network, ...]
    destination_port: int
    why: str


def own_traffic(site: Site) -> tuple[OwnTraffic, ...]:
    """What the site's firewalls themselves send and receive, each once."""
    found = (each for kind in kinds(site) for each in _of_kind(site, kind))
    return tuple(dict.fromkeys(found))


def _of_kind(site: Site, kind: Kind) -> Iterator[OwnTraffic]:
    if kind.first.addressing is Addressing.STATIC:
        return
    for key, vlan in kind.first.vlans:
        owner = site.own_addresses.get(vlan.router)
        servers = [each.address for each in kind.first.dhcp]
        own = [address for address in servers if address in site.own_addresses]
        far = [address for address in servers if address not in vlan.network and address not in own]
        if owner is not None and far:
            relays = [each for group in kind.groups if (each := _vlan(group, key).relay) is not None]
            giaddrs = hosts(dict.fromkeys(giaddr for each in relays for giaddr in each.giaddrs))
            port = DHCP_SERVER_PORT
            yield OwnTraffic(owner, True, giaddrs, port, hosts(far), port, "its relay agent asks")
            yield OwnTraffic(owner, False, hosts(far), port, giaddrs, port, "its relay agent is answered")
        if owner is not None and (far or own):
            client, server = DHCP_CLIENT_PORT, DHCP_SERVER_PORT
            anybody, everybody = hosts([UNSPECIFIED]), hosts([LIMITED_BROADCAST])
            yield OwnTraffic(owner, False, anybody, client, everybody, server, "phones ask by broadcast")
            phones: tuple[Network, ...] = tuple(_vlan(group, key).network for group in kind.groups)
            routers = hosts(dict.fromkeys(_vlan(group, key).router for group in kind.groups))
            yield OwnTraffic(owner, True, routers, server, phones, client, "phones are answered")
        for address in own:
            everywhere: tuple[Network, ...] = tuple(_vlan(group, key).network for group in kind.groups)
            yield OwnTraffic(
                site.own_addresses[address],
                False,
                everywhere,
                DHCP_CLIENT_PORT,
                hosts([address]),
                DHCP_SERVER_PORT,
                "phones renew and release",
            )


def _vlan(group: Group, key: str) -> Vlan:
    return dict(group.vlans)[key]
