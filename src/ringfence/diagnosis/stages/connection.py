"""The events of TCP connections, brought together by connection."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from ringfence.diagnosis.observation import StreamKind, StreamSeen
from ringfence.diagnosis.stream_messages import StreamMessage
from ringfence.model.address import TransportAddress


@dataclass(slots=True)
class SeenConnection:
    """The events of one TCP connection, in order."""

    opener: TransportAddress
    responder: TransportAddress
    events: list[StreamSeen] = field(default_factory=list)
    _asked: list[StreamSeen] = field(default_factory=list)  # from the opener
    answers: list[StreamSeen] = field(default_factory=list)  # whatever came from the responder

    def take(self, event: StreamSeen) -> None:
        self.events.append(event)
        (self._asked if event.from_opener else self.answers).append(event)

    def of(self, kind: StreamKind, *, opener: bool) -> list[StreamSeen]:
        return [seen for seen in (self._asked if opener else self.answers) if seen.kind is kind]

    def said(self, *, opener: bool) -> list[StreamSeen]:
        """Data that arrived, from one side."""
        return [seen for seen in self.of(StreamKind.DATA, opener=opener) if not seen.dropped]

    def messages(self, *, opener: bool) -> list[tuple[StreamMessage, StreamSeen]]:
        return [(message, seen) for seen in self.said(opener=opener) for message in seen.messages]

    @property
    def is_used(self) -> bool:
        return any(seen.kind in {StreamKind.SYN_ACK, StreamKind.RESET} for seen in self.events)

    @property
    def is_refused(self) -> bool:
        """A SYN answered by RST."""
        syns = self.of(StreamKind.SYN, opener=True)
        return bool(syns and self.of(StreamKind.RESET, opener=False)) and not self.is_open

    def begins_anew(self, event: StreamSeen) -> bool:
        """Whether this SYN is of another connection, not one of this that was sent again."""
        numbers = {seen.crossing.packet.sequence for seen in self.of(StreamKind.SYN, opener=True)}
        return event.crossing.packet.sequence not in numbers

    @property
    def is_open(self) -> bool:
        accepted = any(not seen.dropped for seen in self.of(StreamKind.SYN_ACK, opener=False))
        return accepted or bool(self.said(opener=True) or self.said(opener=False))


def connections(seen: Sequence[StreamSeen]) -> list[SeenConnection]:
    """Events by connection; a port used again after the old connection ended begins a new one."""
    found: list[SeenConnection] = []
    current: dict[tuple[TransportAddress, TransportAddress], SeenConnection] = {}
    for event in seen:
        key = (event.opener, event.responder)
        connection = current.get(key)
        if connection is None or (
            event.kind is StreamKind.SYN and connection.is_used and connection.begins_anew(event)
        ):
            connection = current[key] = SeenConnection(*key)
            found.append(connection)
        connection.take(event)
    return found
