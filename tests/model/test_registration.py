"""The table of flows against what the standards, the manuals and the measurements say."""

import pytest

from ringfence.model.address import PortRange, port
from ringfence.model.flow import Evidence, Flow, Role
from ringfence.model.packet import Protocol
from ringfence.model.registration import flows
from ringfence.model.site import Site
from ringfence.model.stage import Stage
from support.example_sites import NAMES, example, varied


def ends(flow: Flow) -> tuple[Role, str, Role, str]:
    return flow.initiator.role, str(flow.initiator_ports), flow.responder.role, str(flow.responder_ports)


def by_id(site: Site) -> dict[str, Flow]:
    return {flow.id: flow for flow in flows(site)}


@pytest.mark.parametrize("name", NAMES)
def test_every_flow_has_its_evidence_and_its_own_name(name: str) -> None:
    found = flows(example(name))
    assert len({flow.id for flow in found}) == len(found)
    assert all(basis.citation for flow in found for basis in flow.basis)


@pytest.mark.parametrize("name", NAMES)
def test_flows_come_in_the_order_of_the_procedure(name: str) -> None:
    orders = [flow.stage.order for flow in flows(example(name))]
    assert orders == sorted(orders)


def test_relayed_dhcp_is_67_to_67_and_answered_at_giaddr() -> None:
    table = by_id(example("branch"))
    assert ends(table["dhcp-relay"]) == (Role.RELAY_UPLINK, "67", Role.DHCP_SERVER, "67")
    for vlan in ("data", "voice"):
        assert ends(table[f"dhcp-answer-{vlan}"]) == (Role.DHCP_SERVER, "67", Role.RELAY_GIADDR, "67")
    assert table["dhcp-answer-voice"].stage is Stage.VLAN_MOVE


def test_a_relay_that_asks_from_giaddr_needs_no_rule_for_the_answer() -> None:
    table = by_id(varied("branch", ("source: uplink", "source: giaddr")))
    assert [id_ for id_ in table if id_.startswith("dhcp-answer")] == []
    assert ends(table["dhcp-relay-data"])[0] is Role.RELAY_GIADDR


def test_port_68_appears_only_where_the_handset_itself_speaks() -> None:
    for name in NAMES:
        for flow in flows(example(name)):
            if port(68) in {flow.initiator_ports, flow.responder_ports}:
                assert flow.initiator.role is Role.HANDSET
                assert flow.stage in {Stage.RENEW, Stage.RELEASE}


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("gatekeeper", (Role.GATEKEEPER, "61440-61444", Role.HANDSET, "1720")),
        ("handset", (Role.HANDSET, "1024-65535", Role.GATEKEEPER, "1720")),
        ("handset-tls", (Role.HANDSET, "1024-65535", Role.GATEKEEPER, "1300")),
    ],
)
def test_call_control_is_opened_by_whom_the_site_says(
    choice: str, expected: tuple[Role, str, Role, str]
) -> None:
    site = varied("branch", ("call_control: gatekeeper", f"call_control: {choice}"))
    signals = [flow for flow in flows(site) if flow.stage is Stage.SIGNAL]
    assert [ends(flow) for flow in signals] == [expected]
    assert signals[0].protocol is Protocol.TCP


def test_ras_leaves_from_49300_or_from_the_ten_ports_of_newer_loads() -> None:
    assert by_id(example("branch"))["ras"].initiator_ports == PortRange(49300, 49300)
    assert by_id(example("handset-opens"))["ras"].initiator_ports == PortRange(49300, 49309)


def test_a_multicast_question_has_a_unicast_answer_of_its_own() -> None:
    table = by_id(example("https-multicast"))
    assert ends(table["discover-multicast"])[2:] == (Role.DISCOVERY_GROUP, "1718")
    assert ends(table["discover-answer"]) == (Role.GATEKEEPER, "1719", Role.HANDSET, "49300")


def test_what_only_the_post_says_is_marked_as_a_field_report() -> None:
    table = by_id(example("branch"))
    for id_ in ("echo", "signal-gatekeeper"):
        assert Evidence.FIELD_REPORT in {basis.kind for basis in table[id_].basis}


def test_a_moved_port_moves_in_the_table() -> None:
    site = varied("branch", ("scheme: http}", "scheme: https, port: 411}"))
    assert by_id(site)["files-https"].responder_ports == port(411)
