"""OPNsense and pfSense: reads config.xml into rows, each with the line of its rule.

From the OPNsense manual ("Rules", "NAT") and the pfSense documentation ("Rule Processing Order", "Outbound
NAT"): what no rule passes on its way in is blocked, what the firewall lets in may go out and keeps state
there. No device has checked the reading.
"""

from collections.abc import Iterator, Mapping

from ringfence.firewalls.common.address_types import NOT_OWN, ROUTED
from ringfence.firewalls.common.behind import Behind, Named, behind, lost_chain
from ringfence.firewalls.common.reading import Reading, place
from ringfence.firewalls.common.sides import IN, OUT, TRANSLATED_AFTER, WAYS, SideRule, side_chains
from ringfence.firewalls.common.xml_tree import XmlNode, parse_xml
from ringfence.firewalls.opnsense.aliases import XmlAliases, xml_aliases
from ringfence.firewalls.opnsense.ports import XmlPorts, add_routes, switched_on, xml_ports
from ringfence.firewalls.opnsense.rules import XmlRule, newer_rule, older_rule, side_rules
from ringfence.model.errors import InputError
from ringfence.model.policy import Action
from ringfence.policy.listing import FlowKind, Listing, everything
from ringfence.policy.matches import NotUnderstood
from ringfence.policy.space import DESTINATION, Box
from ringfence.policy.terms import (
    BOTH_VERSIONS,
    EVERY_SERVICE,
    both_ways,
    match,
    prefix,
    touching,
    union,
    within,
)

