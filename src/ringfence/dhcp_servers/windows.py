"""Windows Server: PowerShell, cmdlets of the module DhcpServer (their reference; netsh help text).

Option values are lists there: the string is one word in single quotes, or its commas make many values. The
option is defined in the standard class: under a vendor class it would go into option 43.
"""

from ringfence.actors.dhcp.fingerprint import AVAYA_VENDOR_CLASS
from ringfence.dhcp_servers.document import UNTESTED, DeviceNames, Written, comments, each_once, seen_by
from ringfence.dhcp_servers.scopes import PhoneScope, Scopes

_CLASS = "AvayaPhone"


def write(scopes: Scopes, names: DeviceNames) -> Written:
    """A script."""
    codes = sorted({scope.code for scope in scopes.scopes if scope.string})
    lines = comments(scopes, names, "#", "Windows Server")
    lines += [
        f"Add-DhcpServerv4OptionDefinition -OptionId {code} -Name 'Avaya {code}' -Type String"
        for code in codes
    ]
    lines += [f"Add-DhcpServerv4Class -Name {_CLASS} -Type Vendor -Data {_word(AVAYA_VENDOR_CLASS)}"]
    lines += [line for scope in scopes.scopes for line in _scope(scope)]
    own = [
        f"{scope.name}: look at one OFFER: where siaddr is the server's own address, phones try it as HTTPS "
        "server first, because the string names no TLSSRVR (96x1 H.323 guide 2018 p. 55; unconfirmed for "
        "Windows)"
        for scope in scopes.scopes
        if "HTTPSRVR" in scope.string and "TLSSRVR" not in scope.string
    ]
    return Written("\n".join(lines) + "\n", each_once([UNTESTED, *own]))


def _scope(scope: PhoneScope) -> list[str]:
    network, id_ = scope.network, scope.network.network_address
    first, last = scope.pools[0].first, scope.pools[-1].last
    values = f"-ScopeId {id_} -Router {scope.router}"
    values += f" -DnsServer {','.join(map(str, scope.dns))} -Force" if scope.dns else ""
    values += f" -DnsDomain {_word(scope.domain)}" if scope.domain else ""
    lines = [
        f"# {seen_by(scope)}",
        f"Add-DhcpServerv4Scope -Name {scope.name} -StartRange {first} -EndRange {last} "
        f"-SubnetMask {network.netmask} -LeaseDuration (New-TimeSpan -Seconds {scope.lease})",
        *(
            f"Add-DhcpServerv4ExclusionRange -ScopeId {id_} -StartRange {one.last + 1} "
            f"-EndRange {other.first - 1}"
            for one, other in zip(scope.pools, scope.pools[1:], strict=False)
        ),
        f"Set-DhcpServerv4OptionValue {values}",
    ]
    if scope.string:
        lines += [
            f"Add-DhcpServerv4Policy -Name {_CLASS} -ScopeId {id_} -Condition OR -VendorClass EQ,{_CLASS}",
            f"Set-DhcpServerv4OptionValue -ScopeId {id_} -PolicyName {_CLASS} -OptionId {scope.code} "
            f"-Value {_word(scope.string)}",
        ]
    return lines


def _word(text: str) -> str:
    """A literal string of PowerShell: nothing in it is special but the quote."""
    return "'" + text.replace("'", "''") + "'"
