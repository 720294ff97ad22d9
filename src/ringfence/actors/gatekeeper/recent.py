"""Answers that were given lately, for requests that were only repeated, or differ in their number only."""

from ringfence.model.address import TransportAddress
from ringfence.wire import h225, ras


class RecentAnswers:
    """The last answer to each address, remembered for `window` to twice as many seconds.

    H.225.0 endpoints repeat a request octet by octet; answering it anew would spend a challenge twice, or
    register twice. At most twice `most` addresses and twice `octets` of requests and answers are kept: who
    sends more shortens the window.
    """

    def __init__(self, window: float = 15.0, most: int = 50_000, octets: int = 32 << 20) -> None:
        self._window = window
        self._most = most
        self._most_octets = octets
        self._octets = 0  # that came to the young ones
        self._turn = 0.0
        self._young: dict[TransportAddress, tuple[bytes, bytes]] = {}
        self._old: dict[TransportAddress, tuple[bytes, bytes]] = {}

    def find(self, source: TransportAddress, request: bytes, now: float) -> bytes | None:
        self._age(now)
        found = self._young.get(source) or self._old.get(source)
        return found[1] if found is not None and found[0] == request else None

    def put(self, source: TransportAddress, request: bytes, answer: bytes, now: float) -> None:
        self._age(now)
        self._young[source] = (request, answer)
        self._octets += len(request) + len(answer)

    def forget(self, source: TransportAddress) -> None:
        self._young.pop(source, None)
        self._old.pop(source, None)

    def _age(self, now: float) -> None:
        room = len(self._young) < self._most and self._octets < self._most_octets
        if now < self._turn and room:
            return
        # After a pause of two windows both are out of date.
        self._old = self._young if now < self._turn + self._window else {}
        self._young = {}
        self._octets = 0
        self._turn = now + self._window


def keep_alive_pattern(
    rrq: h225.RegistrationRequest, data: bytes, answer: ras.RasMessage | None
) -> tuple[bytes, bytes] | None:
    """A light-weight RRQ and its RCF, less their numbers: the next differ in nothing else. None: it was
    refused, or its number stands elsewhere than in octets 2 and 3 of `data`.
    """
    if not isinstance(answer, h225.RegistrationConfirm):
        return None
    octets, number = ras.encode(answer), (rrq.requestSeqNum - 1).to_bytes(2)
    alike = data[2:4] == number == octets[2:4]
    return (data[:2] + data[4:], octets[:2] + octets[4:]) if alike else None
