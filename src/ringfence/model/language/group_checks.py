"""What is wrong with one group of phones: VLANs, router and relay, ways to its servers, times."""

import re
from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address

from ringfence.model.language.document import Path
from ringfence.model.language.reading import Fault
from ringfence.model.site import (
    Addressing,
    Family,
    Group,
    Scheme,
    Server,
    Site,
    Vlan,
)
from ringfence.model.site_parts.user import MOST_NAME

_FEWEST = 28  # the longest prefix with room for phones beside router and relay


def group_faults(site: Site, group: Group) -> Iterator[Fault]:
    """Every contradiction of this group."""
    yield from _vlans(site, group)
    yield from _uplinks(site, group)
    yield from _lists(group)
    yield from _names(group)
    yield from _ways(site, group)
    yield from _relays(site, group)
    yield from _subnets(site, group)
    if group.addressing is Addressing.DHCP:
        yield from _relaying_server(site, group)
    yield from _user(group)
    yield from _silences(site, group)


_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_NAME = re.compile(rf"(?=.{{1,253}}$){_LABEL}(\.{_LABEL})*")


def _names(group: Group) -> Iterator[Fault]:
    """Servers that phones are told by name: RFC 1123 section 2.1."""
    for host in group.hosts:
        if not _NAME.fullmatch(host) or host.replace(".", "").isdigit():
            yield Fault(
                ("servers",), f"{host!r} is no DNS name", "a host name: letters, digits and -, apart by dots"
            )
    if group.hosts and not group.dns:
        told = next(iter(group.hosts))
        yield Fault(
            ("phones", group.name),
            f"its phones are told {told} and have no DNS server to ask",
            "list the servers of option 6 under servers: dns:, or leave host out",
        )


def _vlans(site: Site, group: Group) -> Iterator[Fault]:
    at = ("phones", group.name)
    both = [("data", group.data), ("voice", group.voice)]
    for key, vlan in both:
        if vlan is not None:
            yield from _vlan(site, (*at, key), vlan)
    if group.data is None:
        return
    if group.voice.id == 0:
        yield Fault(
            (*at, "voice"), "a voice VLAN reached from a data VLAN is tagged", "give it an id of 1-4094"
        )
    elif group.data.id == group.voice.id:
        yield Fault(
            (*at, "data"),
            f"data and voice are both VLAN {group.voice.id}",
            "leave `data` out when there is one VLAN",
        )
    if group.addressing is Addressing.STATIC:
        yield Fault(
            (*at, "data"), "phones with static addresses do not boot on another VLAN", "leave `data` out"
        )


def _vlan(site: Site, at: Path, vlan: Vlan) -> Iterator[Fault]:
    network = vlan.network
    if site.zone_of(network) is None:
        yield Fault((*at, "network"), f"{network} is in no zone", "add it to one zone")
    if network.prefixlen > _FEWEST:
        yield Fault((*at, "network"), f"{network} has no room for handsets", f"use a /{_FEWEST} or larger")
    if vlan.router not in network:
        yield Fault(
            (*at, "router"), f"router {vlan.router} is not in {network}", "it is also the relay's giaddr"
        )
    for giaddr in sorted(set(vlan.relay.giaddrs if vlan.relay else ()) - {vlan.router}):
        if giaddr not in network:
            yield Fault(
                (*at, "giaddr"), f"giaddr {giaddr} is not in {network}", "choose an address of that network"
            )
        elif vlan.router in site.own_addresses and giaddr not in site.own_addresses:
            owner = site.own_addresses[vlan.router]
            yield Fault(
                (*at, "giaddr"), f"{giaddr} is not an address of {owner}", f"add it to {owner}'s addresses"
            )
    if vlan.router in {network.network_address, network.broadcast_address}:
        yield Fault(
            (*at, "router"), f"{vlan.router} is not a host address of {network}", "choose a host address"
        )


