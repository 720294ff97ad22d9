"""The ends of flows: phones of a kind, and servers that are reached the same way."""

from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import TypeVar

from ringfence.model.address import Network
from ringfence.model.flow import Party, Role
from ringfence.model.kinds import Kind
from ringfence.model.site import (
    DhcpServer,
    FileServer,
    Gatekeeper,
    Group,
    MediaGateway,
    ServiceHost,
    Site,
    Vlan,
    hosts,
)
from ringfence.model.site_parts.name_server import NameServer

Way = tuple[str, ...]
Server = TypeVar("Server", DhcpServer, NameServer, FileServer, Gatekeeper, MediaGateway, ServiceHost)


def alike(
    site: Site, vlan: Vlan, servers: Iterable[Server], likeness: Callable[[Server], Hashable] = lambda _: None
) -> Iterator[tuple[Way, list[Server]]]:
    """The servers that are reached the same way and are alike otherwise, the first of each kind first."""
    found: dict[object, tuple[Way, list[Server]]] = {}
    for server in servers:
        path = site.crossed(vlan, server.address)
        found.setdefault((path, likeness(server)), (path, []))[1].append(server)
    yield from found.values()


def vlan_networks(kind: Kind, vlan: Callable[[Group], Vlan]) -> tuple[Network, ...]:
    """That VLAN of every group of the kind."""
    return tuple(dict.fromkeys(vlan(group).network for group in kind.groups))


def handsets(kind: Kind) -> Party:
    """The phones of the kind where they work."""
    return Party(
        Role.HANDSET, vlan_networks(kind, lambda group: group.voice), "voice" if kind.first.moves else ""
    )


def hosts_as(role: Role, servers: Iterable[Server], label: str = "") -> Party:
    """These servers in this role."""
    return Party(role, hosts(dict.fromkeys(server.address for server in servers)), label)
