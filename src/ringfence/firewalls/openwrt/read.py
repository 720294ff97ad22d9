"""OpenWrt: reads the firewall's sections into rows, each with the line of its section.

From the OpenWrt user guide, "Firewall configuration", and firewall4 (templates/ruleset.uc, ucode/fw4.uc):
what is established or related passes; then rules of every zone, those of the zone a packet comes from, its
forwardings, and what the zone says of packets that stay within it; the policy of forwarding decides about the
rest. Sections that name a zone which is not there are left out. firewall3 does the same by iptables.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ringfence.firewalls.common.behind import Named, behind, lost_chain
from ringfence.firewalls.common.netfilter.alternatives import Alternatives
from ringfence.firewalls.common.netfilter.effects import Effects
from ringfence.firewalls.common.netfilter.kinds import Effect, EffectKind, Jump, NetfilterRule, Step, Verdict
from ringfence.firewalls.common.netfilter.stations import Station, forwarded
from ringfence.firewalls.common.netfilter.walk import Hook
from ringfence.firewalls.common.reading import Reading, place, shown
from ringfence.firewalls.openwrt.match import REDIRECTED, SectionMatch, alternatives_of, sets_of
from ringfence.firewalls.openwrt.networks import UciNetworks, is_routing_rule, uci_networks
from ringfence.firewalls.openwrt.uci import UCI, UciSection, parse_uci
from ringfence.model.defaults import RAS_PORT
from ringfence.model.errors import InputError
from ringfence.model.policy import Action
from ringfence.policy.listing import Helper, Listing
from ringfence.policy.matches import NotUnderstood
from ringfence.policy.space import DESTINATION, SOURCE, Place
from ringfence.policy.terms import EVERYWHERE, match, of_protocol, prefix_or_span, union

_BOTH = frozenset({4, 6})
_DEPTH = 16
_VERDICTS: Mapping[str, Verdict] = {"ACCEPT": Action.PERMIT, "DROP": Action.DENY, "REJECT": Action.DENY}
_MARKING = frozenset({"MARK", "DSCP"})
_KINDS = frozenset({"defaults", "zone", "forwarding", "rule", "redirect", "nat", "ipset", "include"})
# Sections of other files that decide about no packet between two networks.
_ELSEWHERE = frozenset(
    (
        *(
            "interface",
            "route",
            "route6",
            "globals",
            "device",
            "switch",
            "switch_vlan",
            "switch_port",
            "rule6",
        ),
        *("bridge-vlan", "alias", "dnsmasq", "dhcp", "host", "domain", "odhcpd", "relay", "boot", "system"),
        *("timeserver", "led", "wifi-device", "wifi-iface", "dropbear", "uhttpd", "rpcd", "login", "core"),
        *("helper", "cert", "internal", "wireguard", "queue"),
    )
)
_CHOOSING = frozenset({"mwan3", "pbr", "vpn-policy-routing"})


@dataclass(slots=True)
class _Firewall:
    sections: list[UciSection]
    zones: dict[str, UciSection]
    networks: UciNetworks
    known: SectionMatch
    reading: Reading
    given: frozenset[str]  # the names whose networks a person gave
    rules: dict[str, list[NetfilterRule]] = field(default_factory=dict)

    def of(self, kind: str) -> Iterator[UciSection]:
        """The sections of a kind that are in force."""
        for one in self.sections:
            if one.kind == kind:
                if one.on("enabled", True):
                    yield one
                else:
                    self.reading.off(one.line, one.text, "disabled")


def read(text: str, zones: Named | None = None) -> Listing:
    """The sections as chains of rows; `zones` names the networks behind zones, networks or devices.

    Without it the addresses of /etc/config/network say so, where the text has them. InputError when the text
    has no zones of a firewall.
    """
    every = parse_uci(text)
    own = [one for one in every if _is_firewall(one)]
    if not any(one.kind in {"zone", "defaults"} for one in own):
        raise InputError(
            "no zones of a firewall", where=UCI, remedy="take uci export firewall; uci export network"
        )
    reading = Reading()
    networks = uci_networks(every, zones, reading)
    where = behind(zones, networks.routes, reading, networks.down)
    sets = sets_of([one for one in own if one.kind == "ipset" and one.on("enabled", True)])
    named = {one.get("name"): one for one in own if one.kind == "zone" and one.on("enabled", True)}
    firewall = _Firewall(own, named, networks, SectionMatch(where, sets), reading, frozenset(zones or ()))
    _note_others(every, own, reading)
    helpers = _helpers(firewall)
    effects = Effects(reading)
    chains = forwarded(_stations(firewall), effects, reading, where=UCI, expects=bool(helpers))
    chains += lost_chain(where, reading, _BOTH, stateful=True)
    return reading.listing(chains, helpers)


def _is_firewall(one: UciSection) -> bool:
    return one.package == "firewall" or (
        not one.package and one.kind in _KINDS and not (one.kind == "rule" and is_routing_rule(one))
    )


def _note_others(every: Sequence[UciSection], own: Sequence[UciSection], reading: Reading) -> None:
    """What is neither of the firewall nor known to touch no packet between two networks."""
    for one in own:
        if one.kind == "include" and one.on("enabled", True):
            reading.stray(one.line, one.text, "what this file adds is not in the text: take nft list ruleset")
        elif one.kind not in _KINDS and one.kind not in _ELSEWHERE:
            reading.stray(one.line, one.text, f"section {one.kind[:40]} is not understood")
    for one in every:
        if one.package in _CHOOSING and one.on("enabled", True):
            reading.stray(one.line, one.text, "chooses which way packets go")
        elif not one.package and one.kind not in _KINDS | _ELSEWHERE and not _is_peer(one):
            reading.stray(one.line, one.text, f"section {one.kind[:40]} is not understood")


def _is_peer(one: UciSection) -> bool:
    """A peer of a tunnel, whose kind has the tunnel's name in it."""
    return one.kind.startswith(("wireguard_", "amneziawg_"))