def _uplinks(site: Site, group: Group) -> Iterator[Fault]:
    """The router's address towards the firewall: on a link of its own, in the phones' zone."""
    at = ("phones", group.name)
    zone = site.zone_of(group.voice.network)
    if zone is None:
        return
    uplinks = {
        address
        for _, vlan in group.vlans
        if vlan.router not in site.own_addresses
        for address in (vlan.uplink, *(vlan.relay.uplinks if vlan.relay else ()))
        if address is not None and address != vlan.router
    }
    near = {
        address
        for firewall in site.firewalls
        for address in firewall.addresses
        if site.zone_of(address) == zone and not any(address in vlan.network for _, vlan in group.vlans)
    }
    for uplink in sorted(uplinks, key=int):
        if site.zone_of(uplink) != zone:
            there = site.zone_of(uplink) or "no zone"
            yield Fault(
                (*at, "relay"),
                f"relay uplink {uplink} is in {there}, its phones in {zone}",
                f"the router is in the phones' zone: add the network of its uplink to {zone}",
            )
        elif uplink in near:
            yield Fault((*at, "relay"), f"relay and firewall share {uplink}", "they are two ends of one link")
        elif any(uplink in vlan.network for _, vlan in group.vlans):
            yield Fault(
                (*at, "relay"),
                f"relay uplink {uplink} is inside a VLAN of the group",
                "the uplink is the link between router and firewall",
            )
        elif near and not any(
            uplink in network and _any_in(network, near) for network in site.zone(zone).networks
        ):
            yield Fault(
                (*at, "relay"),
                f"relay uplink {uplink} and firewall {min(near)} share no network",
                f"list the network of the link between them in zone {zone}",
            )


def _any_in(network: object, addresses: set[IPv4Address]) -> bool:
    return any(address in network for address in addresses)  # type: ignore[operator]


def _lists(group: Group) -> Iterator[Fault]:
    at = ("phones", group.name)
    if not group.gatekeepers:
        yield Fault((*at, "gatekeepers"), "no gatekeeper address", "an empty list is never 'any'")
    elif len(group.gatekeepers) == len(group.alternates):
        said = "its phones know of no gatekeeper to register with"
        yield Fault((*at, "alternates"), said, "an alternate is heard of from one that is listed")
    if group.addressing is Addressing.DHCP and not group.dhcp:
        yield Fault((*at, "dhcp"), "no DHCP server", "name one, or write addressing: static")
    by_tftp = any(each.scheme is Scheme.TFTP for each in group.files)
    if by_tftp and group.calls.family is not Family.AVAYA_46XX:
        said = f"{group.calls.family} phones do not fetch files by TFTP"
        yield Fault((*at, "files"), said, "write family: 46xx (and option: 176), or another scheme")
    for scheme in Scheme:
        same = {(each.port, each.directory) for each in group.files if each.scheme is scheme}
        if len(same) > 1:
            said = f"its {scheme} file servers differ in port or directory"
            yield Fault((*at, "files"), said, "option 242/176 names one port and directory for all of them")
    if len({each.ras_port for each in group.gatekeepers}) > 1:
        yield Fault(
            (*at, "gatekeepers"), "its gatekeepers differ in RAS port", "MCPORT is one for all of them"
        )
    if len({each.option for each in group.dhcp}) > 1:
        yield Fault((*at, "dhcp"), "its DHCP servers use different options", "phones ask for one")
    for key, servers in (("dhcp", group.dhcp), ("files", group.files), ("gatekeepers", group.gatekeepers)):
        addresses = [(each.address, getattr(each, "port", 0)) for each in servers]
        if len(set(addresses)) != len(addresses):
            yield Fault((*at, key), "an address is listed twice", "list each server once")


def _ways(site: Site, group: Group) -> Iterator[Fault]:
    """Every server can be reached, and a firewall sees some gatekeeper: else there is nothing to prove."""
    here = site.zone_of(group.voice.network)
    if here is None:
        return
    lists: Sequence[tuple[str, Sequence[Server]]] = (
        ("dhcp", group.dhcp),
        ("files", group.files),
        ("gatekeepers", group.gatekeepers),
        ("voice", site.everybodys),
    )
    for key, servers in lists:
        for server in servers:
            there = site.zone_of(server.address)
            if there is not None and not site.joined(here, there):
                yield Fault(
                    ("phones", group.name, key),
                    f"no firewall joins {here} to {there}, where {server.address} is",
                    "give a firewall an address in both, or a path through others",
                )
    routed = group.voice.router in site.own_addresses
    seen = [
        each
        for each in group.gatekeepers
        if (routed and each.address not in group.voice.network) or site.zone_of(each.address) != here
    ]
    if group.gatekeepers and not seen:
        yield Fault(
            ("phones", group.name, "gatekeepers"),
            f"gatekeeper {group.gatekeepers[0].address} is inside zone {here}",
            "no firewall would see its traffic",
        )


