"""firewalld: zones and policies as one list for what is forwarded.

Written from firewalld.zone(5), firewalld.policy(5) and firewalld.policies(5), and from what firewalld 1.3.3
loads: policies of a priority below zero come first, then what a zone forwards within itself, then policies
above zero, then the target of the zone that a packet comes from. Services, ports and rules of a zone are for
the firewall itself and say nothing of what is forwarded. Answers pass before all of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby

from ringfence.firewalls.common.behind import Behind, Named, attached
from ringfence.firewalls.common.reading import Reading, Rows, place
from ringfence.firewalls.firewalld.elements import source_of
from ringfence.firewalls.firewalld.files import FirewalldFiles, XmlElement, firewalld_files
from ringfence.firewalls.firewalld.policy import Decision, decisions
from ringfence.model.policy import Action
from ringfence.policy.listing import Listing, everything
from ringfence.policy.matches import NotUnderstood
from ringfence.policy.space import DESTINATION, SOURCE, TOP, Box, Row, complement, meet
from ringfence.policy.terms import EVERY_SERVICE, EVERYWHERE, Addresses, match, union, within

_BOTH = frozenset({4, 6})
_TARGETS = {
    "": Action.DENY,
    "default": Action.DENY,
    "ACCEPT": Action.PERMIT,
    "DROP": Action.DENY,
    "%%REJECT%%": Action.DENY,
    "REJECT": Action.DENY,
}
_OF_ZONE = frozenset(
    {
        *(
            "short",
            "description",
            "interface",
            "source",
            "service",
            "port",
            "protocol",
            "source-port",
            "rule",
        ),
        *("icmp-block", "icmp-block-inversion", "forward", "masquerade", "forward-port", "rule"),
    }
)
_ANY, _HOST = "ANY", "HOST"
# Zones of the package that forward everything, or drop it (/usr/lib/firewalld/zones); the others reject.
_BUILT_IN = {"trusted": "ACCEPT", "drop": "DROP", "block": "%%REJECT%%"}
_PLAIN = ("public", "external", "internal", "home", "work", "dmz", *_BUILT_IN)


@dataclass(slots=True)
class _Zones:
    """Where each zone's packets come from (`own`), and what it is to policies (`members`).

    `unknown` are zones of which the networks are not known, with why; `rest` are addresses of no known zone.
    """

    own: dict[str, Addresses] = field(default_factory=dict)
    members: dict[str, Addresses] = field(default_factory=dict)
    unknown: dict[str, str] = field(default_factory=dict)
    rest: Addresses = field(default_factory=dict)


def read(text: str, zones: Named | None = None) -> Listing:
    """The list of what is forwarded; `zones` names the networks behind zones or interfaces.

    InputError for a text without zones and policies.
    """
    files = firewalld_files(text)
    reading = Reading()
    default = files.settings.get("DefaultZone", "public")
    reading.assumed.append("interfaces are in the zones that the files say, or that are named")
    if "DefaultZone" not in files.settings:
        reading.assumed.append("the default zone is public")
    for name, zone in files.zones.items():
        _note_odd(name, zone, reading)
    for other in files.others:
        if other.tag == "direct" and other.children:
            reading.stray(other.line, str(other.children[0]), "direct rules come before all others")
    if files.settings.get("AllowZoneDrifting") == "yes":
        reading.stray("firewalld.conf", "AllowZoneDrifting=yes", "packets may pass two zones")
    where = attached(zones, reading)
    placed = _placed(files, default, where, reading)
    rows = Rows()
    every = sorted(files.policies.items())
    for sign in (-1, 1):
        for name, policy in sorted(every, key=lambda one: _priority(one[1])):
            if _priority(policy) * sign > 0:
                _policy(name, policy, (files, placed, default), reading, rows)
        if sign < 0:
            _within_zones(files, default, placed, reading, rows)
    _targets(files, placed, rows)
    _translations(files, placed, reading)
    chain = rows.chain("filter FORWARD", Action.DENY, _BOTH, stateful=True)
    return reading.listing([chain])


def _priority(policy: XmlElement) -> int:
    """-1 where none is said, and where it is no number: what it decides is in doubt then."""
    try:
        return int(policy.get("priority") or -1) or -1
    except ValueError:
        return -1


def _note_odd(name: str, zone: XmlElement, reading: Reading) -> None:
    odd = next((one for one in zone.children if one.tag not in _OF_ZONE), None)
    if odd is not None:
        reading.stray(odd.line, str(odd), f"element {odd.tag} of zone {name}")
    if zone.get("ingress-priority") or zone.get("egress-priority"):
        reading.stray(zone.line, f"zone {name}", "a priority among zones")
    if zone.get("target") not in _TARGETS:
        reading.stray(zone.line, f"zone {name} target {zone.get('target')}", "an unknown target")


# --- where zones are ---------------------------------------------------------------------------------------


def _placed(files: FirewalldFiles, default: str, where: Behind, reading: Reading) -> _Zones:
    """The networks of each zone: sources go before interfaces, and what is left is the default zone's."""
    found = _Zones()
    sources: dict[str, Addresses] = {}
    behind: dict[str, Addresses] = {}
    names = dict.fromkeys((*files.zones, *(n for n in where.addresses if n in _PLAIN), default))
    for name in names:
        zone = files.zones.get(name)
        try:
            own = zone.all("source") if zone is not None else []
            sources[name] = union(source_of(one, files) for one in own)
            behind[name] = _behind(name, zone, where)
        except NotUnderstood as error:
            where.unplaced[name] = None
            found.unknown[name] = str(error)
            sources.pop(name, None)
    claimed = union(sources.values())
    for name, mine in sources.items():
        others = union(other for owner, other in sources.items() if owner != name)
        twice = _meet(mine, others)
        if twice:
            parts = within(everything(), SOURCE, twice)
            reading.stray(files.zones[name].line, f"zone {name}", "sources that another zone has too", parts)
        found.members[name] = union((mine, behind.get(name, {})))
        found.own[name] = union((mine, _less(behind.get(name, {}), claimed)))
    taken = union(own for name, own in found.own.items() if name != default)
    found.rest = {version: complement(taken.get(version, ()), TOP[version][SOURCE]) for version in _BOTH}
    if not found.members.get(default):
        found.unknown.setdefault(default, "the interfaces of the default zone are assigned at run time")
        found.members.pop(default, None)
    found.own[default] = found.rest
    return found


