"""PAN-OS: the networks behind zones, interfaces that are held down, and routes that discard.

Written from the PAN-OS 9.1 to 11.0 configuration hierarchy: zone, network interface, virtual-router. No
device has checked the reading.
"""

from collections.abc import Collection
from ipaddress import ip_address, ip_network

from ringfence.firewalls.common.behind import Down, Route
from ringfence.firewalls.common.reading import Reading
from ringfence.firewalls.panos.items import Item, Items
from ringfence.model.address import Network
from ringfence.policy.terms import Addresses, touching

_LEASED = 10  # the metric of a default route by DHCP, unless it is given


def zones_of(items: Items) -> dict[str, str]:
    """The zone of each interface."""
    return {
        interface: zone.name
        for zone in items.kind("zone").values()
        for interface in (*zone.all("network/layer3"), *zone.all("layer3"))
    }


def zones_down(items: Items) -> dict[str, Down]:
    """The zones of which every interface is held down."""
    found: dict[str, list[Down | None]] = {}
    for interface, zone in zones_of(items).items():
        found.setdefault(zone, []).append(items.off(interface))
    return {zone: downs[0] for zone, downs in found.items() if downs[0] and all(downs)}


def zone_routes(items: Items, named: Collection[str], reading: Reading) -> list[Route]:
    """Interface addresses and static routes, by the zones that the interfaces are in.

    Of a zone that is not in `named`, an interface of which neither is known is left unread.
    """
    zone_of = zones_of(items)
    found: list[Route] = []
    for interface, words, line in items.addresses:
        net = _network(items, words)
        if net is None:
            continue
        text, down = f"{interface} {words}", items.off(interface)
        if interface in zone_of:
            found.append(Route(zone_of[interface], net, 0, line, text, down))
        elif zone_of and not interface.startswith("loopback"):
            # Its network is there, and what comes from it or goes to it is dropped.
            found.append(Route(interface, net, 0, line, text, down or Down(line, text, "it is in no zone")))
    routes = [
        item for kind, named_ in items.of.items() if kind.startswith("route ") for item in named_.values()
    ]
    for item in routes:
        _static(items, item, zone_of, found, reading)
    for interface, line in items.leased.items():
        if interface in zone_of and interface not in items.unrouted:
            text, down = f"{interface} default route by DHCP", items.off(interface)
            found.append(Route(zone_of[interface], ip_network("0.0.0.0/0"), _LEASED, line, text, down))
    known = (
        {interface for interface, _, _ in items.addresses}
        | items.leased.keys()
        | {item.get("interface") for item in routes}
    )
    for interface, zone in zone_of.items():
        if interface not in known and zone not in named and items.off(interface) is None:
            why = "the networks behind it are not in the text: name the networks behind its zone"
            reading.stray(items.kind("zone")[zone].line, f"{interface} in zone {zone}", why)
    return found


def _static(items: Items, item: Item, zone_of: dict[str, str], found: list[Route], reading: Reading) -> None:
    text = f"static-route {item.name} {item.get('destination')} {item.get('interface')}"
    metric = item.get("metric", "10")
    distance = max(1, int(metric)) if metric.isascii() and metric.isdigit() and len(metric) < 6 else 10
    net = _network(items, item.get("destination"))
    if net is None:
        reading.stray(item.line, text, "a route whose network is not known")
        return
    if any("no-install" in (*key.split("/"), *values) for key, values in item.attributes.items()):
        reading.off(item.line, text, "it is not installed")
        return
    if any(key.startswith("nexthop/discard") for key in item.attributes) or item.get("nexthop") == "discard":
        found.append(Route("", net, distance, item.line, f"{text} discard", discards=True))
        return
    interface = item.get("interface")
    zone, down = zone_of.get(interface, ""), items.off(interface) if interface else None
    if not interface:
        reading.effort(len(found))
        via = next((r for r in found if r.distance == 0 and _holds(r, item.get("nexthop/ip-address"))), None)
        zone, down = (via.interface, via.down) if via else ("", None)
    if zone:
        found.append(Route(zone, net, distance, item.line, text, down))
    else:
        reading.stray(item.line, text, "a route whose zone is not known", touching(_whole(net)))


def _whole(net: Network) -> Addresses:
    return {net.version: ((int(net.network_address), int(net.broadcast_address)),)}


def _holds(route: Route, hop: str) -> bool:
    try:
        return ip_address(hop) in route.network
    except ValueError:
        return False


def _network(items: Items, word: str) -> Network | None:
    """An interface address, perhaps by the name of an address object."""
    item = items.kind("address").get(word)
    try:
        return ip_network(item.get("ip-netmask") if item else word, strict=False)
    except ValueError:
        return None
