"""Security groups and network ACLs as the EC2 API describes them."""

import json
from ipaddress import ip_network

import pytest

from ringfence.firewalls.aws.read import read_acls, read_groups
from ringfence.firewalls.recognise import read_as
from ringfence.model.errors import InputError
from ringfence.policy.packetset import Space
from support.firewalls.read_configs import REGISTRATION, certain, config, packet

GROUPS, MIXED = config("aws-sg-campus.txt"), config("aws-sg-plant.txt")
ACLS, ODD = config("aws-nacl-campus.txt"), config("aws-nacl-plant.txt")
MEMBERS = {
    "sg-dhcp": (ip_network("10.1.0.10/32"),),
    "sg-files": (ip_network("10.1.0.20/32"),),
    "gatekeeper": (ip_network("10.1.0.30/32"), ip_network("10.1.0.31/32")),
}
SUBNET = {"subnet-dc": (ip_network("10.1.0.0/24"),)}
ALL = {"sg-mixed": (ip_network("10.1.0.0/24"),)}


def test_groups_are_understood_and_let_handsets_register() -> None:
    listing = read_groups(GROUPS, MEMBERS)
    assert not listing.unread and all(chain.stateful for chain in listing.chains)
    permitted = listing.permitted(Space())
    assert [words for words in REGISTRATION if packet(words) not in permitted] == []
    assert packet("udp 10.20.0.50:1 10.1.0.30:1718") not in permitted
    assert packet("tcp 10.1.0.30:1 10.20.0.50:1721") not in permitted
    # What no group is attached to is none of their business.
    assert packet("udp 10.20.0.50:1 10.2.0.30:1718") in permitted


def test_what_a_group_leaves_open_is_named() -> None:
    listing = read_groups(MIXED, ALL)
    places = {part.place for part in listing.unread}
    assert {f"sg-mixed ingress {n}" for n in (2, 3, 4, 5)} <= places
    assert {"sg-unnamed ingress", "sg-unnamed egress"} <= places
    assert listing.any_any == ("sg-mixed egress 1 0.0.0.0/0",)
    with pytest.raises(InputError):
        listing.permitted(Space())
    others = {place for place in places if not place.startswith("sg-mixed")}
    assert certain(listing, "udp 10.20.0.1:1 10.1.0.9:1719", *others) is True
    assert certain(listing, "tcp 10.99.0.1:1 10.1.0.9:22", *others) is None
    assert certain(listing, "udp 10.99.0.1:1 10.1.0.9:22", *others) is None  # of the range that is damaged
    assert (
        certain(listing, "udp 10.99.0.1:1 10.1.0.9:22", *others, "sg-mixed ingress 4", "sg-mixed ingress 5")
        is False
    )


def test_acls_are_understood_and_let_handsets_register_both_ways() -> None:
    listing = read_acls(ACLS, SUBNET)
    assert not listing.unread and not any(chain.stateful for chain in listing.chains)
    permitted = listing.permitted(Space())
    assert [words for words in REGISTRATION if packet(words) not in permitted] == []
    assert packet("udp 10.1.0.30:1719 10.20.0.50:49300") in permitted
    assert packet("udp 10.1.0.30:1719 10.20.0.50:49310") not in permitted
    assert packet("udp 10.1.0.30:1719 10.1.0.31:1") in permitted  # never leaves the subnet


def test_entries_count_in_the_order_of_their_numbers() -> None:
    text = json.loads(ODD)
    text["NetworkAcls"][0]["Entries"].reverse()
    listing = read_acls(json.dumps(text), SUBNET)
    assert {part.place for part in listing.unread} == {f"acl-dc ingress {n}" for n in (110, 120, 130)}
    assert certain(listing, "udp 10.20.0.1:1 10.1.0.9:1719") is True
    assert certain(listing, "udp 10.20.0.1:1 10.1.0.9:1718") is False
    assert certain(listing, "udp 10.98.0.1:1 10.1.0.9:2") is None
    assert listing.any_any == ("acl-dc egress 100",)


def test_an_acl_of_which_no_networks_are_known_leaves_everything_open() -> None:
    listing = read_acls(ACLS)
    assert certain(listing, REGISTRATION[0]) is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (GROUPS[: len(GROUPS) // 2], "damaged JSON"),
        (ACLS, "looks like AWS network ACLs"),
        ('{"SecurityGroups": 5}', "not a list"),
        ('{"SecurityGroups": [5]}', "not a list"),
        ('{"SecurityGroups": [{"GroupId": "g", "IpPermissions": 5}]}', "not a list"),
        ('{"SecurityGroups": []}', "not a list"),
        ("[" * 100_000, "damaged JSON"),
    ],
)
def test_what_describes_no_groups_is_refused(text: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        read_as("aws-sg", text, {"g": (ip_network("10.0.0.0/8"),)})


def test_odd_values_are_named_and_never_taken_for_any() -> None:
    values: tuple[object, ...] = (None, {}, [], "x", True, -2, 1e9, "80-90")
    for odd in values:
        permission = {
            "IpProtocol": "tcp",
            "FromPort": odd,
            "ToPort": 80,
            "IpRanges": [{"CidrIp": "0.0.0.0/0"}],
        }
        text = json.dumps({"SecurityGroups": [{"GroupId": "g", "IpPermissions": [permission]}]})
        listing = read_groups(text, {"g": (ip_network("10.0.0.0/8"),)})
        assert [part.place for part in listing.unread] == ["g ingress 1"], odd
    with pytest.raises(InputError, match="rule number"):
        read_acls(
            '{"NetworkAcls": [{"NetworkAclId": "a", "Entries": [{"RuleNumber": "x"}]}]}',
            {"a": SUBNET["subnet-dc"]},
        )
