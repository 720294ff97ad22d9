"""RouterOS: reads an export into rows, each with the line of its rule.

Written from the RouterOS manual, "Packet Flow in RouterOS", IP/Firewall/Filter, Raw, Mangle and NAT (v6 and
v7): a forwarded packet passes raw, connection tracking, mangle, destination translation, then forward of
mangle and filter, and source translation. What no rule decides is accepted. No device has checked this.
"""

from collections.abc import Iterator, Mapping

from ringfence.firewalls.common.behind import Behind, Named, behind, lost_chain
from ringfence.firewalls.common.netfilter.alternatives import Alternatives
from ringfence.firewalls.common.netfilter.effects import Effects
from ringfence.firewalls.common.netfilter.kinds import (
    Condition,
    Effect,
    EffectKind,
    Jump,
    NetfilterRule,
    Step,
    Verdict,
    unreferenced,
)
from ringfence.firewalls.common.netfilter.stations import Station, forwarded
from ringfence.firewalls.common.netfilter.walk import Hook
from ringfence.firewalls.common.reading import Reading, lines_of, place
from ringfence.firewalls.routeros.beside import note_beside
from ringfence.firewalls.routeros.interfaces import interfaces
from ringfence.firewalls.routeros.match import ExportMatch, apply_values
from ringfence.firewalls.routeros.names import Names, names_of
from ringfence.firewalls.routeros.text import EXPORT, Export, ExportCommand, parse_export
from ringfence.model.defaults import RAS_PORT
from ringfence.model.errors import InputError
from ringfence.model.policy import Action
from ringfence.policy.listing import Chain, Helper, Inspected, Inspection, Listing, Unbound
from ringfence.policy.matches import Match
from ringfence.policy.space import Place
from ringfence.policy.terms import EVERYWHERE, match, of_protocol

# The menus in the order in which a forwarded packet meets their chains, with how each chain stands.
_ORDER = (
    ("raw", "prerouting", False, False),
    ("mangle", "prerouting", True, False),
    ("nat", "dstnat", True, False),
    ("mangle", "forward", True, True),
    ("filter", "forward", True, True),
    ("mangle", "postrouting", True, True),
    ("nat", "srcnat", True, True),
)
_BUILT_IN = frozenset({"prerouting", "input", "forward", "output", "postrouting", "dstnat", "srcnat"})
_DEPTH = 64
_VERDICTS: Mapping[str, Verdict] = {
    "accept": Action.PERMIT,
    "drop": Action.DENY,
    "reject": Action.DENY,
    "tarpit": Action.DENY,  # the router answers in the host's place, and goes on with nobody
    "return": Step.RETURN,
}
_TRANSLATING = frozenset(
    {"dst-nat", "src-nat", "masquerade", "netmap", "redirect", "same", "endpoint-independent-nat"}
)
# What goes on to the next rule. A fasttracked connection skips all rules once one of its packets has met this
# one, but some of its packets still take the whole way (manual, FastTrack), and those have to pass.
_PASSING = frozenset(
    (
        *("log", "passthrough", "add-src-to-address-list", "add-dst-to-address-list", "fasttrack-connection"),
        *(
            "mark-packet",
            "mark-connection",
            "change-dscp",
            "change-mss",
            "set-priority",
            "strip-ipv4-options",
        ),
        *("sniff-tzsp", "sniff-pc", "clear-df"),
    )
)
# What a mangle rule does to where a packet goes, or whether it is forwarded at all.
_CHANGING = frozenset({"mark-routing", "route", "change-ttl", "change-hop-limit"})


def read(text: str, zones: Named | None = None) -> Listing:
    """The rules of every menu as chains; `zones` names the networks behind interfaces.

    Without it addresses of interfaces and routes say so. InputError when the text is no export of rules.
    """
    export = parse_export(lines_of(text, EXPORT))
    menus = export.menus()
    if not any(menu.startswith(("ip firewall ", "ipv6 firewall ", "ip address")) for menu in menus):
        raise InputError("neither firewall rules nor addresses of interfaces", where=EXPORT)
    reading = Reading()
    known = interfaces(export, zones, reading)
    where = behind(zones, known.routes, reading, known.down)
    note_beside(export, where, reading)
    helpers = _helpers(export, reading)
    chains: list[Chain] = []
    versions = frozenset(v for v, menu in ((4, "ip"), (6, "ipv6")) if _has_rules(menus, menu) or v == 4)
    for version in sorted(versions):
        chains += _family(export, version, where, reading, expects=bool(helpers))
    for other in sorted({4, 6} - versions):
        reading.assumed.append(f"IPv{other} is filtered elsewhere: the text has no rules for it")
    chains += lost_chain(where, reading, versions, stateful=True)
    return reading.listing(chains, helpers)


def _has_rules(menus: Mapping[str, ExportCommand], menu: str) -> bool:
    return any(f"{menu} firewall {name}" in menus for name in ("filter", "raw"))


