"""A site as it is walked: quick enough to wait for, one group of phones, its servers on one interface."""

from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Interface

from ringfence.actors.handset.machine import Handset
from ringfence.actors.io import Machine
from ringfence.model.errors import InputError
from ringfence.model.site import Group, Site
from ringfence.model.stage import Stage
from ringfence.policy.compile import policy_for
from ringfence.roles.addresses import home, in_network
from ringfence.roles.alone import alone
from ringfence.roles.network import HANDSET, ROUTER, network_for
from ringfence.roles.roles import machines_of
from ringfence.roles.turns import ServerList, Turn, listed, turns

WALKED_LEASE = 30  # seconds: it is renewed after half of that (T1, RFC 2131 section 4.4.5)
_PAST_STATE = 5  # seconds of silence beyond the firewall's longest UDP timer
_BETWEEN = 10  # seconds from the gatekeeper's first word to the handset's keep-alive


@dataclass(frozen=True, slots=True)
class WalkedHost:
    """A server that is played."""

    name: str
    address: IPv4Interface
    machine: Machine


def walked_site(site: Site, group: str) -> Site:
    """The site as if that group were its only one, with timers that a person waits for.

    The gatekeeper speaks first when the firewall's UDP state has expired, by the timers that the site gives;
    a lease is renewed at once. Without a name the site has one group. InputError: there is none of that name.
    """
    one = alone(site, _group_named(site, group))
    (kept,) = one.groups
    idle = max(max(each.udp_timeout, each.udp_stream_timeout) for each in one.firewalls) + _PAST_STATE
    refresh = 2 * idle if _has_own_rule(one, Stage.KEEP_ALIVE) else idle + _BETWEEN
    calls = replace(kept.calls, notify_after=idle, refresh=refresh)
    leases = tuple(replace(each, lease=WALKED_LEASE) for each in kept.dhcp)
    return replace(one, groups=(replace(kept, calls=calls, dhcp=leases),))


def _group_named(site: Site, name: str) -> Group:
    found = [each for each in site.groups if name in {"", each.name}]
    if len(found) != 1:
        known = ", ".join(each.name for each in site.groups[:8])
        what = f"no group {name!r}" if name else f"{site.site} has {len(site.groups)} groups of phones"
        raise InputError(what, where="--group", remedy=f"one of: {known}")
    return found[0]


def _has_own_rule(site: Site, stage: Stage) -> bool:
    """Whether a rule is there for that stage alone, and so is tried only when the state of others is gone."""
    rules = (rule for firewall in site.firewalls for rule in policy_for(site, firewall.name).rules)
    return any(rule.because and all(flow.stage is stage for flow in rule.because) for rule in rules)


def walked_turn(site: Site, number: int) -> Turn:
    """Which servers of the lists are played, from 1 on. InputError: there are not so many."""
    known = [each for each in turns(site) if each.dying is None]
    if not 1 <= number <= len(known):
        raise InputError(f"the lists of servers have {len(known)} turns", where="--turn")
    return known[number - 1]


def standing_by(site: Site, turn: Turn) -> frozenset[IPv4Address]:
    """The listed servers that are not played in this turn."""
    group = site.groups[0]
    every = {each.address for of in ServerList for each in listed(group, of)}
    played = {
        listed(group, of)[number].address
        for of in ServerList
        for number in turn.numbers(of)
        if number < len(listed(group, of))
    }
    return frozenset(every - played)


def walking_handset(site: Site, *, seed: int, epoch: float) -> Handset:
    """The phone of a walk, without audio: that begins when both ends have agreed on it."""
    registration = replace(site, media=None, monitoring=())
    machine = machines_of(registration, network_for(registration), seed=seed, epoch=epoch)[HANDSET]
    assert isinstance(machine, Handset)
    return machine


def walked_hosts(
    site: Site, turn: Turn, *, seed: int, epoch: float
) -> tuple[tuple[WalkedHost, ...], tuple[str, ...]]:
    """The servers beyond the firewall, and in words those that are not played because they are not there."""
    registration = replace(site, media=None, monitoring=())
    network = network_for(registration)
    machines = machines_of(registration, network, turn, seed=seed, epoch=epoch)
    near = site.zone_of(site.groups[0].voice.network)
    hosts: list[WalkedHost] = []
    left_out: list[str] = []
    for address, node in network.nodes.items():
        zone = site.zone_of(address)
        if node not in machines:
            continue
        if node == ROUTER or address in site.own_addresses or zone == near:
            left_out.append(f"{node} {address} is on the phones' side, or the firewall itself")
            continue
        hosts.append(WalkedHost(node, in_network(address, home(site, address)), machines[node]))
    return tuple(hosts), tuple(left_out)
