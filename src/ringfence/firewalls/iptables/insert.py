"""iptables: one command for each rule, at a rule of the saved rules or at the top of FORWARD."""

from ringfence.firewalls.common.document import Device
from ringfence.firewalls.common.insertion import Insertion, InsertionPoint, insertion
from ringfence.firewalls.common.shape import one_family
from ringfence.firewalls.iptables.write import rule_specs
from ringfence.model.policy import Policy

_TOOL = {4: "iptables", 6: "ip6tables"}


def insert(policy: Policy, _device: Device, at: InsertionPoint | None) -> Insertion:
    """InsertionPoint: its text is the saved rules. InputError for two families at one point."""
    if at is None:
        lines = [
            f"{_TOOL[rule.version]} -I FORWARD {spec}"
            for rule in reversed(policy.rules)
            for spec in reversed(rule_specs(rule))
        ]
        return insertion("at the top of FORWARD, or of the chain that it jumps to", lines)
    tool = _TOOL[one_family(policy, "iptables")]
    specs = [spec for rule in policy.rules for spec in rule_specs(rule)]
    place = at.row.place if at.row else at.chain.end
    if not 0 < place.number <= len(at.text):
        return insertion(at.where, (f"{tool} -t {place.table} -A {place.list} {spec}" for spec in specs))
    before = at.text[: place.number]
    start = max((n for n, line in enumerate(before) if line.startswith("*")), default=0)
    number = sum(appends(line, place.list) for line in before[start:])
    lines = [f"{tool} -t {place.table} -I {place.list} {number + n} {spec}" for n, spec in enumerate(specs)]
    return insertion(at.where, lines)


def appends(line: str, chain: str) -> bool:
    """Whether a line of saved rules is a rule of the chain."""
    words = line.split()
    if words and words[0].startswith("["):  # counters
        words = words[1:]
    return words[:2] in (["-A", chain], ["--append", chain])
