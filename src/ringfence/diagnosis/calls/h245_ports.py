"""The port that a message of call signalling names for a separate H.245 channel."""

from functools import lru_cache
from typing import Any

from ringfence.diagnosis.calls.parties import h225_address
from ringfence.model.errors import DecodeError
from ringfence.wire import call_signalling, q931, tpkt
from ringfence.wire.q931 import MessageType

_NAMING = frozenset(
    {
        MessageType.SETUP,
        MessageType.CALL_PROCEEDING,
        MessageType.ALERTING,
        MessageType.PROGRESS,
        MessageType.CONNECT,
        MessageType.FACILITY,
    }
)
_START = bytes((q931.PROTOCOL_DISCRIMINATOR, q931.CALL_REFERENCE_OCTETS))


def named_h245_port(payload: bytes) -> int:
    """Of the messages that a TCP segment begins with, the first with its TPKT or without; 0: none does."""
    if payload.startswith(_START):
        return _port(payload)
    try:
        messages, _ = tpkt.split(payload)
    except DecodeError:
        return 0
    return next(filter(None, map(_port, messages)), 0)


def _port(message: bytes) -> int:
    if len(message) < 5 or message[:2] != _START or message[4] not in _NAMING:
        return 0
    return _decoded_port(message)


@lru_cache(maxsize=1024)
def _decoded_port(message: bytes) -> int:
    """A packet in two captures is asked about twice, hence the cache."""
    try:
        body: Any = call_signalling.decode(message).body
    except DecodeError:
        return 0
    named = h225_address(getattr(body[1], "h245Address", None)) if isinstance(body, tuple) else None
    return named.port if named is not None else 0
