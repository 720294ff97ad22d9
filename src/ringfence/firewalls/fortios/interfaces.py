"""FortiOS: the networks behind interfaces, and which interfaces pass nothing.

Written from the FortiOS CLI Reference 6.0 to 7.4: system interface, virtual-switch, switch-interface, sdwan,
zone, router static. No device has checked the reading.
"""

from collections.abc import Mapping
from ipaddress import ip_network

from ringfence.firewalls.common.behind import Down, Route
from ringfence.firewalls.common.interfaces.members import members_down
from ringfence.firewalls.common.reading import Reading
from ringfence.firewalls.fortios.tree import Node
from ringfence.model.address import Network
from ringfence.policy.terms import Addresses, touching

_NONE = Node("", 0)
_DEPTH = 8  # an interface that is a part of another, which is made of others
_SDWAN = ("system sdwan", "system virtual-wan-link")  # the second before 7.0
_ZONE = "virtual-wan-link"  # the zone that every member is in unless it says another


def interfaces_down(tables: Mapping[str, Node]) -> dict[str, Down]:
    """The interfaces and zones that pass nothing: by their lines, or those of what they are made of."""
    found = _Ports(tables)
    out = {name: down for name in found.entries if (down := found.down(name)) is not None}
    for zone, members in _zones(tables, out).items():
        if down := members_down(members):
            out[zone] = down
    for name in _SDWAN:
        table = tables.get(name, _NONE)
        if table.tables and table.get("status") != "enable":
            down = Down(table.line, f"config {name}", "it is not enabled")
            out |= dict.fromkeys((_ZONE, *_members_by_zone(table)), down)
    return out


class _Ports:
    """The interfaces of a text, and what each is made of."""

    def __init__(self, tables: Mapping[str, Node]) -> None:
        self.entries = {entry.name: entry for entry in tables.get("system interface", _NONE).entries}
        self.members: dict[str, tuple[str, ...]] = {}
        for entry in (*self.entries.values(), *tables.get("system switch-interface", _NONE).entries):
            if entry.all("member"):
                self.members[entry.name] = entry.all("member")
        for entry in tables.get("system virtual-switch", _NONE).entries:
            ports = tuple(one.name for table in entry.tables if table.name == "port" for one in table.entries)
            self.members[entry.name] = ports
        self._known: dict[str, Down | None] = {}

    def down(self, name: str, depth: int = 0) -> Down | None:
        entry = self.entries.get(name)
        if entry is None or depth > _DEPTH:
            return None
        if name not in self._known:
            self._known[name] = None
            self._known[name] = self._of(entry, depth)
        return self._known[name]

    def _of(self, entry: Node, depth: int) -> Down | None:
        if entry.get("status") == "down":
            return Down(entry.sets["status"].line, f"{entry.name}: set status down", "down")
        if entry.get("dedicated-to") == "management":
            line = entry.sets["dedicated-to"].line
            return Down(line, f"{entry.name}: set dedicated-to management", "for management only")
        least = entry.get("min-links", "1")
        parts = [self.down(one, depth + 1) for one in self.members.get(entry.name, ())]
        enough = int(least) if least.isascii() and least.isdigit() and len(least) < 4 else 1
        if found := members_down(parts, enough):
            return found
        parent = entry.get("interface")
        return self.down(parent, depth + 1) if parent != entry.name else None


def _zones(tables: Mapping[str, Node], down: Mapping[str, Down]) -> dict[str, list[Down | None]]:
    """Why each member of each zone passes nothing; one of SD-WAN may be switched off."""
    found: dict[str, list[Down | None]] = {
        entry.name: [down.get(one) for one in entry.all("interface")]
        for entry in tables.get("system zone", _NONE).entries
    }
    for name in _SDWAN:
        for zone, members in _members_by_zone(tables.get(name, _NONE)).items():
            found[zone] = [
                Down(one.sets["status"].line, f"SD-WAN member {one.name}: set status disable", "disabled")
                if one.get("status") == "disable"
                else down.get(one.get("interface"))
                for one in members
            ]
    return found


def _members_by_zone(table: Node) -> dict[str, list[Node]]:
    found: dict[str, list[Node]] = {
        entry.name: [] for inner in table.tables if inner.name == "zone" for entry in inner.entries
    }
    for inner in table.tables:
        if inner.name == "members":
            for entry in inner.entries:
                found.setdefault(entry.get("zone", _ZONE), []).append(entry)
    return found


def _whole(net: Network) -> Addresses:
    return {net.version: ((int(net.network_address), int(net.broadcast_address)),)}


def routes(tables: Mapping[str, Node], down: Mapping[str, Down], reading: Reading) -> list[Route]:
    """What interface addresses and static routes say."""
    found: list[Route] = []
    for entry in tables.get("system interface", _NONE).entries:
        _interface(entry, found, reading)
    for entry in tables.get("router static", _NONE).entries:
        if entry.get("status") != "disable":
            _static(entry, found, reading)
    known = {entry.name for entry in tables.get("system interface", _NONE).entries}
    named = known | _zones(tables, {}).keys() | {_ZONE}
    for route in found:
        if route.interface and known and route.interface not in named:
            why = "a route by an interface that is not there"
            reading.stray(route.line, route.text, why, touching(_whole(route.network)))
    return [route._replace(down=down.get(route.interface)) for route in found]


def _static(entry: Node, found: list[Route], reading: Reading) -> None:
    words = entry.all("dst") or ("0.0.0.0", "0.0.0.0")
    discards = entry.on("blackhole")
    # A route by a zone of SD-WAN members goes to the interface of the zone's name (7.0: sdwan-zone).
    zone = entry.get("sdwan-zone") or ("virtual-wan-link" if entry.on("sdwan") else "")
    device = "" if discards else entry.get("device") or zone
    text = f"route {' '.join(words)} {'blackhole' if discards else device}"
    try:
        if entry.sets.keys() & {"dstaddr", "internet-service"}:
            raise ValueError
        net = ip_network("/".join(words), strict=False)
        distance = max(1, int(entry.get("distance", "10")[:4]))
    except ValueError:
        reading.stray(entry.line, text, "a route that is not by network and device")
        return
    if device or discards:
        found.append(Route(device, net, distance, entry.line, text, discards=discards))
    else:
        reading.stray(entry.line, text, "a route that is not by network and device", touching(_whole(net)))


def _interface(entry: Node, found: list[Route], reading: Reading) -> None:
    if entry.get("mode") in {"dhcp", "pppoe"} and entry.get("defaultgw", "enable") == "enable":
        text = f"{entry.name}: default route by {entry.get('mode')}"
        found.append(Route(entry.name, ip_network("0.0.0.0/0"), 5, entry.line, text))
    addresses = [entry.sets.get("ip"), *(s.sets.get("ip") for t in entry.tables for s in t.entries)]
    for setting in addresses:
        words = setting.values if setting else ()
        if not setting or words == ("0.0.0.0", "0.0.0.0"):
            continue
        try:
            net = ip_network("/".join(words), strict=False)
        except ValueError:
            reading.stray(setting.line, " ".join(words), "not an address and mask")
            continue
        found.append(Route(entry.name, net, 0, setting.line, f"{entry.name} {net}"))
    six = next((t.sets["ip6-address"] for t in entry.tables if "ip6-address" in t.sets), None)
    if six and six.values and six.values[0] != "::/0":
        try:
            net = ip_network(six.values[0], strict=False)
        except ValueError:
            reading.stray(six.line, " ".join(six.values), "not a prefix")
            return
        found.append(Route(entry.name, net, 0, six.line, f"{entry.name} {net}"))
