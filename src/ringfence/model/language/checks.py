"""What is wrong with a site whose every field is well-formed: overlaps, missing ways, odd addresses."""

import re
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv4Network

from ringfence.model.defaults import SITE_OPTION, SITE_OPTION_46XX
from ringfence.model.language.document import Path
from ringfence.model.language.group_checks import group_faults
from ringfence.model.language.nat import nat_faults
from ringfence.model.language.reading import Fault
from ringfence.model.language.talk_resolve import media_faults
from ringfence.model.site import DhcpServer, Discovery, FileServer, MediaGateway, Server, ServiceHost, Site
from ringfence.model.site_parts.name_server import NameServer

# What a rule's id may hold: group and firewall names become part of it.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")


def faults_of(site: Site) -> list[Fault]:
    """Every contradiction in the site; empty when there is none."""
    return [
        *_names(site),
        *_zones(site),
        *_firewalls(site),
        *_servers(site),
        *_overlaps(site),
        *_trunks(site),
        *(fault for group in site.groups for fault in group_faults(site, group)),
        *media_faults(site),
        *nat_faults(site),
        *_rules(site),
    ]


def _names(site: Site) -> Iterator[Fault]:
    for kind, named in (
        ("zones", (each.name for each in site.zones)),
        ("firewalls", (each.name for each in site.firewalls)),
        ("phones", (each.name for each in site.groups)),
    ):
        for name in named:
            if not NAME.fullmatch(name):
                yield Fault(
                    (kind, name), f"{name!r} is not a valid name", "letters, digits and . _ -, at most 63"
                )
    if not site.groups:
        yield Fault(("phones",), "no phones", "name one group at least")
    if not site.firewalls:
        yield Fault(("firewalls",), "no firewall", "without one no rule is needed")


def _zones(site: Site) -> Iterator[Fault]:
    every: list[tuple[IPv4Network, Path, str]] = []
    for zone in site.zones:
        if not zone.networks:
            yield Fault(
                ("zones", zone.name),
                f"zone {zone.name} has no network",
                "an empty zone is never 'any': list its networks",
            )
        every += [(network, ("zones", zone.name), zone.name) for network in zone.networks]
    told: set[tuple[str, str]] = set()
    for (one, _, first), (other, path, second) in _overlapping(every):
        if first == second:
            yield Fault(path, f"{one} and {other} overlap", "list each address once")
        elif (first, second) not in told:
            told.add((first, second))
            yield Fault(
                ("zones",),
                f"zones overlap: {one} ({first}) and {other} ({second})",
                "a firewall has two sides",
            )


def _overlapping(
    networks: Iterable[tuple[IPv4Network, Path, str]],
) -> Iterator[tuple[tuple[IPv4Network, Path, str], tuple[IPv4Network, Path, str]]]:
    """Each network that lies within, or equals, one before it in the order of addresses; once."""
    outer: tuple[IPv4Network, Path, str] | None = None
    for each in sorted(networks, key=lambda one: (int(one[0].network_address), one[0].prefixlen)):
        if outer is not None and each[0].subnet_of(outer[0]):
            yield outer, each
        else:
            outer = each


def _firewalls(site: Site) -> Iterator[Fault]:
    seen: dict[IPv4Address, str] = {}
    for firewall in site.firewalls:
        at = ("firewalls", firewall.name)
        for number, address in enumerate(firewall.addresses):
            if address in seen:
                yield Fault(
                    (*at, "addresses", number), f"{address} is listed twice", "an address belongs to one host"
                )
            seen[address] = firewall.name
        if len(firewall.zones) < 2:
            yield Fault(
                at,
                f"{firewall.name} joins {' and '.join(firewall.zones) or 'no zone'} alone",
                "give it an address in two zones, or name them under zones:",
            )


def _servers(site: Site) -> Iterator[Fault]:
    for server in site.servers:
        at, words = _named(server)
        zone = site.zone_of(server.address)
        if zone is None:
            yield Fault(at, f"{words} {server.address} is in no zone", "add its network to a zone")
            continue
        owner = site.own_addresses.get(server.address)
        if owner is not None and not isinstance(server, DhcpServer):
            yield Fault(at, f"{words} and {owner} share {server.address}", "they are two machines")
        home = next(network for network in site.zone(zone).networks if server.address in network)
        if home.prefixlen > 29:
            yield Fault(
                ("zones", zone), f"{home} has no room for a server and a gateway", "use a /29 or larger"
            )
        if server.address in {home.network_address, home.broadcast_address}:
            yield Fault(at, f"{server.address} is not a host address of {home}", "choose a host address")
    options = {each.option for group in site.groups for each in group.dhcp} - {SITE_OPTION, SITE_OPTION_46XX}
    for option in options:
        yield Fault(
            ("servers", "dhcp"),
            f"option {option} is not read by handsets",
            f"use {SITE_OPTION} or {SITE_OPTION_46XX}",
        )


def _named(server: Server) -> tuple[Path, str]:
    """Where the file speaks of the server, and what it is."""
    match server:
        case DhcpServer():
            return ("servers", "dhcp"), "DHCP server"
        case NameServer():
            return ("servers", "dns"), "DNS server"
        case FileServer():
            return ("servers", "files"), "file server"
        case MediaGateway():
            return ("media", "gateways"), "media gateway"
        case ServiceHost(kind=kind):
            return ("monitoring", kind.value), f"{kind} host"
        case _:
            return ("servers", "gatekeepers"), "gatekeeper"


def _overlaps(site: Site) -> Iterator[Fault]:
    every: list[tuple[IPv4Network, Path, str]] = []
    for group in site.groups:
        every += [(vlan.network, ("phones", group.name, key), group.name) for key, vlan in group.vlans]
    for (one, _, first), (other, path, second) in _overlapping(every):
        if first == second:
            yield Fault(path, f"{one} and {other} overlap", "one network for each VLAN")
        else:
            yield Fault(
                path, f"{one} of {first} and {other} of {second} overlap", "a phone belongs to one group"
            )


def _trunks(site: Site) -> Iterator[Fault]:
    """A firewall that is the router carries its VLANs on one trunk: an id names one network there."""
    seen: dict[tuple[str, int], str] = {}
    for group in site.groups:
        for key, vlan in group.vlans:
            owner = site.own_addresses.get(vlan.router)
            if owner is None or not vlan.id:
                continue
            before = seen.setdefault((owner, vlan.id), f"{group.name} {key}")
            if before != f"{group.name} {key}":
                yield Fault(
                    ("phones", group.name, key, "vlan"),
                    f"VLAN {vlan.id} of {owner} is listed twice: {before} and {group.name} {key}",
                    "leave the id out where each has a link of its own to the firewall",
                )


def _rules(site: Site) -> Iterator[Fault]:
    if not site.rules:
        return
    if len(site.firewalls) > 1:
        yield Fault(("rules",), "a rule table is proved at one firewall", "describe one firewall")
    if any(group.calls.discovery is Discovery.MULTICAST for group in site.groups) and len(site.groups) > 1:
        yield Fault(("rules",), "a rule table is proved for one group of phones", "describe one group")
