"""The proof itself, on the simulated network: what passes, what each missing rule stops, what is refused."""

from dataclasses import replace
from functools import cache

import pytest

from ringfence.model.address import PortRange
from ringfence.model.policy import Policy
from ringfence.model.registration import flows
from ringfence.model.site import Site
from ringfence.model.stage import Stage
from ringfence.policy.compile import generated
from ringfence.roles.turns import Turn
from ringfence.verify.boots import Boots
from ringfence.verify.exposure import beyond
from ringfence.verify.judging import expected_stages, judged
from ringfence.verify.needed import needs
from ringfence.verify.proof import prove
from ringfence.verify.report import NetworkKind, ProofVerdict, Report, RunResult, StageState
from ringfence.verify.testbeds import SimulatedTestbed
from support.example_sites import NAMES, example, varied

SITES = [name for name in NAMES if name != "blog-as-written"]


def quiet(what: str) -> None:
    """Nobody watches."""


@cache
def proved(name: str) -> Report:
    site = example(name)
    return prove(site, (SimulatedTestbed(site),), quiet)[0]


def boot(site: Site, policy: Policy) -> RunResult:
    testbed = SimulatedTestbed(site)
    testbed.load(policy)
    return judged(site, testbed.kind, testbed.boot())


@pytest.mark.parametrize(("lease", "said"), [(28800, (28800,)), (1200, ()), (600, ())])
def test_a_proof_says_which_leases_it_shortens(lease: int, said: tuple[int, ...]) -> None:
    site = varied("branch", ("lease: 28800", f"lease: {lease}"))
    report, _ = prove(site, [SimulatedTestbed(site)], quiet)
    assert (report.shortened_leases, report.proved_lease) == (said, 1200)
    (renewal,) = [each for each in report.runs[-1].stages if each.stage is Stage.RENEW]
    assert renewal.at is not None
    assert renewal.at < 700


@pytest.mark.parametrize("name", SITES)
def test_generated_rules_are_proved(name: str) -> None:
    report = proved(name)
    assert report.reasons == ()
    assert report.verdict is ProofVerdict.PROVED
    assert all(probe.passed_on == () for probe in report.probes)
    assert len(report.probes) > 50


@pytest.mark.parametrize("name", SITES)
def test_without_any_one_rule_exactly_its_own_stage_stops(name: str) -> None:
    site = example(name)
    report = proved(name)
    assert len(report.rules) == len(generated(site).rules)
    for rule in report.rules:
        own = min((f.stage for f in flows(site) if f.id in rule.flows), key=lambda stage: stage.order)
        assert rule.needed
        assert rule.stops_at is own, rule.id
        assert rule.first_dropped, rule.id


@pytest.mark.parametrize("name", SITES)
def test_every_stage_of_the_table_is_reached_and_shown_by_packets(name: str) -> None:
    run = proved(name).runs[0]
    assert {stage.stage for stage in run.stages} == expected_stages(example(name))
    for stage in run.stages:
        assert stage.state is StageState.REACHED
        assert stage.packets, stage.stage


def test_the_posts_own_table_is_disproved_and_corrected() -> None:
    report = proved("blog-as-written")
    assert report.verdict is ProofVerdict.NOT_PROVED
    failed = report.runs[0].failed
    assert failed is not None
    assert failed.stage is Stage.ADDRESS
    first, second = report.corrections[:2]
    assert first.dropped == "udp 10.255.0.1:67 -> 10.1.0.10:67"
    assert "row 1 (Router udp/68 -> DHCP Server udp/67) does not match it" in first.sentence
    assert second.dropped == "udp 10.1.0.10:67 -> 10.10.0.1:67"
    assert "giaddr" in second.sentence
    assert "row 2" in second.sentence
    assert "write udp 10.1.0.10:67 -> 10.10.0.1:67 instead" in second.sentence
    assert {correction.stage for correction in report.corrections} == {
        Stage.ADDRESS,
        Stage.RELEASE,
        Stage.VLAN_MOVE,
        Stage.RENEW,
    }


def test_the_corrected_table_boots() -> None:
    site = example("blog-as-written")
    testbed = SimulatedTestbed(site)
    policy = Policy("corrected", (*generated(example("branch")).rules,))
    testbed.load(policy)
    assert judged(site, testbed.kind, testbed.boot()).passed


