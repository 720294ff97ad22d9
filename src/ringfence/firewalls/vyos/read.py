"""The Vyatta family: reads a configuration into rows, each with the line of its rule.

Both models of rules: rule sets bound to interfaces and zones (VyOS to 1.3, EdgeOS, UniFi), and base chains
with jumps (VyOS 1.4 and later). From the VyOS User Guide, "Firewall" and "Zone Based Firewall", the EdgeOS
User Guide, and vyos-1x: data/templates/firewall/nftables.j2 and nftables-zone.j2, which say that a rule set
drops what none of its rules decides, that a base chain accepts it, that a packet passes the forward chain and
then the chain of the zone it leaves by, and that what leaves by no zone meets none. No device has checked it.
"""

from collections.abc import Iterator, Mapping

from ringfence.firewalls.common.behind import Named, behind, lost_chain
from ringfence.firewalls.common.netfilter.effects import Effects
from ringfence.firewalls.common.netfilter.kinds import Effect, EffectKind, Jump, NetfilterRule, Step, Verdict
from ringfence.firewalls.common.netfilter.stations import Station, forwarded
from ringfence.firewalls.common.netfilter.walk import Hook
from ringfence.firewalls.common.reading import Reading, place
from ringfence.firewalls.vyos.beside import note_settings_beside
from ringfence.firewalls.vyos.match import groups_of
from ringfence.firewalls.vyos.ports import all_ports, placed
from ringfence.firewalls.vyos.rules import (
    VERDICTS,
    TreeConfig,
    default_rule,
    listed_rules,
    state_policy,
    tree_rule,
)
from ringfence.firewalls.vyos.translation import translates, with_effect
from ringfence.firewalls.vyos.tree import CONFIGURATION, ConfigNode, parse_json, parse_tree
from ringfence.model.defaults import RAS_PORT
from ringfence.model.errors import InputError
from ringfence.model.policy import Action
from ringfence.policy.listing import Chain, Helper, Inspected, Inspection, Listing, Unbound
from ringfence.policy.space import DESTINATION, SOURCE, Place
from ringfence.policy.terms import EVERYWHERE, match, of_protocol

_DEPTH = 16  # NFT_JUMP_STACK_SIZE
_SETS = {4: "name", 6: "ipv6-name"}


def read(text: str, zones: Named | None = None) -> Listing:
    """The rules of `show configuration commands`, config.boot or `show configuration` as chains of rows.

    `zones` names the networks behind interfaces; without it addresses and static routes say so. InputError
    when the text is none of these, or cut off.
    """
    return _read(parse_tree(text), zones, Reading())


def read_json(text: str, zones: Named | None = None) -> Listing:
    """The same of the JSON that a controller gives to its gateway.

    A part that the controller adds to what it makes itself has no addresses of interfaces: about that nothing
    is proved, since what stands beside it is not known.
    """
    reading = Reading()
    root = parse_json(text)
    if not any(node.has("address") for _, node in all_ports(root)):
        why = "a part that a controller adds to a configuration, which is not in the text"
        reading.stray(1, "config.gateway.json", why)
    return _read(root, zones, reading)


def _read(root: ConfigNode, zones: Named | None, reading: Reading) -> Listing:
    if not {"firewall", "interfaces", "zone-policy", "nat"} & root.children.keys():
        raise InputError("neither firewall nor interfaces", where=CONFIGURATION)
    known = placed(root, zones, reading, asked=_asks_for_interfaces(root))
    where = behind(zones, known.routes, reading, known.down)
    note_settings_beside(root, where, reading)
    helpers = _helpers(root, reading)
    groups = groups_of(root)
    chains: list[Chain] = []
    for version in (4, 6):
        config = TreeConfig(root, version, where, groups, reading, _kinds_of_translation(root))
        chains += _family(config, expects=bool(helpers))
        reading.assumed += config.assumed
    chains += lost_chain(where, reading, frozenset({4, 6}), stateful=True)
    return reading.listing(chains, helpers)


def _asks_for_interfaces(root: ConfigNode) -> bool:
    """Rule sets of the older model are bound to interfaces; base chains may ask for them, or not."""
    firewall = root.at("firewall")
    if root.has("zone-policy") or firewall.has("zone") or firewall.has("interface"):
        return True
    lists = [root.at("nat", kind) for kind in ("source", "destination")]
    lists += [root.at("service", "nat"), *firewall.at("ipv4", "name").children.values()]
    lists += [firewall.at("ipv4", "forward", "filter"), firewall.at("ipv4", "prerouting", "raw")]
    asked = ("inbound-interface", "outbound-interface")
    rules = (rule for listed in lists for _, rule in listed.items("rule"))
    return any(rule.has(word) for rule in rules for word in asked) or any(
        node.has("firewall") for _, node in all_ports(root)
    )


