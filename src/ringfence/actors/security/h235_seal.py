"""The token of a RAS message: made for our own, judged for a peer's, and taken once."""

from collections.abc import Mapping

from ringfence.actors.security.durable import Stamp
from ringfence.model.defaults import CLOCK_TOLERANCE
from ringfence.wire import ras
from ringfence.wire.h235_tokens import sign, token_of, verify_token

_MOST_SENDERS = 100_000  # only who knows a password adds one
_MOST_STAMPS = 8


class _Stamps:
    """The latest stamps of one sender, all above `floor`. They may overtake each other on the way."""

    def __init__(self, floor: Stamp = (0, 0)) -> None:
        self._floor = floor
        self._seen: set[Stamp] = set()

    @property
    def latest(self) -> Stamp:
        return max(self._seen, default=self._floor)

    def takes(self, stamp: Stamp) -> bool:
        if stamp <= self._floor or stamp in self._seen:
            return False
        self._seen.add(stamp)
        if len(self._seen) > _MOST_STAMPS:
            self._floor = min(self._seen)
            self._seen.remove(self._floor)
        return True


class Seal:
    """Signs with a rising number, and lets each (time, number) of a sender through once.

    `used`: the latest stamp of each sender before the start; earlier ones may have been used as well.
    """

    def __init__(self, epoch: float, used: Mapping[str, Stamp] | None = None) -> None:
        self._epoch = epoch
        self._random = 0
        self._stamps = {who: _Stamps(stamp) for who, stamp in (used or {}).items()}

    def latest(self, who: str) -> Stamp:
        """The latest stamp of a sender that was let through."""
        return self._stamps[who].latest

    def sign(self, message: ras.RasMessage, key: bytes, recipient: str, sender: str, now: float) -> bytes:
        self._random = self._random % 0x7FFFFFFF + 1
        return sign(
            message,
            key,
            time_stamp=max(1, int(self._epoch + now)),
            random=self._random,
            recipient=recipient or "?",
            sender=sender or "?",
        )

    def fault(self, octets: bytes, message: ras.RasMessage, key: bytes, who: str, now: float) -> str:
        """What is wrong with the token of a message from `who`; empty: nothing."""
        token = token_of(message)
        if token is None:
            return "it has no token of the baseline profile"
        if not verify_token(octets, token, key):
            return "its hash is that of another password or another message"
        clear = token.hashedVals
        stamp = (clear.timeStamp or 0, clear.random or 0)
        if abs(stamp[0] - (self._epoch + now)) > CLOCK_TOLERANCE:
            return "its time stamp is too far from our clock"
        if who not in self._stamps and len(self._stamps) >= _MOST_SENDERS:
            return "more senders than can be told apart"  # to forget one would let it be repeated
        taken = self._stamps.setdefault(who, _Stamps()).takes(stamp)
        return "" if taken else "its time stamp was seen before"
