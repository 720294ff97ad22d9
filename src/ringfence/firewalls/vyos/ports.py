"""Interfaces of the Vyatta family: the networks behind each, and which of them pass nothing.

From the VyOS User Guide ("Interfaces", "Protocols/Static") and the EdgeOS User Guide; no device has checked.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_interface, ip_network

from ringfence.firewalls.common.behind import Down, Named, Route, learned_routes
from ringfence.firewalls.common.interfaces.members import members_down
from ringfence.firewalls.common.reading import Reading
from ringfence.firewalls.vyos.tree import ConfigNode
from ringfence.model.address import Network
from ringfence.policy.matches import NotUnderstood
from ringfence.policy.terms import number, prefix, touching

_DEFAULT = ip_network("0.0.0.0/0")
_LEARNED = ("ospf", "ospfv3", "bgp", "rip", "ripng", "isis", "babel", "eigrp", "openfabric")
_DEPTH = 6


@dataclass(slots=True)
class PortRoutes:
    """`routes` is every network that the text places; `learned` are lines that bring others."""

    routes: list[Route] = field(default_factory=list)
    down: dict[str, Down] = field(default_factory=dict)
    learned: list[ConfigNode] = field(default_factory=list)


def all_ports(root: ConfigNode) -> Iterator[tuple[str, ConfigNode]]:
    """Every interface by its name, those of VLANs and PPPoE after the ones that carry them."""
    for kind in root.at("interfaces").children.values():
        for name, node in kind.children.items():
            yield name, node
            for tag, vlan in node.items("vif"):
                yield f"{name}.{tag}", vlan
                for number_, inner in vlan.items("pppoe"):
                    yield f"pppoe{number_}", inner
            for outer, service in node.items("vif-s"):
                yield f"{name}.{outer}", service
                for tag, vlan in service.items("vif-c"):
                    yield f"{name}.{outer}.{tag}", vlan
            for number_, inner in node.items("pppoe"):
                yield f"pppoe{number_}", inner


def placed(root: ConfigNode, named: Named | None, reading: Reading, *, asked: bool) -> PortRoutes:
    """`asked`: rules ask by which interface a packet comes or goes, so that learned routes matter."""
    found = PortRoutes()
    _down(root, found.down)
    for name, node in all_ports(root):
        _addresses(name, node, found, reading)
    for version, word in ((4, "route"), (6, "route6")):
        for net, node in root.at("protocols", "static").items(word):
            _static(net, node, version, (found, named), reading)
        for net, node in root.at("protocols", "static").items(f"interface-{word}"):
            for name, inner in node.items("next-hop-interface"):
                _by_interface((net, name), inner, found, reading)
    for gateway, node in root.at("system").items("gateway-address"):
        _by_gateway(("0.0.0.0/0", gateway), node, (found, named), reading)
    found.routes = [route._replace(down=found.down.get(route.interface)) for route in found.routes]
    found.learned += [root.at("protocols").children[w] for w in _LEARNED if root.at("protocols").has(w)]
    if found.learned and asked:
        first = found.learned[0]
        learned_routes(reading, named, found.routes, first.line, first.text)
    return found


def _down(root: ConfigNode, down: dict[str, Down]) -> None:
    members: dict[str, list[str]] = {}
    for name, node in all_ports(root):
        if node.has("disable"):
            down[name] = Down(node.line, node.text, "disabled")
        for group in (*node.values("bond-group"), *node.at("bridge-group").values("bridge")):
            members.setdefault(group, []).append(name)
        for word in (("member", "interface"), ("switch-port", "interface")):
            members.setdefault(name, []).extend(node.at(*word).children)
    names = [name for name, _ in all_ports(root)]
    for _ in range(_DEPTH):
        before = len(down)
        for bundle, parts in members.items():
            if bundle not in down and (off := members_down(down.get(part) for part in parts)):
                down[bundle] = off
        for name in names:
            parent, dot, _ = name.rpartition(".")
            if dot and parent in down:
                down.setdefault(name, down[parent])
        if len(down) == before:
            return


def _addresses(name: str, node: ConfigNode, found: PortRoutes, reading: Reading) -> None:
    for word, inner in node.items("address"):
        if word in {"dhcp", "dhcpv6"}:
            if word == "dhcp":
                found.routes.append(Route(name, _DEFAULT, 1, inner.line, inner.text))
            continue
        try:
            found.routes.append(Route(name, ip_interface(word).network, 0, inner.line, inner.text))
        except ValueError:
            reading.stray(inner.line, inner.text, f"{word[:40]!r} is not an address with its network")
    if node.path[-2:-1] == ("pppoe",) or node.path[1:2] == ("pppoe",):
        found.routes.append(Route(name, _DEFAULT, 1, node.line, node.text))


def _network(word: str, node: ConfigNode, reading: Reading) -> Network | None:
    try:
        prefix(word)
    except NotUnderstood as error:
        reading.stray(node.line, node.text, str(error))
        return None
    return ip_network(word, strict=False)


def _static(
    net: str, node: ConfigNode, version: int, given: tuple[PortRoutes, Named | None], reading: Reading
) -> None:
    found, named = given
    network = _network(net, node, reading)
    if network is None:
        return
    for word in ("blackhole", "reject"):
        if node.has(word):
            inner = node.at(word)
            found.routes.append(
                Route("", network, _distance(inner, 1), inner.line, inner.text, discards=True)
            )
    for word in ("next-hop", "next-hop-vrf"):
        for gateway, inner in node.items(word):
            _by_gateway((net, gateway), inner, (found, named), reading)
    for name, inner in (*node.items("interface"), *node.items("dhcp-interface")):
        _by_interface((net, name), inner, found, reading)


def _by_interface(way: tuple[str, str], node: ConfigNode, found: PortRoutes, reading: Reading) -> None:
    network = _network(way[0], node, reading)
    if network is not None and not node.has("disable"):
        found.routes.append(Route(way[1], network, _distance(node, 1), node.line, node.text))


def _by_gateway(
    way: tuple[str, str], node: ConfigNode, given: tuple[PortRoutes, Named | None], reading: Reading
) -> None:
    """A route by the interface of its gateway, which is told or has it in one of its networks."""
    found, named = given
    network = _network(way[0], node, reading)
    if network is None:
        return
    if node.has("disable"):
        reading.off(node.line, node.text, "disabled")
        return
    name = node.value("interface") or _through(way[1], found, named)
    if name:
        found.routes.append(Route(name, network, _distance(node, 1), node.line, node.text))
    elif network.prefixlen:
        ends = prefix(str(network))
        reading.stray(node.line, node.text, "its gateway is behind no interface here", touching(ends))
    else:
        found.learned.append(node)


def _distance(node: ConfigNode, default: int) -> int:
    try:
        return number(node.value("distance"), 255)
    except NotUnderstood:
        return default


def _through(gateway: str, found: PortRoutes, named: Named | None) -> str:
    try:
        address = ip_address(gateway)
    except ValueError:
        return ""
    connected = [(route.network, route.interface) for route in found.routes if route.distance == 0]
    connected += [(net, name) for name, nets in (named or {}).items() for net in nets]
    around = [(net.prefixlen, name) for net, name in connected if address in net]
    return max(around)[1] if around else ""
