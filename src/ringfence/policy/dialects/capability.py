"""What a target can say, and the refusal when a rule needs more.

An unknown ability counts as lacking: a generator that leaves out what it cannot say opens the firewall.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from ringfence.model.address import ANY_PORT
from ringfence.model.errors import InputError
from ringfence.model.packet import Protocol
from ringfence.model.policy import Action, Policy, Rule


class Need(StrEnum):
    """An ability that a rule may need of its target."""

    SOURCE_PORT = "source-port"
    ICMP = "icmp"
    ICMP_TYPE = "icmp-type"
    DENY = "deny"
    IPV6 = "ipv6"
    LOG = "log"
    LOCAL_ADDRESS = "local-address"  # the address on the filter's own side


@dataclass(frozen=True, slots=True)
class Capability:
    """One row of the table. Whatever is not in `can` is refused.

    `zones`: rules are bound to zones or interfaces, which the device description must name.
    `stateful`: replies pass by connection state; otherwise the writer adds the exact reverse rules.
    `stateless`: state can be left out, so that a policy which does without it is written as it is.
    """

    target: str
    can: frozenset[Need]
    zones: bool = False
    stateful: bool = True
    stateless: bool = False


@dataclass(frozen=True, slots=True)
class Widening:
    """A rule written wider than it was stated, because a person accepted it; `extra` is what else passes."""

    rule: str
    need: Need
    extra: str


class Refused(InputError):  # noqa: N818  a verdict on the rule, not a fault
    """The target cannot say what a rule needs. `widening` is the smallest one that would do, '' if none."""

    def __init__(self, rule: str, target: str, need: Need, widening: str) -> None:
        remedy = (
            f"accept it with --widen {need}: {widening}" if widening else "leave the rule to another filter"
        )
        super().__init__(f"{target} cannot express {need}", where=f"rule {rule}", remedy=remedy)
        self.rule = rule
        self.target = target
        self.need = need
        self.widening = widening


FULL = frozenset(
    {Need.SOURCE_PORT, Need.ICMP, Need.ICMP_TYPE, Need.DENY, Need.IPV6, Need.LOG, Need.LOCAL_ADDRESS}
)


def screen(
    policy: Policy, capability: Capability, widen: frozenset[Need]
) -> tuple[Policy, tuple[Widening, ...]]:
    """The policy as the target can say it, and what that costs.

    Raises Refused for the first rule that needs what the target lacks and `widen` does not give up, and
    InputError for an empty policy: a list without rules is more often a mistake than a wish.
    """
    if not policy.rules:
        raise InputError("no rules to write", where=f"policy {policy.name}")
    if not (policy.stateful or capability.stateless):
        raise InputError(
            f"{capability.target} always lets replies through, which this stateless policy does not ask for",
            where=f"policy {policy.name}",
            remedy="give it the stateful policy, without rules for replies",
        )
    widenings: list[Widening] = []
    rules: list[Rule] = []
    for stated in policy.rules:
        rule = stated
        for need in _needs(rule):
            if need in capability.can:
                continue
            rule, extra = _wider(rule, need)
            if not extra or need not in widen:
                raise Refused(stated.id, capability.target, need, extra)
            widenings.append(Widening(stated.id, need, extra))
        rules.append(rule)
    return replace(policy, rules=tuple(rules)), tuple(widenings)


def _needs(rule: Rule) -> list[Need]:
    needs = []
    icmp = rule.protocol in {Protocol.ICMP, Protocol.ICMPV6}
    if (rule.protocol is Protocol.ICMP) != (rule.version == 4) and icmp:
        raise InputError(f"{rule.protocol.word} between IPv{rule.version} addresses", where=f"rule {rule.id}")
    if icmp:
        if (rule.source_ports, rule.destination_ports) != (ANY_PORT, ANY_PORT):
            raise InputError("ICMP has no ports", where=f"rule {rule.id}")
        needs.append(Need.ICMP)
    if rule.version == 6:
        needs.append(Need.IPV6)
    if rule.action is Action.DENY:
        needs.append(Need.DENY)
    if rule.source_ports != ANY_PORT:
        needs.append(Need.SOURCE_PORT)
    if rule.icmp_type is not None:
        needs.append(Need.ICMP_TYPE)
    return needs


def _wider(rule: Rule, need: Need) -> tuple[Rule, str]:
    """The smallest wider rule that does without `need`, and the packets it adds; '' when there is none."""
    if rule.action is Action.DENY:
        return rule, ""  # a wider deny would block what a later rule permits
    ends = f"from {_words(rule.source)} to {_words(rule.destination)}"
    if need is Need.SOURCE_PORT:
        extra = (
            f"also permits {rule.protocol.word} {ends} port {rule.destination_ports} "
            f"from every source port outside {rule.source_ports}"
        )
        return replace(rule, source_ports=ANY_PORT), extra
    if need is Need.ICMP_TYPE:
        extra = f"also permits {rule.protocol.word} {ends} of every type other than {rule.icmp_type}"
        return replace(rule, icmp_type=None), extra
    return rule, ""


def _words(networks: tuple[object, ...]) -> str:
    return ", ".join(map(str, networks))
