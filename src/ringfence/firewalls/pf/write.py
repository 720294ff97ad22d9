"""pf (OpenBSD, FreeBSD): our own anchor.

Written from pf.conf(5) and pfctl(8) of OpenBSD and FreeBSD 14. Not loaded into a pf here.
"""

from ringfence.firewalls.common.annotation import header, remarks
from ringfence.firewalls.common.capability import FULL, Capability
from ringfence.firewalls.common.document import Device, Rendered
from ringfence.firewalls.common.insertion import Insertion, InsertionPoint, insertion
from ringfence.firewalls.common.naming import checked_id, checked_stem, fit
from ringfence.firewalls.common.scope import zone_pairs
from ringfence.firewalls.common.screening import screen
from ringfence.firewalls.common.shape import UNVERIFIED, is_icmp, pairs, shape_word, short
from ringfence.model.address import ANY_PORT, Network, PortRange
from ringfence.model.policy import Action, Policy, Rule

CAPABILITY = Capability("pf", FULL, zones=True, stateless=True)
_LABEL = 63  # PF_RULE_LABEL_SIZE - 1


def write(policy: Policy, device: Device) -> Rendered:
    """The anchor as text. Raises InputError for what cannot be written as stated."""
    policy, widenings = screen(policy, CAPABILITY, device.widen)
    anchor = checked_stem(device.name)
    lines = header(policy, device, "#", CAPABILITY.target, zones=True)
    for rule in policy.rules:
        lines += [*remarks(rule, "#"), *_rule(rule, policy.stateful)]
    lines += _final(policy, device)
    path = f"/etc/pf.{anchor}"
    return Rendered(
        target=CAPABILITY.target,
        text="\n".join(lines) + "\n",
        apply=(
            f"pfctl -sr | grep 'anchor \"{anchor}\"'",
            f"pfctl -a {anchor} -sr > {path}.before",
            f"pfctl -nf {path}",
            f"pfctl -a {anchor} -f {path}",
        ),
        verify=(f"pfctl -a {anchor} -vsr",),
        rollback=(f"pfctl -a {anchor} -f {path}.before",),
        notes=(
            UNVERIFIED,
            f'pf.conf must name the anchor once, above its other filter rules: anchor "{anchor}"',
            "pf filters a forwarded packet on its way in and again out: rules without a direction do both",
            "loading the anchor replaces its rules as one; nothing else of pf.conf is touched",
            "the final block concerns traffic between the zones named here; all else is left to pf.conf",
            "states stay after a rule is removed: pfctl -k <SOURCE> -k <DESTINATION>",
        ),
        widenings=widenings,
    )


def insert(policy: Policy, _device: Device, _at: InsertionPoint | None) -> Insertion:
    """The passes, without the block that ends the anchor: that is about all else between the zones."""
    where = "in pf.conf above its other filter rules; then pfctl -nf /etc/pf.conf and pfctl -f /etc/pf.conf"
    return insertion(where, (line for rule in policy.rules for line in _rule(rule, policy.stateful)))


def _rule(rule: Rule, stateful: bool) -> list[str]:
    family = "inet" if rule.version == 4 else "inet6"
    label = f'label "{fit_label(rule.id)}"'
    state = f" {_state(rule, stateful)}" if rule.action is Action.PERMIT else ""
    return [
        f"{shape_word(rule, 'pass', 'block drop')} quick {family} {_match(rule, *ends)}{state} {label}"
        for ends in pairs(rule)
    ]


def fit_label(id_: str) -> str:
    checked = checked_id(id_)
    return checked if len(checked) <= _LABEL else fit(checked, _LABEL)


def _state(rule: Rule, stateful: bool) -> str:
    if not stateful:
        return "no state"
    return "flags S/SA keep state" if rule.protocol.word == "tcp" else "keep state"


def _match(rule: Rule, source: Network, destination: Network) -> str:
    if is_icmp(rule):
        name = "icmp" if rule.version == 4 else "icmp6"
        kind = "" if rule.icmp_type is None else f" {name}-type {rule.icmp_type}"
        return f"proto {name} from {short(source)} to {short(destination)}{kind}"
    ends = [f"from {short(source)}", *_port(rule.source_ports), f"to {short(destination)}"]
    return f"proto {rule.protocol.word} {' '.join([*ends, *_port(rule.destination_ports)])}"


def _port(ports: PortRange) -> list[str]:
    if ports == ANY_PORT:
        return []
    return [f"port {ports.first}" if ports.first == ports.last else f"port {ports.first}:{ports.last}"]


def _final(policy: Policy, device: Device) -> list[str]:
    """Block the rest between the zones: without a forward hook a plain block would cut off the box itself."""
    log = " log" if device.log else ""
    return [
        f"block drop{log} quick {'inet' if a.version == 4 else 'inet6'} from {short(a)} to {short(b)}"
        for pair in zone_pairs(policy, device)
        for a, b in pair.ways
    ]
