"""Which servers are in service in a boot: of each list one alone, or the first that dies and the next."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from ipaddress import IPv4Address
from typing import TypeVar

from ringfence.model.site import DhcpServer, FileServer, Gatekeeper, Group, Site
from ringfence.model.site_parts.name_server import NameServer
from ringfence.model.stage import MAIN_LINE, Stage, position

Listed = TypeVar("Listed", DhcpServer, NameServer, FileServer, Gatekeeper)
AnyListed = DhcpServer | NameServer | FileServer | Gatekeeper


class ServerList(StrEnum):
    """The lists of servers that phones have."""

    DHCP = "dhcp"
    DNS = "dns"
    FILES = "files"
    GATEKEEPERS = "gatekeepers"


@dataclass(frozen=True, slots=True)
class Dying:
    """The first server of a list, which goes once the phone has completed a stage."""

    of: ServerList
    after: Stage


@dataclass(frozen=True, slots=True)
class Turn:
    """Which server of each list is in service, and which of the relay agent's addresses it asks from.

    With `dying` the first of that list is in service too, until it dies.
    """

    dhcp: int = 0
    files: int = 0
    gatekeeper: int = 0
    relay: int = 0
    dns: int = 0
    dying: Dying | None = None

    def numbers(self, of: ServerList) -> tuple[int, ...]:
        """The servers of a list that are in service when the phone gets power."""
        own = {
            ServerList.DHCP: self.dhcp,
            ServerList.DNS: self.dns,
            ServerList.FILES: self.files,
            ServerList.GATEKEEPERS: self.gatekeeper,
        }[of]
        return (0, own) if self.dying is not None and self.dying.of is of else (own,)

    def serving(self, of: ServerList, servers: Sequence[Listed]) -> list[Listed]:
        """Those of `servers`."""
        return [servers[number] for number in self.numbers(of) if number < len(servers)]


FIRST_TURN = Turn()


def of_turn(site: Site, turn: Turn) -> Site:
    """What a boot of this turn is about: where a server dies registration alone. Calls and services need no
    server of the lists, and are tried in the boots in which each is alone in service.
    """
    return site if turn.dying is None else replace(site, media=None, monitoring=())


def listed(group: Group, of: ServerList) -> Sequence[AnyListed]:
    """The servers of that list that the phones of the group ask; DNS servers where they are told names."""
    match of:
        case ServerList.DHCP:
            return group.dhcp
        case ServerList.DNS:
            return group.dns if group.hosts else ()
        case ServerList.FILES:
            return group.files
        case ServerList.GATEKEEPERS:
            return group.gatekeepers


def _beyond(site: Site, of: ServerList) -> list[int]:
    """The servers of a list that a firewall stands before."""
    group = site.groups[0]
    return [n for n, each in enumerate(listed(group, of)) if site.crossed(group.voice, each.address)]


def turns(site: Site) -> tuple[Turn, ...]:
    """Boots in which every server that a firewall stands before is alone in service once."""
    group = site.groups[0]
    relays = [vlan.relay for _, vlan in group.vlans if vlan.relay is not None]
    asked = [max(len(each.addresses), len(each.giaddrs)) for each in relays] or [1]
    lists = (
        _beyond(site, ServerList.DHCP) or [0],
        _beyond(site, ServerList.FILES) or [0],
        [n for n in _beyond(site, ServerList.GATEKEEPERS) if not _is_alternate(group, n)] or [0],
        list(range(max(asked))),
        _beyond(site, ServerList.DNS) or [0],
    )
    count = max(map(len, lists))
    chosen = ([each[min(number, len(each) - 1)] for each in lists] for number in range(count))
    alone = [Turn(dhcp, files, gatekeeper, relay, dns) for dhcp, files, gatekeeper, relay, dns in chosen]
    # An alternate is heard of from a gatekeeper that was listed: that one dies.
    learned = (
        Turn(gatekeeper=number, dying=Dying(ServerList.GATEKEEPERS, Stage.REGISTER))
        for number in _beyond(site, ServerList.GATEKEEPERS)
        if _is_alternate(group, number)
    )
    return (*alone, *learned)


def _is_alternate(group: Group, number: int) -> bool:
    """Whether phones are told this gatekeeper only when they register."""
    return group.gatekeepers[number] in group.alternates


# What the phone has to do again once the first server of a list is gone; and the stages in which it speaks to
# that list's servers: between two of them a death makes no difference to when it is noticed.
ANEW = {
    ServerList.DHCP: frozenset({Stage.RENEW}),
    ServerList.DNS: frozenset({Stage.RESOLVE}),
    ServerList.FILES: frozenset({Stage.PROVISION}),
    ServerList.GATEKEEPERS: frozenset({Stage.REGISTER, Stage.SIGNAL, Stage.ECHO, Stage.KEEP_ALIVE}),
}
_SPOKEN = {
    ServerList.DHCP: (Stage.ADDRESS, Stage.VLAN_MOVE, Stage.RENEW),
    ServerList.DNS: (Stage.RESOLVE,),
    ServerList.FILES: (Stage.PROVISION,),
    ServerList.GATEKEEPERS: (
        Stage.DISCOVER,
        Stage.REGISTER,
        Stage.SIGNAL,
        Stage.ECHO,
        Stage.NOTIFY,
        Stage.KEEP_ALIVE,
    ),
}


def failovers(site: Site, expected: frozenset[Stage]) -> tuple[Turn, ...]:
    """Boots in which the first server of each list dies at each stage, and the next takes over: before the
    phone first speaks to it, and after every stage behind which it still has something to say.
    """
    found = []
    for of, spoken in _SPOKEN.items():
        if len(listed(site.groups[0], of)) > 1 and 1 in _beyond(site, of) and _apart(site, of):
            deaths = (stage for stage in _deaths(of, spoken, expected) if _heard(site, of, stage))
            found += [_taking_over(of, stage) for stage in deaths]
    return tuple(found)


def _heard(site: Site, of: ServerList, after: Stage) -> bool:
    """Whether the phone knows of the second server by then."""
    late = of is ServerList.GATEKEEPERS and _is_alternate(site.groups[0], 1)
    return not late or after.order >= Stage.REGISTER.order


def _deaths(of: ServerList, spoken: Sequence[Stage], expected: frozenset[Stage]) -> list[Stage]:
    earlier = [stage for stage in MAIN_LINE & expected if stage.order < spoken[0].order]
    before = [max(earlier, key=position)] if earlier else []
    # Files and names are asked for once: after that nobody misses the server.
    once = of in {ServerList.DNS, ServerList.FILES}
    return [*before, *(() if once else (stage for stage in spoken if stage in expected))]


def _apart(site: Site, of: ServerList) -> bool:
    """Whether the first server of the list can die without another list's, and without the second."""
    group = site.groups[0]
    first, second = (each.address for each in listed(group, of)[:2])
    others = (each.address for other in ServerList if other is not of for each in listed(group, other))
    return first not in {second, *others, *site.own_addresses, *(vlan.router for _, vlan in group.vlans)}


def _taking_over(of: ServerList, after: Stage) -> Turn:
    dying = Dying(of, after)
    match of:
        case ServerList.DHCP:
            return Turn(dhcp=1, dying=dying)
        case ServerList.DNS:
            return Turn(dns=1, dying=dying)
        case ServerList.FILES:
            return Turn(files=1, dying=dying)
        case ServerList.GATEKEEPERS:
            return Turn(gatekeeper=1, dying=dying)


def dead_of(site: Site, turn: Turn) -> IPv4Address | None:
    """The address of the server that dies in this turn."""
    return None if turn.dying is None else listed(site.groups[0], turn.dying.of)[0].address
