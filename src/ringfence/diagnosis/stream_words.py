"""The messages in a TCP direction, as words: TPKT and Q.931, HTTP first lines, TLS records."""

from collections.abc import Iterator

from ringfence.capture.selection import HTTP
from ringfence.capture.tcp_reassembly import Ordered
from ringfence.model.errors import DecodeError
from ringfence.wire import q931, tpkt

_MAX_LINE = 2048  # an HTTP first line longer than this is no phone's and is cut


class TpktWords:
    """H.225.0 call signalling cut anywhere; out of step, it begins again with the next segment."""

    __slots__ = ("_held",)

    def __init__(self) -> None:
        self._held = b""

    def take(self, ordered: Ordered) -> list[str]:
        held = ordered.data if ordered.gap else self._held + ordered.data
        try:
            messages, self._held = tpkt.split(held)
        except DecodeError:
            self._held = b""
            return []
        return [q931_word(message) for message in messages]


def q931_word(message: bytes) -> str:
    """`TPKT Setup` and so on; an empty TPKT is a keep-alive."""
    if not message:
        return "TPKT empty"
    if message[0] != q931.PROTOCOL_DISCRIMINATOR or len(message) < 3 or len(message) <= 2 + (message[1] & 15):
        return "TPKT that is not Q.931"
    return f"TPKT {q931.name(message[2 + (message[1] & 15)])}"


def segment_words(payload: bytes) -> Iterator[str]:
    """What a segment of a file or TLS connection begins with.

    Looked at segment by segment, not reassembled: bodies are neither kept nor read, so a handset that
    fetches megabytes of firmware costs nothing, and holes in the capture do no harm.
    """
    if payload.startswith(HTTP):
        yield payload[:_MAX_LINE].partition(b"\n")[0].decode("latin-1").strip()
    else:
        yield from _tls_records(payload)


def _tls_records(payload: bytes) -> Iterator[str]:
    """Outer records (RFC 8446 section 5.1) from the start of a segment."""
    at = 0
    while at + 5 <= len(payload) and 20 <= payload[at] <= 23 and payload[at + 1] == 3:
        length = int.from_bytes(payload[at + 3 : at + 5], "big")
        word = _record_word(payload[at], payload[at + 5 : at + 5 + length])
        if word:
            yield word
        at += 5 + length


def _record_word(kind: int, body: bytes) -> str:
    if kind == 22 and body[:1] in {b"\1", b"\2"}:
        return "TLS ClientHello" if body[:1] == b"\1" else "TLS ServerHello"
    if kind == 21:
        # An encrypted alert is longer than two octets and keeps its reason to itself.
        return f"TLS alert {_ALERTS.get(body[1], str(body[1]))}" if len(body) == 2 else "TLS alert"
    return "TLS data" if kind == 23 else ""


_ALERTS = {  # RFC 8446 section 6
    0: "close notify",
    40: "handshake failure",
    42: "bad certificate",
    43: "unsupported certificate",
    44: "certificate revoked",
    45: "certificate expired",
    46: "certificate unknown",
    48: "unknown authority",
    70: "protocol version",
    80: "internal error",
    112: "unrecognized name",
    116: "certificate required",
}
