"""How each kind of router or switch is told to relay, by its vendor's reference."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ringfence.dhcp_servers.document import UNTESTED, DeviceNames, Written, backslashed, harmless
from ringfence.dhcp_servers.relays.relayed import RelayedVlan
from ringfence.model.errors import InputError
from ringfence.model.site import RelaySource


@dataclass(frozen=True, slots=True)
class RelayKind:
    """`lines` are those of one VLAN, given its interface; `before` and `after` stand once.

    `usual`: what the device calls the interface of a VLAN, its id to be put behind it; empty: anything.
    `source`: from which address it asks, where a document or a measurement says so. `most`: how many
    servers an interface can have, where there is a limit.
    """

    name: str
    title: str
    lines: Callable[[RelayedVlan, str], list[str]]
    mark: str = "#"
    usual: str = ""
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    source: RelaySource | None = None
    most: int = 0
    notes: tuple[str, ...] = (UNTESTED,)


def write_relay(name: str, vlans: Sequence[RelayedVlan], names: DeviceNames) -> Written:
    """The lines for the kind of that name. InputError for another name, for an interface that nobody named,
    and where it asks from another address than the site says: the rules would not fit.
    """
    kind = RELAY_KINDS.get(name)
    if kind is None:
        raise InputError(
            f"{name!r} is no kind of relay agent", where="--relay", remedy=f"one of: {', '.join(RELAY_KINDS)}"
        )
    lines = [*kind.before]
    for vlan in vlans:
        _fits(kind, vlan)
        usual = f"{kind.usual}{vlan.vlan}" if kind.usual and vlan.vlan else ""
        interface = _word(names.interface(vlan.network, usual))
        lines += [_heading(kind, vlan), *kind.lines(vlan, interface)]
    return Written("\n".join([*lines, *kind.after]) + "\n", (*kind.notes, *_sources(kind, vlans)))


def _heading(kind: RelayKind, vlan: RelayedVlan) -> str:
    asking = ", ".join(map(str, vlan.asking))
    where = f"giaddr {', '.join(map(str, vlan.giaddrs))}, asks from {asking}"
    return f"{kind.mark} {harmless(vlan.group)}: {vlan.network}, {where}"


def _fits(kind: RelayKind, vlan: RelayedVlan) -> None:
    if kind.most and len(vlan.servers) > kind.most:
        raise InputError(
            f"{len(vlan.servers)} DHCP servers: {kind.title} relays to {kind.most} at most",
            where=vlan.group,
            remedy="name fewer in the group's dhcp:",
        )
    if kind.source is not None and kind.source is not vlan.source and set(vlan.asking) != set(vlan.giaddrs):
        words = "giaddr" if kind.source is RelaySource.GIADDR else "the address of its uplink"
        asking = ", ".join(map(str, vlan.asking))
        raise InputError(
            f"{kind.title} asks from {words}, and the site says from {asking}: its rules would not fit",
            where=vlan.group,
            remedy=f"write relay: {'giaddr' if kind.source is RelaySource.GIADDR else 'UPLINK-ADDRESS'}",
        )


def _sources(kind: RelayKind, vlans: Sequence[RelayedVlan]) -> Iterator[str]:
    if kind.source is None:
        asking = ", ".join(dict.fromkeys(str(each) for vlan in vlans for each in vlan.asking))
        yield (
            f"from which address it asks is not in the sources: the rules expect {asking}; look at one "
            "request at the firewall"
        )
    if any(len(vlan.giaddrs) > 1 for vlan in vlans):
        yield "the same lines on every router of the VLAN: each asks with its own giaddr"


def _word(name: str) -> str:
    """The name of an interface; InputError for what would be more than one word in a configuration."""
    if not all(each.isascii() and (each.isalnum() or each in "/._:-") for each in name):
        raise InputError(f"{name!r} is no name of an interface", where="--interface", remedy="one word")
    return name


def _each(text: str) -> Callable[[RelayedVlan, str], list[str]]:
    """A line for each server; {i}: the interface, {s}: the server, {g}: giaddr."""
    return lambda vlan, interface: [
        text.format(i=interface, s=server, g=vlan.giaddrs[0], v=vlan.vlan) for server in vlan.servers
    ]


def _inside(first: str, text: str, *more: str) -> Callable[[RelayedVlan, str], list[str]]:
    """What opens the interface, further lines in it, and a line for each server."""
    return lambda vlan, interface: [
        first.format(i=interface),
        *more,
        *_each(text)(vlan, interface),
    ]


def _fortios(vlan: RelayedVlan, interface: str) -> list[str]:
    return [
        "config system interface",
        f'    edit "{backslashed(interface, _FORTIOS_QUOTES)}"',
        "        set dhcp-relay-service enable",
        f"        set dhcp-relay-ip {' '.join(map(str, vlan.servers))}",
        "    next",
        "end",
    ]


_FORTIOS_QUOTES = "\\\"'"


def _junos(vlan: RelayedVlan, interface: str) -> list[str]:
    start, name = (
        "set forwarding-options dhcp-relay",
        f"phones-{interface.replace('.', '-').replace('/', '-')}",
    )
    return [
        *(f"{start} server-group {name} {server}" for server in vlan.servers),
        f"{start} group {name} active-server-group {name}",
        f"{start} group {name} interface {interface}",
        f"{start} group {name} forward-only",
        *(
            [f"{start} group {name} overrides replace-ip-source-with giaddr"]
            if vlan.source is RelaySource.GIADDR
            else []
        ),
    ]


def _panos(vlan: RelayedVlan, interface: str) -> list[str]:
    start = f"set network dhcp interface {interface} relay ip"
    return [f"{start} enabled yes", *(f"{start} server {server}" for server in vlan.servers)]


def _routeros(vlan: RelayedVlan, interface: str) -> list[str]:
    return [
        f"/ip dhcp-relay add name=phones-{interface.replace('/', '-')} interface={interface} "
        f"dhcp-server={','.join(map(str, vlan.servers))} local-address={vlan.giaddrs[0]} disabled=no"
    ]


# What a helper address forwards beside DHCP: Cisco command reference, ip forward-protocol.
_ALSO_FORWARDED = ("tftp", "domain", "time", "netbios-ns", "netbios-dgm", "tacacs")

RELAY_KINDS = {
    kind.name: kind
    for kind in (
        RelayKind(
            "ios",
            "Cisco IOS",
            _inside("interface {i}", " ip helper-address {s}"),
            mark="!",
            usual="Vlan",
            after=("exit", *(f"no ip forward-protocol udp {each}" for each in _ALSO_FORWARDED)),
            notes=(
                UNTESTED,
                "a helper address forwards other broadcasts to the DHCP servers as well: the last lines stop "
                "that; leave those out that you use",
            ),
        ),
        RelayKind(
            "nxos",
            "Cisco NX-OS",
            _inside("interface {i}", "  ip dhcp relay address {s}"),
            mark="!",
            usual="Vlan",
            before=("feature dhcp",),
        ),
        RelayKind("fortios", "FortiOS", _fortios, source=RelaySource.GIADDR),
        RelayKind(
            "panos",
            "PAN-OS",
            _panos,
            most=8,
            notes=(UNTESTED, "of several servers it passes the OFFER of the first alone back to phones"),
        ),
        RelayKind("junos", "Junos", _junos, usual="irb."),
        RelayKind(
            "aruba-cx",
            "ArubaOS-CX",
            _inside("interface {i}", "    ip helper-address {s}"),
            usual="vlan",
            most=8,
        ),
        RelayKind(
            "comware",
            "HPE Comware",
            _inside("interface {i}", " dhcp relay server-address {s}", " dhcp select relay"),
            usual="Vlan-interface",
            before=("dhcp enable",),
            most=8,
        ),
        RelayKind("routeros", "RouterOS", _routeros, usual="vlan"),
        RelayKind("dnsmasq", "dnsmasq", _each("dhcp-relay={g},{s}"), source=RelaySource.GIADDR, notes=()),
    )
}
