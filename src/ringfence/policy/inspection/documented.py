"""An inspection of which documents alone are known: it rewrites RAS, and opens nothing that is sure."""

from collections.abc import Sequence

from ringfence.model.inspections import InspectionRow
from ringfence.model.packet import Packet, Protocol
from ringfence.policy.connections import ConnectionName, Known
from ringfence.policy.inspection.ends import Dialogue, ways_of
from ringfence.policy.inspection.linux_ras import RasReader
from ringfence.policy.inspection.pinholes import Pinholes, Reads, TransportEnd


class DocumentedInspection:
    """Reads RAS on these UDP ports, as the row says."""

    def __init__(self, row: InspectionRow, ras_ports: Sequence[int]) -> None:
        self._row = row
        self._ports = frozenset(ras_ports)
        self._dialogues: dict[ConnectionName, Dialogue] = {}

    def expects(self, packet: Packet, name: ConnectionName, now: float) -> TransportEnd | None:
        """Nothing: no document says for certain what is let in."""

    def looks(self, packet: Packet, known: Known, now: float) -> Packet:
        """The packet as it leaves."""
        if packet.protocol is not Protocol.UDP or known.name[4] not in self._ports:
            return packet
        if self._row.ras_state:
            known.connection.expires = now + self._row.ras_state
        if not self._row.rewrites:
            return packet
        dialogue = self._dialogues.get(known.name)
        if dialogue is None or dialogue.connection is not known.connection:
            dialogue = self._dialogues[known.name] = Dialogue(known.connection, Reads.RAS)
        expires = known.connection.expires
        left = RasReader(Pinholes(_never)).looks(packet, ways_of(known), dialogue, now)
        known.connection.expires = expires  # the timers of messages are Linux's own
        return left


def _never(_master: ConnectionName, _now: float) -> bool:
    """No pinhole is sure."""
    return False
