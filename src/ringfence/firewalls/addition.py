"""Rules as what adds them to a policy that runs and is not known: before what denies, replacing nothing."""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TypeAlias

from ringfence.firewalls import WRITERS
from ringfence.firewalls.common.ace import asa_address, entries, ios_address
from ringfence.firewalls.common.document import Device, Rendered, crossings
from ringfence.firewalls.common.shape import UNVERIFIED, versioned
from ringfence.firewalls.nftables.write import rule_lines
from ringfence.firewalls.remedy import iptables_specs, quoted
from ringfence.model.policy import Policy, Rule
from ringfence.policy.reverse import REPLY, with_replies

_ROOM = 1000  # between two entries of a renumbered list, unless more have to go in front
_PANOS_RULE = re.compile(r"set rulebase security rules (\S+) from ")
_ROUTEROS_RULE = re.compile(r"\s+(/ip(?:v6)? firewall filter add) chain=\S+ (src-address=.*)")
_CHECKPOINT_OBJECT = re.compile(r"mgmt_cli add (?:host|network|service-\w+) ")
_CHECKPOINT_RULE = re.compile(r"(mgmt_cli add access-rule layer) \S+ position bottom name (.*)")
_WHOLE = "single rules are not written for this target: take them over by hand from this rule set of its own"

# Where the lines belong, and the lines; given the rules, the device, and the writer's lines for them.
_Adding: TypeAlias = Callable[[Policy, Device, Sequence[str]], tuple[str, Iterable[str]]]


def addition(target: str, rules: Sequence[Rule], device: Device) -> Rendered:
    """What adds the rules (permits), in the words of the target's writer; the first note says where.

    Its names are new for every set of rules: a rule of a known name might be there, and would become wider.
    A target that has no way to add a rule gets its writer's text, and a note that says so. InputError for
    what cannot be written as stated.
    """
    policy = Policy("missing", tuple(rules))
    adding = _ADDING.get(target)
    if adding is None:
        whole = WRITERS[target](policy, device)
        return replace(whole, notes=(_WHOLE, *whole.notes))
    device = replace(device, name=versioned(device.name, policy))
    whole = WRITERS[target](policy, device)
    where, lines = adding(policy, device, whole.text.splitlines())
    text = "".join(f"{line}\n" for line in lines)
    # The other notes, and the commands around it, are about a rule set that is loaded whole.
    checked = tuple(note for note in whole.notes if note == UNVERIFIED)
    return Rendered(target, text, (), (), (), (f"where: {where}", *checked), whole.widenings)


def _nftables(policy: Policy, _device: Device, _text: Sequence[str]) -> tuple[str, Iterable[str]]:
    lines = [line for rule in policy.rules for line in rule_lines(rule)]
    # Each goes before the one inserted last.
    commands = [f"nft insert rule inet filter forward {quoted(line)}" for line in reversed(lines)]
    return "at the top of the chain at hook forward (nft list ruleset; here: inet filter forward)", commands


def _iptables(policy: Policy, device: Device, _text: Sequence[str]) -> tuple[str, Iterable[str]]:
    tool = {4: "iptables", 6: "ip6tables"}
    specs = [
        f"{tool[rule.version]} -I FORWARD {spec}"
        for rule in reversed(policy.rules)
        for spec in reversed(iptables_specs([rule], device))
    ]
    return "at the top of FORWARD, or of the chain that it jumps to", specs


def _asa(policy: Policy, device: Device, _text: Sequence[str]) -> tuple[str, Iterable[str]]:
    lists = _lists(policy, device, lambda rule: entries(rule, asa_address))
    lines = [
        f"access-list {_list_name(zone)} line {n} extended {entry}"
        for zone, found in lists.items()
        for n, entry in enumerate(found, 1)
    ]
    return f"{_list_names(lists)} (show running-config access-group)", lines


def _ios(policy: Policy, device: Device, _text: Sequence[str]) -> tuple[str, Iterable[str]]:
    """The lists keep no state, so that answers need entries too; a renumbering makes room in front."""
    lists = _lists(
        with_replies(policy),
        device,
        # Only what answers may be let back in by its ACK.
        lambda rule: entries(rule, ios_address, established=rule.id.endswith(REPLY)),
    )
    lines: list[str] = []
    for zone, found in lists.items():
        name, room = _list_name(zone), max(_ROOM, len(found) + 1)
        lines += [f"ip access-list resequence {name} {room} {room}", f"ip access-list extended {name}"]
        lines += [f" {n} {entry}" for n, entry in enumerate(found, 1)]
    return f"{_list_names(lists)} (show running-config | include ^interface|access-group)", lines


def _lists(policy: Policy, device: Device, words: Callable[[Rule], list[str]]) -> dict[str, list[str]]:
    """Entries by the zone on whose interface the packets come in."""
    found: dict[str, list[str]] = {}
    for rule in policy.rules:
        for crossing in crossings(rule, device):
            found.setdefault(crossing.source_zone, []).extend(words(crossing.rule))
    return found


def _list_name(zone: str) -> str:
    return f"{zone.upper()}_IN"


