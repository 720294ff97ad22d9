"""The proof of a whole site: each firewall's rules, by one phone of each kind of group.

The other groups of a kind are proved on packet sets: every firewall permits their flows, and nothing else.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from msgspec.structs import replace

from ringfence.drivers.recording import RunRecording
from ringfence.model.kinds import Kind, kinds
from ringfence.model.policy import Policy, Rule
from ringfence.model.registration import flows_through
from ringfence.model.site import Site
from ringfence.model.translated import passable
from ringfence.policy.compile import policy_for
from ringfence.policy.packetset import Space
from ringfence.policy.words import rule_words
from ringfence.roles.alone import alone, policy_alone
from ringfence.verify.exposure import beyond, measure
from ringfence.verify.proof import prove
from ringfence.verify.report import (
    KindResult,
    MeasuredExposure,
    NetworkKind,
    ProofVerdict,
    Report,
    RuleResult,
)
from ringfence.verify.testbed import Testbed

# Builds the networks of a site with one group, with these policies at its firewalls.
OpenTestbeds = Callable[[Site, Mapping[str, Policy]], AbstractContextManager[Sequence[Testbed]]]


@dataclass(slots=True)
class _Found:
    """The reports so far: of each kind, one for each firewall that its packets meet."""

    opened: OpenTestbeds
    progress: Callable[[str], object]
    reports: dict[tuple[Kind, str], Report] = field(default_factory=dict)
    recordings: dict[NetworkKind, RunRecording] = field(default_factory=dict)

    def prove_kind(self, site: Site, kind: Kind, policies: Mapping[str, Policy]) -> None:
        one = alone(site, kind.first)
        whole = one is site or bool(site.rules)
        own = policies if whole else {name: policy_alone(policy, one) for name, policy in policies.items()}
        said = self.progress if one is site else _naming(kind, self.progress)
        with self.opened(one, own) as testbeds:
            for name in testbeds[0].network.firewalls:
                last = name == list(testbeds[0].network.firewalls)[-1]
                report, recordings = prove(one, testbeds, said, policy=own[name], firewall=name, failing=last)
                self.reports[kind, name] = report
                self.recordings = self.recordings or recordings
                for testbed in testbeds:
                    testbed.load(own[name], name)


def prove_site(
    site: Site,
    opened: OpenTestbeds,
    progress: Callable[[str], object],
    *,
    policies: Mapping[str, Policy] | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> tuple[Report, dict[NetworkKind, RunRecording]]:
    """Prove the rules of every firewall of the site; the recordings are those of its first kind of group.

    `policies` are judged instead of the site's own, one for each firewall.
    """
    began = clock()
    if policies is None:
        policies = {firewall.name: policy_for(site, firewall.name) for firewall in site.firewalls}
    found = _Found(opened, progress)
    of_kinds = kinds(site)
    for kind in of_kinds:
        found.prove_kind(site, kind, policies)
    if len(site.groups) == len(policies) == 1:
        return replace(next(iter(found.reports.values())), seconds=clock() - began), found.recordings
    return _brought_together(site, policies, of_kinds, found, clock() - began), found.recordings


def _naming(kind: Kind, progress: Callable[[str], object]) -> Callable[[str], object]:
    return lambda what: progress(f"{kind.first.name}, {what}")


def _brought_together(
    site: Site, policies: Mapping[str, Policy], of_kinds: Sequence[Kind], found: _Found, seconds: float
) -> Report:
    reports = found.reports
    first = next(iter(reports.values()))
    several = len(policies) > 1
    rules: list[RuleResult] = []
    notes: list[str] = []
    reasons = [
        f"{kind.first.name}: {reason}" if len(of_kinds) > 1 else reason
        for (kind, _), report in reports.items()
        for reason in report.reasons
    ]
    for name, policy in policies.items():
        place = f"{name}: " if several else ""
        seen = [report for (_, where), report in reports.items() if where == name]
        for rule in policy.rules:
            result, doubt = _of_rule(rule, seen)
            rules.append(replace(result, id=f"{place}{result.id}"))
            reasons += [f"{place}{doubt}"] if doubt else []
        more, fewer = _by_packets(site, policy, name)
        notes += [f"{place}{each}" for each in more]
        reasons += [f"{place}{each}" for each in (*(() if site.rules else more), *fewer)]
    exposures = [measure(policy) for policy in policies.values()]
    return replace(
        first,
        verdict=ProofVerdict.NOT_PROVED if reasons else ProofVerdict.PROVED,
        rules=tuple(rules),
        unneeded=tuple(rule.id for rule in rules if not rule.needed),
        corrections=tuple(each for report in reports.values() for each in report.corrections),
        probes=tuple(each for report in reports.values() for each in report.probes),
        exposure=MeasuredExposure(
            sum(each.opened for each in exposures), sum(each.any_any for each in exposures)
        ),
        disagreements=tuple(each for report in reports.values() for each in report.disagreements),
        reasons=tuple(reasons),
        notes=tuple(notes),
        failovers=tuple(each for report in reports.values() for each in report.failovers),
        boots=sum(report.boots for report in reports.values()),
        seconds=seconds,
        kinds=tuple(_of_kind(kind, reports) for kind in of_kinds),
    )


def _of_kind(kind: Kind, reports: Mapping[tuple[Kind, str], Report]) -> KindResult:
    run = next(report.runs[-1] for (each, _), report in reports.items() if each is kind)
    return KindResult(kind.first.name, kind.names, run)


def _of_rule(rule: Rule, reports: Sequence[Report]) -> tuple[RuleResult, str]:
    """What all kinds that the rule concerns say of it; a doubt where none could say anything."""
    results = [each for report in reports for each in report.rules if each.id == rule.id]
    words = rule.text or rule_words(rule)
    if not results:
        untried = all(report.runs and report.runs[-1].passed for report in reports)
        doubt = f"rule {rule.id} was used by no boot" if untried else ""
        return RuleResult(rule.id, words, (), (), 0, needed=False), doubt
    shown = next((each for each in results if each.needed), results[0])
    needed = all(each.needed for each in results)
    return replace(shown, words=words, needed=needed, packets=sum(each.packets for each in results)), ""


def _by_packets(site: Site, policy: Policy, firewall: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What the policy permits and no flow of any group needs, and what one needs and it does not permit."""
    needed = passable(site, flows_through(site, firewall))
    space = Space()
    lacking = space.needed(needed) - space.permitted(policy)
    count = lacking.count()
    fewer = (f"{count} packets that some flow needs are not permitted",) if count else ()
    return beyond(policy, needed), fewer
