"""A firewall that relays DHCP itself: what its input and output chains must let through, and nothing less."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from ringfence.apps.cli.files.site_input import read_site
from ringfence.check.check import check
from ringfence.check.report import Answer
from ringfence.drivers.recording import RunRecording
from ringfence.firewalls.common.document import Device
from ringfence.firewalls.common.local import own_rule, with_local
from ringfence.firewalls.common.site_zones import device_zones
from ringfence.firewalls.nftables import write as nftables
from ringfence.firewalls.nftables.write import rule_lines
from ringfence.firewalls.recognise import read_as
from ringfence.firewalls.rendering import render_rules
from ringfence.firewalls.table import TARGETS
from ringfence.lab import privilege
from ringfence.lab.nft_text import listed_text
from ringfence.lab.session import NFLOG_GROUP, LabSession
from ringfence.model.flow import Role
from ringfence.model.own_traffic import OwnTraffic, own_traffic
from ringfence.model.site import Site
from ringfence.model.site_file import parse
from ringfence.model.site_parts.dhcp_daemon import DhcpDaemon
from ringfence.model.stage import Stage
from ringfence.policy.compile import policy_for
from ringfence.roles.alone import alone
from ringfence.roles.filters import timers_of
from ringfence.roles.network import network_for
from ringfence.roles.roles import machines_of
from ringfence.verify.judging import expected_stages, judged
from ringfence.verify.report import NetworkKind
from ringfence.verify.testbeds import with_short_leases
from ringfence.verify.watch import BootWatch


def relaying() -> Site:
    site = read_site("campus")
    return with_short_leases(alone(site, site.groups[0]))


def needed_on_sockets(site: Site) -> list[OwnTraffic]:
    """Our relay agent has sockets, as dnsmasq has."""
    return [each for each in own_traffic(site) if DhcpDaemon.DNSMASQ in each.needed_by]


def text_with(site: Site, own: Sequence[OwnTraffic], *first: str) -> str:
    device = Device(log_group=NFLOG_GROUP, exclusive=True)
    forwarded = nftables.write(policy_for(site), device).text
    chains = ""
    for hook in ("input", "output"):
        lines = [
            line for each in own if each.outward == (hook == "output") for line in rule_lines(own_rule(each))
        ]
        body = "".join(f"\t\t{line}\n" for line in (*first, *lines))
        chains += (
            f"\tchain {hook} {{\n\t\ttype filter hook {hook} priority filter; policy drop;\n{body}\t}}\n"
        )
    return f"{forwarded}table inet filter {{\n{chains}}}\n"


@pytest.fixture(scope="module")
def session() -> Iterator[LabSession]:
    privilege.acquire()
    site = relaying()
    network = network_for(site)
    timers = {node: timers_of(site.firewall(name)) for name, node in network.firewalls.items()}
    with LabSession(network.topology, timers=timers) as built:
        yield built


def boot(session: LabSession, site: Site, text: str) -> RunRecording:
    session.load(text)
    return session.boot(machines_of(site, network_for(site)), BootWatch(expected_stages(site), 1400.0))


def failed_at(site: Site, recording: RunRecording) -> Stage | None:
    failed = judged(site, NetworkKind.KERNEL, recording).failed
    return failed.stage if failed else None


def said_of_address(site: Site, text: str) -> Answer:
    """What `check` says of the stage that the firewall's own packets belong to."""
    daemons = tuple(replace(each, dhcp_daemon=DhcpDaemon.DNSMASQ) for each in site.firewalls)
    listing = read_as("nftables", listed_text(text))
    report = check(replace(site, firewalls=daemons), listing, TARGETS["nftables"])
    return next(stage.answer for stage in report.stages if stage.stage is Stage.ADDRESS)


@pytest.mark.kernel
def test_the_rules_for_its_own_packets_are_enough(session: LabSession) -> None:
    site = relaying()
    text = text_with(site, needed_on_sockets(site))
    assert failed_at(site, boot(session, site, text)) is None
    assert said_of_address(site, text) is Answer.PERMITS


@pytest.mark.kernel
@pytest.mark.parametrize("number", range(len(needed_on_sockets(relaying()))))
def test_each_of_them_is_needed(session: LabSession, number: int) -> None:
    site = relaying()
    own = needed_on_sockets(site)
    text = text_with(site, own[:number] + own[number + 1 :])
    assert failed_at(site, boot(session, site, text)) is Stage.ADDRESS
    assert said_of_address(site, text) is not Answer.PERMITS


@pytest.mark.kernel
def test_state_lets_in_what_answers_the_relay(session: LabSession) -> None:
    site = relaying()
    own = [each for each in needed_on_sockets(site) if each.flow.id != "own-relay-answered"]
    text = text_with(site, own, 'ct state established accept comment "established"')
    assert failed_at(site, boot(session, site, text)) is None
    assert said_of_address(site, text) is Answer.PERMITS


def lines(target: str, site: Site) -> list[str]:
    device = Device(zones=device_zones(site))
    chosen = TARGETS[target]
    rendered = render_rules(chosen, policy_for(site), device)
    return list(with_local(rendered, chosen.local, [site], device).local)


def naming(daemon: DhcpDaemon) -> Site:
    site = read_site("campus")
    return replace(site, firewalls=tuple(replace(each, dhcp_daemon=daemon) for each in site.firewalls))


@pytest.mark.parametrize(
    ("daemon", "hooks"),
    [
        (DhcpDaemon.DHCRELAY, {"output"}),
        (DhcpDaemon.DNSMASQ, {"input", "output"}),
        (DhcpDaemon.NETWORKD, {"input", "output"}),
        (DhcpDaemon.KEA, set()),
        (DhcpDaemon.DHCPD, set()),
    ],
)
def test_on_linux_the_program_decides(daemon: DhcpDaemon, hooks: set[str]) -> None:
    said = lines("nftables", naming(daemon))
    assert {line.split()[5] for line in said if not line.startswith("#")} == hooks


def test_a_firewall_that_relays_nothing_has_no_lines() -> None:
    assert lines("nftables", read_site("branch")) == []
    assert lines("srx", read_site("branch")) == []


def test_dhcrelay_asks_from_the_way_to_each_server() -> None:
    text = """
site: two-ways
zones: {phones: 10.20.0.0/24, first: 10.1.0.0/24, second: 10.2.0.0/24}
firewalls: {edge: {addresses: [10.20.0.1, 10.1.0.1, 10.2.0.1], dhcp_daemon: dhcrelay}}
servers: {dhcp: [10.1.0.10, 10.2.0.10], gatekeepers: 10.1.0.30}
phones: {all: {voice: 10.20.0.0/24, signalling: handset}}
"""
    asked = [each.flow for each in own_traffic(parse(text)) if each.flow.initiator.role is Role.RELAY_UPLINK]
    assert [len(flow.initiator.networks) for flow in asked] == [1, 1]
    assert {str(source) for flow in asked for source in flow.initiator.networks} == {
        "10.1.0.1/32",
        "10.2.0.1/32",
    }
