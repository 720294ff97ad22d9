"""The Vyatta family: what stands beside the rules and can concern forwarded packets, or their state."""

from collections.abc import Iterator, Mapping

from ringfence.firewalls.common.address_types import ROUTED
from ringfence.firewalls.common.behind import Behind
from ringfence.firewalls.common.reading import Reading
from ringfence.firewalls.common.statements import Effect, look_up
from ringfence.firewalls.vyos.ports import all_ports
from ringfence.firewalls.vyos.tree import ConfigNode
from ringfence.firewalls.vyos.words import CONFIG_WORDS
from ringfence.policy.listing import FlowKind
from ringfence.policy.matches import NotUnderstood
from ringfence.policy.space import Box
from ringfence.policy.terms import EVERY_SERVICE, both_ways, match, number, prefix, touching

# system conntrack timeout, as words behind it (VyOS User Guide, "Conntrack"; EdgeOS the same). Of UDP the
# time of a flow that was not answered: the shorter one, which holds for the first packets.
_TIMERS: Mapping[tuple[str, ...], FlowKind | None] = {
    ("udp", "other"): FlowKind.UDP,
    ("udp", "stream"): None,
    ("tcp", "established"): FlowKind.TCP,
    ("icmp",): FlowKind.ICMP,
}


def note_settings_beside(root: ConfigNode, where: Behind, reading: Reading) -> None:
    """Name every word that is not known, and what takes packets away from the rules."""
    for node in _branches(root):
        known = look_up(CONFIG_WORDS, node.path)
        if known is None:
            reading.stray(node.line, node.text, "not a part of the configuration that is known")
        elif known.effect is Effect.DROPS:
            reading.stray(node.line, node.text, known.why)
    _note_routing(root, where, reading)
    _note_tunnels(root, reading)
    for words, kind in _TIMERS.items():
        node = root.at("system", "conntrack", "timeout", *words)
        for value, inner in node.children.items():
            try:
                reading.timer(inner.line, f"timeout {' '.join(words)}", number(value, 2**31), kind)
            except NotUnderstood:
                continue
    if root.has("traffic-policy") or root.has("qos") or root.has("traffic-control"):
        reading.assumed.append("no flow exceeds the rate of a traffic policy")
    for node in (root.at("firewall"), root.at("firewall", "global-options")):
        if node.value("source-validation") in {"strict", "loose"}:
            reading.assumed.append(ROUTED)
    forwarding = root.at("system", "ip", "disable-forwarding")
    if forwarding.path:
        reading.stray(forwarding.line, forwarding.text, "nothing is forwarded")


def _branches(root: ConfigNode) -> Iterator[ConfigNode]:
    """The parts of the configuration that are looked up: as deep as what is known goes."""
    for top in root.children.values():
        deep = top.path[0] in {"firewall", "nat"} and top.children
        for inner in top.children.values() if deep else (top,):
            if inner.path[1:] in {("ipv4",), ("ipv6",)} and deep:
                for hook in inner.children.values():
                    named = hook.path[2] in {"forward", "prerouting"}
                    yield from hook.children.values() if named else (hook,)
            else:
                yield inner


def _note_routing(root: ConfigNode, where: Behind, reading: Reading) -> None:
    """Interfaces of another routing table, and rules that choose one by more than the destination."""
    bound: list[tuple[str, ConfigNode, ConfigNode]] = []
    for name, node in all_ports(root):
        if node.has("vrf"):
            inner = node.at("vrf")
            reading.stray(
                inner.line, inner.text, "an interface of another routing table", _behind(where, name)
            )
        for family in ("route", "route6", "ipv6-route"):
            for rules in node.at("policy", family).children.values():
                bound.append(
                    (name, rules, root.at("policy", family.replace("ipv6-route", "route6"), rules.path[-1]))
                )
        for family in ("modify", "ipv6-modify"):
            for rules in node.at("firewall", "in", family).children.values():
                bound.append((name, rules, root.at("firewall", family, rules.path[-1])))
    for family in ("route", "route6"):
        for _, policy in root.at("policy").items(family):
            bound += [(name, inner, policy) for name, inner in policy.items("interface")]
    for name, said, policy in bound:
        if _chooses(policy):
            reading.stray(
                said.line, said.text, "its rules choose a routing table of their own", _behind(where, name)
            )


def _chooses(policy: ConfigNode) -> bool:
    """Whether a rule of it does more than mark packets; a policy that is not in the text may."""
    rules = [rule for _, rule in policy.items("rule") if not rule.has("disable")]
    words = {word for rule in rules for kind in ("set", "modify") for word in rule.at(kind).children}
    drops = any(rule.value("action") in {"drop", "reject"} for rule in rules)
    return not policy.path or drops or not words <= {"dscp", "mark", "tcp-mss", "connection-mark"}


def _behind(where: Behind, name: str) -> tuple[Box, ...] | None:
    return touching(where.addresses[name]) if name in where.addresses else None


def _note_tunnels(root: ConfigNode, reading: Reading) -> None:
    """IPsec policies take the packets between their networks; tunnels with an interface are routed."""
    for _, peer in root.at("vpn", "ipsec", "site-to-site").items("peer"):
        for _, tunnel in peer.items("tunnel"):
            if not tunnel.has("disable") and not peer.has("disable") and not peer.has("vti"):
                boxes = _selected(tunnel)
                reading.stray(tunnel.line, tunnel.text, "an IPsec policy takes these packets", boxes)


def _selected(tunnel: ConfigNode) -> tuple[Box, ...] | None:
    boxes: list[Box] = []
    try:
        for local in tunnel.at("local").values("prefix"):
            for remote in tunnel.at("remote").values("prefix"):
                boxes += both_ways(match(prefix(local), prefix(remote), EVERY_SERVICE))
    except NotUnderstood:
        return None
    return tuple(boxes) or None