def _helpers(firewall: _Firewall) -> tuple[Helper, ...]:
    """Helpers are given to what comes from a zone that does not masquerade, unless it says no (auto_helper).

    Whether that of H.323 is installed is not in the text: what it opens is possible, and never certain.
    """
    asks = [zone for zone in firewall.zones.values() if zone.on("auto_helper", not zone.on("masq"))]
    asks += [one for one in firewall.of("rule") if one.get("target").upper() == "HELPER"]
    for zone in firewall.zones.values():
        if zone.get("auto_helper"):
            firewall.reading.inspection(
                zone.line, f"auto_helper of zone {zone.get('name')}", on=zone.on("auto_helper"), of="h323"
            )
    if not asks:
        return ()
    ras = match(EVERYWHERE, EVERYWHERE, (of_protocol(17, destination=((RAS_PORT, RAS_PORT),)),))
    return (Helper("RAS", place(asks[0].line), ras, certain=False),)


def _stations(firewall: _Firewall) -> Iterator[Station]:
    """What a forwarded packet passes, in order; only what the text has."""
    firewall.rules["raw"] = list(_untracked(firewall))
    if firewall.rules["raw"]:
        yield _station(firewall, "raw", Action.PERMIT, tracked=False, routed=False)
    firewall.rules["dstnat"] = list(_redirected(firewall))
    if firewall.rules["dstnat"]:
        yield _station(firewall, "dstnat", Action.PERMIT, nat=True, routed=False)
    policy = _policy(firewall, None)
    firewall.rules["forward"] = list(_forward(firewall))
    yield _station(firewall, "forward", policy)
    firewall.rules["srcnat"] = list(_masqueraded(firewall))
    if firewall.rules["srcnat"]:
        yield _station(firewall, "srcnat", Action.PERMIT, nat=True)


