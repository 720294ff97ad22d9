"""The kernel's own translation makes of every packet what the simulated one makes of it."""

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Network
from random import Random

import pytest

from ringfence.lab.topology import Lab
from ringfence.model.nat import Nat, NatKind, NatRule
from ringfence.model.packet import Packet, Protocol
from ringfence.policy.filter import StatefulFilter
from ringfence.policy.translator import Translator
from support.firewalls.filter_tables import EVERYTHING, packet
from support.lab.translating import CORE, LAB, OUTSIDE, PHONES, TranslatingKernel

pytestmark = pytest.mark.kernel

ONE_TO_ONE = Nat("phones", "core", NatKind.ONE_TO_ONE, (PHONES,), (OUTSIDE,))
MANY_TO_ONE = Nat("phones", "core", NatKind.MANY_TO_ONE, (PHONES,), (IPv4Network("10.30.0.1/32"),))
SAID = (
    "udp 10.20.0.49:49300 > 10.30.0.10:1719",
    "udp 10.20.0.50:49300 > 10.30.0.10:1719",
    "udp 10.20.0.50:49300 > 10.30.0.11:1719",
    "udp 10.30.0.10:1719 > {outside}:49300",
    "udp 10.30.0.11:1719 > {outside}:49300",
    "udp 10.30.0.10:1719 > 10.20.0.49:49300",
    "tcp 10.20.0.49:1720 > 10.30.0.10:1720 S",
    "tcp 10.30.0.10:1720 > {outside}:1720 SA",
    "tcp 10.30.0.10:61440 > {outside}:1720 S",
    "tcp 10.20.0.49:1720 > 10.30.0.10:61440 SA",
    "echo 10.20.0.49 > 10.30.0.10 7",
    "reply 10.30.0.10 > {outside} 7",
)


@pytest.fixture(scope="module")
def kernel() -> Iterator[TranslatingKernel]:
    with Lab(LAB) as lab:
        yield TranslatingKernel(lab)


class Simulated:
    """The filter with the translator before and behind it."""

    def __init__(self, rule: NatRule) -> None:
        self._filter = StatefulFilter(EVERYTHING)
        self._translator = Translator((rule,), self._filter)

    def forwards(self, arrived: Packet, now: float) -> Packet | None:
        seen = self._translator.arrives(arrived, now)
        if seen.destination == CORE[1]:
            self._translator.received(seen, now)
            return None
        if not self._filter.permits(seen, now, arrived).permitted:
            return None
        return self._translator.leaves(seen, arrived, now)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("nat", [ONE_TO_ONE, MANY_TO_ONE], ids=lambda each: each.kind.value)
def test_any_packets_leave_alike(kernel: TranslatingKernel, nat: Nat, seed: int) -> None:
    random, now = Random(seed), 0.0
    rule = NatRule(nat, (CORE,))
    kernel.load(EVERYTHING, (rule,))
    ours = Simulated(rule)
    outside = str(nat.outward(PHONES[49]))
    for _ in range(20):
        gap, text = random.choice((0, 0, 1, 3, 31, 122)), random.choice(SAID).format(outside=outside)
        now += gap
        if gap:
            kernel.age(gap)
        sent = packet(text)
        expected, told = ours.forwards(sent, now), kernel.forwards(sent)
        assert words(sent, told) == words(sent, expected), (now, text)


def words(sent: Packet, left: Packet | None) -> str:
    """The packet that left; a port that was chosen for it is any."""
    if left is None or sent.protocol is Protocol.ICMP or left.source_port == sent.source_port:
        return str(left)
    return str(replace(left, source_port=0))
