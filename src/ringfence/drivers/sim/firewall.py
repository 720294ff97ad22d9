"""Where the simulated network asks the policy: at a forwarding node, for each packet, at its virtual time."""

from collections.abc import Callable
from typing import NamedTuple

from ringfence.drivers.sim.clock import Clock
from ringfence.model.packet import Packet
from ringfence.policy.filter import StatefulFilter
from ringfence.policy.translator import Translator


class Drop(NamedTuple):
    """`by`: the rule that denied it, or the filter's word (`policy.filter`): `default`, `invalid`."""

    time: float
    node: str
    packet: Packet
    by: str


class SimulatedFirewall:
    """Denied packets vanish without a word to the sender. `translator` None: addresses stay as they are."""

    def __init__(
        self,
        node: str,
        filter_: StatefulFilter,
        clock: Clock,
        dropped: Callable[[Drop], None],
        translator: Translator | None = None,
    ) -> None:
        self._node = node
        self._filter = filter_
        self._clock = clock
        self._dropped = dropped
        self._translator = translator

    def arrives(self, packet: Packet) -> Packet:
        """The packet with the destination that it is routed by."""
        return self._translator.arrives(packet, self._clock.now) if self._translator else packet

    def forwards(self, packet: Packet, arrived: Packet) -> Packet | None:
        """The packet as it leaves; None: it is denied. `arrived`: as it was before `arrives`."""
        verdict = self._filter.permits(packet, self._clock.now, arrived)
        if not verdict.permitted:
            self._dropped(Drop(self._clock.now, self._node, packet, verdict.by))
            return None
        return self._translator.leaves(packet, arrived, self._clock.now) if self._translator else packet

    def receives(self, packet: Packet) -> None:
        """The packet ends here."""
        if self._translator:
            self._translator.received(packet, self._clock.now)

    # For streams whose keep-alive probes are left out (`flows.kept`).

    @property
    def translates(self) -> bool:
        return self._translator is not None

    def holds(self, probe: Packet, every: float) -> bool:
        """Remember the connection of this segment from now on; False: its timer is shorter than `every`.

        True too where it does not know the connection: it is not on the way, or asks the rules alone.
        """
        return self._filter.hold(probe, every, self._clock.now)

    def released(self, probe: Packet, last: float) -> None:
        """The last segment of the connection passed at that time."""
        self._filter.release(probe, last)
