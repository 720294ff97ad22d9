"""What was written -> a `Site`: names become what they name, what was left out is filled in.

Every reference that leads nowhere is a fault; whether the whole makes sense is asked in `checks`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import TypeVar

from ringfence.model import defaults, site
from ringfence.model.language.document import Path
from ringfence.model.language.nat import nat_of
from ringfence.model.language.reading import Fault, unknown_name
from ringfence.model.language.second import (
    DhcpText,
    DnsText,
    FilesText,
    GatekeeperText,
    PhonesText,
    SiteText,
    VlanText,
)
from ringfence.model.language.talk_resolve import media_of, monitoring_of
from ringfence.model.site import RelaySource, Scheme
from ringfence.model.site_parts.name_server import NameServer
from ringfence.model.site_parts.rule_table import Row
from ringfence.model.site_parts.user import User

_USUAL_PORTS = {
    Scheme.HTTP: defaults.HTTP_PORT,
    Scheme.HTTPS: defaults.HTTPS_PORT,
    Scheme.TFTP: defaults.TFTP_PORT,
}
_FIRST, _LAST = "first", "last"
Server = TypeVar("Server", site.DhcpServer, NameServer, site.FileServer, site.Gatekeeper)
_Text = TypeVar("_Text", DhcpText, DnsText, FilesText, GatekeeperText)


@dataclass(frozen=True, slots=True)
class _Servers:
    """By name and by address, in the order of the file; a name may stand for several addresses."""

    dhcp: dict[str, tuple[site.DhcpServer, ...]]
    dns: dict[str, tuple[NameServer, ...]]
    files: dict[str, tuple[site.FileServer, ...]]
    gatekeepers: dict[str, tuple[site.Gatekeeper, ...]]


def resolved(text: SiteText) -> tuple[site.Site, list[Fault]]:
    """The site, as far as it can be put together, and what leads nowhere."""
    faults: list[Fault] = []
    zones = tuple(site.Zone(name, zone.networks, zone.interface) for name, zone in text.zones.items())
    lookup = site.Site(text.site, zones, (), ())
    routed = _routed(text, faults)
    firewalls = tuple(_firewall(lookup, text, name, routed.get(name, ()), faults) for name in text.firewalls)
    servers = _servers(text, faults)
    own = {address: firewall.name for firewall in firewalls for address in firewall.addresses}
    groups = tuple(_group(name, each, servers, own, faults) for name, each in text.phones.items())
    rows = tuple(
        Row(row.from_, row.to, row.protocol, row.from_ports, row.to_ports, row.icmp_type, row.note)
        for row in text.rules
    )
    media = media_of(text.media, lookup, groups, text.phones, faults)
    return site.Site(text.site, zones, firewalls, groups, rows, media, monitoring_of(text.monitoring)), faults


def _routed(text: SiteText, faults: list[Fault]) -> dict[str, list[IPv4Address]]:
    """The routers of VLANs that a group says a firewall routes, by that firewall."""
    found: dict[str, list[IPv4Address]] = {}
    for name, group in text.phones.items():
        if not group.routed_by:
            continue
        if group.routed_by not in text.firewalls:
            faults.append(
                unknown_name(("phones", name, "routed_by"), "firewall", group.routed_by, text.firewalls)
            )
            continue
        for vlan in (group.data, group.voice):
            router = None if vlan is None else _router_of(vlan, _FIRST)
            if router is not None:
                found.setdefault(group.routed_by, []).append(router)
    return found


def _router_of(vlan: VlanText, otherwise: str = "") -> IPv4Address | None:
    """The address that `router` says; None: it says none, or what is none."""
    word, network = vlan.router or otherwise, vlan.network
    if word in {_FIRST, _LAST}:
        return network[1 if word == _FIRST else -2] if network.num_addresses > 2 else network[0]
    try:
        return IPv4Address(word)
    except ValueError:
        return None


def _firewall(
    lookup: site.Site, text: SiteText, name: str, routed: Sequence[IPv4Address], faults: list[Fault]
) -> site.Firewall:
    written = text.firewalls[name]
    at = ("firewalls", name)
    joined: dict[str, None] = {}
    own = tuple(dict.fromkeys((*written.addresses, *routed)))
    for address in routed:
        if (zone := lookup.zone_of(address)) is not None:
            joined[zone] = None
    for number, address in enumerate(written.addresses):
        zone = lookup.zone_of(address)
        if zone is None:
            faults.append(
                Fault(
                    (*at, "addresses", number), f"{name} {address} is in no zone", "add its network to a zone"
                )
            )
        else:
            joined[zone] = None
    for number, zone in enumerate(written.zones):
        if zone not in text.zones:
            faults.append(unknown_name((*at, "zones", number), "zone", zone, text.zones))
        joined[zone] = None
    order = tuple(zone for zone in text.zones if zone in joined)
    return site.Firewall(
        name,
        order,
        own if len(set(written.addresses)) == len(written.addresses) else written.addresses,
        written.udp_timeout,
        written.udp_stream_timeout,
        written.icmp_timeout,
        written.tcp_timeout,
        written.dhcp_daemon,
        nat_of(written.nat, lookup, own, (*at, "nat"), faults),
        written.inspection,
    )


def _servers(text: SiteText, faults: list[Fault]) -> _Servers:
    return _Servers(
        _by_name("dhcp", text.servers.dhcp, _dhcp, faults),
        _by_name("dns", text.servers.dns, _dns, faults),
        _by_name("files", text.servers.files, _files, faults),
        _by_name("gatekeepers", text.servers.gatekeepers, _gatekeeper, faults),
    )


def _by_name(
    kind: str,
    written: Sequence[_Text],
    make: Callable[[_Text, str, IPv4Address], Server],
    faults: list[Fault],
) -> dict[str, tuple[Server, ...]]:
    found: dict[str, tuple[Server, ...]] = {}
    for number, each in enumerate(written):
        at = ("servers", kind, number)
        if not each.address:
            faults.append(
                Fault(at, f"a server of `{kind}` without an address", "an empty list is never 'any'")
            )
            continue
        name = each.name or str(each.address[0])
        if name in found:
            faults.append(
                Fault(at, f"two servers of `{kind}` are called {name}", "give them different names")
            )
        found[name] = tuple(make(each, name, address) for address in each.address)
    return found


def _dhcp(each: DhcpText, name: str, address: IPv4Address) -> site.DhcpServer:
    return site.DhcpServer(name, address, each.lease, each.option)


def _dns(each: DnsText, name: str, address: IPv4Address) -> NameServer:
    return NameServer(name, address, each.domain)


def _files(each: FilesText, name: str, address: IPv4Address) -> site.FileServer:
    port = _USUAL_PORTS[each.scheme] if each.port is None else each.port
    return site.FileServer(name, address, each.scheme, port, each.directory, each.host)


def _gatekeeper(each: GatekeeperText, name: str, address: IPv4Address) -> site.Gatekeeper:
    ports = each.ras_port, each.signalling_port, each.tls_port
    return site.Gatekeeper(name, address, *ports, each.phone_address, each.host)


def _group(
    name: str, text: PhonesText, servers: _Servers, own: Mapping[IPv4Address, str], faults: list[Fault]
) -> site.Group:
    at = ("phones", name)
    alternates = _chosen(servers.gatekeepers, text.alternates, (*at, "alternates"), faults, "gatekeepers")
    return site.Group(
        name=name,
        voice=_vlan(text, text.voice, own, (*at, "voice"), faults),
        data=None if text.data is None else _vlan(text, text.data, own, (*at, "data"), faults),
        calls=site.Calls(
            text.signalling,
            text.discovery,
            text.family,
            text.ras_ports,
            text.signalling_port,
            text.gatekeeper_ports,
            text.echo_interval,
            text.notify_after,
            text.refresh,
            text.vlan_test,
        ),
        dhcp=_chosen(servers.dhcp, text.dhcp, (*at, "dhcp"), faults),
        files=_chosen(servers.files, text.files, (*at, "files"), faults),
        gatekeepers=(*_listed(servers, text, (*at, "gatekeepers"), faults), *alternates),
        addressing=text.addressing,
        user=User(text.mac, text.extension, text.password),
        dns=_chosen(servers.dns, text.dns, (*at, "dns"), faults),
        alternates=alternates,
    )


def _listed(
    servers: _Servers, text: PhonesText, at: Path, faults: list[Fault]
) -> tuple[site.Gatekeeper, ...]:
    """Those that the phones are told: without a list all but the alternates."""
    if text.gatekeepers is None:
        others = {name: each for name, each in servers.gatekeepers.items() if name not in text.alternates}
        return tuple(each for same in others.values() for each in same)
    for number, name in enumerate(text.gatekeepers):
        if name in text.alternates:
            said = f"{name} is listed, and an alternate too"
            faults.append(Fault((*at, number), said, "phones are told it before they register, or after"))
    return _chosen(servers.gatekeepers, text.gatekeepers, at, faults)


def _chosen(
    known: Mapping[str, tuple[Server, ...]],
    names: Sequence[str] | None,
    at: Path,
    faults: list[Fault],
    kind: str = "",
) -> tuple[Server, ...]:
    """The servers named, in order; all of them where nothing is named."""
    if names is None:
        return tuple(server for each in known.values() for server in each)
    found: list[Server] = []
    for number, name in enumerate(names):
        named = known.get(name) or tuple(
            server for each in known.values() for server in each if str(server.address) == name
        )
        if not named:
            faults.append(unknown_name((*at, number), f"server of `{kind or at[-1]}`", name, known))
        elif set(named) & set(found):
            faults.append(Fault((*at, number), f"{name} is listed twice", "list each server once"))
        found += named
    return tuple(found)


def _vlan(
    group: PhonesText, text: VlanText, own: Mapping[IPv4Address, str], at: Path, faults: list[Fault]
) -> site.Vlan:
    router = _router_of(text, _FIRST if group.routed_by else "")
    if router is None and text.router:
        said = f"{text.router!r} is neither an address nor first nor last"
        faults.append(Fault((*at, "router"), said, "the phones' router"))
        router = text.network[0]
    router = router or next((address for address in own if address in text.network), None)
    if router is None:
        faults.append(
            Fault(at, f"{text.network} has no router", "write router:, or give a firewall an address in it")
        )
        router = text.network[1] if text.network.num_addresses > 1 else text.network[0]
    giaddrs = text.giaddr or (router,)
    if router in own:
        # A firewall that is the router hears the phones' broadcasts, and no other agent does.
        relay = site.Relay(giaddrs, RelaySource.GIADDR, giaddrs)
        return site.Vlan(text.vlan, text.network, router, None, relay)
    words = group.relay if text.relay is None else text.relay
    place = (*at, "relay") if text.relay is not None else (*at[:2], "relay")
    asking = _relay(giaddrs, words, place, faults)
    uplink = group.uplink or next(iter(asking.uplinks if asking else ()), None)
    return site.Vlan(text.vlan, text.network, router, uplink, asking)


def _relay(
    giaddrs: tuple[IPv4Address, ...], words: Sequence[str], at: Path, faults: list[Fault]
) -> site.Relay | None:
    if not words:
        return None
    if list(words) == [RelaySource.GIADDR.value]:
        return site.Relay(giaddrs, RelaySource.GIADDR, giaddrs)
    addresses = []
    for number, word in enumerate(words):
        try:
            addresses.append(IPv4Address(word))
        except ValueError:
            faults.append(
                Fault(
                    (*at, number), f"{word!r} is neither giaddr nor an address", "where the agent asks from"
                )
            )
    if not addresses:
        return None
    return site.Relay(giaddrs, RelaySource.UPLINK, tuple(addresses))


def around(address: IPv4Address) -> IPv4Network:
    """The /24 of an address: what a person most likely means where only the address is known."""
    return IPv4Network(f"{address}/24", strict=False)
