"""Where the simulated network asks the policy: at a forwarding node, for each packet, at its virtual time."""

from collections.abc import Callable
from typing import NamedTuple

from ringfence.drivers.sim.clock import Clock
from ringfence.model.packet import Packet
from ringfence.policy.filter import StatefulFilter


class Drop(NamedTuple):
    """`by`: the rule that denied it, or the filter's word (`policy.filter`): `default`, `invalid`."""

    time: float
    node: str
    packet: Packet
    by: str


class SimulatedFirewall:
    """Denied packets vanish without a word to the sender."""

    def __init__(
        self, node: str, filter_: StatefulFilter, clock: Clock, dropped: Callable[[Drop], None]
    ) -> None:
        self._node = node
        self._filter = filter_
        self._clock = clock
        self._dropped = dropped

    def passes(self, packet: Packet) -> bool:
        verdict = self._filter.permits(packet, self._clock.now)
        if not verdict.permitted:
            self._dropped(Drop(self._clock.now, self._node, packet, verdict.by))
        return verdict.permitted
