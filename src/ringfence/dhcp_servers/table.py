"""The kinds of DHCP servers, a row each. Another kind is a module with `write`, and its row here."""

from collections.abc import Callable
from dataclasses import dataclass

from ringfence.dhcp_servers import (
    cisco_ios,
    dnsmasq,
    fortios,
    isc,
    junos,
    kea,
    panos,
    routeros,
    windows,
)
from ringfence.dhcp_servers.document import DeviceNames, Written
from ringfence.dhcp_servers.scopes import Scopes
from ringfence.model.errors import InputError


@dataclass(frozen=True, slots=True)
class ServerKind:
    """`attached`: it serves only networks that it is in itself, by an interface with a name of its own."""

    name: str
    title: str
    write: Callable[[Scopes, DeviceNames], Written]
    attached: bool = False


SERVER_KINDS = {
    kind.name: kind
    for kind in (
        ServerKind("kea", "Kea", kea.write),
        ServerKind("isc", "ISC dhcpd", isc.write),
        ServerKind("dnsmasq", "dnsmasq", dnsmasq.write),
        ServerKind("windows", "Windows Server", windows.write),
        ServerKind("ios", "Cisco IOS", cisco_ios.write),
        ServerKind("fortios", "FortiOS", fortios.write, attached=True),
        ServerKind("routeros", "RouterOS", routeros.write),
        ServerKind("panos", "PAN-OS", panos.write, attached=True),
        ServerKind("junos", "Junos", junos.write),
    )
}


def write_server(name: str, scopes: Scopes, names: DeviceNames) -> Written:
    """The text for the kind of that name. InputError for another name, and for what it cannot say."""
    kind = SERVER_KINDS.get(name)
    if kind is None:
        raise InputError(
            f"{name!r} is no kind of DHCP server", where="--for", remedy=f"one of: {', '.join(SERVER_KINDS)}"
        )
    asked = next((scope for scope in scopes.scopes if scope.relays), None)
    if kind.attached and asked is not None:
        raise InputError(
            f"a relay agent ({asked.relays[0]}) asks for {asked.network}, and {kind.title} serves only "
            "networks that it is in itself",
            where="--for",
            remedy="say `dhcp:` of the site as its address in that network, or choose another kind",
        )
    return kind.write(scopes, names)
