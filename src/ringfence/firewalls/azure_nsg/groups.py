"""Network security groups as lists of rules, whatever text they were in.

Written from the page on network security groups: each group is judged by itself, by priority, the lowest
number first; what comes in meets the group of the subnet and then that of the interface, what leaves the
other way round, and every one must allow it. Groups keep state. Below the site's own rules Azure has three of
its own for each direction. Nothing here has been checked against Azure.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from ringfence.firewalls.azure_nsg.words import at_most, end_addresses, priority, rule_services
from ringfence.firewalls.common.behind import Behind, Named, attached
from ringfence.firewalls.common.reading import Reading, Rows, place
from ringfence.model.address import Network
from ringfence.model.policy import Action
from ringfence.policy.listing import Chain, Listing, Unbound, everything
from ringfence.policy.matches import NotUnderstood
from ringfence.policy.space import DESTINATION, SOURCE, Box, Place, Row
from ringfence.policy.terms import (
    EVERY_SERVICE,
    Addresses,
    Services,
    is_any_any,
    match,
    of_networks,
    union,
    within,
)

_BOTH = frozenset({4, 6})
INBOUND, OUTBOUND = "Inbound", "Outbound"
_ENDS = {INBOUND: DESTINATION, OUTBOUND: SOURCE}
_ACTIONS = {"allow": Action.PERMIT, "deny": Action.DENY}
_ANY_PORT = ("*",)
_OWN = 65000  # from here on are the rules that every group has


@dataclass(frozen=True, slots=True)
class NsgRule:
    """One rule as its text has it. `doubt` says why it cannot be understood, where that is known already."""

    name: str
    line: int = 0
    priority: object = None
    direction: str = ""
    access: str = ""
    protocol: str = ""
    sources: tuple[str, ...] = ()
    destinations: tuple[str, ...] = ()
    source_ports: tuple[str, ...] = ()
    destination_ports: tuple[str, ...] = ()
    doubt: str = ""

    @property
    def text(self) -> str:
        """As a person would tell it."""
        ends = (
            f"{', '.join(addresses) or '?'} port {', '.join(ports) or '?'}"
            for addresses, ports in (
                (self.sources, self.source_ports),
                (self.destinations, self.destination_ports),
            )
        )
        return f"{self.direction} {self.priority} {self.access} {self.protocol} {' to '.join(ends)}"

    @property
    def rank(self) -> int:
        """Where it stands; before all others where that is not understood."""
        try:
            return priority(self.priority)
        except NotUnderstood:
            return 0


@dataclass(slots=True)
class Nsg:
    """A group. `names` are what it can be called, the first in messages.

    `attached` are the subnets and interfaces that it is attached to, each with its networks where the text
    has them; `networks` are those that a tag says. `loose`: the text says that it is attached to nothing.
    `own_defaults`: the text has the rules that Azure adds.
    """

    names: tuple[str, ...]
    rules: list[NsgRule] = field(default_factory=list)
    attached: tuple[tuple[str, tuple[Network, ...]], ...] = ()
    networks: tuple[Network, ...] = ()
    loose: bool = False
    own_defaults: bool = False
    line: int = 0

    @property
    def name(self) -> str:
        return self.names[0]

    @property
    def place(self) -> str:
        return place(self.line, self.name) if self.line else self.name


def nsg_listing(groups: Sequence[Nsg], named: Named | None, reading: Reading) -> Listing:
    """Two lists for each group. `named` are the networks of groups, subnets, interfaces and tags by name."""
    where = attached(named, reading)
    chains: list[Chain] = []
    for group in groups:
        if group.loose and not any(name in where.addresses for name in group.names):
            bind = f"az network vnet subnet update --name <SUBNET> --network-security-group {group.name}"
            reading.unbound.append(Unbound(group.name, group.place, (bind,)))
        else:
            chains += [_chain(group, way, where, reading) for way in (INBOUND, OUTBOUND)]
    return reading.listing(chains)


def _around(group: Nsg, where: Behind, reading: Reading) -> Addresses:
    """The addresses that the group is attached to: as named, or of all that it is attached to."""
    for name in group.names:
        if name in where.addresses:
            return where.addresses[name]
    named = any(nets or name in where.addresses for name, nets in group.attached)
    held = (
        group.attached
        if named or (group.attached and not group.networks)
        else ((group.name, group.networks),)
    )
    found: list[Addresses] = []
    for name, nets in held:
        if name not in where.addresses and nets:
            reading.assumed.append(f"{group.name} is attached to {', '.join(map(str, nets))} ({name})")
        found.append(of_networks(nets) if nets and name not in where.addresses else where.of(name))
    return union(found)


def _chain(group: Nsg, way: str, where: Behind, reading: Reading) -> Chain:
    rows = Rows()
    chain_place = f"{group.name} {way.lower()}"
    try:
        around = _around(group, where, reading)
    except NotUnderstood as error:
        reading.gap(rows, (chain_place, group.name), str(error))
        return rows.chain(chain_place, Action.PERMIT, _BOTH, stateful=True)
    mine = [rule for rule in group.rules if rule.direction in {way, ""}]
    mine += [] if group.own_defaults else _defaults(way)
    rest = within(everything(), _ENDS[way], around)
    ranks = Counter(rule.rank for rule in mine)
    for rule in sorted(mine, key=lambda rule: rule.rank):
        doubt = rule.doubt or ("another rule has its priority" if ranks[rule.rank] > 1 else "")
        if any(row.boxes == rest for row in rows.rows[-1:]):  # it takes all: nothing behind it is reached
            break
        _row(rule, doubt, (group, way, around, where), reading, rows)
    rows.add(Row(f"{chain_place} (implicit deny)", Action.DENY, rest, implicit=True))
    return rows.chain(chain_place, Action.PERMIT, _BOTH, stateful=True)


def _row(
    rule: NsgRule, doubt: str, of: tuple[Nsg, str, Addresses, Behind], reading: Reading, rows: Rows
) -> None:
    group, way, around, where = of
    end = _ENDS[way]
    id_ = place(rule.line, rule.name) if rule.line else f"{group.name} {way.lower()} {rule.name}"
    action = _ACTIONS.get(rule.access.lower())
    try:
        if doubt or action is None or rule.direction != way or not rule.rank:
            raise NotUnderstood(doubt or "its direction, priority or access is not understood")
        source, destination = (
            end_addresses(_said(words), where) for words in (rule.sources, rule.destinations)
        )
        served = rule_services(rule.protocol, rule.source_ports, rule.destination_ports)
        parts = within(match(source, destination, served), end, around)
    except NotUnderstood as error:
        perhaps = _at_most(rule, where, end, around)
        perhaps = rows.left(perhaps) if rule.rank >= _OWN else perhaps
        reading.gap(rows, (id_, rule.text), str(error), perhaps, action)
        return
    at = Place(rule.rank, list=group.name, way=way)
    rows.add(Row(id_, action, parts, rule.text, at, implicit=rule.rank >= _OWN))
    if rule.protocol.lower() == "icmp":
        reading.assumed.append("protocol Icmp is ICMP of IPv4, and takes nothing of ICMPv6")
    if action is Action.PERMIT and is_any_any(source, destination, served):
        reading.any_any.append(id_)


def _said(words: tuple[str, ...]) -> tuple[str, ...]:
    if not words:
        raise NotUnderstood("an end without addresses")
    return words


def _at_most(rule: NsgRule, where: Behind, end: int, around: Addresses) -> tuple[Box, ...]:
    """The only packets that a rule can concern of which a part was not understood."""
    if rule.doubt:
        return within(everything(), end, around)
    try:
        served: Services = rule_services(rule.protocol, rule.source_ports, rule.destination_ports)
    except NotUnderstood:
        served = EVERY_SERVICE
    try:
        ends = [at_most(_said(words), where) for words in (rule.sources, rule.destinations)]
        return within(match(ends[0], ends[1], served), end, around)
    except NotUnderstood:
        return within(everything(), end, around)


def _defaults(way: str) -> list[NsgRule]:
    """The rules that Azure adds to every group (page on network security groups, default security rules)."""
    suffix = "InBound" if way == INBOUND else "OutBound"
    net = "VirtualNetwork"
    middle = ("AllowAzureLoadBalancerInBound", "AzureLoadBalancer", "*")
    if way == OUTBOUND:
        middle = ("AllowInternetOutBound", "*", "Internet")
    return [
        _default(f"AllowVnet{suffix}", _OWN, way, "Allow", (net, net)),
        _default(middle[0], 65001, way, "Allow", middle[1:]),
        _default(f"DenyAll{suffix}", 65500, way, "Deny", ("*", "*")),
    ]


def _default(name: str, rank: int, way: str, access: str, ends: tuple[str, str]) -> NsgRule:
    return NsgRule(
        name=name,
        priority=rank,
        direction=way,
        access=access,
        protocol="*",
        sources=ends[:1],
        destinations=ends[1:],
        source_ports=_ANY_PORT,
        destination_ports=_ANY_PORT,
    )
