"""What a DHCP server of the site has to hand out: a scope for each VLAN, and addresses for it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from ringfence.actors.dhcp.leases import Pool
from ringfence.dhcp_servers.phone_string import phone_strings
from ringfence.model.errors import InputError
from ringfence.model.site import Addressing, DhcpServer, Group, Site, Vlan
from ringfence.wire.phone_options import parse_option_string


@dataclass(frozen=True, slots=True)
class PhoneScope:
    """One network, whose phones are told `string` by option `code`; empty: nothing. `lease` is in seconds.

    `name` is of letters, digits and hyphens, and no other scope's. `pools` are ascending, apart, and hold
    nothing that the site says is taken. `vlan` 0: untagged at the phone. `relays`: giaddrs that ask for it;
    none: phones ask directly.
    """

    name: str
    network: IPv4Network
    vlan: int
    router: IPv4Address
    pools: tuple[Pool, ...]
    lease: int
    code: int
    string: str
    dns: tuple[IPv4Address, ...] = ()
    domain: str = ""
    relays: tuple[IPv4Address, ...] = ()


@dataclass(frozen=True, slots=True)
class Scopes:
    """All that one server hands out. `partners`: those that answer for the same networks."""

    site: str
    server: DhcpServer
    scopes: tuple[PhoneScope, ...]
    partners: tuple[DhcpServer, ...] = ()


def scopes_of(site: Site, server: str = "", groups: Sequence[str] = (), given: Sequence[Pool] = ()) -> Scopes:
    """What the server of that name hands out to these groups; without names the only server, and all groups.

    `given` pools stand for those that are assumed in their networks. Several servers of a network share its
    pools, a part each, in the order of the site. InputError for a name that leads nowhere, and for what
    cannot be told to phones.
    """
    chosen = _groups(site, groups)
    told = _server(chosen, server)
    scopes: list[PhoneScope] = []
    partners: dict[DhcpServer, None] = {}
    left = list(given)
    for group in chosen:
        if told not in group.dhcp:
            continue
        partners |= dict.fromkeys(each for each in group.dhcp if each != told)
        strings = phone_strings(group)
        for key, vlan in group.vlans:
            pools = [pool for pool in left if pool.first in vlan.network]
            left = [pool for pool in left if pool not in pools]
            whole = tuple(_checked(site, vlan, pools)) if pools else pools_of(site, vlan)
            scopes.append(
                _scope(site, group, told, key, pools=share_of(whole, group.dhcp, told), string=strings[key])
            )
    if left:
        raise InputError(
            f"{left[0].first}-{left[0].last} is in no network of these phones",
            where="--pool",
            remedy=f"one of: {', '.join(str(each.network) for each in scopes[:20])}",
        )
    _apart(scopes)
    return Scopes(site.site, told, tuple(scopes), tuple(partners))


def pools_of(site: Site, vlan: Vlan) -> tuple[Pool, ...]:
    """The upper half of the network (assumed), less its broadcast address and what the site has in it: the
    router is at the bottom as a rule.
    """
    size = vlan.network.num_addresses
    first = IPv4Address(int(vlan.network.network_address) + size // 2)
    last = IPv4Address(int(vlan.network.broadcast_address) - 1)
    if first <= vlan.router <= last:
        first, last = IPv4Address(int(vlan.network.network_address) + 1), IPv4Address(int(first) - 1)
    return tuple(_without(Pool(first, last), taken_in(site, vlan)))


def taken_in(site: Site, vlan: Vlan) -> list[IPv4Address]:
    """Addresses of this network that the site says are somebody's, ascending."""
    giaddrs = vlan.relay.giaddrs if vlan.relay else ()
    known = {vlan.router, *giaddrs, *site.own_addresses, *(each.address for each in site.servers)}
    return sorted(each for each in known if each in vlan.network)


def _without(pool: Pool, taken: Iterable[IPv4Address]) -> Iterator[Pool]:
    first = pool.first
    for address in taken:
        if not first <= address <= pool.last:
            continue
        if first < address:
            yield Pool(first, IPv4Address(int(address) - 1))
        first = IPv4Address(int(address) + 1)
    if first <= pool.last:
        yield Pool(first, pool.last)