def _behind(name: str, zone: XmlElement | None, where: Behind) -> Addresses:
    if name in where.addresses:
        return where.addresses[name]
    interfaces = [one.get("name") for one in zone.all("interface")] if zone is not None else []
    return where.zone(interfaces)


def _meet(one: Addresses, other: Addresses) -> Addresses:
    found = {version: meet(spans, other.get(version, ())) for version, spans in one.items()}
    return {version: spans for version, spans in found.items() if spans}


def _less(one: Addresses, other: Addresses) -> Addresses:
    return {
        version: meet(spans, complement(other.get(version, ()), TOP[version][SOURCE]))
        for version, spans in one.items()
    }


def _members(names: list[str], placed: _Zones) -> tuple[Addresses, Addresses]:
    """The addresses that a policy means by zones: those that are known, and those that may be besides."""
    sure: list[Addresses] = []
    perhaps: list[Addresses] = []
    for name in names:
        if name == _ANY:
            return EVERYWHERE, {}
        if name in placed.members:
            sure.append(placed.members[name])
        elif name in placed.unknown:
            perhaps.append(placed.rest)
    return union(sure), union(perhaps)


# --- the list ----------------------------------------------------------------------------------------------


def _policy(
    name: str,
    policy: XmlElement,
    of: tuple[FirewalldFiles, _Zones, str],
    reading: Reading,
    rows: Rows,
) -> None:
    """What a policy decides about packets from its ingress to its egress zones."""
    files, placed, _ = of
    ends = [[one.get("name") for one in policy.all(tag)] for tag in ("ingress-zone", "egress-zone")]
    if _HOST in ends[0] or _HOST in ends[1]:
        return  # it is about the firewall itself
    (sources, maybe_from), (destinations, maybe_to) = (_members(names, placed) for names in ends)
    whole_from, whole_to = union((sources, maybe_from)), union((destinations, maybe_to))
    unsure = bool(maybe_from or maybe_to)
    for decision in _settled(decisions(name, policy, files, reading)):
        parts = decision.between(whole_from, whole_to)
        if decision.doubt or unsure or decision.action is None:
            why = decision.doubt or "the networks of a zone of the policy are not known"
            sure = () if decision.doubt else decision.between(sources, destinations)
            if sure and decision.action is not None:
                rows.add(Row(decision.place, decision.action, sure, decision.text))
            reading.gap(rows, (decision.place, decision.text), why, parts, decision.action)
        elif parts:
            rows.add(Row(decision.place, decision.action, parts, decision.text))


