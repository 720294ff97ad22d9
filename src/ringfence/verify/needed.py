"""Which rules are needed: take them away and see what stops.

Leaving one out at a time is not enough where rules overlap: of two rules that both permit the files, neither
is needed alone. So rules that can go are taken away for good first, and then every single one that is left
must be missed.
"""

from dataclasses import dataclass

from ringfence.model.policy import Policy, Rule
from ringfence.policy.words import rule_words
from ringfence.verify.boots import Boot, Boots
from ringfence.verify.report import RuleResult, StageState


@dataclass(frozen=True, slots=True)
class RuleNeed:
    """`reasons`: rules whose removal stopped another stage than their own."""

    rules: tuple[RuleResult, ...]
    unneeded: tuple[str, ...]
    reasons: tuple[str, ...]


def needs(policy: Policy, boots: Boots, counters: dict[str, int]) -> RuleNeed:
    """Try every rule of a policy that is sufficient. `counters` are the packets of the full run."""
    kept = policy
    without: dict[str, tuple[Boot, ...]] = {}
    tried_with: dict[str, Policy] = {}
    for rule in policy.rules:
        without[rule.id] = boots.through(kept.without(rule.id), f"without {rule.id}")
        tried_with[rule.id] = kept
        if all(boot.result.passed for boot in without[rule.id]):
            kept = kept.without(rule.id)
    unneeded = tuple(rule.id for rule in policy.rules if rule not in kept.rules)
    for rule in kept.rules:
        if tried_with[rule.id].rules != kept.rules:
            # Something else went after this rule had been tried: it must be missed in what is left.
            without[rule.id] = boots.through(kept.without(rule.id), f"without {rule.id}")
    lines = tuple(_line(rule, without[rule.id], counters, rule.id not in unneeded) for rule in policy.rules)
    reasons = tuple(
        reason for rule in kept.rules for reason in _strange(rule, without[rule.id]) if rule.because
    )
    return RuleNeed(lines, unneeded, reasons)


def _line(rule: Rule, boots: tuple[Boot, ...], counters: dict[str, int], needed: bool) -> RuleResult:
    failed = boots[-1].result.failed if needed else None
    return RuleResult(
        id=rule.id,
        words=rule.text or rule_words(rule),
        flows=tuple(flow.id for flow in rule.because),
        evidence=tuple(dict.fromkeys(str(basis) for flow in rule.because for basis in flow.basis)),
        packets=counters.get(rule.id, 0),
        needed=needed,
        stops_at=failed.stage if failed else None,
        first_dropped=(failed.dropped or failed.reason) if failed else "",
        message=failed.message if failed and failed.dropped else "",
    )


def _strange(rule: Rule, boots: tuple[Boot, ...]) -> list[str]:
    own = min((flow.stage for flow in rule.because), key=lambda stage: stage.order)
    found = []
    for boot in boots:
        result = boot.result
        failed = [stage.stage for stage in result.stages if stage.state is StageState.FAILED]
        if failed != [own]:
            stopped = ", ".join(failed) or "nothing"
            found.append(
                f"without {rule.id} exactly {own} should stop; on the {result.network} network {stopped} did"
            )
    return found
