"""What `rules` writes is read back as what the procedure needs and nothing beyond, once it is bound."""

import re

import pytest

from ringfence.check.check import check
from ringfence.check.report import Answer, CheckReport
from ringfence.firewalls.common.capability import Need
from ringfence.firewalls.common.document import Device, Rendered, Zone
from ringfence.firewalls.common.site_zones import servers_zone
from ringfence.firewalls.recognise import read_any
from ringfence.firewalls.rendering import render_rules
from ringfence.firewalls.table import TARGETS
from ringfence.model.site import Site
from ringfence.policy.compile import generated
from support.example_sites import example

SITES = ("branch", "handset-opens", "plain-h323")  # of another, a multicast group lives in no zone
ZONED = ("cisco-asa", "cisco-ios", "cisco-zbf", "fortios", "panos", "srx")


def rendered(site: Site, target: str) -> Rendered:
    zones = tuple(Zone(zone.name, zone.networks) for zone in site.zones)
    return render_rules(
        TARGETS[target],
        generated(site),
        Device(
            zones=zones,
            inside=servers_zone(site, zones),
            widen=frozenset({Need.SOURCE_PORT, Need.LOCAL_ADDRESS}),
        ),
    )


def bound(rules: Rendered) -> str:
    """The text with those of the writer's commands that put it in force."""
    return rules.text + "".join(f"{line}\n" for line in rules.bind)


def report(site: Site, text: str) -> CheckReport:
    """As `check` without `--zone`: zones that the text does not place are taken by the names of our own."""
    name, listing = read_any(text)
    sides = {zone.name: zone.networks for zone in site.zones if zone.name in listing.unplaced}
    if sides:
        name, listing = read_any(text, sides)
    return check(site, listing, TARGETS[name])


@pytest.mark.parametrize("name", [*SITES, "with-media"])
@pytest.mark.parametrize("target", ZONED)
def test_rules_in_force_are_proved_with_nothing_beyond_need(name: str, target: str) -> None:
    site = example(name)
    found = report(site, bound(rendered(site, target)))
    assert found.answer is Answer.PERMITS, [
        stage for stage in found.stages if stage.answer is not Answer.PERMITS
    ]
    assert not found.exposure and not found.unread and not found.unbound


@pytest.mark.parametrize("name", [*SITES, "with-media"])
@pytest.mark.parametrize("target", ["aws-sg", "aws-sg-json", "aws-nacl", "aws-nacl-json"])
def test_rules_of_a_cloud_are_proved_and_open_what_was_accepted(name: str, target: str) -> None:
    site = example(name)
    found = report(site, rendered(site, target).text)
    assert found.answer is Answer.PERMITS and not found.unread
    # Source ports were given up, and by ACLs own addresses; what no group is attached to is open.
    assert all(one.useful or one.line.place.startswith("the default of") for one in found.exposure)


@pytest.mark.parametrize(
    ("target", "line"),
    [
        ("cisco-asa", r"access-group ringfence-\w+-handsets in interface INTERFACE"),
        ("cisco-ios", r" ip access-group ringfence-\w+-1 in"),
        ("cisco-zbf", r" service-policy type inspect ringfence-\w+-handsets-servers"),
    ],
)
def test_rules_that_are_not_bound_filter_nothing_and_the_line_is_said(target: str, line: str) -> None:
    found = report(example("branch"), rendered(example("branch"), target).text)
    assert found.unfiltered and found.answer is Answer.NOT_PROVED
    assert any(re.fullmatch(line, one) for bind in found.unbound for one in bind.bind)
    assert found.exposure and found.opened > 10**12
