"""The machines that play a site's server roles on this computer."""

import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from ipaddress import IPv4Address
from random import SystemRandom

from ringfence.actors.colocated import Colocated
from ringfence.actors.dhcp.durable import restored_leases
from ringfence.actors.dhcp.relay import DhcpRelay
from ringfence.actors.dhcp.scope import Reservation, Scope
from ringfence.actors.dhcp.server import DhcpServer
from ringfence.actors.files.content import Content
from ringfence.actors.files.server import FileServer
from ringfence.actors.gatekeeper.call_legs import RouterConfig
from ringfence.actors.gatekeeper.config import GatekeeperConfig
from ringfence.actors.gatekeeper.machine import Gatekeeper
from ringfence.actors.io import Keep, Machine
from ringfence.actors.ras.dialect import AVAYA, DIALECTS
from ringfence.actors.security.h235_baseline import H235Gatekeeper
from ringfence.apps.cli.serving.users import Users
from ringfence.dhcp_servers.scopes import share_of
from ringfence.model.address import TransportAddress
from ringfence.model.errors import InputError
from ringfence.model.site import Discovery, Group, Site, Vlan
from ringfence.roles import roles

_PING_WAIT = 0.1  # seconds; Kea's ping check waits as long
_VIDEO = 100_000  # units of 100 bit/s: video terminals ask for 0.4 to 6 Mbit/s, and go without when cut


class ServedRole(StrEnum):
    GATEKEEPER = "gatekeeper"
    FILES = "files"
    DHCP = "dhcp"
    RELAY = "relay"


@dataclass(frozen=True, slots=True)
class RoleOptions:
    """What is served, and how. All of it but `address`, `roles`, `dialect` and `h235` may change meanwhile.

    `users` None: everybody may register. `files`: instead of the stock files.
    `reservations`: hardware address to address, no address twice.
    """

    site: Site
    roles: tuple[ServedRole, ...]
    address: IPv4Address | None
    users: Users | None
    dialect: str
    interfaces: Mapping[str, str]
    h235: bool = False
    neighbours: frozenset[IPv4Address] = frozenset()
    files: Mapping[str, Content] | None = None
    reservations: Mapping[bytes, IPv4Address] = field(default_factory=dict)

    @property
    def passwords(self) -> dict[str, str] | None:
        """As the gatekeeper judges them itself: under H.235.1 it lets in whoever that has let through."""
        if self.users is None:
            return None
        return {user: "" if self.h235 or isinstance(it, bytes) else it for user, it in self.users.items()}


@dataclass(frozen=True, slots=True)
class ServedMachines:
    """`hosts`: one machine for each address, by that address; `parts`: the machine of each role."""

    hosts: dict[str, Machine]
    parts: dict[ServedRole, Machine]


def machines(options: RoleOptions, kept: tuple[Keep, ...] = ()) -> ServedMachines:
    """`kept` is what machines of these roles kept before. InputError when two roles want one port."""
    if {ServedRole.DHCP, ServedRole.RELAY} <= set(options.roles):
        raise InputError(
            "a relay agent and a DHCP server cannot share a machine: both need udp port 67",
            where="--role",
            remedy="name one",
        )
    found: dict[IPv4Address, list[Machine]] = {}
    parts: dict[ServedRole, Machine] = {}
    for role in dict.fromkeys(options.roles):
        at = options.address or role_address(options.site, role)
        parts[role] = _machine(options, role, at, kept)
        found.setdefault(at, []).append(parts[role])
    hosts = {
        str(at): residents[0] if len(residents) == 1 else Colocated(residents)
        for at, residents in found.items()
    }
    return ServedMachines(hosts, parts)


def reconfigure(running: ServedMachines, before: RoleOptions, now: RoleOptions) -> tuple[str, ...]:
    """Give the machines what is new; what they cannot be given while they run, in words."""
    left = []
    for role, machine in running.parts.items():
        if not before.address and role_address(before.site, role) != role_address(now.site, role):
            left.append(f"the address of the {role}")
        match machine:
            case Gatekeeper():
                machine.users_changed(now.passwords or {})
            case H235Gatekeeper(inner=Gatekeeper() as inner):
                machine.users_changed(now.users or {})
                inner.users_changed(now.passwords or {})
            case FileServer():
                machine.files_changed(now.files or roles.stock_files(_only_group(now.site).files[0]))
            case DhcpServer():
                machine.scopes_changed(_scopes(now))
            case _:
                left.append(f"the {role}")
    return tuple(left)


def _only_group(site: Site) -> Group:
    if len(site.groups) > 1:
        names = ", ".join(group.name for group in site.groups[:5])
        raise InputError(
            f"{site.site} has {len(site.groups)} groups of phones ({names} ...); one is served",
            where="serve",
            remedy="write a site file of that group alone",
        )
    return site.groups[0]


def role_address(site: Site, role: ServedRole) -> IPv4Address:
    """The site's own address of a role; InputError when it has none."""
    group = _only_group(site)
    match role:
        case ServedRole.GATEKEEPER:
            return group.gatekeepers[0].address
        case ServedRole.FILES:
            return group.files[0].address
        case ServedRole.DHCP:
            return _needed(group.dhcp[0].address if group.dhcp else None, role)
        case ServedRole.RELAY:
            return _needed(_relayed(group)[0][1].uplink if _relayed(group) else None, role)


def _needed(address: IPv4Address | None, role: ServedRole) -> IPv4Address:
    if address is None:
        raise InputError(f"the site has no address for {role}", where="--role", remedy="--address")
    return address


def _relayed(group: Group) -> list[tuple[str, Vlan]]:
    return [(key, vlan) for key, vlan in group.vlans if vlan.relay is not None]