def test_stateful_alone_loses_every_offer_of_a_relay_that_asks_from_its_uplink() -> None:
    site = example("branch")
    result = boot(site, generated(site).without("dhcp-answer-data"))
    failed = result.failed
    assert failed is not None
    assert failed.stage is Stage.ADDRESS
    assert "OFFER" in failed.dropped
    assert "10.10.0.1:67" in failed.dropped


def test_a_rule_that_is_there_twice_is_not_needed_twice() -> None:
    site = example("branch")
    policy = generated(site)
    twice = replace(policy.rule("files-http"), id="files-again")
    doubled = Policy(policy.name, (*policy.rules, twice))
    testbed = SimulatedTestbed(site)
    found = needs(doubled, Boots(site, (testbed,), quiet), {})
    # Leaving one out at a time would call both unneeded, and without both nothing works.
    assert found.unneeded in {("files-http",), ("files-again",)}


def test_a_rule_one_port_too_wide_is_not_proved() -> None:
    site = varied("branch", ("ras_ports: 49300", "ras_ports: 49300-49309"))
    narrow = generated(site)
    rule = narrow.rule("discover+ras+ras-refresh")
    wide = replace(rule, source_ports=PortRange(49299, 49309))
    policy = Policy("wide", tuple(wide if each is rule else each for each in narrow.rules))
    assert beyond(narrow, flows(site)) == ()
    assert any("discover+ras+ras-refresh is too wide" in line for line in beyond(policy, flows(site)))


def test_each_of_two_gatekeepers_is_proved_alone() -> None:
    site = varied("branch", ("addresses: [10.1.0.30]", "addresses: [10.1.0.30, 10.1.0.31]"))
    assert prove(site, (SimulatedTestbed(site),), quiet)[0].reasons == ()
    policy = generated(site)
    only_first = tuple(
        replace(rule, destination=rule.destination[:1]) if rule.id == "discover+ras+ras-refresh" else rule
        for rule in policy.rules
    )
    testbed = SimulatedTestbed(site)
    testbed.load(Policy("first", only_first))
    assert judged(site, testbed.kind, testbed.boot(Turn(gatekeeper=0))).passed
    failed = judged(site, testbed.kind, testbed.boot(Turn(gatekeeper=1))).failed
    assert failed is not None
    assert failed.stage is Stage.DISCOVER


@pytest.mark.parametrize(
    "changes",
    [
        (("source: uplink", "source: giaddr"),),
        (("option: 242", "option: 176"), ("family: 96x1", "family: 46xx")),
        (("scheme: http}", "scheme: https, port: 411, directory: a/b}"),),
        (("call_control: gatekeeper", "call_control: handset"),),
        (("addresses: [10.1.0.30]}", "addresses: [10.1.0.30], ras_port: 1819, signalling_port: 1820}"),),
        (("gatekeeper_ports: 61440-61444", "gatekeeper_ports: 50000-50099"),),
        (("addresses: [10.1.0.30]", "addresses: [10.1.0.20]"),),  # files and gatekeeper on one machine
        (("address: 10.1.0.10, lease", "address: 10.1.0.30, lease"),),  # DHCP and gatekeeper on one machine
        (("servers: [10.1.0.0/24]", "servers: [10.1.0.0/24, 10.2.0.0/24]"), ("10.1.0.20", "10.2.0.20")),
        (("lease: 28800", "lease: 600"),),
    ],
    ids=lambda changes: changes[0][1],
)
def test_variations_of_the_site_are_proved_too(changes: tuple[tuple[str, str], ...]) -> None:
    site = varied("branch", *changes)
    report = prove(site, (SimulatedTestbed(site),), quiet)[0]
    assert report.reasons == ()


def test_networks_that_disagree_are_not_proved() -> None:
    site = example("branch")

    class Optimist(SimulatedTestbed):
        """A simulator that lets everything through, as one did that gave the relay a single address."""

        kind = NetworkKind.KERNEL

        def load(self, policy: Policy, firewall: str = "") -> None:
            super().load(generated(site), firewall)

    report = prove(site, (Optimist(site), SimulatedTestbed(site)), quiet)[0]
    assert report.verdict is ProofVerdict.NOT_PROVED
    assert report.disagreements
