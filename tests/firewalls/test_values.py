"""What a reader found stands in values: nothing hangs on how a name or a sentence happens to be spelt."""

from dataclasses import replace
from ipaddress import ip_network

from ringfence.firewalls.recognise import read_as
from ringfence.firewalls.rendering import render_rules
from ringfence.firewalls.table import TARGETS
from ringfence.model.policy import Policy
from ringfence.policy.listing import FlowKind, Inspected
from support.branch_policy import BRANCH, DEVICE

ZONES = {"handsets": (ip_network("10.20.0.0/24"),), "servers": (ip_network("10.1.0.0/24"),)}
FORTIOS = """#config-version=FGT60F-7.2.5-FW-build1517
config system global
    set tcp-rst-timer 5
    set udp-idle-timer 60
end
config system session-ttl
    config port
        edit 1
            set protocol 47
            set timeout 600
            set start-port 0
            set end-port 65535
        next
        edit 2
            set protocol 17
            set timeout 300
            set start-port 1700
            set end-port 1719
        next
    end
end
config firewall service custom
    edit "tcp-of-h323"
        set udp-portrange 1719
        set udp-idle-timer 90
    next
end
"""
POLICY = """config firewall policy
    edit 1
        set name "ras"
        set srcintf "handsets"
        set dstintf "servers"
        set srcaddr "all"
        set dstaddr "all"
        set action accept
        set service "ALL"
        set voip-profile "default"
    next
end
"""


def test_a_timer_is_of_the_kind_that_its_setting_says_and_not_its_name() -> None:
    found = {
        timer.place: (timer.kind, timer.seconds, timer.service)
        for timer in read_as("fortios", FORTIOS + POLICY, ZONES).settings.timers
    }
    assert found == {
        "line 3": (None, 5, ""),
        "line 4": (FlowKind.UDP, 60, ""),
        "line 10": (None, 600, ""),
        "line 16": (FlowKind.UDP, 300, ""),
        "line 25": (FlowKind.UDP, 90, "tcp-of-h323"),
    }


def test_a_policy_named_after_a_protocol_is_no_inspection_of_it() -> None:
    inspections = read_as("fortios", FORTIOS + POLICY, ZONES).settings.inspections
    assert [found.of for found in inspections] == [Inspected.OTHER]


def test_a_row_names_the_services_that_it_asks_for() -> None:
    rows = read_as("fortios", FORTIOS + POLICY, ZONES).chains[0].rows
    assert [row.services for row in rows if not row.implicit] == [("ALL",)]


def test_a_rule_that_is_called_a_reply_and_is_none_opens_connections_all_the_same() -> None:
    rule = replace(BRANCH.rule("files"), id="files-reply")
    text = render_rules(TARGETS["cisco-ios"], Policy("x", (rule,)), DEVICE).text
    opening, back = (line for line in text.splitlines() if line.startswith(" permit tcp"))
    assert "established" not in opening and "established" in back


RAW = """*raw
:PREROUTING ACCEPT [0:0]
-A PREROUTING -p udp -m udp --dport 1719 -j CT --helper RAS
-A PREROUTING -p tcp -m tcp --dport 1720 -j CT --helper Q.931
-A PREROUTING -p tcp -m tcp --dport 21 -j CT --helper ftp
COMMIT
*filter
:FORWARD DROP [0:0]
COMMIT
"""


def test_a_helper_of_the_kernel_is_an_inspection_of_its_protocol() -> None:
    inspections = read_as("iptables", RAW).settings.inspections
    assert [found.of for found in inspections] == [Inspected.H323, Inspected.H323, Inspected.OTHER]