def _station(
    firewall: _Firewall,
    name: str,
    default: Action,
    *,
    tracked: bool = True,
    routed: bool = True,
    nat: bool = False,
) -> Station:
    hook = Hook(name, _BOTH, default, _DEPTH, tracked=tracked, opens_only=nat, routed=routed)
    return Station(firewall.rules, name, hook, Place(list=name), always=name == "forward")


def _policy(firewall: _Firewall, zone: UciSection | None) -> Action:
    """What the zone says of packets that stay within it, or the defaults of all that is forwarded."""
    defaults = [one for one in firewall.sections if one.kind == "defaults"]
    word = defaults[-1].get("forward") if defaults else ""
    if zone is not None:
        word = zone.get("forward") or word
    return Action.PERMIT if word.upper() == "ACCEPT" else Action.DENY


def _rule(
    section: UciSection, way: Alternatives, verdict: Verdict, effect: Effect | None = None, name: str = ""
) -> NetfilterRule:
    said = name or section.get("name") or section.name
    id_ = place(section.line, " ".join((section.kind, said)).strip()[:80])
    return NetfilterRule(id_, shown(section.text), way.parts, verdict, effect, Place(section.line))


def _forward(firewall: _Firewall) -> Iterator[NetfilterRule]:
    yield from _states(firewall)
    yield from (
        rule for one in firewall.of("rule") if one.get("src") == "*" for rule in _of_rule(firewall, one)
    )
    yield from _forwardings(firewall, "*")
    for name, zone in firewall.zones.items():
        firewall.rules[f"forward {name}"] = list(_from_zone(firewall, name, zone))
        way = firewall.known.begin(_versions_of(zone))
        _within(firewall, way, zone, SOURCE)
        yield _rule(zone, way, Jump(f"forward {name}"))


def _states(firewall: _Firewall) -> Iterator[NetfilterRule]:
    defaults = next(
        (one for one in firewall.sections if one.kind == "defaults"), UciSection(0, "", "defaults")
    )
    for states, verdict in ((("established", "related"), Action.PERMIT), (("invalid",), Action.DENY)):
        if verdict is Action.DENY and not defaults.on("drop_invalid"):
            continue
        way = firewall.known.begin(_BOTH)
        way.states(states)
        yield _rule(defaults, way, verdict, name=f"state {','.join(states)} (implicit)")


def _from_zone(firewall: _Firewall, name: str, zone: UciSection) -> Iterator[NetfilterRule]:
    for one in firewall.of("rule"):
        if one.get("src") == name:
            yield from _of_rule(firewall, one)
    yield from _forwardings(firewall, name)
    if any(one.get("src") == name for one in firewall.of("redirect")):
        way = firewall.known.begin(_BOTH)
        for part in way.parts:
            part.redirected = True
        way.doubt("a state that translation gives")
        yield _rule(zone, way, Action.PERMIT, name=f"{name}: redirected ports (implicit)")
    way = firewall.known.begin(_versions_of(zone))
    _within(firewall, way, zone, DESTINATION)
    yield _rule(zone, way, _policy(firewall, zone), name=f"{name}: forward {zone.get('forward')}")


def _of_rule(firewall: _Firewall, one: UciSection) -> Iterator[NetfilterRule]:
    """A rule about what is forwarded: it names both ends. Marks are put on and let the packet go on."""
    target, destination = one.get("target").upper(), one.get("dest")
    if not destination or target in _MARKING or target in {"NOTRACK", "HELPER"}:
        return
    if destination != "*" and destination not in firewall.zones:
        why = f"zone {destination[:40]} is not there, and the rule is left out"
        firewall.reading.off(one.line, one.text, why)
        return
    way = alternatives_of(one, firewall.known)
    if destination != "*":
        _within(firewall, way, firewall.zones[destination], DESTINATION)
    verdict = _VERDICTS.get(target)
    if verdict is None:
        way.doubt(f"target {target[:40]!r}")
        verdict = Jump("")
    yield _rule(one, way, verdict)