def _list_names(zones: Iterable[str]) -> str:
    each = (f"{_list_name(zone)} is the list bound in on the interface towards the {zone}" for zone in zones)
    return f"at the top; {', '.join(each)}"


def _panos(_policy: Policy, device: Device, text: Sequence[str]) -> tuple[str, Iterable[str]]:
    names = [found[1] for line in text if (found := _PANOS_RULE.match(line))]
    moves = [f"move rulebase security rules {name} top" for name in reversed(names)]
    return f"at the top of the rulebase; {_zones(device)}; then commit", [*text, *moves]


def _fortios(_policy: Policy, device: Device, text: Sequence[str]) -> tuple[str, Iterable[str]]:
    where = (
        f"edit 0 puts them last: show firewall policy | grep -f {device.name} tells their numbers, then in"
        f" config firewall policy: move NUMBER before the NUMBER of the first; {_zones(device)}"
    )
    return where, [line for line in text if not line.startswith("#")]


def _srx(_policy: Policy, device: Device, text: Sequence[str]) -> tuple[str, Iterable[str]]:
    # The writer clears what it is about to set; these names are new.
    fresh = [line for line in text if not line.startswith("delete ")]
    paths = [line.removeprefix("delete ") for line in text if line.startswith("delete ")]
    where = (
        "FIRST is the first policy of each zone pair (show configuration security policies); leave the insert"
        f" out where there is none; {_zones(device)}; then commit confirmed 5, and commit"
    )
    return where, [*fresh, *(f"insert {path} before policy FIRST" for path in paths)]


def _checkpoint(_policy: Policy, device: Device, text: Sequence[str]) -> tuple[str, Iterable[str]]:
    objects = [line for line in text if _CHECKPOINT_OBJECT.match(line)]
    found = [match for line in text if (match := _CHECKPOINT_RULE.match(line))]
    # Each goes above the one added last; the last of the writer's is its final drop.
    rules = [f"{rule[1]} Network position top name {device.name}-{rule[2]}" for rule in reversed(found[:-1])]
    where = (
        "at the top of your layer, here Network; mgmt_cli login > id.txt before it, publish and install after"
    )
    return where, [*objects, *rules]


def _routeros(_policy: Policy, _device: Device, text: Sequence[str]) -> tuple[str, Iterable[str]]:
    found = [match for line in text if (match := _ROUTEROS_RULE.match(line))]
    rules = [f"{rule[1]} chain=forward {rule[2]} place-before=0" for rule in reversed(found)]
    return "at the top of the filter; leave place-before=0 out where it is empty", rules


def _pf(_policy: Policy, _device: Device, text: Sequence[str]) -> tuple[str, Iterable[str]]:
    where = "in pf.conf above its other filter rules; then pfctl -nf /etc/pf.conf and pfctl -f /etc/pf.conf"
    # Without the block that ends the writer's anchor, which is about all else between the zones.
    return where, [line for line in text if line.startswith("pass ")]


def _opnsense(_policy: Policy, device: Device, text: Sequence[str]) -> tuple[str, Iterable[str]]:
    where = (
        "each line is the body of a POST to https://FIREWALL/api/firewall/filter/addRule, then one to"
        f" filter/apply; {_zones(device, 'interfaces')}"
    )
    return where, text


def _nsx(_policy: Policy, device: Device, text: Sequence[str]) -> tuple[str, Iterable[str]]:
    body = json.loads("\n".join(text))
    body["rules"] = [rule for rule in body["rules"] if rule["action"] == "ALLOW"]
    where = (
        "a policy beside yours: PUT to https://MANAGER/policy/api/v1/infra/domains/default/security-policies/"
        f"{device.name}, and move it above the policy that drops"
    )
    return where, json.dumps(body, indent=2).splitlines()


def _groups(_policy: Policy, _device: Device, text: Sequence[str]) -> tuple[str, Iterable[str]]:
    return "groups add up: attach these beside those that the hosts have", text


def _gcp(_policy: Policy, device: Device, text: Sequence[str]) -> tuple[str, Iterable[str]]:
    kept, lines = True, []
    for line in text:
        if line.startswith("resource "):
            kept = f'"{device.name}-final-' not in line
        if kept:
            lines.append(line)
    return "rules add up; one with a lower priority number that denies would still decide first", lines


def _table(_policy: Policy, _device: Device, text: Sequence[str]) -> tuple[str, Iterable[str]]:
    return "before any rule that denies", text


def _zones(device: Device, kind: str = "zones") -> str:
    return f"{' and '.join(zone.name for zone in device.zones)} stand for your {kind}"


_ADDING: dict[str, _Adding] = {
    "nftables": _nftables,
    "iptables": _iptables,
    "pf": _pf,
    "opnsense": _opnsense,
    "cisco-asa": _asa,
    "cisco-ios": _ios,
    "panos": _panos,
    "fortios": _fortios,
    "srx": _srx,
    "checkpoint": _checkpoint,
    "routeros": _routeros,
    "aws-sg": _groups,
    "aws-sg-json": _groups,
    "gcp": _gcp,
    "nsx": _nsx,
    "csv": _table,
    "markdown": _table,
}
