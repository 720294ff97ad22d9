"""A translating firewall with the Linux helpers: the kernel's, and the simulated one."""

from ipaddress import IPv4Address, IPv4Network

from ringfence.lab.expectations import Expectations
from ringfence.model.nat import Nat, NatKind, NatRule
from ringfence.model.packet import Packet
from ringfence.policy.filter import StatefulFilter
from ringfence.policy.inspection.linux_helper import LinuxHelper
from ringfence.policy.translator import Translator
from support.firewalls.filter_tables import EVERYTHING
from support.lab.translating import CORE, OUTSIDE, PHONES, TranslatingKernel

NATS = {
    "one-to-one": Nat("phones", "core", NatKind.ONE_TO_ONE, (PHONES,), (OUTSIDE,)),
    "many-to-one": Nat("phones", "core", NatKind.MANY_TO_ONE, (PHONES,), (IPv4Network("10.30.0.1/32"),)),
    "untranslated": None,
}


class KernelWorld:
    def __init__(self, kernel: TranslatingKernel, expectations: Expectations) -> None:
        self._kernel = kernel
        self._expectations = expectations

    def forwards(self, packet: Packet) -> Packet | None:
        return self._kernel.forwards(packet)

    def age(self, seconds: float) -> None:
        self._kernel.age(seconds)
        self._expectations.age(seconds)

    def pinholes(self) -> set[tuple[int, IPv4Address, IPv4Address, int]]:
        return {(e.protocol, e.source, e.destination, e.port) for e in self._expectations.dump()}


class SimulatedWorld:
    def __init__(self, rules: tuple[NatRule, ...]) -> None:
        self._filter = StatefulFilter(EVERYTHING)
        self._helper = LinuxHelper((1719,), (1720,), self._filter.lives)
        self._translator = Translator(rules, self._filter, self._helper)
        self._now = 0.0

    def forwards(self, packet: Packet) -> Packet | None:
        seen = self._translator.arrives(packet, self._now)
        if seen.destination == CORE[1]:
            self._translator.received(seen, self._now)
            return None
        if not self._filter.permits(seen, self._now, packet).permitted:
            return None
        return self._translator.leaves(seen, packet, self._now)

    def age(self, seconds: float) -> None:
        self._now += seconds

    def pinholes(self) -> set[tuple[int, IPv4Address, IPv4Address, int]]:
        return {
            (each.protocol, IPv4Address(each.peer), IPv4Address(each.outside[0]), each.outside[1])
            for each in self._helper.pinholes.open(self._now)
        }
