"""Address translation as it is written, and what becomes of it."""

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network
from typing import Annotated, ClassVar

from msgspec import field

from ringfence.model import site
from ringfence.model.language.document import Path
from ringfence.model.language.reading import Fault, Part, unknown_name
from ringfence.model.language.saying import OWN, says
from ringfence.model.nat import Nat, NatKind

_RFC = "RFC 2663 sections 4.1.1 and 4.1.2"


class NatText(Part, frozen=True):
    """What a firewall does with the addresses of one of its zones; of several the first that fits counts."""

    SHORT: ClassVar[str] = ""

    from_: Annotated[str, says("The zone whose addresses are translated.", OWN)] = field(name="from")
    kind: Annotated[
        NatKind,
        says(
            "one-to-one: host for host, both ways; many-to-one: all behind one address, by ports; none: an "
            "exception to what follows.",
            _RFC,
        ),
    ]
    to: Annotated[
        tuple[str, ...],
        says("The zones towards which they are translated; without it every other zone.", OWN),
    ] = ()
    inside: Annotated[
        tuple[IPv4Network, ...],
        says("The networks that are translated; without it all of the zone.", OWN),
    ] = ()
    outside: Annotated[
        tuple[IPv4Network, ...],
        says(
            "one-to-one: a network as large as each of `inside`, in their order; many-to-one: one address as "
            "a /32, without it the firewall's own in the other zone.",
            OWN,
        ),
    ] = ()


def nat_of(
    written: Sequence[NatText], lookup: site.Site, own: tuple[IPv4Address, ...], at: Path, faults: list[Fault]
) -> tuple[Nat, ...]:
    """One entry for each pair of zones that is written of. `own` are the firewall's addresses."""
    zones = [zone.name for zone in lookup.zones]
    found: list[Nat] = []
    for number, each in enumerate(written):
        place = (*at, number)
        named = [("from", each.from_), *(("to", name) for name in each.to)]
        unknown = [(key, name) for key, name in named if name not in zones]
        faults += [unknown_name((*place, key), "zone", name, zones) for key, name in unknown]
        if unknown:
            continue
        inside = each.inside or lookup.zone(each.from_).networks
        for zone in each.to or [name for name in zones if name != each.from_]:
            outside = each.outside or _own_in(zone, lookup, own)
            many = each.kind is NatKind.MANY_TO_ONE
            found.append(
                Nat(each.from_, zone, each.kind, inside, outside if many or each.outside else ())
                if each.kind is not NatKind.NONE
                else Nat(each.from_, zone, each.kind)
            )
    return tuple(found)


def _own_in(zone: str, lookup: site.Site, own: Sequence[IPv4Address]) -> tuple[IPv4Network, ...]:
    address = next((each for each in own if lookup.zone_of(each) == zone), None)
    return () if address is None else (IPv4Network(address),)


def nat_faults(checked: site.Site) -> Iterator[Fault]:
    """Entries that cannot be carried out, or that the proof cannot follow."""
    for firewall in checked.firewalls:
        at = ("firewalls", firewall.name, "nat")
        for entry in firewall.nat:
            if entry.kind is not NatKind.NONE:
                yield from _entry(checked, firewall, entry, at)


def _entry(checked: site.Site, firewall: site.Firewall, entry: Nat, at: Path) -> Iterator[Fault]:
    apart = [zone for zone in (entry.source, entry.destination) if zone not in firewall.zones]
    if apart:
        yield Fault(
            at,
            f"{firewall.name} does not join {apart[0]}: it translates between zones that it joins",
            f"write nat: at a firewall of {apart[0]}, or name its zones: {', '.join(firewall.zones)}",
        )
        return
    if entry.source == entry.destination:
        yield Fault(at, f"from {entry.source} to itself no firewall is crossed", "name two zones")
    for network in entry.inside:
        if checked.zone_of(network) != entry.source:
            yield Fault(at, f"{network} is not in {entry.source}", "name networks of the zone under inside:")
    if entry.kind is NatKind.MANY_TO_ONE:
        yield from _many_to_one(firewall, entry, at)
    else:
        yield from _one_to_one(checked, entry, at)
    yield from _partly(checked, firewall, entry, at)


def _many_to_one(firewall: site.Firewall, entry: Nat, at: Path) -> Iterator[Fault]:
    if len(entry.outside) != 1 or entry.outside[0].prefixlen != 32:
        yield Fault(
            at,
            f"many-to-one towards {entry.destination} has no single outside address",
            f"write outside: ADDRESS/32, or give {firewall.name} an address in {entry.destination}",
        )


def _one_to_one(checked: site.Site, entry: Nat, at: Path) -> Iterator[Fault]:
    if [net.prefixlen for net in entry.inside] != [net.prefixlen for net in entry.outside]:
        inside, outside = (", ".join(map(str, nets)) or "none" for nets in (entry.inside, entry.outside))
        yield Fault(
            at,
            f"one-to-one: inside {inside} and outside {outside} are not of the same sizes",
            "write as many outside: networks as inside:, each of the same prefix length",
        )
    hosts = {each.address for each in checked.servers} | set(checked.own_addresses)
    for network in entry.outside:
        other = next(
            (
                zone.name
                for zone in checked.zones
                if zone.name != entry.destination and any(network.overlaps(each) for each in zone.networks)
            ),
            "",
        )
        taken = next((str(host) for host in sorted(hosts) if host in network), "")
        if other or taken:
            what = f"overlaps zone {other}" if other else f"holds {taken}"
            yield Fault(at, f"outside {network} {what}", "translate to addresses that nobody has")


def _partly(checked: site.Site, firewall: site.Firewall, entry: Nat, at: Path) -> Iterator[Fault]:
    """A network of phones is translated as a whole, or a rule would need two addresses for it."""
    for group in checked.groups:
        for _, vlan in group.vlans:
            for network in entry.inside:
                if network.overlaps(vlan.network) and not vlan.network.subnet_of(network):
                    yield Fault(
                        at, f"{network} is a part of {vlan.network} of {group.name}", "translate all of it"
                    )
            here = checked.zone_of(vlan.network) or ""
            for server in checked.servers:
                if not checked.joined(here, checked.zone_of(server.address) or ""):
                    continue  # said of the group
                way = checked.crossed(vlan, server.address)
                inside = any(vlan.network.subnet_of(network) for network in entry.inside)
                if inside and _goes_on(checked, firewall, entry, way):
                    yield Fault(
                        at,
                        f"{' and '.join(way)} are on the way from {vlan.network} to {server.address}",
                        "the proof follows translation at the last firewall before the servers",
                    )
                    return


def _goes_on(checked: site.Site, firewall: site.Firewall, entry: Nat, way: Sequence[str]) -> bool:
    """Whether packets that are translated here meet another firewall behind."""
    if firewall.name not in way[:-1]:
        return False
    behind = checked.firewall(way[way.index(firewall.name) + 1])
    return entry.destination in behind.zones
