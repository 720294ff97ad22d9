"""A file of the first edition said in the second: to be read, and to be printed.

What the old words leave open is an amendment: such a file is not read, but the new text is printed with the
amendment marked, for its owner to correct.
"""

from ipaddress import IPv4Address, IPv4Network
from typing import Any, NamedTuple

from ringfence.model.defaults import SITE_OPTION_46XX
from ringfence.model.language import second
from ringfence.model.language.document import Path
from ringfence.model.language.first import BranchText
from ringfence.model.language.reading import Fault
from ringfence.model.site import Addressing, Family, RelaySource, Scheme

GROUP = "handsets"
FIREWALL = "firewall"
OUTSIDE = "outside"
ASK = "ITS-ADDRESS"  # refused until its owner has put the address there

# Where the parts of the second edition stand in a file of the first, the longest path that fits first.
_PLACES: dict[Path, Path] = {
    ("firewalls", FIREWALL, "addresses", 0): ("firewall", "handset_side"),
    ("firewalls", FIREWALL, "addresses", 1): ("firewall", "server_side"),
    ("firewalls",): ("firewall",),
    ("servers", "dhcp"): ("dhcp_server",),
    ("servers", "files"): ("file_server",),
    ("servers", "gatekeepers"): ("gatekeeper", "addresses"),
    ("phones", GROUP, "voice"): ("vlans", "voice"),
    ("phones", GROUP, "data"): ("vlans", "data"),
    ("phones", GROUP, "relay"): ("relay", "uplink"),
    ("phones", GROUP, "dhcp"): ("dhcp_server",),
    ("phones", GROUP, "files"): ("file_server",),
    ("phones", GROUP, "gatekeepers"): ("gatekeeper", "addresses"),
    ("phones", GROUP, "mac"): ("handsets", "mac"),
    ("phones", GROUP, "extension"): ("handsets", "extension"),
    ("phones", GROUP, "password"): ("handsets", "password"),
    ("phones", GROUP, "notify_after"): ("registration", "notify_after"),
    ("phones", GROUP, "refresh"): ("registration", "refresh"),
    ("phones", GROUP): ("vlans",),
}


class Upgraded(NamedTuple):
    """The new text, and the faults of the old one that it amends."""

    text: second.SiteText
    amended: tuple[Fault, ...]


def place(path: Path) -> Path:
    """Where in a file of the first edition this part of the second is written."""
    for length in range(len(path), 0, -1):
        old = _PLACES.get(path[:length])
        if old is not None:
            rest = tuple({"vlan": "id"}.get(str(step), step) for step in path[length:])
            return (*old, *rest)
    return path


def upgraded(old: BranchText) -> Upgraded:
    """The same site in the second edition."""
    amended: list[Fault] = []
    zones = {
        "handsets": second.ZoneText(networks=old.zones.handsets),
        "servers": second.ZoneText(networks=old.zones.servers),
    }
    servers = _servers(old, amended)
    every = (*old.zones.handsets, *old.zones.servers)
    lost = [address for address in _server_addresses(old) if not any(address in network for network in every)]
    if lost:
        amended.append(
            Fault(_asked(old, lost[0]), f"{lost[0]} is in no zone", f"a third zone, {OUTSIDE}, for it")
        )
        networks = tuple(dict.fromkeys(IPv4Network(f"{address}/24", strict=False) for address in lost))
        zones[OUTSIDE] = second.ZoneText(networks=networks)
    text = second.SiteText(
        site=old.site,
        zones=zones,
        firewalls={FIREWALL: _firewall(old, outside=bool(lost))},
        servers=servers,
        phones={GROUP: _phones(old, amended)},
        rules=old.rules,
    )
    return Upgraded(text, tuple(amended))


def _server_addresses(old: BranchText) -> tuple[IPv4Address, ...]:
    return (*_dhcp_addresses(old), old.file_server.address, *_gatekeeper_addresses(old))


def _gatekeeper_addresses(old: BranchText) -> tuple[IPv4Address, ...]:
    return tuple(each.address for each in old.gatekeeper.addresses if each.address is not None)


def _asked(old: BranchText, address: IPv4Address) -> Path:
    if address == old.file_server.address:
        return ("file_server", "address")
    return ("dhcp_server",) if address in _dhcp_addresses(old) else ("gatekeeper", "addresses")


def _dhcp_addresses(old: BranchText) -> tuple[IPv4Address, ...]:
    return (*old.dhcp_server.address, *old.dhcp_server.addresses)


def _servers(old: BranchText, amended: list[Fault]) -> second.ServersText:
    return second.ServersText(
        dhcp=(
            second.DhcpText(
                name="dhcp",
                address=_dhcp_addresses(old),
                lease=old.dhcp_server.lease,
                option=SITE_OPTION_46XX if _by_tftp(old) else old.dhcp_server.option,
            ),
        ),
        files=(
            second.FilesText(
                name="files",
                address=(old.file_server.address,),
                scheme=old.file_server.scheme,
                port=old.file_server.port,
                directory=old.file_server.directory,
            ),
        ),
        gatekeepers=_gatekeepers(old, amended),
        dns=_name_servers(old, amended),
    )


