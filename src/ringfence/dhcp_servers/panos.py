"""PAN-OS: the server of an interface, with a user-defined option. Set commands; lease in whole minutes.

Networking administration guide, DHCP: the OFFER carries every option to every client, the ACK those that the
client asked for. A vendor class there is for option 43.
"""

from ringfence.dhcp_servers.bare import BARE_NOTE, bare
from ringfence.dhcp_servers.document import (
    EVERYBODY,
    UNTESTED,
    DeviceNames,
    Written,
    comments,
    seen_by,
    whole_minutes,
)
from ringfence.dhcp_servers.scopes import PhoneScope, Scopes
from ringfence.model.errors import InputError


def write(scopes: Scopes, names: DeviceNames) -> Written:
    """Set commands of the configuration mode."""
    lines = comments(scopes, names, "#", "PAN-OS")
    lines += [line for scope in scopes.scopes for line in _server(scope, names)]
    return Written(
        "\n".join(lines) + "\n",
        (
            UNTESTED,
            "it serves networks that the firewall is in itself; lines with # are for you, not for the device",
            EVERYBODY,
            BARE_NOTE,
        ),
    )


def _server(scope: PhoneScope, names: DeviceNames) -> list[str]:
    name = names.interface(scope.network)
    if not all(each.isalnum() or each in "/._-" for each in name):
        raise InputError(f"{name!r} is no interface of PAN-OS", where="--interface", remedy="ethernet1/1.20")
    start = f"set network dhcp interface {name} server"
    option = f"{start} option user-defined avaya-{scope.code}"
    lines = [
        f"# {seen_by(scope)}",
        f"{start} mode enabled",
        f"{start} ip-pool [ {' '.join(f'{pool.first}-{pool.last}' for pool in scope.pools)} ]",
        f"{start} option lease timeout {whole_minutes(scope)}",
        f"{start} option gateway {scope.router}",
        f"{start} option subnet-mask {scope.network.netmask}",
        *(
            f"{start} option dns {which} {address}"
            for which, address in zip(("primary", "secondary"), scope.dns, strict=False)
        ),
        *([f"{start} option dns-suffix {scope.domain}"] if scope.domain else []),
    ]
    if scope.string:
        lines += [
            f"{option} code {scope.code}",
            f"{option} inherited no",
            f'{option} ascii "{bare(scope)}"',
        ]
    return lines
