"""Interfaces of a config.xml: the networks behind each, gateways, routes, and which interfaces pass nothing.

From the pfSense documentation ("Interfaces", "Routing") and the OPNsense manual ("Interfaces", "Gateways",
"Routes"), and the element names of published configurations. No device has checked the reading.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_interface, ip_network

from ringfence.firewalls.common.behind import Down, Named, Route, learned_routes
from ringfence.firewalls.common.reading import Reading
from ringfence.firewalls.common.xml_tree import XmlNode
from ringfence.model.address import Network
from ringfence.policy.matches import NotUnderstood
from ringfence.policy.terms import prefix, touching

_DEFAULT = ip_network("0.0.0.0/0")
_ASKED = frozenset({"dhcp", "pppoe", "ppp", "pptp", "l2tp"})  # an address that is given at run time
_NULL = frozenset({"null4", "null6"})


@dataclass(slots=True)
class XmlPorts:
    """`networks` are those of an interface's own addresses; `outer`: it has a gateway of its own."""

    routes: list[Route] = field(default_factory=list)
    down: dict[str, Down] = field(default_factory=dict)
    networks: dict[str, list[Network]] = field(default_factory=dict)
    outer: dict[str, XmlNode] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    gateways: dict[str, tuple[str, str]] = field(default_factory=dict)

    def named(self, zones: Named | None) -> Named | None:
        """The zones under the names that the configuration has for its interfaces, not the descriptions."""
        if zones is None:
            return None
        return {self.names.get(name.lower(), name): nets for name, nets in zones.items()}


def switched_on(node: XmlNode | None) -> bool:
    """Presence says yes; a text of 0, no or off takes it back."""
    return node is not None and node.text.lower() not in {"0", "no", "off", "false"}


def xml_ports(root: XmlNode, reading: Reading) -> XmlPorts:
    """The interfaces with their own addresses; routes come by `add_routes`, once zones are known."""
    found = XmlPorts()
    for node in (one for each in root.all("interfaces") for one in each.children):
        name = node.tag
        found.names[name.lower()] = name
        if node.value("descr"):
            found.names.setdefault(node.value("descr").lower(), name)
        if not switched_on(node.first("enable")):
            found.down[name] = Down(
                node.line, f"interface {name} {node.value('descr')}".strip(), "not enabled"
            )
        for word, bits in (("ipaddr", "subnet"), ("ipaddrv6", "subnetv6")):
            _address(found, name, (node, word, bits), reading)
        if node.value("gateway") or node.value("ipaddr") in _ASKED:
            found.outer[name] = node
    for vip in root.all("virtualip", "vip"):
        if vip.value("mode") in {"ipalias", "carp"} and vip.value("interface"):
            _address(found, vip.value("interface"), (vip, "subnet", "subnet_bits"), reading)
    for each in _gateways(root):
        if not switched_on(each.first("disabled")):
            found.gateways[each.value("name")] = (each.value("interface"), each.value("gateway"))
    return found


def _address(found: XmlPorts, name: str, given: tuple[XmlNode, str, str], reading: Reading) -> None:
    node, word, bits = given
    value = node.value(word)
    if not value or (not value[0].isdigit() and ":" not in value):
        return  # none, or one that is asked for
    mask = node.value(bits) or ("32" if word == "ipaddr" else "128")
    text = f"interface {name}: {value}/{mask}"
    try:
        network = ip_interface(f"{value}/{mask}").network
    except ValueError:
        reading.stray(node.line, text, "not an address with its network")
        return
    found.networks.setdefault(name, []).append(network)
    found.routes.append(Route(name, network, 0, node.line, text))


def _gateways(root: XmlNode) -> Iterator[XmlNode]:
    yield from root.all("gateways", "gateway_item")
    yield from root.all("OPNsense", "Gateways", "gateway_item")


def add_routes(root: XmlNode, found: XmlPorts, named: Named | None, reading: Reading) -> None:
    """Static routes and default ones; what a routing daemon learns is said in `reading`."""
    for route in root.all("staticroutes", "route"):
        _static(route, found, named, reading)
    for name, node in _defaults(root, found).items():
        found.routes.append(Route(name, _DEFAULT, 1, node.line, f"default route by {name}"))
    found.routes = [route._replace(down=found.down.get(route.interface)) for route in found.routes]
    daemon = next(_daemons(root), None)
    if daemon is not None:
        learned_routes(reading, named, found.routes, daemon.line, daemon.tag)


def _daemons(root: XmlNode) -> Iterator[XmlNode]:
    for node in root.all("OPNsense", "quagga", "general"):
        if node.value("enabled") == "1":
            yield node
    for packages in root.all("installedpackages"):
        for node in packages.children:
            if node.tag in {"frr", "frrglobalraw", "quaggaospfd", "openbgpd"} and node.children:
                yield node


def _defaults(root: XmlNode, found: XmlPorts) -> Mapping[str, XmlNode]:
    """The interfaces by which everything else goes: the one that is chosen, else all that could be."""
    chosen = root.value("gateways", "defaultgw4")
    marked = [g for g in _gateways(root) if switched_on(g.first("defaultgw")) or g.value("name") == chosen]
    marked = [g for g in marked if not switched_on(g.first("disabled")) and g.value("interface")]
    by_name = [g for g in marked if chosen and g.value("name") == chosen]
    picked = by_name or [g for g in marked if g.value("ipprotocol") != "inet6"]
    return {g.value("interface"): g for g in picked} or found.outer


def _static(route: XmlNode, found: XmlPorts, named: Named | None, reading: Reading) -> None:
    text = f"route {route.value('network')} by {route.value('gateway')}"
    if switched_on(route.first("disabled")):
        reading.off(route.line, text, "disabled")
        return
    try:
        prefix(route.value("network"))
    except NotUnderstood:
        reading.stray(route.line, text, "a route to what is no network")
        return
    network = ip_network(route.value("network"), strict=False)
    gateway = route.value("gateway")
    if gateway.lower() in _NULL:
        found.routes.append(Route("", network, 1, route.line, text, discards=True))
        return
    interface, address = found.gateways.get(gateway, ("", gateway))
    interface = interface or _through(address, found, named)
    if interface:
        found.routes.append(Route(interface, network, 1, route.line, text))
    else:
        ends = prefix(str(network))
        reading.stray(route.line, text, "its gateway is behind no interface here", touching(ends))


def _through(gateway: str, found: XmlPorts, named: Named | None) -> str:
    try:
        address = ip_address(gateway)
    except ValueError:
        return ""
    connected = [(net, name) for name, nets in found.networks.items() for net in nets]
    connected += [(net, name) for name, nets in (named or {}).items() for net in nets]
    around = [(net.prefixlen, name) for net, name in connected if address in net]
    return max(around)[1] if around else ""
