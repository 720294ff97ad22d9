"""dnsmasq 2.90: ranges with a tag each, the option for what has both the range's tag and the vendor class.

It puts its own address into siaddr, which phones take for their HTTP and HTTPS server (96x1 H.323 guide 2018
p. 55), and names itself as DNS server: both are cleared. Its vendor class matches anywhere in option 60. It
gives no lease under 120 s (measured on 2.90).
"""

from ringfence.actors.dhcp.fingerprint import AVAYA_VENDOR_CLASS
from ringfence.dhcp_servers.document import DeviceNames, Written, backslashed, comments, seen_by
from ringfence.dhcp_servers.scopes import PhoneScope, Scopes
from ringfence.model.errors import InputError

_SHORTEST = 120  # seconds
_VENDOR = "avaya"


def write(scopes: Scopes, names: DeviceNames) -> Written:
    """A file for its conf-dir."""
    lines = comments(scopes, names, "#", "dnsmasq")
    lines += [f"dhcp-vendorclass=set:{_VENDOR},{AVAYA_VENDOR_CLASS}"]
    lines += [line for scope in scopes.scopes for line in _range(scope)]
    return Written(
        "\n".join(lines) + "\n",
        (
            "check it: dnsmasq --test --conf-file=FILE",
            f"any vendor class that has {AVAYA_VENDOR_CLASS} somewhere in it gets the option",
        ),
    )


def _range(scope: PhoneScope) -> list[str]:
    if scope.lease < _SHORTEST:
        raise InputError(
            f"a lease of {scope.lease} s: dnsmasq gives {_SHORTEST} s at least",
            where=scope.name,
            remedy="write a longer lease: in the site",
        )
    tag = f"tag:{scope.name}"
    lines = [f"# {seen_by(scope)}"]
    lines += [
        f"dhcp-range=set:{scope.name},{pool.first},{pool.last},{scope.network.netmask},{scope.lease}"
        for pool in scope.pools
    ]
    names = "".join(f",{address}" for address in scope.dns)
    lines += [
        f"dhcp-option={tag},option:router,{scope.router}",
        f"dhcp-option={tag},option:dns-server{names}",
        f"dhcp-option={tag},option:server-ip-address,0.0.0.0",
    ]
    lines += [f'dhcp-option={tag},option:domain-name,"{_quoted(scope.domain)}"'] if scope.domain else []
    if scope.string:
        lines.append(f'dhcp-option={tag},tag:{_VENDOR},{scope.code},"{_quoted(scope.string)}"')
    return lines


def _quoted(text: str) -> str:
    return backslashed(text, '\\"')
