"""OpenWrt: the networks behind interfaces, routes, and which interfaces pass nothing.

From the OpenWrt user guide, "Network configuration /etc/config/network", "Static routes", "Policy routing".
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_interface, ip_network

from ringfence.firewalls.common.behind import Down, Named, Route
from ringfence.firewalls.common.reading import Reading
from ringfence.firewalls.openwrt.uci import UciSection
from ringfence.policy.matches import NotUnderstood
from ringfence.policy.space import Box
from ringfence.policy.terms import EVERY_SERVICE, EVERYWHERE, both_ways, match, prefix, touching

_DEFAULT = ip_network("0.0.0.0/0")
_ASKED = frozenset({"dhcp", "pppoe", "pptp", "l2tp", "qmi", "mbim", "ncm", "3g", "wwan", "modemmanager"})
_DISCARDS = frozenset({"blackhole", "unreachable", "prohibit"})


@dataclass(slots=True)
class UciNetworks:
    """`devices` are the interfaces by the names of their hardware."""

    routes: list[Route] = field(default_factory=list)
    down: dict[str, Down] = field(default_factory=dict)
    devices: dict[str, str] = field(default_factory=dict)


def uci_networks(sections: Iterable[UciSection], named: Named | None, reading: Reading) -> UciNetworks:
    found = UciNetworks()
    sections = [one for one in sections if one.package in {"", "network"}]
    for one in sections:
        if one.kind == "interface" and one.name and one.name != "loopback":
            _interface(one, found, reading)
    for one in sections:
        if one.kind in {"route", "route6"}:
            _route(one, found, named, reading)
        elif one.kind in {"rule", "rule6"} and is_routing_rule(one):
            why = "packets of these addresses are routed by a table of their own"
            reading.stray(one.line, one.text, why, _ends(one))
    found.routes = [route._replace(down=found.down.get(route.interface)) for route in found.routes]
    return found


def is_routing_rule(section: UciSection) -> bool:
    """Both packages have sections of this kind; those of routes look tables up."""
    return section.package == "network" or (
        not section.package and bool({"lookup", "goto"} & section.values.keys())
    )


def _interface(one: UciSection, found: UciNetworks, reading: Reading) -> None:
    if one.on("disabled") or (one.values.get("auto") and not one.on("auto")):
        found.down[one.name] = Down(one.line, f"config interface {one.name}", "disabled")
    for device in (*one.all("device"), *one.all("ifname")):
        found.devices.setdefault(device.removeprefix("@"), one.name)
    for word in one.all("ipaddr"):
        mask = one.get("netmask")
        value = word if "/" in word or not mask else f"{word}/{mask}"
        try:
            network = ip_interface(value).network
        except ValueError:
            reading.stray(one.line, one.text, f"{value[:40]!r} is not an address with its network")
            continue
        found.routes.append(Route(one.name, network, 0, one.line, f"interface {one.name}: {value}"))
    if one.get("proto") in _ASKED or one.get("gateway"):
        found.routes.append(Route(one.name, _DEFAULT, 1, one.line, f"default route by {one.name}"))


def _route(one: UciSection, found: UciNetworks, named: Named | None, reading: Reading) -> None:
    if one.on("disabled") or one.get("table", "main") not in {"main", "254"}:
        reading.off(one.line, one.text, "disabled, or a route of a table of its own")
        return
    target, mask = one.get("target", "0.0.0.0/0"), one.get("netmask")
    word = f"{target}/{mask}" if mask and "/" not in target else target
    try:
        prefix(word)
        network = ip_network(word, strict=False)
    except (NotUnderstood, ValueError):
        reading.stray(one.line, one.text, "a route to what is no network")
        return
    if one.get("type") in _DISCARDS:
        found.routes.append(Route("", network, 1, one.line, one.text, discards=True))
        return
    interface = one.get("interface") or _through(one.get("gateway"), found, named)
    if interface:
        found.routes.append(Route(interface, network, 1, one.line, one.text))
    else:
        ends = prefix(str(network))
        reading.stray(one.line, one.text, "its gateway is behind no interface here", touching(ends))


def _through(gateway: str, found: UciNetworks, named: Named | None) -> str:
    try:
        address = ip_address(gateway)
    except ValueError:
        return ""
    connected = [(route.network, route.interface) for route in found.routes if route.distance == 0]
    connected += [(net, name) for name, nets in (named or {}).items() for net in nets]
    around = [(net.prefixlen, name) for net, name in connected if address in net]
    return max(around)[1] if around else ""


def _ends(one: UciSection) -> tuple[Box, ...] | None:
    try:
        ends = [prefix(one.get(key)) if one.get(key) else EVERYWHERE for key in ("src", "dest")]
        return both_ways(match(ends[0], ends[1], EVERY_SERVICE))
    except NotUnderstood:
        return None
