"""How much a policy opens, beside the list that consultants hand out, and what of it no flow needs."""

from dataclasses import replace
from ipaddress import IPv4Network

from ringfence.model.address import ANY_PORT
from ringfence.model.flow import Flow
from ringfence.model.policy import Policy, Rule
from ringfence.policy.packetset import Space
from ringfence.policy.review import exposure
from ringfence.policy.space import rows
from ringfence.policy.words import rule_words
from ringfence.verify.report import MeasuredExposure

_EVERYWHERE = (IPv4Network("0.0.0.0/0"),)


def measure(policy: Policy) -> MeasuredExposure:
    """Count (source, destination, protocol, ports) combinations of opening packets."""
    space = Space()
    opened = space.permitted(policy)
    consultants = space.permitted(Policy("any-any", _any_any(policy)))
    return MeasuredExposure(opened=opened.count(), any_any=consultants.count())


def beyond(policy: Policy, needed: tuple[Flow, ...]) -> tuple[str, ...]:
    """What the policy permits and no flow needs, by the rule that permits it, the widest first."""
    space = Space()
    return tuple(str(found) for found in exposure(space, rows(policy), space.needed(needed)))


def _any_any(policy: Policy) -> tuple[Rule, ...]:
    """ "Open these ports, both ways, any to any": every port of the policy, from and to everywhere."""
    rules: list[Rule] = []
    for rule in policy.rules:
        for way, ports in (("to", rule.destination_ports), ("from", rule.source_ports)):
            if ports == ANY_PORT and way == "from":
                continue
            source, destination = (ANY_PORT, ports) if way == "to" else (ports, ANY_PORT)
            rules.append(
                replace(
                    rule,
                    id=f"{rule.id}-{way}",
                    source=_EVERYWHERE,
                    destination=_EVERYWHERE,
                    source_ports=source,
                    destination_ports=destination,
                    text=rule_words(rule),
                )
            )
    return tuple(rules)
