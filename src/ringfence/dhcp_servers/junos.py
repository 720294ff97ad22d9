"""Junos (SRX, EX, MX): the local server with an address pool for each VLAN.

DHCP user guide, `address-assignment pool ... dhcp-attributes option N string`.
"""

from ringfence.dhcp_servers.document import (
    EVERYBODY,
    UNTESTED,
    DeviceNames,
    Written,
    backslashed,
    comments,
    seen_by,
)
from ringfence.dhcp_servers.scopes import PhoneScope, Scopes


def write(scopes: Scopes, names: DeviceNames) -> Written:
    """Set commands."""
    lines = comments(scopes, names, "#", "Junos")
    lines += [line for scope in scopes.scopes for line in _pool(scope, names)]
    return Written("\n".join(lines) + "\n", (UNTESTED, EVERYBODY))


def _pool(scope: PhoneScope, names: DeviceNames) -> list[str]:
    interface = names.interface(scope.network, f"irb.{scope.vlan}" if scope.vlan else "")
    pool = f"set access address-assignment pool {scope.name} family inet"
    told = f"{pool} dhcp-attributes"
    lines = [
        f"# {seen_by(scope)}",
        f'set system services dhcp-local-server group ringfence interface "{_quoted(interface)}"',
        f"{pool} network {scope.network}",
    ]
    for number, each in enumerate(scope.pools, 1):
        lines += [f"{pool} range r{number} low {each.first}", f"{pool} range r{number} high {each.last}"]
    lines += [f"{told} maximum-lease-time {scope.lease}", f"{told} router {scope.router}"]
    lines += [f"{told} name-server {address}" for address in scope.dns]
    lines += [f'{told} domain-name "{_quoted(scope.domain)}"'] if scope.domain else []
    lines += [f'{told} option {scope.code} string "{_quoted(scope.string)}"'] if scope.string else []
    return lines


def _quoted(text: str) -> str:
    return backslashed(text, '\\"')
