"""What messages of a permanent channel say of calls: keys, ringing, texts, and where audio goes."""

from collections.abc import Iterator
from functools import lru_cache

from ringfence.diagnosis.calls.call import MediaChannel
from ringfence.diagnosis.calls.channels import receiving_channels
from ringfence.model.errors import DecodeError
from ringfence.wire import call_signalling, ccms
from ringfence.wire.ccms import CcmsElement
from ringfence.wire.q931 import MessageType

# A CCMS frame in nonStandardControl: its object identifier behind its length, then the frame's own length. Of
# thousands of lamps that a set is told only this is looked for; other messages are decoded.
_FRAMES = bytes.fromhex("0a 60 86 48 01 86 f8 72 04 02 0a")
TEXT = 0xE3  # first octet of a text for the display
# Of these a person knows what they mean; lamps and questions are left out.
_WORDS = frozenset({*ccms.HOOK.values(), "ring", "ring (attendant)", "ringer off", "disconnect"})
_TOLD = ("dial pad", "button", "load display")


def has_keys(message: bytes) -> bool:
    """Whether a message of call signalling has a CCMS frame in it."""
    return _FRAMES in message


def frames_in(message: bytes) -> Iterator[ccms.CcmsFrame]:
    """Its CCMS frames, up to one that cannot be read."""
    at = message.find(_FRAMES)
    while at >= 0:
        start = at + len(_FRAMES)
        length = message[start] if start < len(message) else 0
        try:
            yield from ccms.decode(message[start + 1 : start + 1 + length])
        except DecodeError:
            return
        at = message.find(_FRAMES, start)


@lru_cache(maxsize=1024)
def media_told(message: bytes) -> tuple[MediaChannel, ...] | None:
    """Where whoever sent it receives, by its fastStart; None: it has none. Each is asked twice."""
    try:
        body = call_signalling.decode(message).body
    except DecodeError:
        return None
    elements = getattr(body[1], "fastStart", None) if isinstance(body, tuple) else None
    return tuple(receiving_channels(elements)) if elements else None


def call_words(message: bytes) -> str:
    """What a message of a permanent channel says of a call; empty where it is nothing of that."""
    if len(message) < 5:
        return ""
    if message[4] == MessageType.INFORMATION:
        elements = (element for frame in frames_in(message) for element in frame.elements)
        return ", ".join(filter(None, map(_word, elements)))
    if message[4] != MessageType.FACILITY or message[2] & 0x7F or message[3] != 1:
        return ""
    told = media_told(message)
    if told is None:
        return ""
    return ", ".join(f"audio to {each.media}" for each in told) or "no audio"


def _word(element: CcmsElement) -> str:
    words = ccms.describe(element)
    return words if words in _WORDS or words.startswith(_TOLD) else ""
