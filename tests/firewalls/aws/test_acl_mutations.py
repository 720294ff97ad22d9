"""A network ACL that is right, as the API describes it, and what becomes of each mistake in it."""

import json
import re
from typing import Any

import pytest

from ringfence.check.check import check
from ringfence.check.report import Answer
from ringfence.firewalls.common.capability import Need
from ringfence.firewalls.common.document import Device
from ringfence.firewalls.common.site_zones import device_zones, servers_zone
from ringfence.firewalls.recognise import read_as
from ringfence.firewalls.table import TARGETS
from support.firewalls.mutated import (
    BRANCH,
    EVERYTHING,
    RAS,
    Mutation,
    assert_judged,
    edited,
    not_permitted,
    report_of,
)

VOICE, DATA = "10.20.0.0/24", "10.10.0.0/24"


def entry(number: int, egress: bool, protocol: str, peer: str, *span: int) -> dict[str, Any]:
    found = {
        "RuleNumber": number,
        "Egress": egress,
        "RuleAction": "allow",
        "Protocol": protocol,
        "CidrBlock": peer,
    }
    if protocol == "1":
        return found | {"IcmpTypeCode": {"Type": span[0], "Code": -1}}
    return found | {"PortRange": {"From": span[0], "To": span[1]}}


def last(egress: bool) -> dict[str, Any]:
    return {
        "RuleNumber": 32767,
        "Egress": egress,
        "RuleAction": "deny",
        "Protocol": "-1",
        "CidrBlock": "0.0.0.0/0",
    }


GOOD = json.dumps(
    {
        "NetworkAcls": [
            {
                "NetworkAclId": "acl-uc",
                "Associations": [{"SubnetId": "subnet-uc"}],
                "Tags": [{"Key": "AttachTo", "Value": "10.1.0.0/24"}],
                "Entries": [
                    entry(100, False, "17", "10.255.0.1/32", 67, 67),
                    entry(110, False, "17", DATA, 67, 67),
                    entry(120, False, "17", VOICE, 67, 67),
                    entry(130, False, "6", VOICE, 80, 80),
                    entry(140, False, "17", VOICE, 1719, 1719),
                    entry(150, False, "1", VOICE, 8),
                    entry(160, False, "6", VOICE, 61440, 61444),
                    last(False),
                    entry(100, True, "17", "10.10.0.1/32", 67, 67),
                    entry(110, True, "17", VOICE, 67, 68),
                    entry(130, True, "6", VOICE, 1024, 65535),
                    entry(140, True, "17", VOICE, 49300, 49300),
                    entry(150, True, "1", VOICE, 0),
                    last(True),
                ],
            }
        ]
    }
)
RAS_ENTRY = '"PortRange": {"From": 1719, "To": 1719}'
NUMBER = '"RuleNumber": 140, "Egress": false, "RuleAction": "allow"'


def opens(name: str, *edits: tuple[str, str], stopped: str = "", blocks: bool = True) -> Mutation:
    # ACLs know no source ports and no addresses of their own side: something is always open.
    return Mutation(name, edits, stopped, blocks, opens=True)


