"""Two sites at one firewall: every rule of each, once, under a name of its own."""

import pytest

from ringfence.firewalls.common.document import Device, Zone
from ringfence.firewalls.common.site_zones import device_zones, joined_zones
from ringfence.model.errors import InputError
from ringfence.policy.compile import generated
from ringfence.policy.packetset import Space
from ringfence.policy.together import together
from support.branch_policy import nets
from support.example_sites import example, varied

FIRST = example("branch")
SECOND = varied(
    "branch",
    ("site: branch-office", "site: plant"),
    (
        "handsets: [10.10.0.0/24, 10.20.0.0/24, 10.255.0.0/29]",
        "handsets: [10.11.0.0/24, 10.21.0.0/24, 10.255.1.0/29]",
    ),
    ("network: 10.10.0.0/24, router: 10.10.0.1", "network: 10.11.0.0/24, router: 10.11.0.1"),
    ("network: 10.20.0.0/24, router: 10.20.0.1", "network: 10.21.0.0/24, router: 10.21.0.1"),
    ("uplink: 10.255.0.1", "uplink: 10.255.1.1"),
    ("handset_side: 10.255.0.2", "handset_side: 10.255.1.2"),
)


def test_what_two_policies_permit_is_what_each_permits() -> None:
    space = Space()
    both = together([generated(FIRST), generated(SECOND)])
    assert space.permitted(both) == space.permitted(generated(FIRST)) | space.permitted(generated(SECOND))
    assert len(both.rules) == len(generated(FIRST).rules) + len(generated(SECOND).rules)


def test_what_they_share_stands_once_and_one_policy_stays_as_it_is() -> None:
    policy = generated(FIRST)
    assert together([policy]) is policy
    twice = together([policy, policy])
    assert [rule.source for rule in twice.rules] == [rule.source for rule in policy.rules]


def test_zones_of_one_name_are_one_and_a_network_has_one_place() -> None:
    zones = joined_zones((*device_zones(FIRST), *device_zones(SECOND)))
    assert [zone.name for zone in zones] == ["handsets", "servers"]
    assert {*device_zones(SECOND)[0].networks} < {*zones[0].networks}
    Device(zones=zones)
    with pytest.raises(InputError, match="lies behind a at one site"):
        joined_zones((Zone("a", nets("10.1.0.0/24")), Zone("b", nets("10.1.0.0/24"))))