def _helpers(export: Export, reading: Reading) -> tuple[Helper, ...]:
    """What h323 of the service ports listens to, unless it is switched off (manual, NAT, "NAT Helpers").

    Whether it reads RAS is not documented: what it opens is possible, and never certain.
    """
    at = "default of the service ports"
    for one in export.of("ip firewall service-port", "set"):
        of = one.of.strip('"')
        if of == "h323":
            reading.inspections.append(
                Inspection("service-port h323", not one.disabled, place(one.line), Inspected.H323)
            )
            if one.disabled:
                return ()
            at = place(one.line)
    ras = match(EVERYWHERE, EVERYWHERE, (of_protocol(17, destination=((RAS_PORT, RAS_PORT),)),))
    return (Helper("RAS", at, ras, certain=False),)


def _family(export: Export, version: int, where: Behind, reading: Reading, *, expects: bool) -> list[Chain]:
    menu = "ip" if version == 4 else "ipv6"
    names = names_of(export, reading, version)
    tables = {
        table: _rules(export, f"{menu} firewall {table}", names, (version, where), reading)
        for table in ("raw", "mangle", "nat", "filter")
    }
    effects = Effects(reading)
    stations = (
        Station(
            tables[table],
            chain,
            Hook(
                f"{menu} {table} {chain}",
                frozenset({version}),
                Action.PERMIT,
                _DEPTH,
                tracked=tracked,
                opens_only=table == "nat",
                routed=routed,
            ),
            Place(list=chain, table=f"/{menu} firewall {table}"),
            always=table == "filter",
        )
        for table, chain, tracked, routed in _ORDER
    )
    chains = forwarded(stations, effects, reading, where=EXPORT, expects=expects)
    _note_unbound(menu, tables["filter"], reading)
    return chains


def _note_unbound(menu: str, rules: Mapping[str, list[NetfilterRule]], reading: Reading) -> None:
    for name in unreferenced(rules, _BUILT_IN):
        bind = f"/{menu} firewall filter add chain=forward action=jump jump-target={name} place-before=0"
        reading.unbound.append(Unbound(name, " ".join(rules[name][0].id.split()[:2]), (bind,)))


def _rules(
    export: Export, menu: str, names: Names, given: tuple[int, Behind], reading: Reading
) -> dict[str, list[NetfilterRule]]:
    found: dict[str, list[NetfilterRule]] = {}
    assumed: dict[str, None] = {}
    for one in _in_force(export, menu, found, reading):
        listed = found.setdefault(one.values.get("chain", ""), [])
        table = menu.rpartition(" ")[2]
        rule = _rule(one, table, ExportMatch(_begin(given), names, given[0], assumed))
        if rule is not None:
            listed.append(rule)
    reading.assumed += assumed
    return found


def _begin(given: tuple[int, Behind]) -> Alternatives:
    version, where = given
    return Alternatives(where, [Condition(Match(frozenset({version})))])


def _in_force(
    export: Export, menu: str, found: dict[str, list[NetfilterRule]], reading: Reading
) -> Iterator[ExportCommand]:
    for one in export.commands:
        if one.menu != menu:
            continue
        if one.verb != "add":
            reading.stray(one.line, one.text, "it changes rules that stand elsewhere")
        elif one.disabled:
            # Its chain is there all the same, and a jump to it comes back.
            found.setdefault(one.values.get("chain", ""), [])
            reading.off(one.line, one.text, "disabled")
        else:
            yield one


def _rule(one: ExportCommand, table: str, rule: ExportMatch) -> NetfilterRule | None:
    """None where the rule says nothing of the packet's fate."""
    verdict, effect = _said(one, table, rule)
    if verdict is Step.NEXT and effect is None:
        return None
    apply_values(rule, one.values)
    if one.complaint:
        rule.alternatives.doubt(f"the device says of it: {one.complaint[:80]}")
    if one.words or one.twice:
        rule.alternatives.doubt(f"{' '.join((*one.words, *one.twice))[:40]!r} has no value, or two")
    id_ = place(one.line, " ".join(one.values.get("comment", "").split())[:80])
    return NetfilterRule(
        id_,
        one.text,
        rule.alternatives.parts,
        verdict,
        effect,
        Place(one.line, list=one.values.get("chain", "")),
    )


def _said(one: ExportCommand, table: str, rule: ExportMatch) -> tuple[Verdict, Effect | None]:
    action = one.values.get("action", "accept")
    if action == "jump":
        return Jump(one.values.get("jump-target", "")), None
    if action in _VERDICTS:
        return _VERDICTS[action], None
    if action in _TRANSLATING and table == "nat":
        return Action.PERMIT, Effect(EffectKind.TRANSLATED)
    if action == "notrack" and table == "raw":
        return Step.NEXT, Effect(EffectKind.UNTRACKED, early=True)
    ends = table == "mangle" and one.values.get("passthrough", "yes") == "no"
    going_on: Verdict = Action.PERMIT if ends else Step.NEXT
    if action in _CHANGING and table == "mangle":
        return going_on, Effect(EffectKind.UNKNOWN, f"action {action}")
    if action in _PASSING:
        return going_on, None
    rule.alternatives.doubt(f"action {action[:40]}")
    return Jump(""), None
