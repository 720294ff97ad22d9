"""A site that is simulated and captured is learnt back: its flows are the same, as far as packets show."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import msgspec
import pytest

from ringfence.apps.cli.main import main
from ringfence.diagnosis.crossing import Crossing
from ringfence.diagnosis.explain import explain
from ringfence.diagnosis.observation import DhcpSeen, RasSeen
from ringfence.diagnosis.options import JudgeOptions
from ringfence.learning.parties import dhcp_facts, gatekeeper_facts
from ringfence.learning.ports import gatekeeper_ports, ras_ports
from ringfence.learning.site import Learned, as_yaml, learn_site
from ringfence.model.address import ANY_PORT, EPHEMERAL, PortRange
from ringfence.model.defaults import RAS_SOURCE_FIXED
from ringfence.model.registration import flows
from ringfence.model.site import Scheme, Site
from ringfence.model.site_file import parse
from ringfence.policy.compile import generated
from ringfence.verify.pcaps import write_pcaps
from ringfence.verify.report import NetworkKind
from ringfence.verify.testbeds import SimulatedTestbed
from ringfence.wire import dhcp
from ringfence.wire.dhcp import DhcpMessage
from ringfence.wire.dhcp_options import MESSAGE_TYPE, SERVER_ID, SUBNET_MASK, DhcpMessageType
from ringfence.wire.phone_options import PhoneParameters
from support.captures.judged import judged
from support.captures.recorded_site import HANDSET, Run, udp
from support.example_sites import example, varied


def captured(site: Site, folder: Path, *without: str) -> dict[str, Path]:
    """By side: handsets, servers, trunk."""
    testbed = SimulatedTestbed(site)
    testbed.load(generated(site).without(*without))
    paths = write_pcaps(folder, {NetworkKind.SIMULATED: testbed.boot()})
    return {path.stem.partition("-")[2]: path for path in paths}


def learnt(site: Site, folder: Path, *sides: str) -> Learned:
    captures = captured(site, folder)
    return learn_site([explain([captures[side]]) for side in sides], "learnt")


def visible(site: Site) -> set[object]:
    """Flows as a firewall sees them, less what one boot of one handset in the simulator cannot show."""
    group = site.groups[0]
    # Simulated files travel in plain HTTP, whatever the site says.
    files = tuple(replace(each, scheme=Scheme.HTTP) for each in group.files)
    calls = replace(group.calls, ras_ports=RAS_SOURCE_FIXED)
    shown = replace(site, groups=(replace(group, calls=calls, files=files),))
    return {
        (
            flow.id,
            flow.stage,
            flow.initiator.networks,
            flow.responder.networks,
            flow.protocol,
            flow.initiator_ports,
            flow.responder_ports,
            flow.icmp_type,
        )
        for flow in flows(shown)
    }


@pytest.mark.parametrize("name", ["branch", "handset-opens", "https-multicast", "blog-as-written"])
@pytest.mark.parametrize("sides", [("handsets",), ("servers",), ("handsets", "servers", "trunk")])
def test_the_flows_are_learnt_back(name: str, sides: tuple[str, ...], tmp_path: Path) -> None:
    site = example(name)
    text = as_yaml(learnt(site, tmp_path, *sides))
    assert visible(parse(text)) == visible(site)


def test_what_is_proposed_can_be_proved_and_says_what_is_assumed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    captures = captured(example("branch"), tmp_path)
    proposal = tmp_path / "site.yaml"
    with pytest.raises(SystemExit) as ended:
        main(["learn", str(captures["servers"]), "-o", str(proposal)])
    assert ended.value.code == 0
    text = proposal.read_text()
    assert "gatekeeper_ports: 61440-61444 # ASSUMED: " in text
    assert "firewall's idle timeouts" in text
    with pytest.raises(SystemExit) as ended:
        main(["prove", "--simulated", str(proposal)])
    assert ended.value.code == 0
    with pytest.raises(SystemExit) as ended:
        main(["learn", str(captures["servers"]), "-o", str(proposal)])
    assert ended.value.code == 2
    assert proposal.read_text() == text
    assert "exists" in capsys.readouterr().err


def test_what_was_not_granted_is_reported_and_not_learnt(tmp_path: Path) -> None:
    captures = captured(example("branch"), tmp_path, "signal-gatekeeper")
    learned = learn_site([explain([captures["servers"]])], "x")
    assert learned.facts["registration.call_control"].value == "UNKNOWN"
    assert "registration.call_control" in learned.unknown
    assert any("signal" in line and "SYN" in line for line in learned.unanswered)
    assert "registration.gatekeeper_ports" not in learned.facts


def test_a_gatekeeper_that_only_the_lease_names_is_marked(tmp_path: Path) -> None:
    site = varied("branch", ("addresses: [10.1.0.30]", "addresses: [10.1.0.30, 10.1.0.31]"))
    learned = learnt(site, tmp_path, "servers")
    fact = learned.facts["gatekeeper.addresses"]
    assert fact.value == "[10.1.0.30, 10.1.0.31]"
    assert "10.1.0.31: named by the lease, never answered" in fact.note


def test_a_mask_that_is_none_is_not_believed(tmp_path: Path) -> None:
    path = captured(example("branch"), tmp_path)["servers"]
    path.write_bytes(path.read_bytes().replace(b"\x01\x04\xff\xff\xff\x00", b"\x01\x04\xff\x65\xff\x00"))
    fact = learn_site([explain([path])], "x").facts["vlans.voice.network"]
    assert (fact.value, fact.assumed) == ("10.20.0.0/24", True)


def rewritten(folder: Path, old: str, new: str) -> Learned:
    path = captured(example("branch"), folder)["servers"]
    assert bytes.fromhex(old) in path.read_bytes()
    path.write_bytes(path.read_bytes().replace(bytes.fromhex(old), bytes.fromhex(new)))
    return learn_site([explain([path])], "x")


def test_a_lease_for_ever_is_proved_as_a_long_one(tmp_path: Path) -> None:
    learned = rewritten(tmp_path, "3304000004b0", "3304ffffffff")
    assert learned.facts["dhcp_server.lease"].assumed
    assert parse(as_yaml(learned)).groups[0].dhcp[0].lease == 10_000_000


def test_a_gatekeeper_beside_the_handsets_needs_no_firewall(tmp_path: Path) -> None:
    learned = rewritten(tmp_path, "0a01001e", "0a14001e")
    assert learned.unknown == ("zones.servers",)
    assert "10.20.0.30 in the handsets' own network" in learned.facts["zones.servers"].note


def test_a_gatekeeper_with_ipv6_only_is_not_said_to_be_silent(tmp_path: Path) -> None:
    (handset,) = explain([captured(example("branch"), tmp_path)["servers"]]).judgement.handsets
    (rcf, *_) = (each for each in handset.observations if isinstance(each, RasSeen) and each.message == "RCF")
    packet = msgspec.structs.replace(rcf.crossing.packet, source=IPv6Address("2001:db8::5"))
    fact = gatekeeper_facts([msgspec.structs.replace(rcf, crossing=Crossing(packet))], PhoneParameters())
    assert "2001:db8::5 answered" in fact["gatekeeper.addresses"].note


@pytest.mark.parametrize(("server", "learnt_address"), [("10.1.0.10", "10.1.0.10"), ("10.20.0.1", "UNKNOWN")])
def test_a_lease_seen_on_its_own_link_names_its_server(server: str, learnt_address: str) -> None:
    message = DhcpMessage(
        op=2,
        xid=7,
        chaddr=bytes.fromhex("00e007112233"),
        yiaddr=IPv4Address("10.20.0.50"),
        options=(
            MESSAGE_TYPE(DhcpMessageType.ACK),
            SERVER_ID(IPv4Address(server)),
            SUBNET_MASK(IPv4Address("255.255.255.0")),
        ),
    )
    run = Run()
    run.send(udp(IPv4Address("10.20.0.1"), 67, HANDSET, 68, dhcp.encode(message)))
    (host,) = judged(run.frames, JudgeOptions(phones_only=False)).handsets
    facts = dhcp_facts([each for each in host.observations if isinstance(each, DhcpSeen)])
    assert facts["dhcp_server.address"].value == learnt_address


HOSTS = [IPv4Address("10.1.0.30"), IPv4Address("10.1.0.31")]


@pytest.mark.parametrize(
    ("ports", "expected"),
    [
        ([61440], PortRange(61440, 61444)),
        ([61440, 61443, 61444], PortRange(61440, 61444)),
        ([49301, 49302, 49303, 49304, 49305, 49306, 49307], EPHEMERAL),  # seven sightings are no range
        ([20000 + n % 10 for n in range(40)], PortRange(20000, 20009)),
        ([20000 + 100 * n for n in range(40)], EPHEMERAL),
        ([720, 61440], ANY_PORT),
        ([5000] * 40, PortRange(5000, 5000)),
    ],
)
def test_a_range_has_to_be_justified(ports: list[int], expected: PortRange) -> None:
    chosen = gatekeeper_ports([(HOSTS[n % 2], port) for n, port in enumerate(ports)])
    assert chosen.ports == expected
    assert str(len(ports)) in chosen.why


def test_the_newer_ras_range_is_proposed_when_its_ports_are_seen() -> None:
    assert ras_ports([(HOSTS[0], 49300)]).ports == PortRange(49300, 49300)
    assert ras_ports([(HOSTS[0], 49300), (HOSTS[1], 49307)]).ports == PortRange(49300, 49309)
    assert ras_ports([(HOSTS[0], 1719)]).ports == PortRange(1719, 1719)
    assert ras_ports([(HOSTS[0], 1719), (HOSTS[1], 2049)]).ports == EPHEMERAL


def test_a_look_for_the_router_does_not_count_as_an_echo_to_the_gatekeeper(tmp_path: Path) -> None:
    once = varied("branch", ("echo_interval: 900", "echo_interval: 3000"))  # longer than the capture
    text = as_yaml(learnt(once, tmp_path, "handsets", "servers", "trunk"))
    assert parse(text).groups[0].calls.echo_interval == 900  # what is assumed where nothing is seen
