"""Several sites' policies for one firewall that they share."""

from collections.abc import Sequence
from dataclasses import replace

from ringfence.model.errors import InputError
from ringfence.model.policy import Policy, Rule


def together(policies: Sequence[Policy]) -> Policy:
    """All rules in one policy; those of one site keep their order, and what two sites share stands once.

    Rules that would have one name get a number of their site. One policy is returned as it is. InputError
    where one keeps state and another does not.
    """
    if len(policies) == 1:
        return policies[0]
    if len({policy.stateful for policy in policies}) != 1:
        raise InputError("one of these policies keeps state and another does not", where="rules")
    ids = [rule.id for policy in policies for rule in policy.rules]
    found: dict[Rule, Rule] = {}
    for number, policy in enumerate(policies, start=1):
        for rule in policy.rules:
            match = replace(rule, id="", because=(), text="")
            known = found.get(match)
            if known is None:
                own = rule.id if ids.count(rule.id) == 1 else f"{rule.id}.{number}"
                found[match] = replace(rule, id=own)
            else:
                because = tuple(dict.fromkeys((*known.because, *rule.because)))
                found[match] = replace(known, because=because)
    return Policy(
        " and ".join(policy.name for policy in policies), tuple(found.values()), policies[0].stateful
    )
