"""The first server of each list dies in the middle of a boot: the next takes over, if the rules let it."""

from dataclasses import replace
from ipaddress import IPv4Network

import pytest

from ringfence.apps.cli.files.site_input import read_site
from ringfence.model.policy import Policy
from ringfence.model.site import Site
from ringfence.model.stage import Stage
from ringfence.policy.compile import policy_for
from ringfence.roles.alone import alone, policy_alone
from ringfence.roles.turns import ServerList, failovers
from ringfence.verify.failover import failover_reasons, prove_failovers
from ringfence.verify.judging import expected_stages
from ringfence.verify.proof import prove
from ringfence.verify.report import FailoverResult
from ringfence.verify.testbeds import SimulatedTestbed, open_testbeds
from support.example_sites import parse_file


def quiet(_: str) -> None:
    """Tell nobody."""


def headquarters() -> tuple[Site, Policy]:
    site = read_site("enterprise")
    one = alone(site, site.groups[0])
    return one, policy_alone(policy_for(site), one)


def tried(site: Site, policy: Policy) -> tuple[FailoverResult, ...]:
    return prove_failovers(site, [SimulatedTestbed(site, {"edge": policy})], quiet)


def test_every_list_is_tried_before_its_server_is_asked_and_at_each_stage_behind() -> None:
    site, _ = headquarters()
    deaths = [turn.dying for turn in failovers(site, expected_stages(site)) if turn.dying]
    assert {each.of for each in deaths} == {ServerList.DHCP, ServerList.FILES, ServerList.GATEKEEPERS}
    of_gatekeepers = [each.after for each in deaths if each.of is ServerList.GATEKEEPERS]
    assert of_gatekeepers == [
        Stage.PROVISION,
        Stage.DISCOVER,
        Stage.REGISTER,
        Stage.SIGNAL,
        Stage.ECHO,
        Stage.NOTIFY,
        Stage.KEEP_ALIVE,
    ]


def test_the_next_server_takes_over() -> None:
    assert failover_reasons(tried(*headquarters())) == []


@pytest.mark.parametrize(
    ("address", "servers"), [("10.1.0.11", "dhcp"), ("10.1.0.21", "files"), ("10.1.0.31", "gatekeepers")]
)
def test_without_rules_for_the_next_server_every_death_is_noticed(address: str, servers: str) -> None:
    site, policy = headquarters()
    gone = IPv4Network(address)
    rules = []
    for rule in policy.rules:
        source = tuple(net for net in rule.source if net != gone)
        destination = tuple(net for net in rule.destination if net != gone)
        if source and destination:
            rules.append(replace(rule, source=source, destination=destination))
    results = tried(site, Policy("without", tuple(rules)))
    assert {each.servers for each in results if each.reason} == {servers}
    assert all(each.reason for each in results if each.servers == servers)


def test_servers_on_one_machine_do_not_die_apart() -> None:
    site, _ = headquarters()
    group = site.groups[0]
    shared = replace(group.files[0], address=group.gatekeepers[0].address)
    together = replace(site, groups=(replace(group, files=(shared, *group.files[1:])),))
    lists = {turn.dying.of for turn in failovers(together, expected_stages(together)) if turn.dying}
    assert lists == {ServerList.DHCP}


def test_a_file_server_with_two_ways_in_does_not_take_over_from_itself() -> None:
    site, policy = headquarters()
    group = site.groups[0]
    same = tuple(replace(each, address=group.files[0].address) for each in group.files)
    site = replace(site, groups=(replace(group, files=same),))
    assert ServerList.FILES.value not in {each.servers for each in tried(site, policy)}


def test_names_are_asked_of_the_next_server_too() -> None:
    site = parse_file("named-servers")
    results = prove_failovers(site, [SimulatedTestbed(site, {"edge": policy_for(site)})], quiet)
    assert {each.servers for each in results} == {"dns", "gatekeepers"}
    assert failover_reasons(results) == []


@pytest.mark.kernel
def test_the_kernel_confirms_it() -> None:
    site, policy = headquarters()
    with open_testbeds(site, simulated_only=False, trunk=False, policies={"edge": policy}) as testbeds:
        results = prove_failovers(site, testbeds[-1:], quiet)
    assert {each.servers for each in results} == {"dhcp", "files", "gatekeepers"}
    assert failover_reasons(results) == []


def test_without_a_rule_for_an_alternate_the_boot_that_needs_it_fails() -> None:
    site = parse_file("alternates")
    policy = policy_for(site)
    far = IPv4Network("10.2.0.30")
    fewer = tuple(
        replace(rule, destination=tuple(net for net in rule.destination if net != far))
        for rule in policy.rules
    )
    report, _ = prove(
        site,
        [SimulatedTestbed(site)],
        quiet,
        policy=Policy("without the survivable one", fewer),
        failing=False,
    )
    assert any(f"{Stage.DISCOVER} stops" in reason and "10.2.0.30" in reason for reason in report.reasons)