def _subnets(site: Site, group: Group) -> Iterator[Fault]:
    """A server beside a VLAN has a network of its own: a summary of both would put it on the VLAN."""
    for key, vlan in group.vlans:
        zone = site.zone_of(vlan.network)
        around = [net for net in site.zone(zone).networks if vlan.network.subnet_of(net)] if zone else []
        for server in group.servers:
            beside = server.address not in vlan.network and not site.vlan_networks.has(server.address)
            if beside and any(server.address in net for net in around):
                yield Fault(
                    ("phones", group.name, key),
                    f"{server.address} and {vlan.network} are both in {around[0]}",
                    f"list the networks of zone {zone} separately",
                )


def _relays(site: Site, group: Group) -> Iterator[Fault]:
    if group.addressing is Addressing.STATIC:
        return
    for key, vlan in group.vlans:
        far = [each for each in group.dhcp if each.address not in vlan.network]
        if far and vlan.relay is None:
            yield Fault(
                ("phones", group.name, key),
                f"nothing relays DHCP from {vlan.network} to {far[0].address}",
                "write relay: ADDRESS or relay: giaddr, name a DHCP server in the VLAN, "
                "or write addressing: static",
            )


def _relaying_server(site: Site, group: Group) -> Iterator[Fault]:
    """Server and relay agent of one machine would both listen on UDP port 67."""
    for key, vlan in group.vlans:
        owner = site.own_addresses.get(vlan.router)
        machine = {vlan.router, vlan.uplink, *(vlan.relay.addresses if vlan.relay else ())}
        if owner is not None:
            machine = set(site.firewall(owner).addresses)
        asked = [
            each for each in group.dhcp if each.address not in machine and each.address not in vlan.network
        ]
        if asked and any(each.address in machine for each in group.dhcp):
            yield Fault(
                ("phones", group.name, key),
                f"{owner or 'the router'} is a DHCP server itself and cannot relay to {asked[0].address}",
                "list it, or the other servers, under dhcp:",
            )


def _user(group: Group) -> Iterator[Fault]:
    at = ("phones", group.name)
    mac, extension = group.user.mac, group.user.extension
    octets = mac.split(":")
    if len(octets) != 6 or not all(len(o) == 2 and set(o.lower()) <= set("0123456789abcdef") for o in octets):
        yield Fault((*at, "mac"), f"{mac!r} is not a MAC address", "write 00:1b:4f:00:00:01")
    elif int(octets[0], 16) & 1:
        yield Fault((*at, "mac"), f"{mac} is a group address", "a handset has a unicast address")
    if not extension or set(extension) - set("0123456789#*,"):
        yield Fault((*at, "extension"), "an extension is dialled digits (0-9 # * ,)", "write 2001")
    for key, text in (("extension", extension), ("password", group.user.password)):
        if len(text) > MOST_NAME:
            yield Fault((*at, key), f"{len(text)} characters", f"write at most {MOST_NAME}")


def _silences(site: Site, group: Group) -> Iterator[Fault]:
    """A proof about aged state needs silences that are longer than the state lives."""
    longest = max((max(each.udp_timeout, each.udp_stream_timeout) for each in site.firewalls), default=0)
    times = group.calls
    for key, name, silence in (
        ("notify_after", "notify_after", times.notify_after),
        ("refresh", "refresh less notify_after", times.refresh - times.notify_after),
    ):
        if silence <= longest:
            yield Fault(
                ("phones", group.name, key),
                f"{name} is {silence} s, but the firewall's UDP state lasts {longest} s",
                "choose longer times: a packet that passes by state proves no rule",
            )