def _name_servers(old: BranchText, amended: list[Fault]) -> tuple[second.DnsText, ...]:
    """Whom phones ask for a gatekeeper that they are told by name."""
    for number, each in enumerate(old.gatekeeper.addresses):
        if each.address is None:
            fill = f"the DNS server of option 6: {ASK} for you to fill in"
            amended.append(
                Fault(("gatekeeper", "addresses", number), f"phones ask DNS for {each.name}", fill)
            )
            unknown: tuple[Any, ...] = (ASK,)
            return (second.DnsText(name="dns", address=unknown),)
    return ()


def _by_tftp(old: BranchText) -> bool:
    return old.file_server.scheme is Scheme.TFTP


def _gatekeepers(old: BranchText, amended: list[Fault]) -> tuple[second.GatekeeperText, ...]:
    """Those with addresses as one entry, and each that was named, with addresses to be filled in."""
    known: list[tuple[str, str, tuple[Any, ...]]] = []
    if addresses := _gatekeeper_addresses(old):
        known.append(("gatekeeper", "", addresses))
    for number, each in enumerate(old.gatekeeper.addresses):
        if each.address is None:
            said = f"{each.name} is a name, and a rule needs addresses"
            fill = f"address: {ASK} for you to fill in"
            amended.append(Fault(("gatekeeper", "addresses", number), said, fill))
            known.append((each.name, each.name, (ASK,)))
    return tuple(
        second.GatekeeperText(
            name=name,
            host=host,
            address=addresses,
            ras_port=old.gatekeeper.ras_port,
            signalling_port=old.gatekeeper.signalling_port,
            tls_port=old.gatekeeper.tls_port,
        )
        for name, host, addresses in known
    )


def _relays_itself(old: BranchText) -> bool:
    """The old words of a firewall that is router and relay: the relay has one of its addresses."""
    own = {old.firewall.handset_side, old.firewall.server_side}
    return old.relay is not None and old.relay.uplink in own


def _firewall(old: BranchText, *, outside: bool) -> second.FirewallText:
    addresses = [old.firewall.handset_side, old.firewall.server_side]
    if _relays_itself(old):
        addresses += [vlan.router for vlan in (old.vlans.data, old.vlans.voice) if vlan]
    return second.FirewallText(
        addresses=tuple(dict.fromkeys(addresses)),
        zones=(OUTSIDE,) if outside else (),
        udp_timeout=old.firewall.udp_timeout,
        udp_stream_timeout=old.firewall.udp_stream_timeout,
        icmp_timeout=old.firewall.icmp_timeout,
        tcp_timeout=old.firewall.tcp_timeout,
    )


def _phones(old: BranchText, amended: list[Fault]) -> second.PhonesText:
    choice, handsets = old.registration, old.handsets
    relay: tuple[str, ...] = ()
    uplink = None
    addressing = Addressing.DHCP
    data = old.vlans.data
    family = handsets.family
    if _by_tftp(old) and family is not Family.AVAYA_46XX:
        said = f"{family} phones do not fetch files by TFTP"
        amended.append(Fault(("file_server", "scheme"), said, "family: 46xx and DHCP option 176"))
        family = Family.AVAYA_46XX
    if old.relay is None and not _beside_every_vlan(old):
        said = f"nothing relays DHCP from {old.vlans.voice.network} to {_dhcp_addresses(old)[0]}"
        amended.append(
            Fault(("dhcp_server",), said, "phones with addresses of their own (static), or a relay:")
        )
        addressing, data = Addressing.STATIC, None
    elif old.relay is not None and not _relays_itself(old):
        giaddr = old.relay.source is RelaySource.GIADDR
        relay = (RelaySource.GIADDR.value if giaddr else str(old.relay.uplink),)
        uplink = old.relay.uplink if giaddr else None
    voice = old.vlans.voice
    return second.PhonesText(
        voice=second.VlanText(network=voice.network, vlan=voice.id, router=str(voice.router)),
        data=None
        if data is None
        else second.VlanText(network=data.network, vlan=data.id, router=str(data.router)),
        signalling=choice.call_control,
        relay=relay,
        uplink=uplink,
        addressing=addressing,
        family=family,
        ras_ports=handsets.ras_ports,
        signalling_port=handsets.signalling_port,
        discovery=choice.discovery,
        gatekeeper_ports=choice.gatekeeper_ports,
        echo_interval=choice.echo_interval,
        notify_after=choice.notify_after,
        refresh=choice.refresh,
        vlan_test=handsets.vlan_test,
        mac=handsets.mac,
        extension=handsets.extension,
        password=handsets.password,
    )


def _beside_every_vlan(old: BranchText) -> bool:
    vlans = [vlan for vlan in (old.vlans.data, old.vlans.voice) if vlan]
    return all(any(a in vlan.network for a in _dhcp_addresses(old)) for vlan in vlans)
