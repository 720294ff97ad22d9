"""What packets are said to open is in the table of flows, with the stage that needs it first."""

from collections import defaultdict

from ringfence.diagnosis.opened_flow import OpenedFlow, opened_flow
from ringfence.model.flow import Flow
from ringfence.model.packet import Protocol
from ringfence.model.registration import flows
from ringfence.model.site import Site
from ringfence.model.stage import Stage
from ringfence.policy.compile import generated
from ringfence.verify.judging import timeline_of
from ringfence.verify.testbeds import SimulatedTestbed
from support.example_sites import NAMES, example, varied

SITES = (
    *(example(name) for name in NAMES),
    varied("handset-opens", ("call_control: handset", "call_control: handset-tls")),
)


def carries(flow: Flow, opened: OpenedFlow, source: object, destination: object) -> bool:
    """Whether the packet may belong to the flow. RAS of every purpose goes the same way."""
    ports = (
        opened.source_ports.first in flow.initiator_ports,
        opened.destination_ports == flow.responder_ports,
    )
    return (
        any(source in network for network in flow.initiator.networks)
        and any(destination in network for network in flow.responder.networks)
        and (flow.protocol is Protocol.ICMP or all(ports))
        and opened.icmp_type == flow.icmp_type
        and (opened.name == "ras" or flow.id.startswith(opened.name))
    )


def seen_at(site: Site) -> set[tuple[OpenedFlow, Flow]]:
    """What the packets of a boot are said to open, each with the flows of the table that it may belong to."""
    testbed = SimulatedTestbed(site)
    testbed.load(generated(site))
    line = timeline_of(site, testbed.boot())
    assert line is not None
    return {
        (opened, flow)
        for seen in line.observations
        if (opened := opened_flow(seen)) is not None
        for flow in flows(site)
        if carries(flow, opened, seen.source.ip, seen.destination.ip)
    }


def test_what_packets_open_is_in_the_table_of_flows() -> None:
    said: dict[str, set[Stage]] = defaultdict(set)
    table: dict[str, set[Stage]] = defaultdict(set)
    for site in SITES:
        for opened, flow in seen_at(site):
            said[opened.name].add(opened.stage)
            table[opened.name].add(flow.stage)
    assert said == {name: {min(stages, key=lambda stage: stage.order)} for name, stages in table.items()}
    assert len(said) == 13