def _checked(site: Site, vlan: Vlan, pools: Iterable[Pool]) -> Iterator[Pool]:
    """Pools of a person. InputError where one leaves the network, meets another or holds what is taken."""
    before: Pool | None = None
    for pool in sorted(pools, key=lambda each: each.first):
        words = f"{pool.first}-{pool.last}"
        ends = {vlan.network.network_address, vlan.network.broadcast_address}
        if pool.last not in vlan.network or ends & {pool.first, pool.last}:
            raise InputError(
                f"{words} is not of host addresses of {vlan.network} alone",
                where="--pool",
                remedy="shorten it",
            )
        taken = next((each for each in taken_in(site, vlan) if pool.first <= each <= pool.last), None)
        if taken is not None:
            raise InputError(f"{words} holds {taken}, which is taken", where="--pool", remedy="leave it out")
        if before is not None and pool.first <= before.last:
            raise InputError(
                f"{words} overlaps {before.first}-{before.last}", where="--pool", remedy="keep one"
            )
        before = pool
        yield pool


def share_of(pools: Sequence[Pool], servers: Sequence[DhcpServer], server: DhcpServer) -> tuple[Pool, ...]:
    """One server's part: two that do not know each other's leases must not hand out one address."""
    total = sum(int(pool.last) - int(pool.first) + 1 for pool in pools)
    number, count = servers.index(server), len(servers)
    begin, end = total * number // count, total * (number + 1) // count
    found: list[Pool] = []
    passed = 0
    for pool in pools:
        size = int(pool.last) - int(pool.first) + 1
        first, last = max(begin - passed, 0), min(end - passed, size) - 1
        if first <= last:
            found.append(Pool(pool.first + first, pool.first + last))
        passed += size
    return tuple(found)


def _groups(site: Site, names: Sequence[str]) -> tuple[Group, ...]:
    known = {group.name: group for group in site.groups}
    for name in names:
        if name not in known:
            few = ", ".join(list(known)[:20])
            raise InputError(f"there is no group called {name!r}", where="--group", remedy=f"one of: {few}")
    chosen = tuple(known[name] for name in dict.fromkeys(names)) if names else site.groups
    leased = tuple(group for group in chosen if group.addressing is Addressing.DHCP)
    if not leased:
        raise InputError(
            "these phones are static: no DHCP server tells them anything", where=site.site, remedy="enter "
            "addresses and servers on the phones"
        )  # fmt: skip
    return leased


def _server(groups: Sequence[Group], name: str) -> DhcpServer:
    servers = {server: None for group in groups for server in group.dhcp}
    named = [each for each in servers if not name or name in {each.name, str(each.address)}]
    if len(named) == 1:
        return named[0]
    what = f"there is no DHCP server called {name!r}" if not named else f"{len(named)} DHCP servers"
    choice = ", ".join(each.name if _unique(each, servers) else str(each.address) for each in servers)
    raise InputError(what, where="--server", remedy=f"one of: {choice}")


def _unique(server: DhcpServer, servers: Iterable[DhcpServer]) -> bool:
    return sum(each.name == server.name for each in servers) == 1


def _scope(
    site: Site, group: Group, server: DhcpServer, key: str, *, pools: tuple[Pool, ...], string: str
) -> PhoneScope:
    vlan = dict(group.vlans)[key]
    if not pools:
        raise InputError(
            f"{vlan.network} has no address to lease", where=group.name, remedy="give --pool FIRST-LAST"
        )
    owner = site.own_addresses.get(vlan.router)
    direct = server.address in vlan.network or (
        owner is not None and site.own_addresses.get(server.address) == owner
    )
    return PhoneScope(
        name=_name(group.name, key),
        network=vlan.network,
        vlan=vlan.id,
        router=vlan.router,
        pools=pools,
        lease=server.lease,
        code=server.option,
        string=_readable(string, f"option {server.option} of {group.name}, {key} VLAN"),
        dns=tuple(each.address for each in group.dns),
        domain=next((each.domain for each in group.dns if each.domain), ""),
        relays=() if direct or vlan.relay is None else vlan.relay.giaddrs,
    )


def _readable(string: str, where: str) -> str:
    """The string, which every phone reads and no server cuts; InputError where that is not sure."""
    problems = parse_option_string(string).problems
    if problems:
        raise InputError(
            f"{string!r}: {problems[0]}",
            where=where,
            remedy="list fewer servers in the group, or shorter names and directories",
        )
    return string


def _name(group: str, key: str) -> str:
    """As every server can bear it."""
    plain = "".join(each if each.isascii() and each.isalnum() else "-" for each in group).strip("-")
    return f"{plain[:40] or 'phones'}-{key}"


def _apart(scopes: Sequence[PhoneScope]) -> None:
    seen: dict[str, PhoneScope] = {}
    for scope in scopes:
        other = seen.setdefault(scope.name, scope)
        if other is not scope:
            raise InputError(
                f"{scope.network} and {other.network} would both be called {scope.name}",
                where="phones",
                remedy="give the groups names that differ in their first 40 letters and digits",
            )
