"""Who uses a permanent signalling connection for calls: a phone's user, or the switch behind a gatekeeper."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ringfence.actors.io import Commands, SendStream, StreamId
from ringfence.actors.signalling.session import Session
from ringfence.model.address import TransportAddress
from ringfence.wire import ccms
from ringfence.wire.call_signalling import CallSignal


@dataclass(frozen=True, slots=True)
class PermanentChannel:
    """A connection whose first exchange is over."""

    stream: StreamId
    remote: TransportAddress
    session: Session

    def information(self, *frames: ccms.CcmsFrame) -> SendStream:
        """Keys, lamps, ringing: CCMS frames in an Information message."""
        return SendStream(self.stream, self.session.information(ccms.encode(list(frames))))

    def facility(self, elements: Sequence[bytes]) -> SendStream:
        """Where to send audio, as fastStart."""
        return SendStream(self.stream, self.session.facility(elements))


class ChannelUser(Protocol):
    """Is told what happens on connections, and says what to do about it."""

    def offer(self) -> list[bytes]:
        """fastStart of the first message: where audio is received; empty: nowhere."""

    def established(self, channel: PermanentChannel, now: float) -> Commands: ...

    def heard(self, channel: PermanentChannel, signal: CallSignal, now: float) -> Commands:
        """Setup or Connect, Facility, Information."""

    def lost(self, stream: StreamId) -> Commands:
        """The connection is gone, or was never established."""