def _helpers(root: ConfigNode, reading: Reading) -> tuple[Helper, ...]:
    """What the h323 module listens to: on in EdgeOS and older VyOS unless it is off, later where it is named.

    What it opens is possible and never certain: whether it is loaded and given to RAS is not in the text.
    """
    node = root.at("system", "conntrack", "modules", "h323")
    firewall = root.at("firewall")
    later = any(firewall.has(word) for word in ("ipv4", "ipv6", "global-options", "zone"))
    on = bool(node.path) and not node.has("disable")
    at = place(node.line, "h323")
    if node.path:
        reading.inspections.append(Inspection("conntrack module h323", on, at, Inspected.H323))
    elif later:
        default = "default of this version, assumed"
        reading.inspections.append(Inspection("conntrack module h323", False, default, Inspected.H323))
        return ()
    if node.path and not on:
        return ()
    ras = match(EVERYWHERE, EVERYWHERE, (of_protocol(17, destination=((RAS_PORT, RAS_PORT),)),))
    return (Helper("RAS", at, ras, certain=False),)


def _kinds_of_translation(root: ConfigNode) -> frozenset[str]:
    found = {kind for kind in ("source", "destination") if root.at("nat", kind).children}
    if root.at("nat", "static").children or root.at("port-forward").children:
        found |= {"source", "destination"}
    kinds = {rule.value("type") for _, rule in root.at("service", "nat").items("rule")}
    found |= {"source"} if kinds & {"source", "masquerade"} else set()
    return frozenset(found | ({"destination"} if "destination" in kinds else set()))


def _family(config: TreeConfig, *, expects: bool) -> list[Chain]:
    root, version = config.root, config.version
    base = root.at("firewall", f"ipv{version}")
    named = (*root.at("firewall").items(_SETS[version]), *base.items("name"))
    for name, node in named:
        config.rules[f"name {name}"] = [*listed_rules(config, node), *default_rule(config, node, "drop")]
    stations = list(_stations(config, base))
    effects = Effects(config.reading)
    chains = forwarded(stations, effects, config.reading, where=CONFIGURATION, expects=expects)
    verdicts = [rule.verdict for listed in config.rules.values() for rule in listed]
    used = {verdict.chain for verdict in verdicts if isinstance(verdict, Jump)}
    for name, node in named:
        if f"name {name}" not in used and node.has("rule") and not _is_local(root, name):
            config.reading.unbound.append(Unbound(name, place(node.line), ()))
    return chains


def _is_local(root: ConfigNode, name: str) -> bool:
    """Whether a rule set is for packets to the router itself."""
    bound = [node.at("firewall", "local") for _, node in all_ports(root)]
    bound += [zone.at("from") for zone in _zones(root).values() if zone.has("local-zone")]
    below = [inner for node in bound for inner in _every(node)]
    chains = (root.at("firewall", f"ipv{v}", hook) for v in (4, 6) for hook in ("input", "output"))
    below += [inner for node in chains for inner in _every(node)]
    return any(inner.path[-1:] == (name,) for inner in below)


def _every(node: ConfigNode) -> Iterator[ConfigNode]:
    waiting = [node]
    while waiting:
        one = waiting.pop()
        yield one
        waiting += one.children.values()


