"""Running configurations as text: what a writer's output looks like once it is in force, and after a fix."""

import re
from collections.abc import Callable, Sequence

from ringfence.firewalls.common.capability import Need
from ringfence.firewalls.common.document import Device, Rendered
from ringfence.firewalls.common.site_zones import device_zones
from ringfence.firewalls.rendering import render_rules
from ringfence.firewalls.table import TARGETS
from ringfence.model.policy import Policy
from ringfence.model.site import Site

ASA_REST = """policy-map global_policy
 class inspection_default
  inspect icmp
service-policy global_policy global
"""


def device(site: Site) -> Device:
    return Device(zones=device_zones(site), widen=frozenset({Need.SOURCE_PORT}))


def running(target: str, policy: Policy, site: Site) -> str:
    """The policy written for `target`, bound as the writer's commands bind it."""
    return _BOUND.get(target, _as_written)(render_rules(TARGETS[target], policy, device(site)))


def _as_written(rendered: Rendered) -> str:
    return rendered.text


def _asa(rendered: Rendered) -> str:
    bound = [*rendered.bind]
    for zone in ("handsets", "servers"):
        if not any(line.endswith(f"interface {zone}") for line in bound):
            bound += [
                f"access-list no-{zone} extended deny ip any any",
                f"access-group no-{zone} in interface {zone}",
            ]
    return rendered.text + "\n".join([*bound, ""]) + ASA_REST


def _ios(rendered: Rendered) -> str:
    bound = [*rendered.bind]
    for zone in ("handsets", "servers"):
        if f"interface {zone}" not in bound:
            bound = ["ip access-list extended none", " deny ip any any", *bound]
            bound += [f"interface {zone}", " ip access-group none in"]
    return rendered.text + "\n".join([*bound, ""])


def _iptables(rendered: Rendered) -> str:
    text = rendered.text.replace("*filter\n", "*filter\n:FORWARD ACCEPT [0:0]\n")
    return text.replace("COMMIT", "-A FORWARD -j ringfence\nCOMMIT")


_BOUND: dict[str, Callable[[Rendered], str]] = {"cisco-asa": _asa, "cisco-ios": _ios, "iptables": _iptables}


def mended(target: str, text: str, lines: Sequence[str]) -> str:
    """The configuration after a person has typed `lines`, as the device would then print it."""
    return _TYPED[target](text.splitlines(), lines)


def _type_iptables(text: list[str], lines: Sequence[str]) -> str:
    for line in lines:
        found = re.fullmatch(r"iptables -t filter -(A|I) (\S+) (?:(\d+) )?(-s .*)", line)
        assert found, line
        at = [n for n, old in enumerate(text) if old.startswith(f"-A {found[2]} ")]
        commit = text.index("COMMIT")
        index = commit if found[1] == "A" else (at[int(found[3]) - 1] if int(found[3]) <= len(at) else commit)
        text.insert(index, f"-A {found[2]} {found[4]}")
    return "\n".join([*text, ""])


def _type_asa(text: list[str], lines: Sequence[str]) -> str:
    for line in lines:
        found = re.fullmatch(r"access-list (\S+) (?:line (\d+) )?(extended .*)", line)
        assert found, line
        at = [n for n, old in enumerate(text) if old.startswith(f"access-list {found[1]} ")]
        number = int(found[2]) if found[2] else len(at) + 1
        text.insert(at[number - 1] if number <= len(at) else at[-1] + 1, f"access-list {found[1]} {found[3]}")
    return "\n".join([*text, ""])


def _type_ios(text: list[str], lines: Sequence[str]) -> str:
    name = ""
    for line in lines:
        if line.startswith("ip access-list resequence"):
            continue
        if line.startswith("ip access-list extended "):
            name = line
            continue
        number, entry = line.split(maxsplit=1)
        start = text.index(name)
        end = next((n for n in range(start + 1, len(text)) if not text[n].startswith(" ")), len(text))
        listed = [n for n in range(start + 1, end) if {"permit", "deny"} & set(text[n].split()[:2])]
        # Entries typed by us stand between those renumbered 1000, 2000, ...; they carry their numbers.
        renumbered = iter(range(1000, 1000 * (len(listed) + 1), 1000))
        numbers = [int(w) if (w := text[n].split()[0]).isdigit() else next(renumbered) for n in listed]
        later = [n for n, own in zip(listed, numbers, strict=True) if own > int(number)]
        text.insert(later[0] if later else end, f" {number} {entry}")
    return "\n".join([*text, ""])


def _type_set(text: list[str], lines: Sequence[str]) -> str:
    """Set commands; what is then moved stands before the rule it is moved to, and all else at the end."""
    moves = {
        found[1]: found[2]
        for line in lines
        if (found := re.search(r"(?:rules|policy) (\S+) before (?:policy )?(\S+)$", line))
    }
    for line in lines:
        rule = re.match(r"set (?:rulebase security rules|security policies .* policy) (\S+) ", line)
        before = moves.get(rule[1]) if rule else None
        if before is not None:
            at = next(n for n, old in enumerate(text) if re.search(rf"(?:rules|policy) {before} ", old))
            text.insert(at, line)
        elif line.startswith("set "):
            text.append(line)
    return "\n".join([*text, ""])


_TYPED: dict[str, Callable[[list[str], Sequence[str]], str]] = {
    "iptables": _type_iptables,
    "cisco-asa": _type_asa,
    "cisco-ios": _type_ios,
    "panos": _type_set,
    "srx": _type_set,
}
