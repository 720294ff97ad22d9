"""Security groups that are right, as the API describes them, and what becomes of each mistake in them."""

import json
from typing import Any

import pytest

from support.firewalls.mutated import EVERYTHING, RAS, Mutation, assert_judged, not_permitted, report_of


def group(name: str, host: str, inward: list[Any], outward: list[Any]) -> dict[str, Any]:
    tags = [{"Key": "Name", "Value": name}, {"Key": "AttachTo", "Value": host}]
    return {"GroupId": f"sg-{name}", "Tags": tags, "IpPermissions": inward, "IpPermissionsEgress": outward}


def permission(protocol: str, first: int, last: int, *peers: str) -> dict[str, Any]:
    ranges = [{"CidrIp": peer} for peer in peers]
    return {"IpProtocol": protocol, "FromPort": first, "ToPort": last, "IpRanges": ranges}


GOOD = json.dumps(
    {
        "SecurityGroups": [
            group(
                "dhcp",
                "10.1.0.10/32",
                [permission("udp", 67, 67, "10.255.0.1/32", "10.10.0.0/24", "10.20.0.0/24")],
                [permission("udp", 67, 67, "10.10.0.1/32", "10.20.0.1/32")],
            ),
            group("files", "10.1.0.20/32", [permission("tcp", 80, 80, "10.20.0.0/24")], []),
            group(
                "gatekeeper",
                "10.1.0.30/32",
                [permission("udp", 1719, 1719, "10.20.0.0/24"), permission("icmp", 8, -1, "10.20.0.0/24")],
                [
                    permission("tcp", 1720, 1720, "10.20.0.0/24"),
                    permission("udp", 49300, 49300, "10.20.0.0/24"),
                ],
            ),
        ]
    },
)
RAS_PORTS = '"FromPort": 1719, "ToPort": 1719'
HOST = '"Value": "10.1.0.30/32"'


def opens(name: str, *edits: tuple[str, str], stopped: str = "", blocks: bool = True) -> Mutation:
    # Groups know no source ports: something is always open.
    return Mutation(name, edits, stopped, blocks, opens=True)


def ports(first: int, last: int) -> tuple[str, str]:
    return RAS_PORTS, f'"FromPort": {first}, "ToPort": {last}'


MISTAKES = (
    opens("the wrong port", ports(1718, 1718), stopped=RAS),
    opens("too narrow a range", ports(1720, 1730), stopped=RAS),
    opens("a wider range", ports(1700, 1730)),
    opens("a reversed range", ports(1719, 1700), stopped=RAS, blocks=False),
    opens(
        "a range that is none",
        (RAS_PORTS, '"FromPort": "x", "ToPort": 1719'),
        stopped=RAS,
        blocks=False,
    ),
    opens("another protocol", ('"IpProtocol": "icmp"', '"IpProtocol": "igmp"'), stopped="echo"),
    opens("another type of ICMP", ('"FromPort": 8,', '"FromPort": 0,'), stopped="echo"),
    opens("every protocol", ('"IpProtocol": "icmp"', '"IpProtocol": "-1"')),
    opens(
        "a peer is missing",
        ('"CidrIp": "10.255.0.1/32"', '"CidrIp": "10.255.0.2/32"'),
        stopped="address",
    ),
    opens(
        "a peer is damaged",
        ('"CidrIp": "10.255.0.1/32"', '"CidrIp": "10.255.0.1/33"'),
        stopped="address",
        blocks=False,
    ),
    opens("attached to another host", (HOST, '"Value": "10.1.0.31/32"')),
    opens(
        "attached to nothing that is told",
        ('"Key": "AttachTo", "Value": "10.1.0.20/32"', '"Key": "Role", "Value": "files"'),
        stopped=EVERYTHING,
        blocks=False,
    ),
    opens("no egress is told", ('"IpPermissionsEgress": []', '"IpPermissionsEgress ": []')),
)


def test_the_groups_are_right() -> None:
    report = report_of("aws-sg", GOOD)
    assert not not_permitted(report) and not report.unread


@pytest.mark.parametrize("mutation", MISTAKES, ids=lambda one: one.name)
def test_a_mistake_is_judged(mutation: Mutation) -> None:
    assert_judged("aws-sg", GOOD, mutation)
