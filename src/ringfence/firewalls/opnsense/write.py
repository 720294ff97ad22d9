"""OPNsense: the bodies of API calls that add filter rules.

Written from the OPNsense API reference, "Firewall", and the fields of the Filter model 1.0.4 of
opnsense/core, icmptype and icmp6type among them. An older model takes a rule and leaves out the fields
that it does not know, so the commands first ask for them. Savepoints are gone from 26.7 on, as
clients of the API report.
"""

import json
from xml.sax.saxutils import escape

from ringfence.firewalls.common.annotation import plain, remark, stated
from ringfence.firewalls.common.capability import FULL, Capability
from ringfence.firewalls.common.document import Device, Rendered, ZoneCrossing, zone_crossings
from ringfence.firewalls.common.insertion import Insertion, InsertionPoint, insertion, standing_for
from ringfence.firewalls.common.naming import checked_id, checked_stem
from ringfence.firewalls.common.scope import zone_pairs
from ringfence.firewalls.common.screening import screen
from ringfence.firewalls.common.shape import UNVERIFIED, is_icmp, pairs, shape_word
from ringfence.model.address import ANY_PORT, Network, PortRange
from ringfence.model.errors import InputError
from ringfence.model.policy import Policy, Rule

CAPABILITY = Capability("opnsense", FULL, zones=True, zone_names=True)
_URL = "https://<FIREWALL>/api/firewall/filter"
_CURL = "curl -u <KEY:SECRET>"
# The words of the model for ICMPv4; ICMPv6 types are numbers there. The others of IANA it does not know.
_ICMP_TYPES = {
    0: "echorep",
    3: "unreach",
    5: "redir",
    8: "echoreq",
    9: "routeradv",
    10: "routersol",
    11: "timex",
    12: "paramprob",
    13: "timereq",
    14: "timerep",
}
_ICMP6_TYPES = frozenset({1, 2, 3, 4, *range(128, 141), 200, 201})


def write(policy: Policy, device: Device) -> Rendered:
    """One JSON object a line, each the body of an addRule call; zones are interfaces (lan, opt1)."""
    policy, widenings = screen(policy, CAPABILITY, device.widen)
    stem = checked_stem(device.name)
    found = [crossing for rule in policy.rules for crossing in zone_crossings(rule, device)]
    bodies = [body for crossing in found for body in _bodies(stem, crossing)]
    lines = _numbered([*bodies, *_finals(stem, policy, device)])
    return Rendered(
        target=CAPABILITY.target,
        text="\n".join(lines) + "\n",
        apply=(
            f"{_CURL} https://<FIREWALL>/api/core/backup/download/this > before-{stem}.xml",
            *_needs_types(policy),
            f"{_CURL} -X POST {_URL}/savepoint  # before 26.7: remember the revision",
            f"while read -r body; do {_CURL} -H 'Content-Type: application/json' -d \"$body\" "
            f"{_URL}/addRule; done < {stem}.json",
            f"{_CURL} -X POST {_URL}/apply/<REVISION>  # from 26.7 on: apply",
            f"{_CURL} -X POST {_URL}/cancelRollback/<REVISION>  # before 26.7, once it works",
        ),
        verify=(f"{_CURL} '{_URL}/searchRule?searchPhrase={stem}'",),
        rollback=(
            f"# for each UUID that {_CURL} '{_URL}/searchRule?searchPhrase={stem}' shows:",
            f"{_CURL} -X POST {_URL}/delRule/<UUID>",
            f"{_CURL} -X POST {_URL}/apply",
        ),
        notes=(
            UNVERIFIED,
            "before 26.7 the firewall takes everything back unless cancelRollback follows within 60 seconds",
            "addRule adds every time: if searchRule finds this set already, delete it "
            "(filter/delRule/<UUID>) before the apply; rules only change at the apply",
            "the last rules block the rest between these zones; an interface's own rules still follow for "
            "all other traffic",
            "states stay after a rule is removed: Firewall > Diagnostics > States",
        ),
        widenings=widenings,
        running=_backup([*bodies, *_finals(stem, policy, device)], device),
    )