def _forwardings(firewall: _Firewall, source: str) -> Iterator[NetfilterRule]:
    for one in firewall.of("forwarding"):
        destination = one.get("dest")
        if one.get("src") != source:
            continue
        if destination != "*" and destination not in firewall.zones:
            firewall.reading.off(one.line, one.text, f"zone {destination[:40]} is not there")
            continue
        way = firewall.known.begin(_versions_of(one))
        if destination != "*":
            _within(firewall, way, firewall.zones[destination], DESTINATION)
        yield _rule(one, way, Action.PERMIT, name=f"{source} to {destination}")


def _versions_of(section: UciSection) -> frozenset[int]:
    found = {"ipv4": {4}, "ipv6": {6}}.get(section.get("family").lower(), _BOTH)
    return frozenset(found)


def _within(firewall: _Firewall, way: Alternatives, zone: UciSection, side: int) -> None:
    """Narrow to the zone: its networks and devices, and the subnets that it says."""
    devices = firewall.networks.devices
    names = [*zone.all("network"), *(devices.get(one, one) for one in zone.all("device"))]
    if zone.get("name") in firewall.given and zone.get("name") not in devices.values():
        names = [zone.get("name")]
    subnets = zone.all("subnet")
    if not names and not subnets:
        way.never()
        return
    if names:
        way.interfaces(side, names)
    try:
        if subnets:
            way.narrow(side, union(prefix_or_span(word) for word in subnets))
    except NotUnderstood as error:
        way.doubt(str(error))
    for option in ("extra", "extra_src", "extra_dest"):
        if zone.get(option):
            way.doubt(f"option {option}")


def _untracked(firewall: _Firewall) -> Iterator[NetfilterRule]:
    for one in firewall.of("rule"):
        zone = firewall.zones.get(one.get("src"))
        if one.get("target").upper() == "NOTRACK" and zone is not None:
            way = alternatives_of(one, firewall.known)
            _within(firewall, way, zone, SOURCE)
            yield _rule(one, way, Step.NEXT, Effect(EffectKind.UNTRACKED, early=True))


def _redirected(firewall: _Firewall) -> Iterator[NetfilterRule]:
    for one in firewall.of("redirect"):
        zone = firewall.zones.get(one.get("src"))
        if one.get("target", "DNAT").upper() == "SNAT":
            continue
        if zone is None:
            firewall.reading.off(one.line, one.text, f"zone {one.get('src')[:40]!r} is not there")
            continue
        way = alternatives_of(one, firewall.known, REDIRECTED)
        _within(firewall, way, zone, SOURCE)
        yield _rule(one, way, Action.PERMIT, Effect(EffectKind.TRANSLATED))


def _masqueraded(firewall: _Firewall) -> Iterator[NetfilterRule]:
    """Translations of what leaves: redirections to SNAT, `nat` sections, and zones that masquerade."""
    sources = [
        (one, one.get("dest")) for one in firewall.of("redirect") if one.get("target").upper() == "SNAT"
    ]
    sources += [(one, one.get("src")) for one in firewall.of("nat")]
    for one, name in sources:
        zone = firewall.zones.get(name)
        if zone is None and name != "*":
            firewall.reading.off(one.line, one.text, f"zone {name[:40]!r} is not there")
            continue
        way = alternatives_of(one, firewall.known)
        if zone is not None:
            _within(firewall, way, zone, DESTINATION)
        kept = one.get("target").upper() == "ACCEPT"
        yield _rule(one, way, Action.PERMIT, None if kept else Effect(EffectKind.TRANSLATED))
    for zone in firewall.zones.values():
        if zone.on("masq"):
            way = firewall.known.begin(frozenset({4}))
            _within(firewall, way, zone, DESTINATION)
            yield _rule(
                zone, way, Action.PERMIT, Effect(EffectKind.TRANSLATED), name=f"{zone.get('name')}: masq"
            )
