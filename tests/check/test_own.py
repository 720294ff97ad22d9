"""What a firewall that relays DHCP itself sends and receives: judged by the lists that judge it, or named."""

from dataclasses import replace

import pytest

from ringfence.check.check import check
from ringfence.check.own import not_compared
from ringfence.check.report import Answer, CheckReport, StageCheck
from ringfence.firewalls.common.local import NO_LOCAL_LIST
from ringfence.firewalls.recognise import read_as, readable
from ringfence.firewalls.rendering import render_rules
from ringfence.firewalls.table import TARGETS
from ringfence.model.site import Site
from ringfence.model.site_parts.dhcp_daemon import DhcpDaemon
from ringfence.model.stage import Stage
from ringfence.policy.compile import policy_for
from ringfence.policy.listing import Listing
from support.example_sites import example
from support.firewalls.running_configs import device

CAMPUS = example("campus")
OPEN = ":INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n"
SHUT = ":INPUT DROP [0:0]\n:OUTPUT DROP [0:0]\n"


def naming(daemon: DhcpDaemon | None) -> Site:
    return replace(CAMPUS, firewalls=tuple(replace(each, dhcp_daemon=daemon) for each in CAMPUS.firewalls))


def iptables(own: str, more: str = "") -> str:
    text = render_rules(TARGETS["iptables"], policy_for(CAMPUS), device(CAMPUS)).text
    text = text.replace("*filter\n", f"*filter\n:FORWARD ACCEPT [0:0]\n{own}")
    return text.replace("COMMIT", f"-A FORWARD -j ringfence\n{more}COMMIT")


def report_of(site: Site, target: str, text: str) -> CheckReport:
    zones = {zone.name: zone.networks for zone in device(site).zones} if target != "iptables" else None
    return check(site, read_as(target, text, zones), TARGETS[target], text=text.splitlines())


def address(report: CheckReport) -> StageCheck:
    return next(stage for stage in report.stages if stage.stage is Stage.ADDRESS)


@pytest.mark.parametrize("daemon", [*DhcpDaemon, None])
def test_chains_that_drop_nothing_stop_no_relay(daemon: DhcpDaemon | None) -> None:
    report = report_of(naming(daemon), "iptables", iptables(OPEN))
    assert report.answer is Answer.PERMITS and not report.fixes


@pytest.mark.parametrize(
    ("daemon", "answer"),
    [
        (DhcpDaemon.DNSMASQ, Answer.BLOCKS),
        (DhcpDaemon.NETWORKD, Answer.BLOCKS),
        (DhcpDaemon.DHCRELAY, Answer.BLOCKS),
        (DhcpDaemon.KEA, Answer.PERMITS),  # it reads and writes raw frames
        (DhcpDaemon.DHCPD, Answer.PERMITS),
        (None, Answer.NOT_PROVED),
    ],
)
def test_chains_that_drop_everything_stop_what_the_program_sends_through_them(
    daemon: DhcpDaemon | None, answer: Answer
) -> None:
    assert report_of(naming(daemon), "iptables", iptables(SHUT)).answer is answer


def test_the_lines_to_add_are_those_of_the_chains_and_mend_it() -> None:
    site = naming(DhcpDaemon.DHCRELAY)
    text = iptables(SHUT)
    report = report_of(site, "iptables", text)
    lines = [line for fix in report.fixes for line in fix.lines]
    assert lines and all(line.startswith("iptables -t filter -A OUTPUT ") for line in lines)
    add = TARGETS["iptables"].merge
    assert add is not None
    assert report_of(site, "iptables", add(text, lines)).answer is Answer.PERMITS


def test_the_answer_of_the_server_comes_in_by_state() -> None:
    site = naming(DhcpDaemon.DNSMASQ)
    stateful = ":INPUT DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n"
    established = "-A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT\n"
    asked = "-A INPUT -p udp -m udp --dport 67 -s 0.0.0.0/32 -j ACCEPT\n"
    assert (
        address(report_of(site, "iptables", iptables(stateful, established + asked))).answer is Answer.PERMITS
    )
    assert address(report_of(site, "iptables", iptables(stateful, asked))).answer is Answer.BLOCKS


def test_a_broadcast_that_rules_by_interface_may_let_in_is_not_said_to_be_stopped() -> None:
    by_interface = "-A INPUT -i voice -p udp -m udp --dport 67 -j ACCEPT\n"
    stateful = ":INPUT DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n"
    report = report_of(naming(DhcpDaemon.DNSMASQ), "iptables", iptables(stateful, by_interface))
    asked = next(flow for flow in address(report).flows if flow.id == "own-asked")
    assert asked.answer is Answer.NOT_PROVED


@pytest.mark.parametrize(
    ("target", "answer"),
    [
        ("cisco-ios", Answer.NOT_PROVED),  # the list of the phones' interface meets their broadcasts
        ("srx", Answer.NOT_PROVED),  # host-inbound-traffic
        ("fortios", Answer.PERMITS),  # no local-in policy: the unit accepts
    ],
)
def test_elsewhere_what_is_not_compared_is_named(target: str, answer: Answer) -> None:
    text = render_rules(TARGETS[target], policy_for(CAMPUS), device(CAMPUS)).text
    assert address(report_of(CAMPUS, target, text)).answer is answer


def test_a_local_in_policy_of_a_fortigate_is_not_passed_over() -> None:
    text = render_rules(TARGETS["fortios"], policy_for(CAMPUS), device(CAMPUS)).text
    local = (
        "config firewall local-in-policy\n    edit 1\n        set intf any\n        set srcaddr all\n"
        "        set dstaddr all\n        set service ALL\n        set schedule always\n    next\nend\n"
    )
    report = report_of(CAMPUS, "fortios", text + local)
    assert address(report).answer is Answer.NOT_PROVED


def test_rules_that_judge_the_unit_too_have_to_let_its_relay_through() -> None:
    """PAN-OS: it is not certain that they judge it, and so it is not proved either."""
    text = render_rules(TARGETS["panos"], policy_for(CAMPUS), device(CAMPUS)).text
    report = report_of(CAMPUS, "panos", text)
    assert address(report).answer is Answer.NOT_PROVED
    assert "not in the sources" in address(report).flows[0].why


# What filters at hosts, or in a network that is no box: none of them is router and relay of a VLAN.
NO_BOX = {
    "aws-nacl",
    "aws-nacl-json",
    "aws-sg",
    "aws-sg-json",
    "aws-terraform",
    "azure-nsg",
    "azure-terraform",
}
NO_BOX |= {"gcp", "kubernetes", "nsx"}


@pytest.mark.parametrize("target", sorted(readable().keys() - NO_BOX))
def test_no_box_whose_configuration_is_read_is_without_a_word_on_its_own_packets(target: str) -> None:
    assert TARGETS[target].local != NO_LOCAL_LIST


@pytest.mark.parametrize("target", ["firewalld", "openwrt", "routeros", "srx", "ufw", "unifi", "vyos"])
def test_lists_of_its_own_that_are_not_read_prove_nothing(target: str) -> None:
    doubted = not_compared(naming(DhcpDaemon.DNSMASQ), TARGETS[target], Listing((), ()))
    assert doubted and all(check.answer is Answer.NOT_PROVED and check.why for check in doubted)
