"""Boots for the manual: the packets that its ladders are drawn from."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import cache

from ringfence.apps.cli.files.site_input import read_site
from ringfence.diagnosis.timeline import HandsetTimeline
from ringfence.lab.unavailable import LabUnavailable
from ringfence.model.policy import Policy
from ringfence.model.site import Site
from ringfence.policy.compile import policy_for
from ringfence.roles.alone import alone
from ringfence.verify.estate import prove_site
from ringfence.verify.judging import timeline_of
from ringfence.verify.report import NetworkKind, Report
from ringfence.verify.testbed import Testbed
from ringfence.verify.testbeds import open_testbeds


@dataclass(frozen=True, slots=True)
class Boot:
    """One boot as the judge has it. `network`: what carried its packets."""

    network: NetworkKind
    timeline: HandsetTimeline


@cache
def site(name: str) -> Site:
    return read_site(name)


@cache
def report(name: str) -> Report:
    """The whole proof of an example, on the simulated network: the manual says nothing that needs another."""
    return prove_site(site(name), _simulated, lambda _: None)[0]


@cache
def boot(name: str, without: str = "") -> Boot:
    """An example's boot through its rules, or without one; on the kernel's firewall where there is one."""
    described = alone(site(name), site(name).groups[0])
    policies = {each.name: _less(policy_for(described, each.name), without) for each in described.firewalls}
    try:
        return _booted(described, policies, simulated_only=False)
    except LabUnavailable:
        return _booted(described, policies, simulated_only=True)


def _booted(described: Site, policies: dict[str, Policy], *, simulated_only: bool) -> Boot:
    with open_testbeds(described, simulated_only=simulated_only, trunk=False, policies=policies) as beds:
        seen = timeline_of(described, beds[-1].boot())
    assert seen is not None, "nothing of the handset was seen"
    return Boot(beds[-1].kind, seen)


def _less(policy: Policy, without: str) -> Policy:
    return replace(policy, rules=tuple(rule for rule in policy.rules if rule.id != without))


def _simulated(
    described: Site, policies: Mapping[str, Policy]
) -> AbstractContextManager[tuple[Testbed, ...]]:
    return open_testbeds(described, simulated_only=True, trunk=False, policies=policies)