def _backup(bodies: list[dict[str, str]], device: Device) -> str:
    """What a backup has once the calls are made: the rules, and the interfaces that they name."""
    ports = "".join(f"<{zone.name}><enable>1</enable></{zone.name}>" for zone in device.zones)
    rules = "".join(
        f"<rule><sequence>{n}</sequence>"
        + "".join(f"<{key}>{escape(value)}</{key}>" for key, value in body.items())
        + "</rule>\n"
        for n, body in enumerate(bodies, start=1)
    )
    return (
        f"<opnsense>\n<interfaces>{ports}</interfaces>\n<OPNsense><Firewall><Filter><rules>\n{rules}"
        "</rules></Filter></Firewall></OPNsense>\n</opnsense>\n"
    )


def insert(policy: Policy, device: Device, _at: InsertionPoint | None) -> Insertion:
    """The same calls: they add, and end in no rule for the rest."""
    where = (
        "each line is the body of a POST to https://<FIREWALL>/api/firewall/filter/addRule, then one to"
        f" filter/apply; {standing_for(device, 'interfaces')}"
    )
    stem = checked_stem(device.name)
    found = [crossing for rule in policy.rules for crossing in zone_crossings(rule, device)]
    return insertion(where, _numbered([body for crossing in found for body in _bodies(stem, crossing)]))


def _numbered(bodies: list[dict[str, str]]) -> list[str]:
    return [json.dumps({"rule": {"sequence": str(n), **body}}) for n, body in enumerate(bodies, start=1)]


def _finals(stem: str, policy: Policy, device: Device) -> list[dict[str, str]]:
    return [
        {
            "enabled": "1",
            "action": "block",
            "quick": "1",
            "interface": pair.source_zone,
            "direction": "in",
            "ipprotocol": "inet" if source.version == 4 else "inet6",
            "protocol": "any",
            "source_net": str(source),
            "destination_net": str(destination),
            "log": "1" if device.log else "0",
            "description": "; ".join([f"{stem} final block", *map(plain, stated(policy, device))]),
        }
        for pair in zone_pairs(policy, device)
        for source, destination in pair.ways
    ]


def _bodies(stem: str, crossing: ZoneCrossing) -> list[dict[str, str]]:
    rule = crossing.rule
    return [
        {
            "enabled": "1",
            "action": shape_word(rule, "pass", "block"),
            "quick": "1",
            "interface": crossing.source_zone,
            "direction": "in",
            "ipprotocol": "inet" if rule.version == 4 else "inet6",
            "protocol": _protocol(rule),
            **_type(rule),
            **_end("source", source, rule.source_ports),
            **_end("destination", destination, rule.destination_ports),
            "log": "0",
            "description": f"{stem} {remark(checked_id(crossing.id), rule)}",
        }
        for source, destination in pairs(rule)
    ]


def _needs_types(policy: Policy) -> tuple[str, ...]:
    if all(rule.icmp_type is None for rule in policy.rules):
        return ()
    return (
        f"{_CURL} -s {_URL}/getRule | grep -q icmptype || echo 'too old: it would permit every ICMP type'",
    )


def _type(rule: Rule) -> dict[str, str]:
    if rule.icmp_type is None:
        return {}
    if rule.version == 6 and rule.icmp_type in _ICMP6_TYPES:
        return {"icmp6type": str(rule.icmp_type)}
    if rule.version == 4 and rule.icmp_type in _ICMP_TYPES:
        return {"icmptype": _ICMP_TYPES[rule.icmp_type]}
    raise InputError(
        f"{rule.protocol.word} type {rule.icmp_type} is not among those OPNsense knows",
        where=f"rule {rule.id}",
    )


def _protocol(rule: Rule) -> str:
    if is_icmp(rule):
        return "ICMP" if rule.version == 4 else "IPV6-ICMP"
    return rule.protocol.word.upper()


def _end(end: str, network: Network, ports: PortRange) -> dict[str, str]:
    port = {} if ports == ANY_PORT else {f"{end}_port": str(ports)}
    return {f"{end}_net": str(network), **port}
