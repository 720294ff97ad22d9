"""The messages in a TCP direction: TPKT and Q.931, HTTP first lines, TLS records."""

from collections.abc import Iterator
from enum import Enum

import msgspec

from ringfence.capture.selection import HTTP
from ringfence.capture.tcp_reassembly import Ordered
from ringfence.diagnosis.calls.keys import call_words
from ringfence.diagnosis.release_reasons import release_reason
from ringfence.model.errors import DecodeError
from ringfence.wire import q931, tpkt

_MAX_LINE = 2048  # an HTTP first line longer than this is no phone's and is cut
_CLOSE_NOTIFY = 0
_ANSWERS = frozenset(
    {
        q931.MessageType.ALERTING,
        q931.MessageType.CALL_PROCEEDING,
        q931.MessageType.PROGRESS,
        q931.MessageType.CONNECT,
        q931.MessageType.SETUP_ACKNOWLEDGE,
        q931.MessageType.FACILITY,
    }
)
_Q931 = bytes((q931.PROTOCOL_DISCRIMINATOR, q931.CALL_REFERENCE_OCTETS))


class MessageKind(Enum):
    TPKT = 1
    HTTP_REQUEST = 2
    HTTP_RESPONSE = 3
    TLS = 4


class StreamMessage(msgspec.Struct, frozen=True, gc=False):
    """One message, or what is kept of it. `text` shows it: `TPKT Setup`, `GET /x HTTP/1.1`, `TLS data`.

    `method` and `target` are of an HTTP request; `status` of a response, 0 where the line is not all there.
    `is_setup`, `is_answer`, `is_release`: of call
    signalling; `reason`: why it is released, empty where it does not say.
    `is_data`: a TLS record of application data; `is_failure`: an alert that says why a TLS session ends.
    """

    kind: MessageKind
    text: str
    method: str = ""
    target: str = ""
    status: int = 0
    is_data: bool = False
    is_failure: bool = False
    is_setup: bool = False
    is_answer: bool = False
    is_release: bool = False
    reason: str = ""


class TpktMessages:
    """H.225.0 call signalling cut anywhere; out of step, it begins again with the next segment."""

    __slots__ = ("_held",)

    def __init__(self) -> None:
        self._held = b""

    def take(self, ordered: Ordered) -> list[StreamMessage]:
        held = ordered.data if ordered.gap else self._held + ordered.data
        try:
            messages, self._held = tpkt.split(held)
        except DecodeError:
            self._held = b""
            return []
        return [_q931_message(message) for message in messages]


def _q931_message(message: bytes) -> StreamMessage:
    """`TPKT Setup` and so on; an empty TPKT is a keep-alive."""
    text = _q931_text(message)
    kind = message[4] if len(message) > 4 and message[:2] == _Q931 else None
    if kind != q931.MessageType.RELEASE_COMPLETE:
        setup, answer = kind == q931.MessageType.SETUP, kind in _ANSWERS
        return StreamMessage(MessageKind.TPKT, text, is_setup=setup, is_answer=answer)
    reason = release_reason(message)
    text += f" {reason}" if reason else ""
    return StreamMessage(MessageKind.TPKT, text, is_release=True, reason=reason)


def _q931_text(message: bytes) -> str:
    if not message:
        return "TPKT empty"
    if message[0] != q931.PROTOCOL_DISCRIMINATOR or len(message) < 3 or len(message) <= 2 + (message[1] & 15):
        return "TPKT that is not Q.931"
    words = call_words(message) if message[:2] == _Q931 else ""
    return f"TPKT {q931.name(message[2 + (message[1] & 15)])}{': ' if words else ''}{words}"


def segment_messages(payload: bytes) -> Iterator[StreamMessage]:
    """What a segment of a file or TLS connection begins with.

    Looked at segment by segment, not reassembled: bodies are neither kept nor read, so a handset that
    fetches megabytes of firmware costs nothing, and holes in the capture do no harm.
    """
    if payload.startswith(HTTP):
        yield _http(payload[:_MAX_LINE].partition(b"\n")[0].decode("latin-1").strip())
    else:
        yield from _tls_records(payload)


def _http(line: str) -> StreamMessage:
    """A first line (RFC 9112 sections 3 and 4)."""
    first, _, rest = line.partition(" ")
    words = rest.split(maxsplit=1)
    second = words[0] if words else ""
    if not first.startswith("HTTP/"):
        return StreamMessage(MessageKind.HTTP_REQUEST, line, first, second)
    # Cut in two by TCP it says nothing.
    status = int(second) if len(second) == 3 and second.isdecimal() and second.isascii() else 0
    return StreamMessage(MessageKind.HTTP_RESPONSE, line, status=status if 1 <= status // 100 <= 5 else 0)


def _tls_records(payload: bytes) -> Iterator[StreamMessage]:
    """Outer records (RFC 8446 section 5.1) from the start of a segment."""
    at = 0
    while at + 5 <= len(payload) and 20 <= payload[at] <= 23 and payload[at + 1] == 3:
        length = int.from_bytes(payload[at + 3 : at + 5], "big")
        record = _record(payload[at], payload[at + 5 : at + 5 + length])
        if record is not None:
            yield record
        at += 5 + length


def _record(kind: int, body: bytes) -> StreamMessage | None:
    if kind == 22 and body[:1] in {b"\1", b"\2"}:
        text = "TLS ClientHello" if body[:1] == b"\1" else "TLS ServerHello"
        return StreamMessage(MessageKind.TLS, text)
    if kind == 21 and len(body) == 2:
        text = f"TLS alert {_ALERTS.get(body[1], str(body[1]))}"
        return StreamMessage(MessageKind.TLS, text, is_failure=body[1] != _CLOSE_NOTIFY)
    if kind == 21:  # encrypted, longer than two octets: it keeps its reason to itself
        return StreamMessage(MessageKind.TLS, "TLS alert")
    return StreamMessage(MessageKind.TLS, "TLS data", is_data=True) if kind == 23 else None


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
