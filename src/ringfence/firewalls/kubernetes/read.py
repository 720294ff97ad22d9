"""Network policies, with the pods and namespaces of the same text where it has them.

Written from the API reference (networking.k8s.io/v1 NetworkPolicy) and the page on network policies: a pod is
isolated in a direction by any policy of that direction that selects it, policies add up, answers pass, and
for protocols other than TCP, UDP and SCTP nothing is defined. Nothing here has been checked in a cluster.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from ringfence.firewalls.common.behind import Behind, Named, attached
from ringfence.firewalls.common.json_text import Json, JsonObject
from ringfence.firewalls.common.reading import Reading, Rows, place
from ringfence.firewalls.common.tags import ATTACHED, attached_networks
from ringfence.firewalls.kubernetes.cluster import Cluster, cluster_of, name_of, pod_addresses
from ringfence.firewalls.kubernetes.manifest import YamlMap, begin_of, manifests
from ringfence.model.errors import InputError
from ringfence.model.policy import Action
from ringfence.policy.listing import Chain, Listing, Unbound, everything
from ringfence.policy.matches import NotUnderstood
from ringfence.policy.space import DESTINATION, PROTOCOL, SOURCE, TOP, Box, Row, complement, meet
from ringfence.policy.terms import (
    ANY,
    EVERYWHERE,
    Addresses,
    Service,
    Services,
    match,
    of_networks,
    of_protocol,
    port_span,
    prefix,
    union,
    within,
)

_T = TypeVar("_T")
_WHAT = "Kubernetes manifest"
_BOTH = frozenset({4, 6})
_GROUP = "networking.k8s.io/"
_INGRESS, _EGRESS = "Ingress", "Egress"
_ENDS = {_INGRESS: (DESTINATION, "ingress", "from"), _EGRESS: (SOURCE, "egress", "to")}
_PROTOCOLS = {"TCP": 6, "UDP": 17, "SCTP": 132}
_EVERY: Services = tuple(of_protocol(number) for number in _PROTOCOLS.values())
_DEFINED = tuple(sorted((number, number) for number in _PROTOCOLS.values()))
_ALL = "all"
_OF_SPEC = frozenset({"podSelector", "policyTypes", "ingress", "egress"})
# Kinds that filter too, and are judged before network policies or beside them.
_OTHERS = frozenset(
    {
        "CiliumNetworkPolicy",
        "CiliumClusterwideNetworkPolicy",
        "GlobalNetworkPolicy",
        "AdminNetworkPolicy",
        "BaselineAdminNetworkPolicy",
        "ClusterNetworkPolicy",
        "NetworkPolicy",
    }
)


@dataclass(frozen=True, slots=True)
class _Policy:
    item: YamlMap
    name: str
    namespace: str
    spec: JsonObject

    @property
    def place(self) -> str:
        return place(begin_of(self.item), self.name)

    def ways(self) -> tuple[str, ...]:
        """The directions in which it isolates what it selects."""
        said = self.spec.get("policyTypes")
        if said is None:
            return (_INGRESS, _EGRESS) if self.spec.get("egress") else (_INGRESS,)
        if not isinstance(said, list) or not set(map(str, said)) <= _ENDS.keys():
            raise NotUnderstood("policyTypes of another form")
        return tuple(map(str, said))


def read(text: str, zones: Named | None = None) -> Listing:
    """The policies; `zones` names the networks of the pods that a policy selects, by the policy's name.

    InputError when the text has no network policy.
    """
    items = manifests(text)
    reading = Reading()
    policies = [_policy(item) for item in items if _is_policy(item)]
    if not policies:
        raise InputError("no network policy", where=_WHAT)
    for item in items:
        if item.get("kind") in _OTHERS and not _is_policy(item):
            name = f"{item.get('kind')} {name_of(item)[0]}"
            reading.stray(begin_of(item), name, "a policy of another kind, which decides too")
    try:
        cluster = cluster_of(items)
    except NotUnderstood as error:
        raise InputError(str(error), where=_WHAT) from None
    if cluster.pods:
        reading.assumed.append(f"the pods are those {len(cluster.pods)} that the text has")
    reading.assumed.append("addresses are those of pods, as they are behind any service; no node is an end")
    where = attached(zones, reading)
    held = _held(policies, cluster, where, reading)
    chains = [_chain(policies, way, held, (cluster, reading)) for way in (_INGRESS, _EGRESS)]
    return reading.listing(chains)


def _is_policy(item: JsonObject) -> bool:
    return item.get("kind") == "NetworkPolicy" and str(item.get("apiVersion", "")) == f"{_GROUP}v1"


def _policy(item: YamlMap) -> _Policy:
    spec = item.get("spec")
    if not isinstance(spec, dict):
        raise InputError("a policy without spec", where=f"{_WHAT} line {begin_of(item)}")
    return _Policy(item, *name_of(item), spec)


def _held(
    policies: list[_Policy], cluster: Cluster, where: Behind, reading: Reading
) -> dict[int, Addresses | str]:
    """The addresses that each policy isolates, by its place in the list, or why they are not known."""
    found: dict[int, Addresses | str] = {}
    for index, policy in enumerate(policies):
        try:
            unknown = sorted(policy.spec.keys() - _OF_SPEC)
            if unknown:
                raise NotUnderstood(f"{unknown[0]} is not known")
            found[index] = _selected(policy, cluster, where, reading)
        except NotUnderstood as error:
            found[index] = str(error)
    return found


def _selected(policy: _Policy, cluster: Cluster, where: Behind, reading: Reading) -> Addresses:
    selector = policy.spec.get("podSelector")
    names = [f"{policy.namespace}/{policy.name}", policy.name, *([] if selector else [policy.namespace])]
    for name in names:
        if name in where.addresses:
            return where.addresses[name]
    annotations = (policy.item.get("metadata") or {}).get("annotations")
    tagged = attached_networks(annotations.get(ATTACHED) if isinstance(annotations, dict) else None)
    if tagged:
        reading.assumed.append(f"the pods of {policy.name} are {', '.join(map(str, tagged))}")
        return of_networks(tagged)
    try:
        pods = cluster.selected(policy.namespace, selector or {}, reading)
    except NotUnderstood:
        where.unplaced[policy.name] = None
        raise
    if not pods:
        label = f"kubectl label pod <POD> <LABEL>  # so that the selector of {policy.name} means a pod"
        reading.unbound.append(Unbound(policy.name, policy.place, (label,)))
    return pod_addresses(pods)


def _chain(
    policies: list[_Policy], way: str, held: dict[int, Addresses | str], of: tuple[Cluster, Reading]
) -> Chain:
    """What policies permit adds up; a pod that any of them isolates, and none permits to, is denied."""
    end, key, _ = _ENDS[way]
    reading = of[1]
    rows = Rows()
    isolated: list[Addresses] = []
    for index, policy in enumerate(policies):
        around = held[index]
        try:
            if isinstance(around, str):
                raise NotUnderstood(around)
            if way not in policy.ways():
                continue
        except NotUnderstood as error:
            parts = None if isinstance(around, str) else within(everything(), end, around)
            reading.gap(rows, (f"{policy.place} {key}", policy.name), str(error), parts)
            continue
        isolated.append(around)
        for number, rule in enumerate(_listed(policy.spec, key), start=1):
            _rule(rule, (policy, number, around), way, of, rows)
    every = within(everything(), end, union(isolated))
    if every:
        others = _undefined(every)
        why = "nothing is defined for these protocols: what the network plug-in does"
        reading.gap(rows, (f"other protocols {key}", "ICMP, ICMPv6 and all but TCP, UDP, SCTP"), why, others)
        rows.add(Row(f"{key} of the policies (implicit deny)", Action.DENY, every, implicit=True))
    return rows.chain(f"network policies {key}", Action.PERMIT, _BOTH, stateful=True)


def _undefined(parts: tuple[Box, ...]) -> tuple[Box, ...]:
    rest = complement(_DEFINED, TOP[4][PROTOCOL])
    found = []
    for box in parts:
        source, destination, carried, first, second = box.fields
        found.append(Box(box.version, (source, destination, meet(carried, rest), first, second)))
    return tuple(found)


def _listed(item: JsonObject, key: str) -> list[Json]:
    found = item.get(key)
    if found is None:
        return []
    if not isinstance(found, list):
        raise InputError(f"{key} is not a list", where=f"{_WHAT} line {begin_of(item)}")
    return found


def _rule(
    rule: Json, at: tuple[_Policy, int, Addresses], way: str, of: tuple[Cluster, Reading], rows: Rows
) -> None:
    """One entry: every peer of it with every port."""
    policy, number, around = at
    end, key, peers_key = _ENDS[way]
    line = begin_of(rule) or begin_of(policy.item)
    where = (place(line, f"{policy.name} {key} {number}"), policy.name)
    reading = of[1]
    if not isinstance(rule, dict) or rule.keys() - {peers_key, "ports"}:
        parts = within(everything(), end, around)
        reading.gap(rows, where, "an entry of another form", parts, Action.PERMIT)
        return
    told = _told(rule, peers_key)
    services, unclear = _or_all(lambda: _ports(rule.get("ports")), _EVERY)
    for peer in _peers(rule.get(peers_key)):
        inner, stranger = _or_all(lambda: _peer(peer, policy.namespace, of), EVERYWHERE)  # noqa: B023
        ends = (inner, around) if end == DESTINATION else (around, inner)
        met = match(ends[0], ends[1], services) if inner.keys() & around.keys() else ()
        if unclear or stranger:
            why = "; ".join(filter(None, (unclear, stranger)))
            reading.gap(rows, (where[0], told), why, met, Action.PERMIT)
        else:
            rows.add(Row(where[0], Action.PERMIT, met, told))


def _or_all(understand: Callable[[], _T], every: _T) -> tuple[_T, str]:
    """What is understood, or all of its kind with the reason why it is not."""
    try:
        return understand(), ""
    except NotUnderstood as error:
        return every, str(error)


def _told(rule: JsonObject, key: str) -> str:
    return f"{key} {_plain(rule.get(key)) or 'all'} ports {_plain(rule.get('ports')) or 'all'}"


def _plain(value: Json) -> str:
    """A part of a manifest on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_plain(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return ", ".join(map(_plain, value))
    return "" if value is None else str(value)


def _peers(value: Json) -> Iterator[Json]:
    """The peers; _ALL where none is said."""
    if value is None or value == []:
        yield _ALL
    elif isinstance(value, list):
        yield from value
    else:
        yield value


def _peer(peer: Json, namespace: str, of: tuple[Cluster, Reading]) -> Addresses:
    if peer is _ALL:
        return EVERYWHERE
    if not isinstance(peer, dict) or not peer:
        raise NotUnderstood("a peer of another form")
    block = peer.get("ipBlock")
    if block is None and not peer.keys() - {"podSelector", "namespaceSelector"}:
        return of[0].peers(namespace, peer, of[1])
    if peer.keys() != {"ipBlock"} or not isinstance(block, dict) or block.keys() - {"cidr", "except"}:
        raise NotUnderstood("a peer of another form")
    holes = block.get("except") or []
    if not isinstance(holes, list):
        raise NotUnderstood("except is not a list")
    cut = union(prefix(str(hole)) for hole in holes)
    whole = (
        (version, spans, TOP[version][SOURCE]) for version, spans in prefix(str(block.get("cidr"))).items()
    )
    return {version: meet(spans, complement(cut.get(version, ()), top)) for version, spans, top in whole}


def _ports(value: Json) -> Services:
    """Ports with their protocols; all of TCP, UDP and SCTP where none are said."""
    if value is None or value == []:
        return _EVERY
    if not isinstance(value, list):
        raise NotUnderstood("ports of another form")
    return tuple(map(_port, value))


def _port(value: Json) -> Service:
    if not isinstance(value, dict) or value.keys() - {"protocol", "port", "endPort"}:
        raise NotUnderstood("ports of another form")
    word = str(value.get("protocol") or "TCP")
    if word not in _PROTOCOLS:
        raise NotUnderstood(f"protocol {word[:40]!r}")
    first, last = value.get("port"), value.get("endPort")
    if first is None and last is None:
        return of_protocol(_PROTOCOLS[word])
    if not isinstance(first, int) or isinstance(first, bool):
        raise NotUnderstood(f"port {str(first)[:40]!r} is a name that pods give")
    span = port_span(f"{first}" if last is None else f"{first}-{last}")
    return of_protocol(_PROTOCOLS[word], ANY, (span,))
