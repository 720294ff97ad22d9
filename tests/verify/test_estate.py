"""Whole sites: several groups, zones, servers and firewalls, on the simulated network and on the kernel's."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from ringfence.apps.cli.files.site_input import read_site
from ringfence.model.policy import Policy
from ringfence.model.registration import flows
from ringfence.model.site import Site
from ringfence.model.site_file import parse
from ringfence.model.stage import Stage
from ringfence.model.view import seen_from
from ringfence.policy.compile import generated, rules_for
from ringfence.roles.alone import alone, policy_alone
from ringfence.verify import testbed
from ringfence.verify.estate import prove_site
from ringfence.verify.judging import judged
from ringfence.verify.report import ProofVerdict, Report
from ringfence.verify.testbeds import SimulatedTestbed, open_testbeds
from support.example_sites import varied

TWO_FIREWALLS = """
site: two-firewalls
zones:
  branch: [10.10.0.0/24, 10.20.0.0/24, 10.255.0.0/29]
  wan: 192.0.2.0/29
  servers: 10.1.0.0/24
  outside: 203.0.113.0/24
firewalls:
  near: [10.255.0.2, 192.0.2.1]
  far: [192.0.2.2, 10.1.0.1, 203.0.113.1]
servers: {dhcp: 10.1.0.10, files: 10.1.0.20, gatekeepers: [10.1.0.30, 203.0.113.30]}
phones:
  branch:
    data: {network: 10.10.0.0/24, router: 10.10.0.1}
    voice: {vlan: 20, network: 10.20.0.0/24, router: 10.20.0.1}
    relay: 10.255.0.1
    signalling: gatekeeper
