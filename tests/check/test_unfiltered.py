"""A device on which nothing filters is never called one that permits what is needed."""

import json

import pytest

from ringfence.check.check import check
from ringfence.check.report import Answer, CheckReport
from ringfence.firewalls.recognise import read_as
from ringfence.firewalls.table import TARGETS
from support.example_sites import example

BRANCH = example("branch")
INTERFACES = """version 15.2
interface GigabitEthernet0/0
 ip address 10.255.0.2 255.255.255.248
interface GigabitEthernet0/1
 ip address 10.1.0.1 255.255.255.0
ip route 10.10.0.0 255.255.255.0 10.255.0.1
ip route 10.20.0.0 255.255.255.0 10.255.0.1
"""
ONLY_INPUT = {"family": "ip", "table": "t", "name": "c", "type": "filter", "hook": "input", "prio": 0}


def report(target: str, text: str) -> CheckReport:
    return check(BRANCH, read_as(target, text, None), TARGETS[target])


@pytest.mark.parametrize(
    ("target", "text"),
    [
        ("cisco-ios", INTERFACES),
        ("cisco-ios", INTERFACES + "ip access-list extended X\n deny ip any any\n"),
        ("nftables", json.dumps({"nftables": [{"metainfo": {"json_schema_version": 1}}]})),
        ("nftables", json.dumps({"nftables": [{"chain": {**ONLY_INPUT, "policy": "drop"}}]})),
    ],
)
def test_everything_is_open_and_nothing_proved_where_nothing_filters(target: str, text: str) -> None:
    found = report(target, text)
    assert found.unfiltered and found.answer is Answer.NOT_PROVED
    assert sum(line.count for line in found.exposure) == found.opened - found.needed > 10**12


def test_a_list_elsewhere_does_not_filter_between_the_zones() -> None:
    elsewhere = "interface Vlan9\n ip address 10.9.0.1 255.255.255.0\n ip access-group X in\n"
    found = report("cisco-ios", INTERFACES + elsewhere + "ip access-list extended X\n deny ip any any\n")
    assert found.unfiltered


def test_a_rule_that_permits_everything_is_a_rule() -> None:
    bound = INTERFACES.replace(".248\n", ".248\n ip access-group X in\n")
    found = report("cisco-ios", bound + "ip access-list extended X\n permit ip any any\n")
    assert not found.unfiltered and found.answer is Answer.PERMITS


def test_what_was_not_understood_may_filter() -> None:
    assert not report("cisco-ios", INTERFACES + "unheard-of command\n").unfiltered
