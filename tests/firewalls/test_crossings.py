"""Rules divided among zones: nothing lost, nothing gained, nothing guessed."""

from dataclasses import replace

import pytest

from ringfence.firewalls.common.document import Device, Zone, zone_crossings, zone_of
from ringfence.firewalls.common.shape import attachments, inside_networks
from ringfence.model.errors import InputError
from ringfence.model.packet import Protocol
from ringfence.model.policy import Rule
from ringfence.policy.packetset import Space
from ringfence.policy.space import row
from support.branch_policy import BRANCH, DEVICE, nets


def test_a_rule_across_zones_becomes_one_for_each_pair() -> None:
    rule = Rule("r", nets("10.20.0.0/24", "10.1.0.9"), nets("10.1.0.30", "10.20.3.1"), Protocol.UDP)
    parts = zone_crossings(rule, DEVICE)
    assert [(part.id, part.source_zone, part.destination_zone) for part in parts] == [
        ("r-phones-servers", "phones", "servers"),
        ("r-servers-phones", "servers", "phones"),
    ]


@pytest.mark.parametrize("rule", BRANCH.rules, ids=lambda rule: rule.id)
def test_no_packet_is_lost_or_gained(rule: Rule) -> None:
    space = Space()
    parts = space.of(box for part in zone_crossings(rule, DEVICE) for box in row(part.rule).boxes)
    assert parts == space.of(row(rule).boxes)


def test_the_longest_prefix_names_the_zone() -> None:
    device = Device(zones=(Zone("everything", nets("10.0.0.0/8")), Zone("voice", nets("10.20.0.0/16"))))
    assert zone_of(nets("10.20.1.0/24")[0], device, "") == "voice"
    assert zone_of(nets("10.21.1.0/24")[0], device, "") == "everything"


def test_a_network_wider_than_every_zone_is_in_none() -> None:
    with pytest.raises(InputError, match=r"10\.0\.0\.0/8 lies in no zone"):
        zone_of(nets("10.0.0.0/8")[0], DEVICE, "rule x source")


def test_anyone_is_in_every_zone_but_the_other_end_s_own() -> None:
    rule = Rule("r", nets("0.0.0.0/0"), nets("10.1.0.30"), Protocol.UDP)
    assert [(p.source_zone, p.destination_zone) for p in zone_crossings(rule, DEVICE)] == [
        ("phones", "servers")
    ]


def test_a_filter_at_hosts_sees_each_inside_address_apart() -> None:
    inside = inside_networks(DEVICE, "t")
    found = attachments(BRANCH.rule("ras"), inside, "t")
    assert [(str(item.inside), item.inbound) for item in found] == [
        ("10.1.0.30/32", True),
        ("10.1.0.31/32", True),
    ]
    assert [item.inbound for item in attachments(BRANCH.rule("ras-notify"), inside, "t")] == [False, False]


def test_an_end_partly_inside_is_refused() -> None:
    rule = replace(BRANCH.rule("ras"), destination=nets("10.1.0.30", "172.16.0.1"))
    with pytest.raises(InputError, match="neither end"):
        attachments(rule, inside_networks(DEVICE, "t"), "t")


def test_the_inside_zone_is_the_one_named() -> None:
    named = replace(DEVICE, inside="phones")
    assert inside_networks(named, "t") == DEVICE.zones[0].networks
    with pytest.raises(InputError, match="no such zone"):
        inside_networks(replace(DEVICE, inside="elsewhere"), "t")
