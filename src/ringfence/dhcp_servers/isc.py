"""ISC dhcpd 4.4: the option defined at top level, and told in each subnet to the vendor class alone.

A definition in an option space of its own sends nothing and does not complain (measured on 4.4.3). What does
not fit the options field goes on in the field `file`, which phones may not read: such strings are refused.
"""

from ringfence.actors.dhcp.fingerprint import AVAYA_VENDOR_CLASS
from ringfence.dhcp_servers.document import DeviceNames, Written, backslashed, comments, seen_by
from ringfence.dhcp_servers.scopes import PhoneScope, Scopes
from ringfence.model.errors import InputError

# Of a message of 576 octets, what is left for options: RFC 2131 section 2 has 236 octets and a cookie of 4
# before them, IP and UDP 28. Phones that send no option 57, or 576 in it, take no more.
_OPTIONS_FIELD = 576 - 28 - 236 - 4
# Message type, server identifier, lease time, mask, router, end.
_ALWAYS = 3 + 6 + 6 + 6 + 6 + 1


def write(scopes: Scopes, names: DeviceNames) -> Written:
    """A whole dhcpd.conf."""
    codes = sorted({scope.code for scope in scopes.scopes if scope.string})
    lines = comments(scopes, names, "#", "ISC dhcpd")
    lines += [f"option avaya-{code} code {code} = text;" for code in codes]
    if not any(scopes.server.address in scope.network for scope in scopes.scopes):
        lines += [
            "# It listens where it has a subnet. Leave this out where yours is declared already.",
            f"subnet {scopes.server.address} netmask 255.255.255.255 {{ }}",
        ]
    lines += [line for scope in scopes.scopes for line in _subnet(scope)]
    return Written(
        "\n".join(lines) + "\n",
        ("check it: dhcpd -4 -t -cf FILE", "a network that shares a link with another needs shared-network"),
    )


def _subnet(scope: PhoneScope) -> list[str]:
    _fits(scope)
    lines = [
        f"# {seen_by(scope)}",
        f"subnet {scope.network.network_address} netmask {scope.network.netmask} {{",
    ]
    lines += [f"  range {pool.first} {pool.last};" for pool in scope.pools]
    lines += [f"  option routers {scope.router};"]
    lines += [f"  option domain-name-servers {', '.join(map(str, scope.dns))};"] if scope.dns else []
    lines += [f'  option domain-name "{_quoted(scope.domain)}";'] if scope.domain else []
    lines += [f"  default-lease-time {scope.lease};", f"  max-lease-time {scope.lease};"]
    if scope.string:
        lines += [
            f'  if option vendor-class-identifier = "{AVAYA_VENDOR_CLASS}" {{',
            f'    option avaya-{scope.code} "{_quoted(scope.string)}";',
            "  }",
        ]
    return [*lines, "}"]


def _quoted(text: str) -> str:
    return backslashed(text, '\\"')


def _fits(scope: PhoneScope) -> None:
    names = 2 + 4 * len(scope.dns) if scope.dns else 0
    domain = 2 + len(scope.domain) if scope.domain else 0
    needed = _ALWAYS + names + domain + 2 + len(scope.string)
    if needed > _OPTIONS_FIELD:
        raise InputError(
            f"{needed} octets of options: over {_OPTIONS_FIELD} dhcpd puts the end of option {scope.code} "
            "into the field `file`",
            where=scope.name,
            remedy="list fewer servers, or a shorter domain",
        )