MISTAKES = (
    opens("the wrong port", (RAS_ENTRY, RAS_ENTRY.replace("1719", "1718")), stopped=f"{RAS} notify"),
    opens("a wider range", (RAS_ENTRY, '"PortRange": {"From": 1700, "To": 1730}')),
    opens(
        "a reversed range",
        (RAS_ENTRY, '"PortRange": {"From": 1719, "To": 1700}'),
        stopped=f"{RAS} notify",
        blocks=False,
    ),
    opens("it denies", (NUMBER, NUMBER.replace("allow", "deny")), stopped=f"{RAS} notify"),
    opens(
        "another action",
        (NUMBER, NUMBER.replace("allow", "maybe")),
        stopped=f"{RAS} notify echo signal",  # it may deny what later entries permit
        blocks=False,
    ),
    opens("it is for what leaves", (NUMBER, NUMBER.replace("false", "true")), stopped=f"{RAS} notify"),
    opens("it is behind the last", (NUMBER, NUMBER.replace("140", "32768")), stopped=f"{RAS} notify"),
    opens("it is before the others", (NUMBER, NUMBER.replace("140", "1"))),
    opens(
        "a deny before it",
        (
            NUMBER,
            '"RuleNumber": 135, "Egress": false, "RuleAction": "deny", "Protocol": "17", "CidrBlock": '
            f'"10.0.0.0/8", "PortRange": {{"From": 0, "To": 65535}}}}, {{{NUMBER}',
        ),
        stopped=f"{RAS} notify",
    ),
    opens(
        "a deny behind it",
        (
            NUMBER,
            '"RuleNumber": 145, "Egress": false, "RuleAction": "deny", "Protocol": "17", "CidrBlock": '
            f'"10.0.0.0/8", "PortRange": {{"From": 0, "To": 65535}}}}, {{{NUMBER}',
        ),
    ),
    opens("another type of ICMP", ('"Type": 8', '"Type": 0'), stopped="echo"),
    opens("too few answers", ('"From": 1024', '"From": 32768'), stopped="provision signal"),
    opens(
        "answers of the relay alone",
        ('"CidrBlock": "10.10.0.1/32"', '"CidrBlock": "10.10.0.2/32"'),
        stopped="address",
    ),
    opens(
        "a peer is damaged",
        ('"CidrBlock": "10.255.0.1/32"', '"CidrBlock": "10.255.0.1/33"'),
        stopped="address",
        blocks=False,
    ),
    opens(
        "attached to nothing that is told",
        ('"Key": "AttachTo"', '"Key": "Role"'),
        stopped=EVERYTHING,
        blocks=False,
    ),
)


def test_the_entries_are_right() -> None:
    report = report_of("aws-nacl", GOOD)
    assert not not_permitted(report) and not report.unread


@pytest.mark.parametrize("mutation", MISTAKES, ids=lambda one: one.name)
def test_a_mistake_is_judged(mutation: Mutation) -> None:
    assert_judged("aws-nacl", GOOD, mutation)


def typed(command: str) -> dict[str, Any]:
    """The entry that a command creates."""
    words = dict(re.findall(r"--([a-z-]+) ([^-\s]\S*)", command))
    found = {
        "RuleNumber": int(words["rule-number"]),
        "Egress": "--egress" in command,
        "RuleAction": words["rule-action"],
        "Protocol": words["protocol"],
        "CidrBlock": words["cidr-block"],
    }
    for key, option in (("PortRange", "port-range"), ("IcmpTypeCode", "icmp-type-code")):
        if option in words:
            found[key] = {k: int(v) for k, v in (pair.split("=") for pair in words[option].split(","))}
    return found


@pytest.mark.parametrize(
    "edit",
    [
        (RAS_ENTRY, RAS_ENTRY.replace("1719", "1718")),
        (NUMBER, NUMBER.replace("allow", "deny")),
        ('"Type": 8', '"Type": 0'),
        ('"From": 1024', '"From": 32768'),
        ('"RuleNumber": 100, "Egress": false', '"RuleNumber": 1, "Egress": false'),
    ],
    ids=lambda edit: edit[1],
)
def test_the_fix_of_an_entry_that_is_wrong_is_entries_before_it(edit: tuple[str, str]) -> None:
    text = edited(GOOD, (edit,))
    zones = device_zones(BRANCH)
    widen = frozenset({Need.SOURCE_PORT, Need.LOCAL_ADDRESS})
    device = Device(zones=zones, inside=servers_zone(BRANCH, zones), widen=widen)
    target = TARGETS["aws-nacl"]
    report = check(BRANCH, read_as("aws-nacl", text), target, device=device)
    new = [typed(line) for fix in report.fixes for line in fix.lines]
    document = json.loads(text)
    entries = document["NetworkAcls"][0]["Entries"]
    numbers = [(one["Egress"], one["RuleNumber"]) for one in (*entries, *new)]
    assert len(numbers) == len(set(numbers)) and bool(new) == (report.answer is Answer.BLOCKS)
    entries += new
    assert not not_permitted(report_of("aws-nacl", json.dumps(document)))
