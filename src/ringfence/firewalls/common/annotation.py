"""Comments that a person finds in the firewall later: whose rules these are, and what each is for."""

import re

from ringfence.firewalls.common.document import Device
from ringfence.model.policy import Policy, Rule
from ringfence.model.provenance import NO_AUDIO
from ringfence.model.stage import Stage

_UNSAFE = re.compile(r"[^A-Za-z0-9 .,:;/()_+-]+")
_REMARK = 100  # the shortest limit of a remark that is known


def header(policy: Policy, device: Device, mark: str, target: str, *, zones: bool = False) -> list[str]:
    """Lines for the top of a text; `mark` begins a comment. `zones`: also what lies behind each zone."""
    if not device.comments:
        return []
    lines = [f"{plain(policy.name)}: what H.323 handsets need to register, for {target}, by ringfence"]
    lines += stated(policy, device)
    if zones:
        lines += [f"zone {zone.name}: {', '.join(map(str, zone.networks))}" for zone in device.zones]
    return [f"{mark} {line}" for line in lines]


def stated(policy: Policy, device: Device) -> list[str]:
    """What made the text, and what it does not do, for every form of text."""
    made = [f"made by {device.made}"] if device.made is not None else []
    return [*made, *([NO_AUDIO] if without_media(policy) else [])]


def without_media(policy: Policy) -> bool:
    """Whether these are flows of the procedure alone, none of which is of a call; rows of a person may be."""
    served = [flow for rule in policy.rules for flow in rule.because]
    return all(rule.because for rule in policy.rules) and all(
        flow.stage is not Stage.MEDIA for flow in served
    )


def purpose(rule: Rule, limit: int = _REMARK) -> str:
    """What the rule is for and how we know, in plain characters; '' for a rule of which nothing is known."""
    if not rule.because:
        return plain(rule.text, limit)
    what = "; ".join(dict.fromkeys(flow.dialogue for flow in rule.because))
    if rule.reply:
        what = f"answers of {what}"
    known = f" ({', '.join(dict.fromkeys(basis.kind for flow in rule.because for basis in flow.basis))})"
    return plain(what, limit - len(known)) + known if len(known) < limit else ""


def remark(id_: str, rule: Rule) -> str:
    """`id_` and the rule's purpose as far as 100 characters go."""
    about = purpose(rule, _REMARK - len(id_) - 2)
    return f"{id_}: {about}" if about else id_


def remarks(rule: Rule, mark: str) -> list[str]:
    """A comment line to stand above the rule; none where nothing is known but its id."""
    return [f"{mark} {remark(rule.id, rule)}"] if purpose(rule) else []


def plain(text: str, limit: int = _REMARK) -> str:
    """Letters, digits, spaces and harmless signs: nothing that ends a comment, a quote or a line."""
    clean = " ".join(_UNSAFE.sub(" ", text).split())
    if len(clean) <= limit:
        return clean
    return clean[: max(0, limit - 3)].rsplit(" ", 1)[0] + "..." if limit > 3 else ""