def _stations(config: TreeConfig, base: ConfigNode) -> Iterator[Station]:
    """What a forwarded packet passes, in order; only what the text has."""
    root = config.root
    ignored = root.at("system", "conntrack", "ignore")
    ignored = ignored if config.version == 4 and ignored.has("rule") else ignored.at(f"ipv{config.version}")
    if ignored.has("rule"):
        effect = Effect(EffectKind.UNTRACKED, early=True)
        config.rules["conntrack ignore"] = with_effect(config, ignored.items("rule"), Step.NEXT, effect)
        yield _station(config, "conntrack ignore", Action.PERMIT, tracked=False, routed=False)
    raw = base.at("prerouting", "raw")
    if raw.path:
        yield _base_station(config, raw, "prerouting raw", tracked=False)
    if translates(config, "destination"):
        yield _station(config, "nat destination", Action.PERMIT, nat=True, routed=False)
    filter_ = base.at("forward", "filter")
    if filter_.path:
        yield _base_station(config, filter_, "forward filter", tracked=True)
    for way, side in (("in", SOURCE), ("out", DESTINATION)):
        bound = list(_bound(config, way, side))
        if bound:
            config.rules[f"interfaces {way}"] = [*state_policy(config), *bound]
            yield _station(config, f"interfaces {way}", Action.PERMIT, always=True)
    zones = _zones(root)
    if zones:
        config.rules["zones"] = [*state_policy(config), *_zone_rules(config, zones)]
        yield _station(config, "zones", Action.PERMIT, always=True)
    if translates(config, "source"):
        yield _station(config, "nat source", Action.PERMIT, nat=True)


def _station(
    config: TreeConfig,
    name: str,
    default: Action,
    *,
    tracked: bool = True,
    routed: bool = True,
    nat: bool = False,
    always: bool = False,
) -> Station:
    hook = Hook(
        f"IPv{config.version} {name}",
        frozenset({config.version}),
        default,
        _DEPTH,
        tracked=tracked,
        opens_only=nat,
        routed=routed,
    )
    return Station(config.rules, name, hook, Place(list=name), always=always)


def _base_station(config: TreeConfig, node: ConfigNode, name: str, *, tracked: bool) -> Station:
    default = VERDICTS.get(node.value("default-action") or "accept")
    config.rules[name] = [*(state_policy(config) if tracked else ()), *listed_rules(config, node)]
    action = default if isinstance(default, Action) else Action.DENY
    return _station(config, name, action, tracked=tracked, routed=tracked, always=tracked)


def _bound(config: TreeConfig, way: str, side: int) -> Iterator[NetfilterRule]:
    """The rule sets that interfaces name; of 1.4 before its base chains too (`firewall interface`)."""
    word = _SETS[config.version]
    places = [(name, node.at("firewall", way)) for name, node in all_ports(config.root)]
    places += [(name, node.at(way)) for name, node in config.root.at("firewall").items("interface")]
    for name, node in places:
        for set_, said in node.items(word):
            rule = config.begin()
            rule.interfaces(side, (name,))
            yield tree_rule(said, rule, Jump(f"name {set_}"))


def _zones(root: ConfigNode) -> dict[str, ConfigNode]:
    return {
        name: node
        for zones in (root.at("zone-policy"), root.at("firewall"))
        for name, node in zones.items("zone")
    }


def _zone_rules(config: TreeConfig, zones: Mapping[str, ConfigNode]) -> Iterator[NetfilterRule]:
    """A packet is judged by the zone of the interface that it leaves by, and where it comes from."""
    for name, node in zones.items():
        if node.has("local-zone"):
            continue
        config.rules[f"zone {name}"] = list(_from_zones(config, node, zones))
        rule = config.begin()
        rule.interfaces(DESTINATION, _members(node))
        yield tree_rule(node, rule, Jump(f"zone {name}"))


def _members(zone: ConfigNode) -> tuple[str, ...]:
    return (
        *zone.values("interface"),
        *zone.at("member").values("interface"),
        *zone.at("member").values("vrf"),
    )


def _from_zones(
    config: TreeConfig, zone: ConfigNode, zones: Mapping[str, ConfigNode]
) -> Iterator[NetfilterRule]:
    within = zone.at("intra-zone-filtering")
    own = zone.at("intra-zone-filtering", "firewall").value(_SETS[config.version])
    if own:
        yield _from(config, within, zone, Jump(f"name {own}"))
    verdict = Action.DENY if within.value("action") in {"drop", "reject"} else Step.RETURN
    yield _from(config, within if within.path else zone, zone, verdict)
    for other, said in zone.items("from"):
        source = zones.get(other)
        set_ = said.at("firewall").value(_SETS[config.version])
        if source is None or source.has("local-zone") or not set_:
            continue
        yield _from(config, said, source, Jump(f"name {set_}"))
        yield _from(config, said, source, Step.RETURN)
    yield from default_rule(config, zone, "drop")


def _from(config: TreeConfig, said: ConfigNode, zone: ConfigNode, verdict: Verdict) -> NetfilterRule:
    rule = config.begin()
    rule.interfaces(SOURCE, _members(zone))
    return tree_rule(said, rule, verdict)
