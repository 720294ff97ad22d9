"""What the judge is told besides the packets: one value for every way to a judgement."""

from dataclasses import dataclass

from ringfence.model.defaults import UDP_STREAM_STATE
from ringfence.model.ports import Ports
from ringfence.model.stage import Stage

_PORTS = Ports()


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
