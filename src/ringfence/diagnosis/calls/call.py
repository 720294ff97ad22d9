"""A call as its signalling shows it, and the media channels that it agreed on."""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from ringfence.model.address import TransportAddress


class Side(StrEnum):
    """A side of a call: who sent the Setup, or who it was sent to."""

    CALLER = "caller"
    CALLED = "called"

    @property
    def other(self) -> "Side":
        return Side.CALLED if self is Side.CALLER else Side.CALLER


class ChannelState(StrEnum):
    """What became of a logical channel (H.245 annex C.4)."""

    PROPOSED = "proposed"  # and no answer was seen
    OPEN = "open"
    REJECTED = "rejected"
    CLOSED = "closed"


class Negotiation(StrEnum):
    """How a channel was agreed on (H.323 clauses 8.1.7, 8.2.1 and 8.2)."""

    FAST_START = "fastStart"
    TUNNELLED = "tunnelled H.245"
    SEPARATE = "H.245"


@dataclass(slots=True)
class MediaChannel:
    """A logical channel, one direction.

    `sender` transmits; `media` is where the other side receives, `control` where it takes RTCP. None: not
    named in what was seen. `kind`: audio, video, fax, data; `codec` in words. `opened` and `closed`: seconds,
    on the capture's clock.
    """

    number: int
    sender: Side
    kind: str
    codec: str
    session: int
    negotiation: Negotiation
    state: ChannelState = ChannelState.PROPOSED
    media: TransportAddress | None = None
    control: TransportAddress | None = None
    payload_type: int | None = None
    opened: float | None = None
    closed: float | None = None

    def opened_by(self, sender: Side, time: float) -> "MediaChannel":
        """The same channel, from that side and open since then."""
        return replace(self, sender=sender, state=ChannelState.OPEN, opened=time)


@dataclass(slots=True)
class Call:
    """One leg of a call: two ends of a call-signalling connection and a call reference between them.

    `caller` and `called` are the ends of the connection, `calling` and `called_party` the numbers or names.
    Times in seconds, on the capture's clock; None: not seen. `began`: when its first message was. `cause` is
    of Q.850, `reason` of H.225.0's ReleaseComplete. `closed`: when the connection closed under a call that
    nobody had released. `frames`: of the messages by which it advanced. `undecodable`: the first message that
    could not be read whole. `is_permanent`: no call, but the signalling channel that an Avaya set keeps open.
    `is_switched`: by key presses on such a channel: `setup` is when the handset went off the hook or rang.
    `dropped`: how often its Setup entered the firewall and did not leave it.
    """

    caller: TransportAddress
    called: TransportAddress
    reference: int
    began: float
    calling: str = ""
    called_party: str = ""
    identifier: str = ""
    setup: float | None = None
    alerting: float | None = None
    connected: float | None = None
    released: float | None = None
    closed: float | None = None
    released_by: Side | None = None
    cause: int | None = None
    reason: str = ""
    channels: list[MediaChannel] = field(default_factory=list)
    frames: list[int] = field(default_factory=list)
    undecodable: str = ""
    is_permanent: bool = False
    is_switched: bool = False
    dropped: int = 0

    @property
    def is_undelivered(self) -> bool:
        """Whether its Setup entered the firewall, and none left it."""
        return self.dropped > 0 and self.setup is None

    @property
    def ended(self) -> float | None:
        return self.released if self.released is not None else self.closed
