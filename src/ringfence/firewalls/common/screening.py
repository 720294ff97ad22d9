"""The policy as a target can say it: refused where it cannot, widened only as a person agreed to."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ringfence.firewalls.common.capability import Capability, Lack, Need, Refused, Widening
from ringfence.firewalls.common.document import lies_within
from ringfence.model.address import ANY_PORT, Network
from ringfence.model.errors import InputError
from ringfence.model.packet import Protocol
from ringfence.model.policy import Action, Policy, Rule
from ringfence.policy.packetset import Space
from ringfence.policy.space import row


@dataclass(frozen=True, slots=True)
class _Step:
    """One rule made wider for one need; `extra` is empty where nothing wider would do."""

    need: Need
    rule: Rule
    extra: str


def screen(
    policy: Policy, capability: Capability, widen: frozenset[Need], inside: tuple[Network, ...] = ()
) -> tuple[Policy, tuple[Widening, ...]]:
    """The policy as the target can say it, and what that costs.

    `inside` are the networks that a target filters for which has no address on its own side. Raises Refused
    with every rule that needs what the target lacks and `widen` does not give up, and InputError for an empty
    policy: a list without rules is more often a mistake than a wish.
    """
    if not policy.rules:
        raise InputError("no rules to write", where=f"policy {policy.name}")
    if not (policy.stateful or capability.stateless):
        raise InputError(
            f"{capability.target} always lets replies through, which this stateless policy does not ask for",
            where=f"policy {policy.name}",
            remedy="give it the stateful policy, without rules for replies",
        )
    steps = [_steps(rule, capability, inside) for rule in policy.rules]
    lacks = [
        Lack(step.rule.id, step.need, step.extra)
        for taken in steps
        for step in taken
        if step.need not in widen or not step.extra
    ]
    if lacks:
        raise Refused(capability.target, tuple(lacks))
    rules = [taken[-1].rule if taken else rule for rule, taken in zip(policy.rules, steps, strict=True)]
    wider = replace(policy, rules=tuple(rules))
    return wider, _counted(policy, wider, [step for taken in steps for step in taken])


def _steps(stated: Rule, capability: Capability, inside: tuple[Network, ...]) -> list[_Step]:
    steps: list[_Step] = []
    rule = stated
    for need in _needs(rule, inside):
        if need not in capability.can:
            rule, extra = _wider(rule, need, inside)
            steps.append(_Step(need, rule, extra))
    return steps


def _needs(rule: Rule, inside: tuple[Network, ...]) -> list[Need]:
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
    if _inside(rule, inside) != (rule.source, rule.destination):
        needs.append(Need.LOCAL_ADDRESS)
    return needs


def _wider(rule: Rule, need: Need, inside: tuple[Network, ...]) -> tuple[Rule, str]:
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
    if need is Need.LOCAL_ADDRESS:
        source, destination = _inside(rule, inside)
        all_ends = f"from {_words(source)} to {_words(destination)}"
        extra = f"also permits {rule.protocol.word} {all_ends}, not only {ends}"
        return replace(rule, source=source, destination=destination), extra
    return rule, ""


def _inside(rule: Rule, inside: tuple[Network, ...]) -> tuple[tuple[Network, ...], tuple[Network, ...]]:
    """Source and destination, each grown to all of `inside` where it lies there."""
    whole = tuple(net for net in inside if net.version == rule.version)
    source, destination = (
        whole if whole and all(_lies(net, whole) for net in end) else end
        for end in (rule.source, rule.destination)
    )
    return source, destination


def _lies(network: Network, around: tuple[Network, ...]) -> bool:
    return any(lies_within(network, net) for net in around)


def _words(networks: tuple[Network, ...]) -> str:
    return ", ".join(map(str, networks))


def _counted(stated: Policy, wider: Policy, steps: Sequence[_Step]) -> tuple[Widening, ...]:
    """Every packet that the text permits beyond the policy, told once, at the first rule to permit it."""
    if not steps:
        return ()
    space = Space()
    left = space.permitted(wider) - space.permitted(stated)
    found = []
    for step in steps:
        new = left & space.of(row(step.rule).boxes)
        left -= new
        words = f"{new.count():,} packet headers, such as {new.witness()}" if not new.empty else "nothing new"
        found.append(Widening(step.rule.id, step.need, f"{step.extra} ({words})", new.count()))
    return tuple(found)
