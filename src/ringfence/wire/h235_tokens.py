"""The baseline security profile of H.235.1: HMAC-SHA1-96 over a whole message, with the hash inside it.

Procedure (H.235.1, authentication and integrity): the hash field is zero while the hash is computed over the
encoded message, then takes its place. Whoever checks does the same with the message as it came.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from hashlib import sha1
from typing import Any, TypeVar

from msgspec import structs

from ringfence.wire import ras
from ringfence.wire.h225 import CryptoH323Token
from ringfence.wire.h235 import ClearToken, CryptoHashedToken, Hashed, Params

# Object identifiers "A", "T" and "U" of the profile in H.235.1 (0 2); H.235 version 1 has 0 1 there.
BASELINE = (0, 0, 8, 235, 0, 2, 1)
_BASELINE_TOKEN = (0, 0, 8, 235, 0, 2, 5)
HMAC_SHA1_96 = (0, 0, 8, 235, 0, 2, 6)
_OCTETS = 12
_BLANK = bytes(_OCTETS)
_T = TypeVar("_T")
_MOST_PLACES = 4


def is_baseline(identifier: Iterable[int]) -> bool:
    """Object identifier "A" of either version."""
    given = tuple(identifier)
    return given[:5] == BASELINE[:5] and given[5:6] in {(1,), (2,)} and given[6:] == BASELINE[6:]


def baseline_key(password: str | bytes) -> bytes:
    """The 20 octets of a key: SHA-1 of the password, or what was kept in its place."""
    if isinstance(password, bytes):
        return password
    return sha1(password.encode(), usedforsecurity=False).digest()


def sign(
    message: ras.RasMessage,
    key: bytes,
    *,
    time_stamp: int,
    random: int,
    recipient: str,
    sender: str,
) -> bytes:
    """The datagram of a message with its token; without one when the message has no place for it.

    `time_stamp` in seconds since 1970 (1 to 2**32 - 1), `random` increases within one second; `recipient` and
    `sender` are identifiers of 1 to 128 characters. Raises EncodeError.
    """
    if not hasattr(message, "cryptoTokens"):
        return ras.encode(message)
    clear = ClearToken(
        tokenOID=_BASELINE_TOKEN,
        timeStamp=time_stamp,
        random=random,
        generalID=recipient,
        sendersID=sender,
    )
    for turn in range(256):
        # A pattern that stands in the message once: there the hash will be.
        pattern = sha1(key + bytes((turn,)), usedforsecurity=False).digest()[:_OCTETS]
        octets = ras.encode(_with_token(message, clear, pattern))
        if octets.count(pattern) == 1:
            at = octets.index(pattern)
            head, tail = octets[:at], octets[at + _OCTETS :]
            return head + _digest(key, head + _BLANK + tail) + tail
    raise ras.EncodeError("every place-holder for the hash occurs in the message")


def token_of(message: object) -> CryptoHashedToken | None:
    """The baseline token of a message of RAS or call signalling, whoever made it."""
    for token in getattr(message, "cryptoTokens", None) or ():
        match token:
            case ("nestedcryptoToken", ("cryptoHashedToken", CryptoHashedToken() as found)) if is_baseline(
                found.tokenOID
            ):
                return found
            case _:
                continue
    return None


def verify_token(octets: bytes, token: CryptoHashedToken, key: bytes) -> bool:
    """Whether the token of a message with these octets was made with this key, for this message."""
    number, bits = token.token.hash
    if bits != 8 * _OCTETS:
        return False
    sent = number.to_bytes(_OCTETS)
    at = octets.find(sent)
    # Whoever repeats the hash in the message makes us compute: a few times, not thousands.
    for _ in range(_MOST_PLACES):
        if at < 0:
            break
        blanked = octets[:at] + _BLANK + octets[at + _OCTETS :]
        if hmac.compare_digest(_digest(key, blanked), sent):
            return True
        at = octets.find(sent, at + 1)
    return False


def without_token(message: _T) -> _T:
    """The message as it was before it was signed."""
    tokens = getattr(message, "cryptoTokens", None)
    found = token_of(message)
    if tokens is None or found is None:
        return message
    kept = [token for token in tokens if token != ("nestedcryptoToken", ("cryptoHashedToken", found))]
    bare: _T = structs.replace(_struct(message), cryptoTokens=kept or None)
    return bare


def _with_token(message: ras.RasMessage, clear: ClearToken, pattern: bytes) -> ras.RasMessage:
    hashed = Hashed(algorithmOID=HMAC_SHA1_96, paramS=Params(), hash=(int.from_bytes(pattern), 8 * _OCTETS))
    token = CryptoHashedToken(tokenOID=BASELINE, hashedVals=clear, token=hashed)
    nested: CryptoH323Token = ("nestedcryptoToken", ("cryptoHashedToken", token))
    before = getattr(message, "cryptoTokens", None) or []
    signed: ras.RasMessage = structs.replace(_struct(message), cryptoTokens=[*before, nested])
    return signed


def _struct(message: object) -> Any:
    return message


def _digest(key: bytes, octets: bytes) -> bytes:
    return hmac.digest(key, octets, "sha1")[:_OCTETS]
