"""The rules that let replies back through a device that keeps no state.

A fixed source range makes the reverse rule exact, which "established" never is for UDP.
"""

from dataclasses import replace

from ringfence.model.address import ANY_PORT
from ringfence.model.errors import InputError
from ringfence.model.flow import Flow, Role
from ringfence.model.packet import Protocol
from ringfence.model.policy import Action, Policy, Rule
from ringfence.model.stage import Stage

_REPLY = "-reply"

# RFC 792, RFC 4443: the request types that have an answer.
_ANSWER = {
    (Protocol.ICMP, 8): 0,
    (Protocol.ICMP, 13): 14,
    (Protocol.ICMPV6, 128): 129,
}


def reverse(rule: Rule) -> Rule:
    """The rule for what answers `rule`, `-reply` added to its id; InputError for an unanswered ICMP type."""
    turned = replace(
        rule,
        id=rule.id + _REPLY,
        reply=not rule.reply,
        source=rule.destination,
        destination=rule.source,
        source_ports=rule.destination_ports,
        destination_ports=rule.source_ports,
    )
    if rule.protocol not in {Protocol.ICMP, Protocol.ICMPV6}:
        return turned
    if rule.icmp_type is None:
        return turned
    answer = _ANSWER.get((rule.protocol, rule.icmp_type))
    if answer is None:
        raise InputError(f"{rule.protocol.word} type {rule.icmp_type} has no reply", where=f"rule {rule.id}")
    return replace(turned, icmp_type=answer)


def answered(flow: Flow) -> bool:
    """Whether the mirror image of the flow's packets is part of the procedure.

    A relay asks from one address and is answered at another (RFC 2131 section 4.1), a RELEASE is not answered
    (section 4.4.4), and what answers a multicast comes from an address of its own: those answers are flows
    themselves, or nothing.
    """
    if flow.stage is Stage.RELEASE or flow.responder.role is Role.RELAY_GIADDR:
        return False
    ends = {flow.initiator.role, flow.responder.role}
    from_group = flow.stage is Stage.DISCOVER and flow.initiator.role is Role.GATEKEEPER
    return not (ends & {Role.RELAY_UPLINK, Role.DISCOVERY_GROUP} or from_group)


def with_replies(policy: Policy) -> Policy:
    """The stateless policy that permits what `policy` opens and the replies; a stateless one is unchanged.

    The rules keep their order, followed by the reverses of those permits whose flows are answered, or that
    serve no flow of the procedure. Refuses (InputError) a deny that
    meets a later permit or a reply: by connection state its meaning would depend on who spoke first, which a
    list without state cannot say.
    """
    if not policy.stateful:
        return policy
    permits = [rule for rule in policy.rules if rule.action is Action.PERMIT]
    replies = [
        reverse(rule) for rule in permits if not rule.because or any(answered(flow) for flow in rule.because)
    ]
    for index, deny in enumerate(policy.rules):
        if deny.action is not Action.DENY:
            continue
        later = [rule for rule in policy.rules[index + 1 :] if rule.action is Action.PERMIT]
        for other in (*later, *replies):
            if _meet(deny, other):
                raise InputError(
                    f"meets {other.id}, which cannot be expressed exactly without connection state",
                    where=f"rule {deny.id}",
                    remedy="narrow one of the two so that they share no packet",
                )
    stated = {_match(rule) for rule in permits}
    kept = [reply for reply in replies if _match(reply) not in stated]
    return Policy(policy.name, (*policy.rules, *kept), stateful=False)


def _match(rule: Rule) -> Rule:
    """The rule without its name and its reasons: two that match the same packets are equal."""
    return replace(rule, id="", because=(), text="", reply=False)


def _meet(a: Rule, b: Rule) -> bool:
    if a.version != b.version or a.protocol is not b.protocol:
        return False
    if None not in {a.icmp_type, b.icmp_type} and a.icmp_type != b.icmp_type:
        return False
    for mine, theirs in (
        (a.source_ports, b.source_ports),
        (a.destination_ports, b.destination_ports),
    ):
        if ANY_PORT not in {mine, theirs} and (mine.last < theirs.first or theirs.last < mine.first):
            return False
    return any(x.overlaps(y) for x in a.source for y in b.source) and any(
        x.overlaps(y) for x in a.destination for y in b.destination
    )
