"""RouterOS: the networks behind interfaces, and which interfaces pass nothing.

From the RouterOS manual: Interface, Interface/Bridge, Interface/Bonding, Interface/VLAN, IP/Address, IP/Route
(v6 and v7). No device has checked the reading.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_interface, ip_network

from ringfence.firewalls.common.behind import Down, Named, Route, learned_routes
from ringfence.firewalls.common.interfaces.members import members_down
from ringfence.firewalls.common.reading import Reading
from ringfence.firewalls.routeros.text import Export, ExportCommand, asked_of
from ringfence.model.address import Network
from ringfence.policy.matches import NotUnderstood
from ringfence.policy.terms import number, prefix, touching

_DEFAULT: Mapping[int, Network] = {4: ip_network("0.0.0.0/0"), 6: ip_network("::/0")}
# Placed that are off unless they are switched on (manual, PPPoE, L2TP, PPTP, SSTP, OVPN).
_CLIENTS = frozenset(
    {"pppoe-client", "l2tp-client", "pptp-client", "sstp-client", "ovpn-client", "ppp-client"}
)
_NO_INTERFACES = frozenset(
    {"list", "bridge port", "bridge vlan", "bridge settings", "bridge filter", "bridge nat"}
)
_DISCARDS = frozenset({"blackhole", "unreachable", "prohibit"})
_LEARNED = (
    *("routing ospf instance", "routing ospf interface-template", "routing ospf network", "routing bgp peer"),
    *(
        "routing bgp connection",
        "routing rip interface",
        "routing rip instance",
        "routing rip interface-template",
    ),
    *("routing isis instance", "routing isis interface-template"),
)
_SIDES = frozenset({"in-interface", "out-interface", "in-interface-list", "out-interface-list"})
_DEPTH = 8


@dataclass(slots=True)
class Placed:
    """`routes` is every network that the text places, `down` the interfaces that pass nothing."""

    routes: list[Route] = field(default_factory=list)
    down: dict[str, Down] = field(default_factory=dict)
    learned: list[ExportCommand] = field(
        default_factory=list
    )  # what brings routes that the text does not have


def interfaces(export: Export, named: Named | None, reading: Reading) -> Placed:
    """Says in `reading` which networks are learned at run time, where rules ask for interfaces at all."""
    found = Placed()
    defaults = _names(export, found.down)
    _parts_down(export, found.down)
    for one in (*export.of("ip address"), *export.of("ipv6 address")):
        _address(one, defaults, found, reading)
    for one in export.commands:
        if one.menu in {"ip route", "ipv6 route"} and one.verb == "add":
            _route(one, found, named, reading)
    found.routes = [route._replace(down=found.down.get(route.interface)) for route in found.routes]
    _dynamic(export, found, named, reading)
    return found


def _names(export: Export, down: dict[str, Down]) -> dict[str, str]:
    """The names of interfaces by those that they were made with; who is disabled goes to `down`."""
    names: dict[str, str] = {}
    for one in export.commands:
        kind = one.menu.removeprefix("interface ")
        if kind == one.menu or kind in _NO_INTERFACES:
            continue
        made = asked_of(one.of, "default-name") or asked_of(one.of, "name") or one.of
        name = one.values.get("name", made)
        if not name:
            continue
        if one.verb == "set" and made and made != name:
            names[made] = name
        if one.disabled or (kind in _CLIENTS and one.verb == "add" and one.values.get("disabled") != "no"):
            down[name] = Down(one.line, one.text, "disabled")
    return names


def _parts_down(export: Export, down: dict[str, Down]) -> None:
    """A bridge or bond whose ports are all off, a VLAN of an interface that is."""
    ports: dict[str, list[str]] = {}
    for one in export.of("interface bridge port"):
        if not one.disabled:
            ports.setdefault(one.values.get("bridge", ""), []).append(one.values.get("interface", ""))
    for one in export.of("interface bonding"):
        ports[one.values.get("name", "")] = one.values.get("slaves", "").split(",")
    above = {
        one.values.get("name", ""): one.values.get("interface", "") for one in export.of("interface vlan")
    }
    for _ in range(_DEPTH):
        before = len(down)
        for bundle, members in ports.items():
            if bundle not in down and (off := members_down(down.get(member) for member in members)):
                down[bundle] = off
        for name, parent in above.items():
            if name not in down and parent in down:
                down[name] = down[parent]
        if len(down) == before:
            return


def _address(one: ExportCommand, defaults: Mapping[str, str], found: Placed, reading: Reading) -> None:
    if one.disabled:
        reading.off(one.line, one.text, "disabled")
        return
    word, name = one.values.get("address", ""), one.values.get("interface", "")
    try:
        network = ip_interface(word).network
        if "network" in one.values and "/" not in word:
            network = ip_network(one.values["network"])  # a point-to-point address
    except ValueError:
        reading.stray(one.line, one.text, f"{word[:40]!r} is not an address with its network")
        return
    found.routes.append(Route(defaults.get(name, name), network, 0, one.line, one.text))


def _route(one: ExportCommand, found: Placed, named: Named | None, reading: Reading) -> None:
    table = next((key for key in ("routing-mark", "routing-table", "vrf-interface") if key in one.values), "")
    if one.disabled or (table and one.values[table] != "main"):
        reading.off(one.line, one.text, "disabled" if one.disabled else "a route of a table of its own")
        return
    version = 6 if one.menu.startswith("ipv6") else 4
    try:
        distance = number(one.values.get("distance", "1"), 255)
        network = _network(one.values.get("dst-address", ""), version)
    except NotUnderstood as error:
        reading.stray(one.line, one.text, str(error))
        return
    if (
        one.values.get("type") in _DISCARDS
        or "blackhole" in one.words
        or one.values.get("blackhole") == "yes"
    ):
        found.routes.append(Route("", network, distance, one.line, one.text, discards=True))
        return
    for gateway in one.values.get("gateway", "").split(","):
        interface = _through(gateway.partition("@")[0], found, named)
        if interface:
            found.routes.append(Route(interface, network, distance, one.line, one.text))
        elif network.prefixlen:
            reading.stray(
                one.line, one.text, "its gateway is behind no interface here", touching(prefix(str(network)))
            )
        else:
            found.learned.append(one)


def _network(word: str, version: int) -> Network:
    if not word:
        return _DEFAULT[version]
    prefix(word)  # says what is wrong with it
    return ip_network(word, strict=False)


def _through(gateway: str, found: Placed, named: Named | None) -> str:
    """The interface behind which a gateway is: it is said, or the nearest network has it."""
    _, percent, interface = gateway.partition("%")
    if percent:
        return interface
    try:
        address = ip_address(gateway)
    except ValueError:
        return gateway
    connected = [(route.network, route.interface) for route in found.routes if route.distance == 0]
    connected += [(net, name) for name, nets in (named or {}).items() for net in nets]
    around = [(net.prefixlen, name) for net, name in connected if address in net]
    return max(around)[1] if around else ""


def _dynamic(export: Export, found: Placed, named: Named | None, reading: Reading) -> None:
    for one in export.of("ip dhcp-client"):
        if not one.disabled and one.values.get("add-default-route", "yes") != "no":
            name = one.values.get("interface", "")
            found.routes.append(Route(name, _DEFAULT[4], 1, one.line, one.text, found.down.get(name)))
    for kind in sorted(_CLIENTS):
        for one in export.of(f"interface {kind}"):
            name = one.values.get("name", "")
            if name not in found.down and one.values.get("add-default-route", "no") != "no":
                found.routes.append(Route(name, _DEFAULT[4], 1, one.line, one.text))
    found.learned += [one for menu in _LEARNED for one in export.of(menu) if not one.disabled]
    if found.learned and any(_asks_for_interfaces(one) for one in export.commands):
        first = found.learned[0]
        learned_routes(reading, named, found.routes, first.line, first.text)


def _asks_for_interfaces(one: ExportCommand) -> bool:
    return " firewall " in one.menu and not one.disabled and not _SIDES.isdisjoint(one.values)
