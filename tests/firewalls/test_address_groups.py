"""A thousand branches are groups of addresses: short rules, read back as what they mean, in little time."""

import re
import shutil
import subprocess

import pytest

from ringfence.apps.cli.files.site_input import read_site
from ringfence.check.check import check, default_device
from ringfence.check.report import Answer
from ringfence.firewalls.common.parties import address_groups
from ringfence.firewalls.common.site_zones import device_zones
from ringfence.firewalls.rendering import render_rules
from ringfence.firewalls.table import TARGETS
from ringfence.policy.compile import policy_for

SITE = read_site("provider")
# What a rule looks like, in the targets that have groups.
RULES = {
    "nftables": r"^\t\tip saddr .* accept ",
    "fortios": r"^        set (src|dst)addr ",
    "panos": r"^set rulebase security rules \S+ source ",
    "srx": r"^set security policies .* match (source|destination)-address ",
    "cisco-asa": r"^access-list \S+ extended permit ",
    "routeros": r"^  /ip firewall filter add .*action=accept",
    "checkpoint": r"^mgmt_cli add access-rule .* action Accept",
}


def text(target: str) -> str:
    return render_rules(TARGETS[target], policy_for(SITE), default_device(SITE)).text


@pytest.mark.parametrize("target", RULES)
def test_rules_name_groups_not_networks(target: str) -> None:
    rules = [line for line in text(target).splitlines() if re.match(RULES[target], line)]
    assert 0 < len(rules) < 60
    assert max(map(len, rules)) < 450


@pytest.mark.parametrize("target", ["fortios", "panos", "routeros", "srx"])
def test_groups_are_read_back_as_exactly_the_flows(target: str) -> None:
    configuration = TARGETS[target].configuration
    assert configuration is not None
    assert configuration.read is not None
    zones = {zone.name: zone.networks for zone in device_zones(SITE)}
    rendered = render_rules(TARGETS[target], policy_for(SITE), default_device(SITE))
    names = None if target == "routeros" else zones
    listing = configuration.read(rendered.running or rendered.text, names)
    report = check(SITE, listing, TARGETS[target], text=())
    assert (report.answer, report.exposure) == (Answer.PERMITS, ())


def test_a_group_is_named_by_its_contents_and_none_is_too_long() -> None:
    rules = policy_for(SITE).rules
    groups = [each for parts in address_groups(rules, "ringfence", 63).values() for each in parts]
    assert len({each.name for each in groups}) == len({each.members for each in groups}) > 2
    assert all(len(each.name) <= 63 and len(each.members) <= 500 for each in groups)
    fewer = [each for each in groups if len(each.members) > 1]
    changed = {each.name for each in fewer} & {
        each.name
        for parts in address_groups(policy_for(read_site("enterprise")).rules, "ringfence", 63).values()
        for each in parts
    }
    assert not changed


def test_an_end_that_a_person_reads_stays_in_the_rule() -> None:
    assert address_groups(policy_for(read_site("enterprise")).rules, "ringfence", 63) == {}


@pytest.mark.kernel
@pytest.mark.skipif(shutil.which("nft") is None, reason="needs nft")
def test_the_kernel_takes_the_sets() -> None:
    done = subprocess.run(
        ["unshare", "-rn", "nft", "-c", "-f", "-"],
        input=text("nftables"),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
