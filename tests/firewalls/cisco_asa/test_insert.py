"""Where an ASA's levels stop a packet no access list lets it through: the command that does is the fix."""

import pytest

from ringfence.check.check import check
from ringfence.firewalls.recognise import read_as
from ringfence.firewalls.table import TARGETS
from support.example_sites import example

HEAD = "ASA Version 9.8(2)\n"
ONE = """interface GigabitEthernet0/0
 nameif inside
 security-level 100
 ip address 10.0.0.1 255.0.0.0
access-list in extended permit ip any any
access-group in in interface inside
"""
TWO = """interface GigabitEthernet0/0
 nameif phones
 security-level 100
 ip address 10.0.0.1 255.0.0.0
interface GigabitEthernet0/1
 nameif servers
 security-level 100
 ip address 10.1.0.1 255.255.255.0
access-list in extended permit ip any any
access-group in global
"""


@pytest.mark.parametrize(("interfaces", "way"), [(ONE, "intra-interface"), (TWO, "inter-interface")])
def test_equal_levels_are_opened_by_their_own_command(interfaces: str, way: str) -> None:
    text = HEAD + interfaces
    report = check(
        example("branch"), read_as("cisco-asa", text), TARGETS["cisco-asa"], text=text.splitlines()
    )
    lines = {line for fix in report.fixes for line in fix.lines}
    command = f"same-security-traffic permit {way}"
    assert lines == {command}
    mended = check(
        example("branch"), read_as("cisco-asa", f"{HEAD}{command}\n{interfaces}"), TARGETS["cisco-asa"]
    )
    assert not mended.fixes
