"""Calls as plain values: the same for the screen, JSON, CSV and the HTML page."""

from collections.abc import Sequence

import msgspec

from ringfence.apps.report.document import Cell, Section, TableBlock, Tone
from ringfence.diagnosis.calls.call import Call, MediaChannel, Side
from ringfence.diagnosis.calls.media import ChannelTraffic, MediaIndex
from ringfence.diagnosis.release_reasons import ORDINARY, q850_words
from ringfence.model.address import TransportAddress
from ringfence.model.printable import printable

_ROWS = 2000
CALL_COLUMNS = ("from", "to", "state", "released by", "cause", "media")


class ShownTraffic(msgspec.Struct, frozen=True):
    """What one capture has of a channel. `expected` by the sequence numbers, null where it is no RTP; jitter
    in milliseconds (RFC 3550), the last and the greatest, of the source that sent most. `rtcp`: its packets.
    `shared`: the stream is not of this call alone.
    """

    packets: int
    octets: int
    expected: int | None
    lost: int
    jitter: float
    greatest_jitter: float
    sources: tuple[str, ...]
    payload_types: tuple[int, ...]
    rtcp: int
    shared: bool

    @property
    def words(self) -> str:
        if not self.packets:
            return "no packets"
        loss = f", {self.lost} lost" if self.expected is not None else ""
        jitter = f", jitter {self.greatest_jitter:.1f} ms at most" if self.payload_types else ""
        shared = ", other calls' among them" if self.shared else ""
        return f"{self.packets} packets{loss}{jitter}{shared}"


class ShownChannel(msgspec.Struct, frozen=True):
    """One direction of media. `sender`: caller or called; `media`, `control`: where the other receives."""

    sender: str
    kind: str
    codec: str
    session: int
    negotiation: str
    state: str
    media: str
    control: str
    payload_type: int | None
    traffic: tuple[ShownTraffic, ...] = ()

    @property
    def counted(self) -> str:
        """What the captures have of it, one after the other; empty where nothing was counted."""
        return " | ".join(each.words for each in self.traffic)


class ShownCall(msgspec.Struct, frozen=True):
    """One leg. Times in seconds, on the capture's clock, null where not seen; `cause` is Q.850's, `reason`
    H.225.0's; `undecodable`: what of it could not be read, empty when all could. `failed`: its end is
    none that a person brings about."""

    identifier: str
    calling: str
    called_party: str
    caller: str
    called: str
    reference: int
    state: str
    setup: float | None
    alerting: float | None
    connected: float | None
    released: float | None
    closed: float | None
    released_by: str
    cause: int | None
    cause_words: str
    reason: str
    channels: tuple[ShownChannel, ...]
    frames: tuple[int, ...]
    undecodable: str
    failed: bool

    @property
    def duration(self) -> float | None:
        """Seconds from Connect to its end."""
        ended = self.released if self.released is not None else self.closed
        return None if ended is None or self.connected is None else max(0.0, ended - self.connected)

    @property
    def row(self) -> tuple[str, ...]:
        """The cells below CALL_COLUMNS."""
        lasted = "" if self.duration is None else f", {self.duration:.1f} s"
        media = dict.fromkeys(
            f"{each.kind} {each.codec}" for each in self.channels if each.state in {"open", "closed"}
        )
        return (
            f"{self.calling or '?'} ({self.caller})",
            f"{self.called_party or '?'} ({self.called})",
            f"{self.state}{lasted}",
            self.released_by,
            ", ".join(filter(None, (self.cause_words, in_words(self.reason)))),
            ", ".join(media) or "none agreed",
        )


def shown_call(call: Call, media: Sequence[MediaIndex]) -> ShownCall:
    return ShownCall(
        call.identifier,
        printable(call.calling),
        printable(call.called_party),
        str(call.caller),
        str(call.called),
        call.reference,
        _state(call),
        call.setup,
        call.alerting,
        call.connected,
        call.released,
        call.closed,
        call.released_by.value if call.released_by else "",
        call.cause,
        "" if call.cause is None else q850_words(call.cause),
        call.reason,
        tuple(_channel(call, channel, media) for channel in call.channels),
        tuple(call.frames),
        printable(call.undecodable),
        _failed(call),
    )


