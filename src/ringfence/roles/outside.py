"""Translation as the networks carry it out: which packets each firewall translates, and the ways back."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

from ringfence.model.nat import Nat, NatRule
from ringfence.model.site import Site
from ringfence.model.topology import Interface, Node, Route
from ringfence.roles.roles import phone_address
from ringfence.roles.site_network import SiteNetwork
from ringfence.roles.translations import nat_rules


def with_outside(site: Site, network: SiteNetwork) -> SiteNetwork:
    """The network with ways to the outside addresses in the place of those to the inside ones."""
    nodes = {node.name: node for node in network.topology.nodes}
    for firewall in site.firewalls:
        if firewall.name not in network.firewalls:
            continue
        place = network.firewalls[firewall.name]
        for rule in nat_rules(site, firewall):
            nodes[place] = _owning(site, rule, nodes[place])
            for name, node in nodes.items():
                if name != place:
                    nodes[name] = _routing(site, rule.nat, node)
    return replace(network, topology=replace(network.topology, nodes=tuple(nodes.values())))


def _owning(site: Site, rule: NatRule, firewall: Node) -> Node:
    """Outside addresses within a network of the firewall's own are answered for by ARP, as its own are."""
    wanted = rule.nat.outward(phone_address(site))
    have = {address.ip for interface in firewall.interfaces for address in interface.addresses}
    if wanted in have or not isinstance(wanted, IPv4Address):
        return firewall

    def owned(interface: Interface) -> Interface:
        around = next((each.network for each in interface.addresses if wanted in each.network), None)
        if around is None:
            return interface
        own = type(interface.addresses[0])((wanted, around.prefixlen))
        return replace(interface, addresses=(*interface.addresses, own))

    return replace(firewall, interfaces=tuple(map(owned, firewall.interfaces)))


def _routing(site: Site, nat: Nat, node: Node) -> Node:
    """Beyond the translation nobody has a way to inside addresses, and everybody one to outside addresses."""
    ways = [route.via for route in node.routes if _within(nat, route.destination)]
    beyond = any(
        site.zone_of(own.ip) == nat.destination for each in node.interfaces for own in each.addresses
    )
    if not ways or not beyond:
        return node
    attached = [address.network for each in node.interfaces for address in each.addresses]
    kept = [route for route in node.routes if not _within(nat, route.destination)]
    more = [
        Route(network, ways[0])
        for network in nat.outside
        if not any(network.subnet_of(each) for each in attached)
    ]
    return replace(node, routes=(*kept, *more))


def _within(nat: Nat, network: IPv4Network) -> bool:
    return any(network.subnet_of(inside) for inside in nat.inside)
