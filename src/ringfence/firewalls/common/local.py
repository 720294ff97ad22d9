"""Rules for what a firewall itself sends and receives as relay agent or DHCP server.

Some judge it by the rules of forwarded packets too, some by lists of their own, some not at all: that is in
each one's row, and so are the lines for lists of their own.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from ringfence.firewalls.common.document import Device, Rendered
from ringfence.model.own_traffic import OwnTraffic, own_traffic
from ringfence.model.policy import Policy, Rule
from ringfence.model.site import Site
from ringfence.model.site_parts.dhcp_daemon import DhcpDaemon
from ringfence.policy.compile import rules_for

LocalWriter: TypeAlias = Callable[[Sequence[OwnTraffic], Device], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Local:
    """How a firewall judges its own packets.

    `inward`, `outward`: the rules of forwarded packets judge what it receives, what it sends. `write`: lines
    for lists that judge these packets alone; `lists`: there are such lists, though no lines are written for
    them. `by_daemon`: the program that relays decides which are needed,
    as on Linux. `doubt`: why it is not certain that the rules judge them. `notes`: what a person has to know
    of either.
    """

    inward: bool = False
    outward: bool = False
    write: LocalWriter | None = None
    lists: bool = False
    by_daemon: bool = False
    doubt: str = ""
    notes: tuple[str, ...] = ()


NO_LOCAL_LIST = Local()
# A Linux box whose input and output rules its reader does not read.
LINUX_LISTS = Local(lists=True, by_daemon=True)


def with_own(policy: Policy, own: Sequence[OwnTraffic], local: Local) -> Policy:
    """The policy with the firewall's own unicast packets, as far as its rules judge these."""
    judged = [
        each.flow
        for each in own
        if not each.by_broadcast and (local.outward if each.outward else local.inward)
    ]
    return Policy(policy.name, (*policy.rules, *rules_for(tuple(judged))), policy.stateful)


def own_rule(each: OwnTraffic) -> Rule:
    """The rule that permits it and nothing else."""
    return rules_for((each.flow,))[0]


def with_local(rendered: Rendered, local: Local, sites: Sequence[Site], device: Device) -> Rendered:
    """The rule set with what the firewall's own packets need beside it, where it relays or serves DHCP."""
    if not any(own_traffic(site) for site in sites):
        return rendered
    needed = list(dict.fromkeys(each for site in sites for each in needed_own(site, local)))
    lines = tuple(local.write(needed, device)) if local.write is not None else ()
    return replace(rendered, local=lines, notes=(*rendered.notes, *local.notes))


def needed_own(site: Site, local: Local) -> tuple[OwnTraffic, ...]:
    """What the site's firewalls send and receive themselves, as far as the program that relays needs it."""
    daemons = {wall.name: wall.dhcp_daemon for wall in site.firewalls}
    own = own_traffic(site)
    return tuple(each for each in own if not local.by_daemon or _needs(daemons[each.firewall], each))


def _needs(daemon: DhcpDaemon | None, each: OwnTraffic) -> bool:
    return daemon is None or daemon in each.needed_by


def needed_words(each: OwnTraffic) -> str:
    """Which programs do not work without it."""
    return ", ".join(sorted(daemon.value for daemon in each.needed_by))


def local_zones(own: Sequence[OwnTraffic], device: Device) -> Iterator[str]:
    """The device's zones in which its agent hears phones and servers, each once."""
    places: Mapping[str, None] = dict.fromkeys(
        zone.name
        for each in own
        for network in (*each.flow.initiator.networks, *each.flow.responder.networks)
        for zone in device.zones
        if any(network.overlaps(around) for around in zone.networks if around.version == network.version)
    )
    yield from places
