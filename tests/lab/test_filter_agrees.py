"""The kernel's own connection tracking decides every packet of the filter's tables as the filter does."""

import socket
import time
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from random import Random

import pytest

from ringfence.firewalls.common.document import Device
from ringfence.firewalls.nftables import write as nftables
from ringfence.lab.conntrack import Conntrack
from ringfence.lab.nft import Nft
from ringfence.lab.topology import End, Lab, LabLink, LabNode, LabTopology
from ringfence.model.packet import Packet, Protocol
from ringfence.model.topology import mac_octets
from ringfence.policy.filter import DEFAULT, StatefulFilter
from ringfence.wire.frame import datagram_of, frame_of
from ringfence.wire.icmp import quoting
from support.firewalls.filter_tables import POLICY, RCF, RRQ, TABLES, Row, packet

pytestmark = pytest.mark.kernel

INSIDE, OUTSIDE, STRANGER = "02:00:00:00:00:01", "02:00:00:00:00:02", "02:00:00:00:00:99"
_HANDSETS = IPv4Network("10.20.0.0/16")
_DECIDED_WITHIN = 1.0


def line(node: str, address: str, mac: str) -> LabLink:
    return LabLink(End("firewall", node, (IPv4Interface(address),), mac), End(node, "eth0", mac=STRANGER))


SITE = LabTopology(
    (LabNode("firewall", forwarding=True), LabNode("handsets"), LabNode("servers")),
    (line("handsets", "10.20.0.1/16", INSIDE), line("servers", "10.30.0.1/24", OUTSIDE)),
)


class Kernel:
    """A forwarding namespace under the policy; what decided a packet shows in the counters."""

    def __init__(self, lab: Lab) -> None:
        firewall = lab["firewall"]
        self._nft = Nft(firewall)
        self._conntrack = Conntrack(firewall)
        # Our packets have no proper sequence numbers, which the filter does not judge either.
        firewall.sysctl({"net.netfilter.nf_conntrack_tcp_be_liberal": "1"})
        lab.on_close(self._nft.close)
        lab.on_close(self._conntrack.close)
        self._nft.apply(nftables.write(POLICY, Device(log_group=5, exclusive=True)).text)
        self._raw = {
            name: lab[name].socket(socket.AF_PACKET, socket.SOCK_RAW, 0) for name in ("handsets", "servers")
        }
        for raw in self._raw.values():
            lab.on_close(raw.close)
            raw.bind(("eth0", 0))

    def forget(self) -> None:
        self._conntrack.flush()

    def age(self, seconds: float) -> None:
        if seconds:
            self._conntrack.age(seconds)

    def decides(self, inner: Packet) -> str:
        inside = inner.source in _HANDSETS
        frame = frame_of(
            inner,
            source_mac=mac_octets(STRANGER),
            destination_mac=mac_octets(INSIDE if inside else OUTSIDE),
        )
        before = self._nft.counters()
        self._raw["handsets" if inside else "servers"].send(frame)
        give_up = time.monotonic() + _DECIDED_WITHIN
        while time.monotonic() < give_up:
            for name, count in self._nft.counters().items():
                if count != before[name]:
                    return DEFAULT if name == nftables.FINAL_DROP else name
        return "nothing of ours"


@pytest.fixture(scope="module")
def kernel() -> Iterator[Kernel]:
    with Lab(SITE) as lab:
        yield Kernel(lab)


@pytest.mark.parametrize("rows", TABLES.values(), ids=TABLES)
def test_the_kernel_agrees(kernel: Kernel, rows: tuple[Row, ...]) -> None:
    kernel.forget()
    now, seen = 0.0, []
    for row in rows:
        kernel.age(row.at - now)
        now = row.at
        seen.append((row.packet, kernel.decides(packet(row.packet))))
    assert seen == [(row.packet, row.by.removeprefix("-")) for row in rows]


def test_an_icmp_error_is_for_the_rules_when_it_is_about_a_connection(kernel: Kernel) -> None:
    about = packet(RRQ)
    body = quoting(datagram_of(about))
    error = Packet(Protocol.ICMP, IPv4Address("10.30.0.200"), 3, about.source, 1, payload=body)
    judge = StatefulFilter(POLICY)
    kernel.forget()
    told, ours = [], []
    for sent in (error, about, error):
        told.append(kernel.decides(sent))
        ours.append(judge.permits(sent, 0.0).by)
    assert ours == told == ["invalid", "ras", "default"]


SAID = (
    RRQ,
    RCF,
    "udp 10.20.0.51:49300 > 10.30.0.10:1719",
    "echo 10.20.0.50 > 10.30.0.10 7",
    "reply 10.30.0.10 > 10.20.0.50 7",
    "echo 10.30.0.10 > 10.20.0.50 7",
    "reply 10.20.0.50 > 10.30.0.10 7",
)


@pytest.mark.parametrize("seed", range(20))
def test_any_datagrams_and_echoes_are_decided_alike(kernel: Kernel, seed: int) -> None:
    random, judge, now = Random(seed), StatefulFilter(POLICY), 0.0
    kernel.forget()
    told: list[tuple[float, str, str]] = []
    ours: list[tuple[float, str, str]] = []
    for _ in range(12):
        gap, text = random.choice((0, 0, 1, 3, 28, 31, 62, 119, 122)), random.choice(SAID)
        now += gap
        kernel.age(gap)
        told.append((now, text, kernel.decides(packet(text))))
        ours.append((now, text, judge.permits(packet(text), now).by))
    assert ours == told
