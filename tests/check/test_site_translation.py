"""A site that translates addresses: rules in each firewall's addresses, and what no rule mends."""

from collections.abc import Callable

import pytest

from ringfence.apps.cli.files.config_input import sides_of
from ringfence.apps.cli.proving.text import prove_texts
from ringfence.check.check import check
from ringfence.check.report import Answer, CheckReport
from ringfence.firewalls.common.document import Device
from ringfence.firewalls.common.site_zones import device_zones
from ringfence.firewalls.recognise import read_as
from ringfence.firewalls.rendering import render_rules
from ringfence.firewalls.table import TARGETS
from ringfence.firewalls.translation import policy_as_matched, zones_as_matched
from ringfence.model.errors import InputError
from ringfence.model.findings.policy import FLOW_LEADS_NOWHERE
from ringfence.model.site import Site
from ringfence.model.stage import Stage
from ringfence.policy.compile import policy_for
from support.example_sites import example

INSIDE = ("nftables", "iptables", "cisco-asa", "srx", "routeros", "fortios")


def written(site: Site, name: str) -> str:
    target = TARGETS[name]
    device = Device(zones=zones_as_matched(target, site, device_zones(site)))
    return render_rules(target, policy_as_matched(target, site, policy_for(site)), device).text


@pytest.mark.parametrize("name", INSIDE)
def test_a_firewall_that_translates_first_is_told_inside_addresses(name: str) -> None:
    text = written(example("nat-one-to-one"), name)
    assert "10.20.0.0" in text
    assert "10.99.0.0" not in text


def test_one_that_judges_packets_as_they_arrive_is_told_the_outside_addresses_of_phones() -> None:
    lines = written(example("nat-one-to-one"), "panos").splitlines()
    opened = [line for line in lines if "signal-gatekeeper" in line and " destination " in line]
    assert opened and all("10.99.0.0" in line for line in opened)
    asking = [line for line in lines if "ras-refresh" in line and " source " in line]
    assert asking and all("10.20.0.0" in line for line in asking)


@pytest.mark.parametrize("name", ["cisco-ios", "pf", "opnsense", "aws-sg", "azure-nsg", "checkpoint"])
def test_where_it_is_not_known_what_rules_meet_nothing_is_written(name: str) -> None:
    site = example("nat-one-to-one")
    with pytest.raises(InputError, match="not known here"):
        policy_as_matched(TARGETS[name], site, policy_for(site))
    assert policy_as_matched(TARGETS[name], example("branch"), policy_for(example("branch"))).rules


@pytest.mark.parametrize("name", ["panos", "cisco-asa", "fortios", "srx"])
def test_the_text_for_a_firewall_reads_back_as_what_the_site_needs(name: str) -> None:
    (proof,) = prove_texts(example("nat-one-to-one"), TARGETS[name], frozenset())
    assert proof.proved, proof.check


def checked(site: Site, name: str, change: Callable[[str], str] = str) -> CheckReport:
    target = TARGETS[name]
    zones = sides_of(site)(target) if name in {"panos", "srx"} else None
    listing = read_as(name, change(written(site, name)), zones)
    return check(site, listing, target, text=())


def test_what_translation_leads_nowhere_is_blocked_whatever_the_rules_permit() -> None:
    report = checked(example("nat-many-to-one"), "panos")
    answers = {stage.stage: stage.answer for stage in report.stages}
    assert (answers[Stage.SIGNAL], answers[Stage.NOTIFY]) == (Answer.BLOCKS, Answer.BLOCKS)
    assert answers[Stage.REGISTER] is Answer.PERMITS
    assert {each.stage for each in report.findings if each.code is FLOW_LEADS_NOWHERE} == {
        Stage.SIGNAL,
        Stage.NOTIFY,
    }
    assert report.fixes == ()
    assert any("as the site says" in each for each in report.assumed)


def test_rules_about_inside_addresses_do_not_let_in_where_outside_ones_are_met() -> None:
    report = checked(
        example("nat-one-to-one"), "panos", lambda text: text.replace("ip-netmask 10.99", "ip-netmask 10.20")
    )
    answers = {stage.stage: stage.answer for stage in report.stages}
    assert answers[Stage.SIGNAL] is Answer.BLOCKS
    assert [flow for fix in report.fixes for flow in fix.flows] == ["signal-gatekeeper", "ras-notify"]
