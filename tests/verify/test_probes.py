"""Probes are packets that no flow needs, and there are some next to every flow."""

from dataclasses import replace

import pytest

from ringfence.model.address import PortRange
from ringfence.model.packet import Protocol
from ringfence.model.policy import Rule
from ringfence.model.registration import flows
from ringfence.policy.compile import generated
from ringfence.policy.filter import StatefulFilter
from ringfence.policy.packetset import Space
from ringfence.roles.network import network_for
from ringfence.verify.probes import covers, probes, sample
from support.example_sites import NAMES, example

SITES = [name for name in NAMES if name != "blog-as-written"]


@pytest.mark.parametrize("name", SITES)
def test_the_sample_of_a_flow_opens_it(name: str) -> None:
    site = example(name)
    for flow in flows(site):
        assert covers(flow, sample(flow))
        assert StatefulFilter(generated(site)).permits(sample(flow), 0.0).permitted


@pytest.mark.parametrize("name", SITES)
def test_no_probe_is_needed_by_the_table(name: str) -> None:
    site = example(name)
    needed = Space().needed(flows(site))
    for probe in probes(site, network_for(site)):
        if probe.kind != "no handshake came before":
            assert probe.packet not in needed, str(probe)


@pytest.mark.parametrize("name", SITES)
def test_every_kind_of_neighbour_is_tried(name: str) -> None:
    site = example(name)
    found = probes(site, network_for(site))
    kinds = {probe.kind.split(" (")[0] for probe in found}
    assert kinds >= {
        "other host",
        "other port",
        "other direction",
        "other protocol",
        "neighbour source port",
        "other ICMP type",
        "no handshake came before",
    }
    assert len({probe.packet for probe in found}) == len(found)
    assert {probe.packet.protocol for probe in found} == {Protocol.UDP, Protocol.TCP, Protocol.ICMP}


def test_a_rule_one_port_too_wide_lets_a_probe_through() -> None:
    site = example("branch")
    policy = generated(site)
    for wide in ("discover+ras+ras-refresh", "signal-gatekeeper", "files-http"):
        rules = tuple(rule if rule.id != wide else _one_port_wider(rule) for rule in policy.rules)
        filter_ = StatefulFilter(type(policy)(policy.name, rules))
        assert any(
            filter_.permits(probe.packet, 0.0).permitted for probe in probes(site, network_for(site))
        ), wide


def _one_port_wider(rule: Rule) -> Rule:
    ports = rule.destination_ports
    return replace(rule, destination_ports=PortRange(ports.first, ports.last + 1))
