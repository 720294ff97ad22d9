"""Firewall rules of a VPC network and of the policies around it, whatever text they were in.

Written from the pages on VPC firewall rules, firewall policies and the order of their evaluation: rules are
judged at the instance, the lowest priority number first and a deny before an allow of the same number;
policies of organisation and folders come before the rules of the network, its own policies behind them, and
`goto_next` leaves a packet to the next of these; what nothing decides comes in by nobody and leaves to
anybody. Nothing here has been checked against Google Cloud.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ringfence.firewalls.common.behind import Behind, Named, attached
from ringfence.firewalls.common.reading import Reading, Rows, place
from ringfence.firewalls.common.service_names import PROTOCOLS
from ringfence.model.policy import Action
from ringfence.policy.listing import Chain, Listing, everything
from ringfence.policy.matches import NotUnderstood
from ringfence.policy.space import DESTINATION, SOURCE, Box, Place, Row
from ringfence.policy.terms import (
    ANY,
    EVERY_SERVICE,
    EVERYWHERE,
    Addresses,
    Service,
    Services,
    is_any_any,
    match,
    number,
    of_protocol,
    port_span,
    prefix,
    union,
    within,
    without,
)

_BOTH = frozenset({4, 6})
INGRESS, EGRESS = "INGRESS", "EGRESS"
NEXT = "goto_next"
_ENDS = {INGRESS: DESTINATION, EGRESS: SOURCE}
_ACTIONS = {"allow": Action.PERMIT, "deny": Action.DENY}
_WITH_PORTS = frozenset({6, 17, 132})
_ALL_IPV4 = ("0.0.0.0/0",)


@dataclass(frozen=True, slots=True)
class GcpRule:
    """One rule as its text has it. `doubt` says why it cannot be understood, where that is known already.

    `sources` and `destinations` are ranges; `source_names` and `targets` are tags and service accounts, of
    instances of the network. `services` are protocols, each with its ports.
    """

    name: str
    line: int = 0
    direction: str = ""
    action: str = ""
    priority: object = None
    services: tuple[tuple[str, tuple[str, ...]], ...] = ()
    sources: tuple[str, ...] = ()
    destinations: tuple[str, ...] = ()
    source_names: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    disabled: bool = False
    doubt: str = ""

    @property
    def text(self) -> str:
        """As a person would tell it."""
        served = ", ".join(f"{protocol} {' '.join(ports)}".strip() for protocol, ports in self.services)
        source = ", ".join((*self.sources, *self.source_names)) or "all"
        of = f" of {', '.join(self.targets)}" if self.targets else ""
        ends = f"{source} to {', '.join(self.destinations) or 'all'}"
        return f"{self.direction} {self.priority} {self.action} {served or '?'} {ends}{of}"

    @property
    def rank(self) -> tuple[int, bool]:
        """Its place in its level; before all others where that is not understood."""
        try:
            return _priority(self.priority), self.action != "deny"
        except NotUnderstood:
            return -1, False

    @property
    def place(self) -> str:
        return place(self.line, self.name) if self.line else f"rule {self.name}"


@dataclass(frozen=True, slots=True)
class GcpNetwork:
    """A network with its levels of rules, in the order in which they are judged; `subnets` are its ranges."""

    name: str
    levels: tuple[tuple[GcpRule, ...], ...]
    subnets: tuple[str, ...] = ()


def network_listing(networks: Sequence[GcpNetwork], named: Named | None, reading: Reading) -> Listing:
    """Two lists for each network. `named` are the networks behind a network, a tag or a service account."""
    where = attached(named, reading)
    chains: list[Chain] = []
    for network in networks:
        for rule in (rule for level in network.levels for rule in level if rule.disabled):
            reading.off(rule.line or rule.place, rule.text, "disabled")
        chains += [_chain(network, way, len(networks) == 1, (where, reading)) for way in (INGRESS, EGRESS)]
    return reading.listing(chains)


def _priority(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise NotUnderstood("no priority is said")
    return number(str(value), 2**31 - 1)


def _around(network: GcpNetwork, alone: bool, where: Behind, reading: Reading) -> Addresses:
    """The addresses of the network's instances: as named, of its subnets, or of tags that are named."""
    if network.name in where.addresses:
        return where.addresses[network.name]
    if network.subnets:
        reading.assumed.append(f"the instances of {network.name} are in {', '.join(network.subnets)}")
        return union(map(prefix, network.subnets))
    names = {name for level in network.levels for rule in level for name in rule.targets}
    known = sorted(names & where.addresses.keys())
    if known and alone:
        reading.assumed.append(f"the instances of {', '.join(known)} are in network {network.name}")
        return where.zone(known)
    return where.of(network.name)


