"""What is wrong with a site whose every field is well-formed: overlaps, parties on the wrong side."""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network
from itertools import combinations

from ringfence.model.site import Site, Vlan

# Path in the site file, what is wrong, what to do about it.
Problem = tuple[str, str, str]


def problems(site: Site) -> list[Problem]:
    """Every contradiction in the site, in the order of the file; empty when there is none."""
    return [*_zones(site), *_vlans(site), *_handset_side(site), *_server_side(site), *_handsets(site)]


def _inside(address: IPv4Address, networks: tuple[IPv4Network, ...]) -> bool:
    return any(address in network for network in networks)


def _zones(site: Site) -> Iterator[Problem]:
    sides = (("handsets", site.zones.handsets), ("servers", site.zones.servers))
    for name, networks in sides:
        if not networks:
            yield (
                f"$.zones.{name}",
                f"zone {name} has no network",
                "an empty zone is never 'any': list its networks",
            )
        for one, other in combinations(networks, 2):
            if one.overlaps(other):
                yield f"$.zones.{name}", f"{one} and {other} overlap", "list each address once"
    for one in site.zones.handsets:
        for other in site.zones.servers:
            if one.overlaps(other):
                yield (
                    "$.zones",
                    f"zones overlap: {one} (handsets) and {other} (servers)",
                    "a firewall has two sides",
                )


def _vlans(site: Site) -> Iterator[Problem]:
    vlans = [(name, vlan) for name, vlan in (("data", site.vlans.data), ("voice", site.vlans.voice)) if vlan]
    for name, vlan in vlans:
        yield from _vlan(site, f"$.vlans.{name}", vlan)
    if len(vlans) == 2:
        (_, data), (_, voice) = vlans
        if data.network.overlaps(voice.network):
            yield (
                "$.vlans",
                f"data {data.network} and voice {voice.network} overlap",
                "one network for each VLAN",
            )
        if voice.id == 0:
            yield (
                "$.vlans.voice.id",
                "a voice VLAN reached from a data VLAN is tagged",
                "give it an id of 1-4094",
            )
        elif data.id == voice.id:
            yield (
                "$.vlans",
                f"data and voice are both VLAN {voice.id}",
                "leave `data` out when there is one VLAN",
            )


def _vlan(site: Site, path: str, vlan: Vlan) -> Iterator[Problem]:
    if not any(vlan.network.subnet_of(network) for network in site.zones.handsets):
        yield f"{path}.network", f"{vlan.network} is not in zone handsets", "add it to zones.handsets"
    if vlan.network.prefixlen > 28:
        yield f"{path}.network", f"{vlan.network} has no room for handsets", "use a /28 or larger"
    if vlan.router not in vlan.network:
        yield (
            f"{path}.router",
            f"router {vlan.router} is not in {vlan.network}",
            "it is also the relay's giaddr",
        )
    elif vlan.router in {vlan.network.network_address, vlan.network.broadcast_address}:
        yield (
            f"{path}.router",
            f"{vlan.router} is not a host address of {vlan.network}",
            "choose a host address",
        )


def _handset_side(site: Site) -> Iterator[Problem]:
    for path, name, address in (
        ("$.relay.uplink", "relay uplink", site.relay.uplink),
        ("$.firewall.handset_side", "firewall", site.firewall.handset_side),
    ):
        if not _inside(address, site.zones.handsets):
            yield path, f"{name} {address} is not in zone handsets", "add its network to zones.handsets"
    if site.relay.uplink == site.firewall.handset_side:
        yield (
            "$.relay.uplink",
            f"relay and firewall share {site.relay.uplink}",
            "they are two ends of one link",
        )
    elif not any(site.relay.uplink in n and site.firewall.handset_side in n for n in site.zones.handsets):
        yield (
            "$.relay.uplink",
            f"relay uplink {site.relay.uplink} and firewall {site.firewall.handset_side} share no network",
            "list the network of the link between them in zones.handsets",
        )
    for vlan in (site.vlans.data, site.vlans.voice):
        if vlan and site.relay.uplink in vlan.network:
            yield (
                "$.relay.uplink",
                f"relay uplink {site.relay.uplink} is inside VLAN network {vlan.network}",
                "the uplink is the link between router and firewall",
            )


def _server_side(site: Site) -> Iterator[Problem]:
    servers = [
        ("$.firewall.server_side", "firewall", site.firewall.server_side),
        ("$.dhcp_server.address", "DHCP server", site.dhcp_server.address),
        ("$.file_server.address", "file server", site.file_server.address),
        *(("$.gatekeeper.addresses", "gatekeeper", address) for address in site.gatekeeper.addresses),
    ]
    for path, name, address in servers:
        if _inside(address, site.zones.handsets):
            yield path, f"{name} {address} is inside zone handsets", "no firewall would see its traffic"
        elif not _inside(address, site.zones.servers):
            yield path, f"{name} {address} is in no zone", "add its network to zones.servers"
        if address == site.firewall.server_side and name != "firewall":
            yield path, f"{name} and firewall share {address}", "they are two machines"
    if not site.gatekeeper.addresses:
        yield "$.gatekeeper.addresses", "no gatekeeper address", "an empty list is never 'any'"
    if len(set(site.gatekeeper.addresses)) != len(site.gatekeeper.addresses):
        yield "$.gatekeeper.addresses", "an address is listed twice", "list each gatekeeper once"
    for network in site.zones.servers:
        if network.prefixlen > 29:
            yield (
                "$.zones.servers",
                f"{network} has no room for a server and a gateway",
                "use a /29 or larger",
            )
    if site.dhcp_server.option not in {176, 242}:
        yield (
            "$.dhcp_server.option",
            f"option {site.dhcp_server.option} is not read by handsets",
            "use 242 or 176",
        )


def _handsets(site: Site) -> Iterator[Problem]:
    octets = site.handsets.mac.split(":")
    if len(octets) != 6 or not all(len(o) == 2 and set(o.lower()) <= set("0123456789abcdef") for o in octets):
        yield "$.handsets.mac", f"{site.handsets.mac!r} is no MAC address", "write 00:1b:4f:00:00:01"
    elif int(octets[0], 16) & 1:
        yield "$.handsets.mac", f"{site.handsets.mac} is a group address", "a handset has a unicast address"
    yield from _silences(site)
    if not site.handsets.extension or set(site.handsets.extension) - set("0123456789#*,"):
        yield "$.handsets.extension", "an extension is dialled digits (0-9 # * ,)", "write 2001"


def _silences(site: Site) -> Iterator[Problem]:
    """A proof about aged state needs silences that are longer than the state lives."""
    longest = max(site.firewall.udp_timeout, site.firewall.udp_stream_timeout)
    times = site.registration
    for path, name, silence in (
        ("$.registration.notify_after", "notify_after", times.notify_after),
        ("$.registration.refresh", "refresh less notify_after", times.refresh - times.notify_after),
    ):
        if silence <= longest:
            yield (
                path,
                f"{name} is {silence} s, but the firewall remembers UDP for {longest} s",
                "choose longer silences: what state lets through proves no rule",
            )