def _machine(options: RoleOptions, role: ServedRole, at: IPv4Address, kept: tuple[Keep, ...]) -> Machine:
    site, interfaces = options.site, options.interfaces
    group = _only_group(site)
    match role:
        case ServedRole.GATEKEEPER:
            return _gatekeeper_machine(options, at, kept)
        case ServedRole.FILES:
            server = group.files[0]
            files = roles.file_settings(server)
            files = replace(files, files=options.files or files.files)
            here = (TransportAddress(at, server.port),)
            return FileServer(replace(files, http=here) if files.http else replace(files, https=here))
        case ServedRole.DHCP:
            _needed(group.dhcp[0].address if group.dhcp else None, role)
            scopes = _scopes(options)
            restored = restored_leases(scopes, kept)
            settings = replace(roles.dhcp_settings(site), address=at, scopes=scopes, ping_wait=_PING_WAIT)
            return DhcpServer(settings, restored.records, restored.refused)
        case ServedRole.RELAY:
            vlans = _relayed(group)
            if not vlans or not group.dhcp:
                raise InputError("nothing of this site is relayed", where="--role", remedy="leave relay out")
            names = _relay_interfaces(vlans, interfaces)
            relay = roles.relay_settings(group, [each for each in vlans if each[0] in names])
            downstreams = tuple(replace(each, interface=names[each.interface]) for each in relay.downstreams)
            return DhcpRelay(replace(relay, downstreams=downstreams, uplink=at))


def _gatekeeper_machine(options: RoleOptions, at: IPv4Address, kept: tuple[Keep, ...]) -> Machine:
    config = gatekeeper(options.site, at, options.passwords, options.dialect)
    config = replace(config, neighbours=options.neighbours)
    inner = Gatekeeper(config, SystemRandom(), kept)
    if not options.h235:
        return inner
    return H235Gatekeeper(
        inner,
        config.ras,
        options.users or {},
        identifier=config.identifier,
        epoch=config.epoch,
        neighbours=options.neighbours,
        kept=kept,
    )


def _scopes(options: RoleOptions) -> tuple[Scope, ...]:
    """Of the DHCP server at our address, or of the first: where the site has several, each has its part of
    the pools, so that no two lease one address.
    """
    servers, names = _only_group(options.site).dhcp, options.interfaces
    number = next((at for at, each in enumerate(servers) if each.address == options.address), 0)
    left = dict(options.reservations)
    found = []
    for scope in roles.dhcp_settings(options.site, number).scopes:
        own = {chaddr: address for chaddr, address in left.items() if address in scope.subnet}
        left = {chaddr: address for chaddr, address in left.items() if chaddr not in own}
        pools = share_of(scope.pools, servers, servers[number])
        if not pools and not own:
            raise InputError(f"{scope.subnet} has no address left for this server", where="serve")
        found.append(
            replace(
                scope,
                interface=names.get(scope.name, scope.interface),
                pools=pools,
                reservations=tuple(Reservation(*each) for each in own.items()),
            )
        )
    if left:
        address = next(iter(left.values()))
        raise InputError(
            f"{address} is in no network of the phones", where="--reserve", remedy="leave it out"
        )
    return tuple(found)


def _relay_interfaces(vlans: list[tuple[str, Vlan]], given: Mapping[str, str]) -> dict[str, str]:
    """The interface of each VLAN that is relayed; where some are named, those alone.

    A name without a VLAN is of the one that is left, or of the one whose router is this machine: the relay
    agent answers at that address (giaddr).
    """
    names = {key: given[key] for key, _ in vlans if key in given}
    left = [(key, vlan) for key, vlan in vlans if key not in given]
    here = left if len(left) == 1 else [each for each in left if _is_here(each[1].router)]
    if "" in given and len(here) == 1:
        return names | {here[0][0]: given[""]}
    if not names:
        which = " and ".join(key for key, _ in left)
        raise InputError(
            f"{which} can be relayed, each on an interface of its own",
            where="--interface",
            remedy=" ".join(f"--interface {key}=NAME" for key, _ in left),
        )
    return names


def _is_here(address: IPv4Address) -> bool:
    """Whether the address is one of this machine's."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((str(address), 0))
        except OSError:
            return False
        return True


def hears_group(site: Site, dialect: str) -> bool:
    """Whether the gatekeeper joins the discovery group: the site says so, or the endpoints may be anybody's.

    H323Plus, GnuGk as a child and ooh323c look for a gatekeeper there when none is configured.
    """
    multicast = any(group.calls.discovery is Discovery.MULTICAST for group in site.groups)
    return multicast or DIALECTS[dialect] is not AVAYA


def gatekeeper(
    site: Site, at: IPv4Address, users: Mapping[str, str] | None, dialect: str
) -> GatekeeperConfig:
    """The site's gatekeeper at this address; it routes calls wherever its signalling port is its own."""
    chosen = DIALECTS[dialect]
    base = roles.gatekeeper_settings(site, 0)
    signalling = base.signalling if chosen is AVAYA else None
    return replace(
        base,
        address=at,
        users=users,
        dialect=chosen,
        signalling=signalling,
        calls=None if signalling is not None and signalling.tls else RouterConfig(permanent=chosen is AVAYA),
        notification=None,
        multicast=hears_group(site, dialect),
        broadcast=True,
        # H323Plus renews 5 s before the end (gkclient.cxx), and an RRQ has three tries of 3 s.
        grace=10.0,
        bandwidth=base.bandwidth if chosen is AVAYA else _VIDEO,
        # Machines on real sockets run by the monotonic clock.
        epoch=time.time() - time.monotonic(),
    )
