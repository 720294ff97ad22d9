"""FortiOS: a server on each interface, the option with its own match of the vendor class (since 7.2).

CLI reference 7.2 and 7.4, `config system dhcp server`. The match of the whole server is left alone: it would
refuse every other client.
"""

from ringfence.actors.dhcp.fingerprint import AVAYA_VENDOR_CLASS
from ringfence.dhcp_servers.document import UNTESTED, DeviceNames, Written, backslashed, comments, seen_by
from ringfence.dhcp_servers.scopes import PhoneScope, Scopes
from ringfence.model.errors import InputError

_LEASES = range(300, 8_640_001)  # seconds


def write(scopes: Scopes, names: DeviceNames) -> Written:
    """A script; `edit 0` takes the next free number."""
    lines = [*comments(scopes, names, "#", "FortiOS"), "config system dhcp server"]
    lines += [line for scope in scopes.scopes for line in _server(scope, names)]
    return Written(
        "\n".join([*lines, "end"]) + "\n",
        (
            UNTESTED,
            "it serves networks that the firewall is in itself",
            "the match of one option is there from 7.2 on: before, leave the two lines vci- out, and every "
            "client that asks for the option gets it",
        ),
    )


def _server(scope: PhoneScope, names: DeviceNames) -> list[str]:
    if scope.lease not in _LEASES:
        raise InputError(
            f"a lease of {scope.lease} s is not within {_LEASES[0]}-{_LEASES[-1]}",
            where=scope.name,
            remedy="write another lease: in the site",
        )
    lines = [
        f"    # {seen_by(scope)}",
        "    edit 0",
        f'        set interface "{_quoted(names.interface(scope.network))}"',
        f"        set default-gateway {scope.router}",
        f"        set netmask {scope.network.netmask}",
        f"        set lease-time {scope.lease}",
        "        set dns-service specify",
        *(f"        set dns-server{n} {address}" for n, address in enumerate(scope.dns[:4], 1)),
        *([f'        set domain "{_quoted(scope.domain)}"'] if scope.domain else []),
        "        config ip-range",
    ]
    for number, pool in enumerate(scope.pools, 1):
        lines += [
            f"            edit {number}",
            f"                set start-ip {pool.first}",
            f"                set end-ip {pool.last}",
            "            next",
        ]
    lines.append("        end")
    return [*lines, *(_option(scope) if scope.string else []), "    next"]


def _option(scope: PhoneScope) -> list[str]:
    return [
        "        config options",
        "            edit 1",
        f"                set code {scope.code}",
        "                set type string",
        f'                set value "{_quoted(scope.string)}"',
        "                set vci-match enable",
        f'                set vci-string "{AVAYA_VENDOR_CLASS}"',
        "            next",
        "        end",
    ]


def _quoted(text: str) -> str:
    return backslashed(text, "\\\"'")