def _state(call: Call) -> str:
    """How far it came; a call whose beginning was not captured may have been connected."""
    if call.is_undelivered:
        return "Setup entered the firewall and did not leave it"
    if call.released is not None:
        if call.connected is not None:
            return "connected, released"
        return "not connected, released" if call.setup is not None else "released"
    if call.closed is not None:
        return "connection closed without ReleaseComplete"
    if call.connected is not None:
        return "connected"
    return "ringing" if call.alerting is not None else "set up"


def _failed(call: Call) -> bool:
    """Whether it ended as no person ends a call."""
    if call.released is None:
        return call.closed is not None or call.is_undelivered
    words = "" if call.cause is None else q850_words(call.cause)
    named = call.reason if call.reason != "undefinedReason" else ""
    return not {words, named} - {""} <= ORDINARY


def _channel(call: Call, channel: MediaChannel, media: Sequence[MediaIndex]) -> ShownChannel:
    counted = [index.traffic(call, channel) for index in media]
    return ShownChannel(
        channel.sender.value,
        channel.kind,
        printable(channel.codec),
        channel.session,
        channel.negotiation.value,
        channel.state.value,
        _address(channel.media),
        _address(channel.control),
        channel.payload_type,
        tuple(_traffic(each) for each in counted if each is not None),
    )


def _traffic(traffic: ChannelTraffic) -> ShownTraffic:
    return ShownTraffic(
        traffic.packets,
        traffic.octets,
        traffic.expected,
        traffic.lost,
        traffic.jitter * 1000,
        traffic.greatest_jitter * 1000,
        tuple(map(str, traffic.sources)),
        traffic.payload_types,
        traffic.reports,
        traffic.shared,
    )


def _address(address: TransportAddress | None) -> str:
    return "" if address is None else str(address)


def in_words(name: str) -> str:
    """ASN.1's `destinationRejection` as `destination rejection`."""
    return "".join(f" {each.lower()}" if each.isupper() else each for each in name)


def calls_sections(calls: tuple[ShownCall, ...]) -> tuple[Section, ...]:
    """The calls for the HTML page; none where there is no call."""
    if not calls:
        return ()
    rows = tuple(
        tuple(
            Cell(text, Tone.WARN if call.undecodable and number == 2 else Tone.PLAIN)
            for number, text in enumerate(call.row)
        )
        for call in calls[:_ROWS]
    )
    more = f", the first {_ROWS} of {len(calls)}" if len(calls) > _ROWS else ""
    return (Section(f"Calls{more}", (TableBlock(CALL_COLUMNS, rows, wide=4), *_channels_block(calls))),)


def _channels_block(calls: tuple[ShownCall, ...]) -> tuple[TableBlock, ...]:
    rows = tuple(
        (
            Cell(f"{call.calling or call.caller} > {call.called_party or call.called}"),
            *(Cell(text) for text in channel_row(channel)),
        )
        for call in calls[:_ROWS]
        for channel in call.channels
        if channel.state != "proposed"
    )
    headings = ("call", "direction", "medium", "to", "RTCP to", "agreed by", "counted")
    return (TableBlock(headings, rows[:_ROWS], wide=2),) if rows else ()


def channel_row(channel: ShownChannel) -> tuple[str, ...]:
    """Direction, medium, where it goes, where its RTCP goes, how it was agreed on and what became of it, and
    what was counted."""
    receiver = Side(channel.sender).other.value
    state = "" if channel.state in {"open", "closed"} else f", {channel.state}"
    return (
        f"{channel.sender} to {receiver}",
        f"{channel.kind} {channel.codec}",
        channel.media or "not seen",
        channel.control or "not seen",
        f"{channel.negotiation}{state}",
        channel.counted,
    )