_WHAT = "config.xml"
# Block private networks: RFC 1918, loopback and unique local addresses.
_PRIVATE = ("10.0.0.0/8", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
_TIMERS: Mapping[str, FlowKind] = {
    "udpmultipletimeout": FlowKind.UDP,
    "tcpestablishedtimeout": FlowKind.TCP,
    "icmpfirsttimeout": FlowKind.ICMP,
}


def read(text: str, zones: Named | None = None) -> Listing:
    """The rules of both ways as two chains of rows.

    `zones` names the networks behind interfaces, by the names of the configuration or their descriptions;
    without it addresses and routes say so. InputError when the text is no such configuration.
    """
    root = parse_xml(text, _WHAT)
    if root.tag not in {"opnsense", "pfsense"} or root.first("interfaces") is None:
        raise InputError(f"<{root.tag[:40]}>, not a configuration with interfaces", where=_WHAT)
    reading = Reading()
    ports = xml_ports(root, reading)
    named = ports.named(zones)
    add_routes(root, ports, named, reading)
    where = behind(named, ports.routes, reading, ports.down)
    aliases = xml_aliases(root, ports)
    rules: dict[str, list[SideRule]] = {way: [] for way in WAYS}
    if not switched_on(root.first("system", "disablefilter")):
        _defaults(root, ports, where, rules)
        _rules(root, aliases, where, rules, reading)
        reading.assumed += [ROUTED, NOT_OWN]  # the anti-spoofing rules that the system makes
        if any(
            switched_on(node.first("blockbogons"))
            for each in root.all("interfaces")
            for node in each.children
        ):
            reading.assumed.append("no address between the two zones is among the bogon networks")
    _translations(root, aliases, where, reading)
    _beside(root, where, reading)
    reading.assumed += aliases.assumed
    chains = side_chains(rules, reading, BOTH_VERSIONS)
    return reading.listing([*chains, *lost_chain(where, reading, BOTH_VERSIONS, stateful=True)])


def _defaults(root: XmlNode, ports: XmlPorts, where: Behind, rules: dict[str, list[SideRule]]) -> None:
    """What the system makes itself, before the rules of its users."""
    line = root.line
    deny = SideRule(
        line, "default deny rule", "block all", Action.DENY, everything(), keeps=False, implicit=True
    )
    out = SideRule(
        line, "default pass out", "pass out all", Action.PERMIT, everything(), first_only=True, implicit=True
    )
    rules[IN].append(deny)
    rules[OUT] += [deny, out]
    for name in ports.names.values():
        for node in root.all("interfaces", name):
            if switched_on(node.first("blockpriv")) and name in where.addresses:
                source = union(prefix(word) for word in _PRIVATE)
                inside = within(_from(source), 0, where.addresses[name])
                text = f"block in quick on {name} from private networks"
                rules[IN].append(
                    SideRule(
                        node.line,
                        "blockpriv",
                        text,
                        Action.DENY,
                        inside,
                        quick=True,
                        keeps=False,
                        implicit=True,
                    )
                )


def _from(source: Mapping[int, tuple[tuple[int, int], ...]]) -> tuple[Box, ...]:
    return within(everything(), 0, source)


def _rules(
    root: XmlNode,
    aliases: XmlAliases,
    where: Behind,
    rules: dict[str, list[SideRule]],
    reading: Reading,
) -> None:
    older = [older_rule(node) for node in root.all("filter", "rule") if _in_force(node, reading)]
    newer = list(_newer(root, reading))
    if older and newer:
        first = newer[0]
        reading.stray(first.line, first.text, "rules of two pages, whose order among each other is not told")
    groups = _groups(root)
    listed = older + newer
    order = sorted(listed, key=lambda rule: _rank(rule, groups))
    for rule in order:
        if rule.action == "match":  # it queues and marks, and decides nothing
            continue
        for way, one in side_rules(rule, aliases, groups, where):
            rules[way].append(one)
        if _is_any(rule):
            reading.any_any.append(place(rule.line, " ".join(rule.name.split())[:80]))


def _rank(rule: XmlRule, groups: Mapping[str, tuple[str, ...]]) -> int:
    """Floating rules, then those of groups, then those of interfaces; each in the order of the text."""
    if rule.floating or len(rule.interfaces) != 1:
        return 0
    return 1 if rule.interfaces[0] in groups else 2


def _is_any(rule: XmlRule) -> bool:
    plain = all(end.words == ("any",) and not end.negated and not end.ports for end in rule.ends)
    return plain and rule.action == "pass" and rule.protocol in {"", "any"} and not rule.interfaces


def _newer(root: XmlNode, reading: Reading) -> Iterator[XmlRule]:
    found = [
        node
        for node in root.all("OPNsense", "Firewall", "Filter", "rules", "rule")
        if _in_force(node, reading)
    ]
    for node in sorted(found, key=lambda node: _sequence(node.value("sequence"))):
        yield newer_rule(node)


def _sequence(word: str) -> int:
    return int(word) if word.isascii() and word.isdigit() and len(word) < 10 else 0


def _in_force(node: XmlNode, reading: Reading) -> bool:
    enabled = node.first("enabled")
    off = switched_on(node.first("disabled")) or (enabled is not None and not switched_on(enabled))
    if off:
        reading.off(node.line, f"rule {node.value('descr') or node.value('description')}", "disabled")
    return not off


def _groups(root: XmlNode) -> dict[str, tuple[str, ...]]:
    return {
        group.value("ifname"): tuple(group.value("members").replace(",", " ").split())
        for group in root.all("ifgroups", "ifgroupentry")
    }


def _translations(root: XmlNode, aliases: XmlAliases, where: Behind, reading: Reading) -> None:
    for node in root.all("nat", "rule"):
        if not switched_on(node.first("disabled")) and not switched_on(node.first("nordr")):
            _translation(node, (IN,), aliases, where, reading)
    mode = root.value("nat", "outbound", "mode") or "automatic"
    if mode in {"advanced", "hybrid", "manual"}:
        for node in root.all("nat", "outbound", "rule"):
            if not switched_on(node.first("disabled")) and not switched_on(node.first("nonat")):
                _translation(node, (OUT,), aliases, where, reading)
    outer = root.all("interfaces") if mode in {"automatic", "hybrid"} else ()
    for node in (one for each in outer for one in each.children):
        if (node.value("gateway") or node.value("ipaddr")[:1].isalpha()) and node.tag in where.addresses:
            text = f"outbound NAT {mode} on {node.tag}"
            inside = within(everything(), DESTINATION, where.addresses[node.tag])
            reading.nat(node.line, text, inside, TRANSLATED_AFTER[OUT])
    for path in (("nat", "onetoone"), ("OPNsense", "Firewall", "Filter", "onetoone", "rule")):
        for node in root.all(*path):
            if not switched_on(node.first("disabled")) and node.value("enabled") != "0" and node.children:
                reading.nat(node.line, f"one to one {node.value('external')}", everything())
    for node in root.all("OPNsense", "Firewall", "Filter", "snatrules", "rule"):
        if node.value("enabled") != "0":
            reading.nat(node.line, "source NAT", everything())


def _translation(
    node: XmlNode, ways: tuple[str, ...], aliases: XmlAliases, where: Behind, reading: Reading
) -> None:
    rule = older_rule(node)
    rule.directions, rule.action, rule.family = ways, "pass", node.value("ipprotocol") or "inet"
    for way, one in side_rules(rule, aliases, {}, where):
        if one.boxes:
            reading.nat(node.line, f"NAT: {rule.text}", one.boxes, TRANSLATED_AFTER[way])


def _beside(root: XmlNode, where: Behind, reading: Reading) -> None:
    """Timers, and what can take packets away from the rules."""
    for name, kind in _TIMERS.items():
        node = root.first("system", name)
        if node is not None and node.text.isascii() and node.text.isdigit() and len(node.text) < 10:
            reading.timer(node.line, name, int(node.text), kind)
    if root.value("system", "optimization") == "aggressive":  # pf.conf(5), set optimization
        node = root.first("system", "optimization")
        reading.timer(node.line if node else 0, "optimization aggressive", 5 * 3600, FlowKind.TCP)
    for zone in (*root.all("captiveportal"), *(n for c in root.all("captiveportal") for n in c.children)):
        if switched_on(zone.first("enable")) and zone.value("interface"):
            names = zone.value("interface").replace(",", " ").split()
            known = all(name in where.addresses for name in names)
            boxes = touching(where.zone(names)) if known else None
            reading.stray(
                zone.line, f"captive portal on {zone.value('interface')}", "holds hosts back", boxes
            )
    for phase in root.all("ipsec", "phase2"):
        if not switched_on(phase.first("disabled")) and phase.value("mode") in {"tunnel", "tunnel6"}:
            reading.stray(
                phase.line, "IPsec phase 2", "an IPsec policy takes these packets", _selected(phase)
            )
    for node in root.all("OPNsense", "Swanctl", "Children", "Child"):
        if node.value("enabled") == "1":
            reading.stray(node.line, "IPsec child", "an IPsec policy takes these packets")
    if root.first("shaper", "queue") is not None or root.first("dnshaper", "queue") is not None:
        reading.assumed.append("no flow exceeds the rate of a shaper")
    if root.value("OPNsense", "IDS", "general", "ips") == "1" or root.first("installedpackages", "suricata"):
        reading.assumed.append("the intrusion prevention stops none of these packets")


def _selected(phase: XmlNode) -> tuple[Box, ...] | None:
    ends = []
    for side in ("localid", "remoteid"):
        node = phase.first(side)
        if node is None or node.value("type") not in {"network", "address"}:
            return None
        bits = node.value("netbits")
        ends.append(f"{node.value('address')}/{bits}" if bits else node.value("address"))
    try:
        return both_ways(match(prefix(ends[0]), prefix(ends[1]), EVERY_SERVICE))
    except NotUnderstood:
        return None
