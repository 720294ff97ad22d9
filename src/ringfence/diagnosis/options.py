"""What the judge is told besides the packets: one value for every way to a judgement."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address

from ringfence.model.address import TransportAddress
from ringfence.model.defaults import UDP_STREAM_STATE
from ringfence.model.ports import Ports
from ringfence.model.stage import Stage

_PORTS = Ports()


DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class WholeRecording:
    """What all of a recording shows, for who judges some of its handsets.

    `gatekeepers`: when each was first shown to be one. `pauses`: when the last packet came before each pause
    that parts two recordings. `days`: those since the epoch on which there were handsets. `claims` as in
    `CapturedPackets`. Times in seconds.
    """

    gatekeepers: Mapping[TransportAddress, float]
    pauses: tuple[float, ...]
    days: frozenset[int]
    claims: Mapping[IPv4Address, Mapping[bytes, int]]

    def has_handsets(self, after: float, until: float) -> bool:
        """In the recording that begins after a pause after one time, and ends at another."""
        return any(after + DAY <= day * DAY <= until for day in self.days)


@dataclass(frozen=True, slots=True)
class JudgeOptions:
    """The defaults are those for one capture from the field.

    `both_sides`: taps HANDSETS and SERVERS were both recording, so a packet missing at one was dropped
    between them. `expected`: stages that the recording must show: in these absence is failure, and nothing
    is left undecided. `state_timeout`: seconds after which the firewall has forgotten a UDP flow; a
    gatekeeper that speaks later finds no state. `phones_only`: leave out other hosts that speak DHCP. `end`:
    the recording went on at least until then, on the clock of the frames, whatever its last one. `timed`:
    False where times are but the order of the frames.
    """

    both_sides: bool = False
    expected: frozenset[Stage] = frozenset()
    ports: Ports = _PORTS
    state_timeout: float = float(UDP_STREAM_STATE)
    phones_only: bool = True
    end: float = 0.0
    timed: bool = True
