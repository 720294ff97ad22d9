"""Cisco IOS: a pool for each VLAN, and what is not to be leased excluded (IOS has no ranges in a pool).

`option 242 ascii` stands so in two public running configurations. A line holds about 254 characters
(assumed): longer ones are refused.
"""

from collections.abc import Iterator
from ipaddress import IPv4Address

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

_LINE = 254


def write(scopes: Scopes, names: DeviceNames) -> Written:
    """Lines for configure terminal."""
    lines = comments(scopes, names, "!", "Cisco IOS")
    lines += [line for scope in scopes.scopes for line in _pool(scope)]
    return Written("\n".join(lines) + "\n", (UNTESTED, EVERYBODY, BARE_NOTE))


def _pool(scope: PhoneScope) -> list[str]:
    minutes = whole_minutes(scope)
    lines = [f"! {seen_by(scope)}"]
    lines += [f"ip dhcp excluded-address {first} {last}" for first, last in _between(scope)]
    lines += [
        f"ip dhcp pool {scope.name}",
        f" network {scope.network.network_address} {scope.network.netmask}",
        f" default-router {scope.router}",
        f" lease {minutes // 1440} {minutes // 60 % 24} {minutes % 60}",
    ]
    lines += [f" dns-server {' '.join(map(str, scope.dns))}"] if scope.dns else []
    lines += [f" domain-name {scope.domain}"] if scope.domain else []
    lines += [f' option {scope.code} ascii "{bare(scope)}"'] if scope.string else []
    long = next((line for line in lines if len(line) > _LINE), "")
    if long:
        raise InputError(
            f"a line of {len(long)} characters, over {_LINE}",
            where=scope.name,
            remedy="list fewer servers in the group",
        )
    return [*lines, "!"]


def _between(scope: PhoneScope) -> Iterator[tuple[IPv4Address, IPv4Address]]:
    """Host addresses that no pool has."""
    first = scope.network.network_address + 1
    for pool in scope.pools:
        if first < pool.first:
            yield first, pool.first - 1
        first = pool.last + 1
    if first < scope.network.broadcast_address:
        yield first, scope.network.broadcast_address - 1
