"""The H.323 helpers of Linux (nf_conntrack_h323, nf_nat_h323) as measured with kernel 6.18.

What the kernel's decoder cannot read passes as it is. What it reads is rewritten where the packet's own
address is translated, and what it names is expected for 240 s. Lengths never change.
"""

from collections.abc import Callable, Sequence

from ringfence.model.packet import Packet, Protocol
from ringfence.policy.connections import ConnectionName, Known
from ringfence.policy.inspection.ends import Dialogue, ways_of
from ringfence.policy.inspection.linux_ras import RasReader
from ringfence.policy.inspection.linux_signalling import ControlReader, SignallingReader
from ringfence.policy.inspection.pinholes import Pinholes, Reads, TransportEnd

_MANY = 10_000  # dialogues, among which the dead are looked for


class LinuxHelper:
    """Reads RAS on these UDP ports and call signalling on these TCP ports.

    `lives` tells whether the connection of a name still does.
    """

    def __init__(
        self,
        ras_ports: Sequence[int],
        signalling_ports: Sequence[int],
        lives: Callable[[ConnectionName, float], bool],
    ) -> None:
        self._lives = lives
        self.pinholes = Pinholes(lives)
        self._readers: dict[Reads, RasReader | SignallingReader | ControlReader] = {
            Reads.RAS: RasReader(self.pinholes),
            Reads.CALL_SIGNALLING: SignallingReader(self.pinholes),
            Reads.CALL_CONTROL: ControlReader(self.pinholes),
        }
        self._ports = {
            **{(int(Protocol.UDP), port): Reads.RAS for port in ras_ports},
            **{(int(Protocol.TCP), port): Reads.CALL_SIGNALLING for port in signalling_ports},
        }
        self._dialogues: dict[ConnectionName, Dialogue] = {}
        self._expected: dict[ConnectionName, Reads] = {}

    def expects(self, packet: Packet, name: ConnectionName, now: float) -> TransportEnd | None:
        """Where an opening packet is led that was expected."""
        self._expected.pop(name, None)
        found = self.pinholes.taken(packet, now)
        if found is None:
            return None
        self._expected[name] = found.reads
        return found.inside

    def looks(self, packet: Packet, known: Known, now: float) -> Packet:
        """The packet as it leaves after the helper has read it; its connection is the known one."""
        dialogue = self._dialogue(known, now)
        reader = self._readers.get(dialogue.reads)
        if reader is None or not packet.payload:
            return packet
        return reader.looks(packet, ways_of(known), dialogue, now)

    def _dialogue(self, known: Known, now: float) -> Dialogue:
        found = self._dialogues.get(known.name)
        if found is None or found.connection is not known.connection:
            protocol, port = known.name[0] % 256, known.name[4]
            usual = self._ports.get((protocol, port), Reads.NOTHING)
            found = Dialogue(known.connection, self._expected.pop(known.name, Reads.NOTHING) or usual)
            if known.name in self._dialogues:
                self.pinholes.close(known.name)
            if len(self._dialogues) >= _MANY:
                kept = self._dialogues.items()
                self._dialogues = {name: each for name, each in kept if self._lives(name, now)}
            self._dialogues[known.name] = found
        return found
