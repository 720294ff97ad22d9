"""RRQs that are answered late, behind a RequestInProgress (H.225.0 clause 7.18)."""

from ringfence.actors.deadlines import Deadlines
from ringfence.actors.io import DatagramReceived
from ringfence.model.address import TransportAddress
from ringfence.wire import h225, ras

_MOST_WAITING = 10_000


class PostponedRequests:
    """Each waits `delay` seconds, once, however often it is repeated."""

    def __init__(self, delay: float) -> None:
        self._delay = delay
        self._waiting: dict[
            tuple[TransportAddress, int], tuple[h225.RegistrationRequest, DatagramReceived]
        ] = {}
        self._answer_at: Deadlines[tuple[TransportAddress, int]] = Deadlines()

    @property
    def deadline(self) -> float | None:
        return self._answer_at.next

    def put(self, rrq: h225.RegistrationRequest, event: DatagramReceived, now: float) -> bytes | None:
        """The RIP that answers it for now; None: too many wait."""
        key = (event.source, rrq.requestSeqNum)
        if key not in self._waiting:
            if len(self._waiting) >= _MOST_WAITING:
                return None
            self._waiting[key] = (rrq, event)
            self._answer_at.put(key, now + self._delay)
        # The endpoint's wait begins at the RIP, which it may get late: half as long again.
        rip = h225.RequestInProgress(
            requestSeqNum=rrq.requestSeqNum, delay=min(65535, int(self._delay * 1500) + 1)
        )
        return ras.encode(rip)

    def due(self, now: float) -> list[tuple[h225.RegistrationRequest, DatagramReceived]]:
        return [self._waiting.pop(key) for key in self._answer_at.take(now)]
