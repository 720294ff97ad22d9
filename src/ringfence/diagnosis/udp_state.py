"""What a stateful firewall remembers of UDP, by the rule of the filter that proves rules."""

from dataclasses import dataclass, field, replace
from math import inf

from ringfence.diagnosis.observation import Observation
from ringfence.model.address import TransportAddress
from ringfence.policy.filter import Timers

_LINUX = Timers()


def timers_by_stream(stream: float) -> Timers:
    """Those of a firewall that forgets a UDP stream after so many seconds, and a first exchange no later."""
    return replace(_LINUX, udp=min(_LINUX.udp, stream), udp_stream=stream)


@dataclass(slots=True)
class _Flow:
    born: float
    opener: TransportAddress
    last: float
    lifetime: float
    answered: bool = False


@dataclass(slots=True)
class UdpStates:
    """Feed packets in order of time; ask before feeding."""

    timers: Timers
    _flows: dict[frozenset[TransportAddress], _Flow] = field(default_factory=dict)

    def idle(self, seen: Observation) -> float:
        """Seconds since a packet passed between these ends; infinite where none did."""
        flow = self._flows.get(_ends(seen))
        return inf if flow is None else seen.time - flow.last

    def lifetime(self, seen: Observation) -> float:
        """Seconds of silence for which these ends are remembered."""
        flow = self._flows.get(_ends(seen))
        return 0.0 if flow is None else flow.lifetime

    def is_known(self, seen: Observation) -> bool:
        return self.idle(seen) <= self.lifetime(seen)

    def passed(self, seen: Observation) -> None:
        """A stream it becomes by a packet that comes after both have spoken and some time after the first."""
        flow = self._flows.get(_ends(seen))
        if flow is None or not self.is_known(seen):
            self._flows[_ends(seen)] = _Flow(seen.time, seen.source, seen.time, self.timers.udp)
            return
        stream = flow.answered and seen.time - flow.born > self.timers.udp_stream_after
        flow.answered = flow.answered or seen.source != flow.opener
        flow.last = seen.time
        flow.lifetime = self.timers.udp_stream if stream else self.timers.udp


def _ends(seen: Observation) -> frozenset[TransportAddress]:
    return frozenset((seen.source, seen.destination))