def _settled(found: Iterator[Decision]) -> Iterator[Decision]:
    """Rules of one priority other than 0 have no order: where they contradict, each is in doubt."""
    for rank, group in groupby(found, key=lambda one: one.rank):
        each = list(group)
        contradict = rank != 0 and len({one.action for one in each}) > 1
        yield from (one.doubted("rules of one priority contradict") if contradict else one for one in each)


def _within_zones(files: FirewalldFiles, default: str, placed: _Zones, reading: Reading, rows: Rows) -> None:
    for name, members in placed.members.items():
        line = _forward(files.zones.get(name))
        parts = _between(placed.own[name], members) if line is not None else ()
        if parts:
            rows.add(Row(place(line or 0, f"{name} forward"), Action.PERMIT, parts, "within the zone"))
    unknown = {name: why for name, why in placed.unknown.items() if name != default}
    for name, why in unknown.items():
        zone = files.zones[name]
        parts = within(everything(), SOURCE, placed.rest)
        reading.gap(rows, (zone.line, f"zone {name}"), why, parts)
    if default in placed.unknown and _forward(files.zones.get(default)) is not None:
        parts = _between(placed.rest, placed.rest)
        reading.gap(rows, (f"zone {default}", "forward"), placed.unknown[default], parts, Action.PERMIT)


def _forward(zone: XmlElement | None) -> int | None:
    """The line of the element that lets a zone forward within itself; 0: a zone of the package."""
    if zone is None:
        return 0
    found = zone.all("forward")
    return found[0].line if found else None


def _between(source: Addresses, destination: Addresses) -> tuple[Box, ...]:
    shared = {v for v in source if source[v] and destination.get(v)}
    if not shared:
        return ()
    return match(source, destination, EVERY_SERVICE)


def _targets(files: FirewalldFiles, placed: _Zones, rows: Rows) -> None:
    """The last word of the zone that a packet comes from."""
    for name, own in placed.own.items():
        zone = files.zones.get(name)
        said = zone.get("target") if zone is not None else _BUILT_IN.get(name, "")
        action = _TARGETS.get(said, Action.DENY)
        line = zone.line if zone is not None else 0
        parts = within(everything(), SOURCE, own)
        if parts:
            rows.add(Row(place(line, f"zone {name}"), action, parts, f"target {said or 'default'}"))


# --- translation -------------------------------------------------------------------------------------------


def _translations(files: FirewalldFiles, placed: _Zones, reading: Reading) -> None:
    """Masquerading of what leaves by a zone, and forwarded ports of what comes from one."""
    for name, zone in files.zones.items():
        members = placed.members.get(name, placed.rest)
        for one in zone.all("masquerade"):
            reading.nat(one.line, f"zone {name} {one}", within(everything(), DESTINATION, members))
        for one in zone.all("forward-port"):
            reading.nat(one.line, f"zone {name} {one}", within(everything(), SOURCE, members))
        for rule in zone.all("rule"):
            for one in (*rule.all("masquerade"), *rule.all("forward-port")):
                reading.nat(one.line, f"zone {name} {rule}", everything())
    for name, policy in files.policies.items():
        of_rules = [inner for rule in policy.all("rule") for inner in rule.children]
        for one in (*policy.children, *of_rules):
            if one.tag in {"masquerade", "forward-port"}:
                reading.nat(one.line, f"policy {name} {one}", everything())
