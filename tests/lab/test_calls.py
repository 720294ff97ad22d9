"""Two handsets behind a firewall call each other through the gatekeeper; tshark reads both sides of it."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Interface, IPv4Network
from pathlib import Path
from random import Random

import pytest

from ringfence.actors.call_legs import RouterConfig
from ringfence.actors.dialect import FAMILIES, PLAIN
from ringfence.actors.endpoint import Endpoint
from ringfence.actors.endpoint_call_states import CallPlan
from ringfence.actors.gatekeeper import Gatekeeper
from ringfence.actors.gatekeeper_config import GatekeeperConfig
from ringfence.actors.io import Machine
from ringfence.actors.journal import Entry
from ringfence.actors.ras_requests import RasClientConfig
from ringfence.capture.pcap_write import write_pcap
from ringfence.drivers.recording import Recording
from ringfence.lab.session import NFLOG_GROUP, Session
from ringfence.model.address import ANY_PORT, PortRange, TransportAddress
from ringfence.model.packet import Protocol
from ringfence.model.policy import Policy, Rule
from ringfence.model.topology import Interface, Node, Route, Segment, Tap, Topology
from ringfence.policy.dialects import nftables
from ringfence.policy.dialects.document import Device

pytestmark = pytest.mark.kernel

ANN, BOB = IPv4Interface("10.20.0.21/24"), IPv4Interface("10.20.0.22/24")
GATEKEEPER = IPv4Interface("10.1.0.30/24")
HANDSETS, SERVERS = (IPv4Network("10.20.0.0/24"),), (IPv4Network("10.1.0.30/32"),)
GIVE_UP = 60.0

RULES = Policy(
    "calls",
    (
        Rule("ras", HANDSETS, SERVERS, Protocol.UDP, PortRange(49300, 49309), PortRange(1719, 1719)),
        Rule("calls-in", HANDSETS, SERVERS, Protocol.TCP, ANY_PORT, PortRange(1720, 1720)),
        Rule("calls-out", SERVERS, HANDSETS, Protocol.TCP, ANY_PORT, PortRange(1720, 1720)),
    ),
)


def topology() -> Topology:
    gateway = IPv4Interface("10.20.0.1/24"), IPv4Interface("10.1.0.1/24")
    to_servers = (Route(GATEKEEPER.network, gateway[0].ip),)
    return Topology(
        (Segment("voice"), Segment("servers")),
        (
            Node("ann", (Interface("eth0", "voice", (ANN,)),), to_servers),
            Node("bob", (Interface("eth0", "voice", (BOB,)),), to_servers),
            Node(
                "firewall",
                (
                    Interface("handsets", "voice", (gateway[0],)),
                    Interface("servers", "servers", (gateway[1],)),
                ),
                forwards=True,
                filters=True,
            ),
            Node(
                "gatekeeper",
                (Interface("eth0", "servers", (GATEKEEPER,)),),
                (Route(ANN.network, gateway[1].ip),),
            ),
        ),
        (Tap("handsets", "firewall", "handsets"), Tap("servers", "firewall", "servers")),
    )


@dataclass
class UntilBothHaveLeft:
    """The run is over when both have unregistered."""

    phones: tuple[Endpoint, ...]
    give_up_at: float = GIVE_UP

    def saw(self, entry: Entry) -> None:
        pass

    @property
    def done(self) -> bool:
        return all(phone.deadline is None and phone.granted is None for phone in self.phones)


def phone(address: IPv4Interface, extension: str, plan: CallPlan) -> Endpoint:
    gatekeeper = TransportAddress(GATEKEEPER.ip, 1719)
    config = RasClientConfig(
        address.ip, (gatekeeper,), extension, dialect=PLAIN, family=FAMILIES["h323"], leave_after=30.0
    )
    return Endpoint(config, Random(int(extension)), calls=plan)


@pytest.fixture(scope="module")
def lab() -> Iterator[Session]:
    with Session(topology()) as session:
        yield session


def boot(lab: Session, policy: Policy, plan: CallPlan) -> tuple[Recording, Endpoint, Endpoint]:
    lab.load(nftables.write(policy, Device(log_group=NFLOG_GROUP)).text)
    ann, bob = phone(ANN, "4711", plan), phone(BOB, "4712", CallPlan())
    config = GatekeeperConfig(GATEKEEPER.ip, dialect=PLAIN, calls=RouterConfig())
    machines: dict[str, Machine] = {"gatekeeper": Gatekeeper(config, Random(1)), "bob": bob, "ann": ann}
    return lab.boot(machines, UntilBothHaveLeft((ann, bob))), ann, bob


def tshark(recording: Recording, tap: str, folder: Path, *arguments: str) -> list[str]:
    path = folder / f"{tap}.pcap"
    with path.open("wb") as file:
        write_pcap(file, ((frame.time, frame.data) for frame in recording.frames if frame.tap == tap))
    done = subprocess.run(
        ["tshark", "-n", "-r", str(path), *arguments], capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout.splitlines()


@pytest.mark.peers
@pytest.mark.parametrize("fast_start", [True, False])
def test_both_sides_read_clean(lab: Session, tmp_path: Path, fast_start: bool) -> None:
    plan = CallPlan("4712", after=1.0, hold=5.0, fast_start=fast_start)
    recording, ann, bob = boot(lab, RULES, plan)
    for one in (ann, bob):
        assert one.call is not None
        assert (one.call.connected, one.call.media) == (True, True)
    assert recording.dropped == ()
    for tap in ("handsets", "servers"):
        bad = "_ws.malformed || _ws.expert.severity >= 6291456 || _ws.unreassembled"
        assert tshark(recording, tap, tmp_path, "-Y", bad) == []
        spoken = tshark(recording, tap, tmp_path, "-Y", "q931", "-T", "fields", "-e", "q931.message_type")
        names = [int(value, 16) for line in spoken for value in line.split(",")]
        # Setup, CallProceeding, Alerting, Connect, ReleaseComplete: each on both legs.
        assert {kind: names.count(kind) for kind in (0x05, 0x02, 0x01, 0x07, 0x5A)} == dict.fromkeys(
            (0x05, 0x02, 0x01, 0x07, 0x5A), 2
        )
        assert len(tshark(recording, tap, tmp_path, "-Y", "h225.setup_element")) == 2
        opened = "h245.openLogicalChannel_element || h245.OpenLogicalChannel_element || h225.FastStart_item"
        assert tshark(recording, tap, tmp_path, "-Y", opened)
        if not fast_start:
            assert tshark(recording, tap, tmp_path, "-Y", "h245.terminalCapabilitySet_element")
            assert tshark(recording, tap, tmp_path, "-Y", "h245.masterSlaveDeterminationAck_element")
        assert len(tshark(recording, tap, tmp_path, "-Y", "h225.disengageRequest_element")) == 2


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("calls-in", "no connection to 10.1.0.30:1720: timed out"),
        ("calls-out", "released by the peer: unreachableDestination, cause 3"),
    ],
)
def test_each_rule_for_calls_is_needed(lab: Session, rule: str, why: str) -> None:
    plan = CallPlan("4712", after=1.0, hold=5.0)
    recording, ann, _ = boot(lab, RULES.without(rule), plan)
    assert ann.call is not None
    assert not ann.call.connected
    assert ann.call.ended == why
    assert {dropped.packet.destination_port for dropped in recording.dropped} == {1720}