"""

# What a new user writes first, as changes of the branch office.
ORDINARY: dict[str, tuple[tuple[str, str], ...]] = {
    "firewall is relay and router": (("uplink: 10.255.0.1 ", "uplink: 10.1.0.1 "),),
    "firewall is the voice VLAN's router": (("handset_side: 10.255.0.2", "handset_side: 10.20.0.1"),),
    "two DHCP servers": (("{address: 10.1.0.10,", "{addresses: [10.1.0.10, 10.1.0.11],"),),
    "DHCP beside the phones": (("{address: 10.1.0.10,", "{address: 10.20.0.5,"),),
    "files by TFTP": (
        ("scheme: http}", "scheme: tftp}"),
        ("option: 242", "option: 176"),
        ("family: 96x1", "family: 46xx"),
    ),
    "two gatekeepers": (("[10.1.0.30]", "[10.1.0.30, 10.1.0.31]"),),
}


def quiet(what: str) -> None:
    """Nobody watches."""


@contextmanager
def simulated(site: Site, policies: Mapping[str, Policy]) -> Iterator[Sequence[testbed.Testbed]]:
    yield (SimulatedTestbed(site, policies),)


@contextmanager
def on_both(site: Site, policies: Mapping[str, Policy]) -> Iterator[Sequence[testbed.Testbed]]:
    with open_testbeds(site, simulated_only=False, trunk=False, policies=policies) as testbeds:
        yield testbeds


def described(name: str) -> Site:
    return parse(TWO_FIREWALLS) if name == "two-firewalls" else read_site(name)


@cache
def proved(name: str) -> Report:
    return prove_site(described(name), simulated, quiet)[0]


@pytest.mark.parametrize("name", ["campus", "enterprise", "provider", "two-firewalls"])
def test_the_generated_rules_of_an_estate_are_proved(name: str) -> None:
    report = proved(name)
    assert report.reasons == ()
    assert report.verdict is ProofVerdict.PROVED
    assert all(kind.run.passed for kind in report.kinds)
    assert all(probe.passed_on == () for probe in report.probes)


@pytest.mark.kernel
@pytest.mark.parametrize("name", ["campus", "enterprise", "two-firewalls"])
def test_the_kernel_says_the_same_of_an_estate(name: str) -> None:
    report = prove_site(described(name), on_both, quiet)[0]
    assert (report.reasons, report.disagreements) == ((), ())


@pytest.mark.parametrize("changes", ORDINARY.values(), ids=ORDINARY)
def test_an_ordinary_site_is_proved(changes: tuple[tuple[str, str], ...]) -> None:
    assert prove_site(varied("branch", *changes), simulated, quiet)[0].reasons == ()


@pytest.mark.kernel
@pytest.mark.parametrize("changes", ORDINARY.values(), ids=ORDINARY)
def test_an_ordinary_site_is_proved_on_the_kernel(changes: tuple[tuple[str, str], ...]) -> None:
    report = prove_site(varied("branch", *changes), on_both, quiet)[0]
    assert (report.reasons, report.disagreements) == ((), ())


def test_every_group_is_booted_or_stood_for() -> None:
    report = proved("provider")
    assert [kind.booted for kind in report.kinds] == ["branch-0001"]
    assert len(report.kinds[0].groups) == 1000


def test_like_branches_make_a_table_that_a_person_reads() -> None:
    site = read_site("provider")
    assert len(flows(site)) == 11
    assert all(len(flow.groups) == 1000 for flow in flows(site))


def test_a_rule_that_serves_one_branch_stops_that_branch_alone() -> None:
    site = read_site("enterprise")
    policy = generated(site)
    lacking = policy.without("discover/lyon+ras/lyon+ras-refresh/lyon")
    stopped = {}
    for group in site.groups:
        one = alone(site, group)
        booted = SimulatedTestbed(one, {"edge": policy_alone(lacking, one)})
        stopped[group.name] = not judged(one, booted.kind, booted.boot()).passed
    assert stopped == {"hq": False, "lyon": True, "bonn": False, "turin": False}


def test_a_branch_that_the_rules_forget_is_not_proved() -> None:
    """It is not booted, another stands for it: packet sets must notice."""
    site = read_site("provider")
    forgetful = generated(replace(site, groups=site.groups[:-1]))
    report = prove_site(site, simulated, quiet, policies={"edge": forgetful})[0]
    assert report.verdict is ProofVerdict.NOT_PROVED
    assert any("are not permitted" in reason for reason in report.reasons)


def test_a_branch_too_many_is_not_proved() -> None:
    site = read_site("provider")
    fewer = replace(site, groups=site.groups[:-1])
    report = prove_site(fewer, simulated, quiet, policies={"edge": generated(site)})[0]
    assert report.verdict is ProofVerdict.NOT_PROVED


SITES = {path.stem: path for path in (Path(__file__).parents[1] / "support/sites").glob("*.yaml")}


@pytest.mark.parametrize("name", sorted(SITES))
def test_other_sites_are_proved(name: str) -> None:
    assert prove_site(parse(SITES[name].read_text()), simulated, quiet)[0].reasons == ()


@pytest.mark.kernel
@pytest.mark.parametrize("name", sorted(SITES))
def test_other_sites_are_proved_on_the_kernel(name: str) -> None:
    report = prove_site(parse(SITES[name].read_text()), on_both, quiet)[0]
    assert (report.reasons, report.disagreements) == ((), ())


def test_what_a_firewall_relays_itself_needs_no_rule_in_the_forward_chain() -> None:
    for changes in (ORDINARY["firewall is relay and router"],):
        ids = {flow.id for flow in flows(varied("branch", *changes))}
        assert not {id_ for id_ in ids if id_.startswith(("dhcp-relay", "dhcp-answer"))}
        assert {"dhcp-renew", "dhcp-release"} <= ids


def test_each_firewall_on_the_way_needs_its_own_rules() -> None:
    report = proved("two-firewalls")
    assert {rule.id.split(": ")[0] for rule in report.rules} == {"near", "far"}
    stops = {rule.id: rule.stops_at for rule in report.rules}
    assert stops["near: files-http"] is stops["far: files-http"] is Stage.PROVISION


@pytest.mark.parametrize("firewall", ["near", "far"])
def test_a_firewall_sees_what_lies_beyond_others_behind_its_own_zones(firewall: str) -> None:
    site = parse(TWO_FIREWALLS)
    view = seen_from(site, site.firewall(firewall))
    assert [zone.name for zone in view.zones] == list(site.firewall(firewall).zones)
    assert {net for zone in view.zones for net in zone.networks} == {
        net for zone in site.zones for net in zone.networks
    }
    seen = tuple(flow for flow in flows(site) if firewall in flow.crosses)
    told = [(rule.id, rule.source, rule.destination) for rule in rules_for(seen)]
    assert told == [(rule.id, rule.source, rule.destination) for rule in generated(view).rules]