def _chain(network: GcpNetwork, way: str, alone: bool, of: tuple[Behind, Reading]) -> Chain:
    where, reading = of
    rows = Rows()
    chain_place = f"{network.name} {way.lower()}"
    try:
        around = _around(network, alone, where, reading)
    except NotUnderstood as error:
        reading.gap(rows, (chain_place, network.name), str(error))
        return rows.chain(chain_place, Action.PERMIT, _BOTH, stateful=True)
    for level in network.levels:
        mine = [rule for rule in level if rule.direction in {way, ""} and not rule.disabled]
        left: tuple[Box, ...] = ()
        for rule in sorted(mine, key=lambda rule: rule.rank):
            left = _row(rule, left, (network, way, around), of, rows)
    if way == INGRESS:
        rest = within(everything(), DESTINATION, around)
        rows.add(Row(f"{chain_place} (implicit deny)", Action.DENY, rest, implicit=True))
    return rows.chain(chain_place, Action.PERMIT, _BOTH, stateful=True)


def _row(
    rule: GcpRule,
    left: tuple[Box, ...],
    at: tuple[GcpNetwork, str, Addresses],
    of: tuple[Behind, Reading],
    rows: Rows,
) -> tuple[Box, ...]:
    """One rule. `left` and the result are the packets that rules so far leave to the next level."""
    network, way, around = at
    where, reading = of
    end = _ENDS[way]
    action = _ACTIONS.get(rule.action)
    try:
        if (
            rule.doubt
            or rule.direction != way
            or rule.rank[0] < 0
            or (action is None and rule.action != NEXT)
        ):
            raise NotUnderstood(rule.doubt or "its direction, priority or action is not understood")
        inner = union(map(where.of, rule.targets)) if rule.targets else around
        source, destination = _ends(rule, way, where)
        served = _services(rule)
        parts = within(within(match(source, destination, served), end, around), end, inner)
        parts = without(parts, left)
    except NotUnderstood as error:
        reading.gap(rows, (rule.place, rule.text), str(error), _at_most(rule, way, around), action)
        return left
    if action is None:
        return (*left, *parts)
    at_ = Place(rule.rank[0], list=network.name, way=way)
    rows.add(Row(rule.place, action, parts, rule.text, at_))
    if action is Action.PERMIT and is_any_any(source, destination, served):
        reading.any_any.append(rule.place)
    return left


def _ends(rule: GcpRule, way: str, where: Behind) -> tuple[Addresses, Addresses]:
    """Source and destination. Where nothing is said of the other side it is every IPv4 address."""
    sources = [prefix(word) for word in rule.sources] + [where.of(name) for name in rule.source_names]
    destinations = [prefix(word) for word in rule.destinations]
    if way == INGRESS:
        sources = sources or list(map(prefix, _ALL_IPV4))
        return union(sources), union(destinations) if destinations else EVERYWHERE
    destinations = destinations or list(map(prefix, _ALL_IPV4))
    return union(sources) if sources else EVERYWHERE, union(destinations)


def _services(rule: GcpRule) -> Services:
    if not rule.services:
        raise NotUnderstood("no protocol is said")
    return tuple(_service(*each) for each in rule.services)


def _service(word: str, ports: Iterable[str]) -> Service:
    spans = tuple(map(port_span, ports))
    protocol = word.lower()
    if protocol == "all":
        if spans:
            raise NotUnderstood("ports of every protocol")
        return EVERY_SERVICE[0]
    carried = PROTOCOLS[protocol] if protocol in PROTOCOLS else number(protocol, 255)
    if spans and carried not in _WITH_PORTS:
        raise NotUnderstood(f"ports of {word}")
    return of_protocol(carried, ANY, tuple(sorted(spans)) if spans else ANY)


def _at_most(rule: GcpRule, way: str, around: Addresses) -> tuple[Box, ...]:
    """The only packets that a rule can concern of which a part was not understood."""
    end = _ENDS[way]
    if not rule.doubt:
        try:
            source = EVERYWHERE
            if rule.sources and not rule.source_names:
                source = union(map(prefix, rule.sources))
            destination = union(map(prefix, rule.destinations)) if rule.destinations else EVERYWHERE
            return within(match(source, destination, _services(rule)), end, around)
        except NotUnderstood:
            pass
    return within(everything(), end, around)
