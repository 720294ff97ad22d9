"""HMAC-SHA1-96 in RAS messages: what was signed is accepted, what was touched is not."""

import hmac
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from ringfence.model.errors import DecodeError
from ringfence.wire import h225, ras
from ringfence.wire.h235_tokens import (
    BASELINE,
    baseline_key,
    is_baseline,
    sign,
    token_of,
    verify_token,
    without_token,
)

KEY = baseline_key("1234")
URQ = h225.UnregistrationRequest(
    requestSeqNum=7,
    callSignalAddress=[("ipAddress", h225.IpAddress(ip=b"\x0a\x02\x00\x15", port=1720))],
    endpointIdentifier="1_endp",
)


def signed(key: bytes = KEY) -> bytes:
    return sign(URQ, key, time_stamp=1_700_000_000, random=3, recipient="ringfence", sender="1_endp")


def good(octets: bytes, key: bytes = KEY) -> bool:
    token = token_of(ras.decode(octets))
    return token is not None and verify_token(octets, token, key)


def test_what_was_signed_is_accepted_by_the_same_key_only() -> None:
    assert good(signed())
    assert not good(signed(), baseline_key("1235"))


def test_the_hash_is_that_of_the_message_with_zeros_in_its_place() -> None:
    """By another way than slicing: the same message encoded with a hash of zeros."""
    message = ras.decode(signed())
    assert isinstance(message, h225.UnregistrationRequest)
    token = token_of(message)
    assert token is not None
    blank = structs.replace(token, token=structs.replace(token.token, hash=(0, 96)))
    zeroed = structs.replace(message, cryptoTokens=[("nestedcryptoToken", ("cryptoHashedToken", blank))])
    expected = hmac.digest(KEY, ras.encode(zeroed), "sha1")[:12]
    assert token.token.hash == (int.from_bytes(expected), 96)


def test_the_token_says_who_speaks_to_whom_and_when() -> None:
    token = token_of(ras.decode(signed()))
    assert token is not None
    clear = token.hashedVals
    assert (clear.timeStamp, clear.random) == (1_700_000_000, 3)
    assert (clear.generalID, clear.sendersID) == ("ringfence", "1_endp")


def test_without_its_token_a_message_is_what_it_was() -> None:
    assert without_token(ras.decode(signed())) == URQ
    assert without_token(URQ) == URQ


@given(st.integers(0, 2**16), st.integers(0, 7))
@settings(max_examples=200, deadline=None)
def test_no_bit_can_be_changed(place: int, bit: int) -> None:
    octets = bytearray(signed())
    octets[place % len(octets)] ^= 1 << bit
    with suppress(DecodeError):  # not even a message any more
        assert not good(bytes(octets))


def test_a_token_cannot_be_moved_to_another_message() -> None:
    token = token_of(ras.decode(signed()))
    other = structs.replace(
        URQ, requestSeqNum=8, cryptoTokens=[("nestedcryptoToken", ("cryptoHashedToken", token))]
    )
    assert not good(ras.encode(other))


@pytest.mark.parametrize(
    ("identifier", "expected"),
    [(BASELINE, True), ((0, 0, 8, 235, 0, 1, 1), True), ((0, 0, 8, 235, 0, 3, 1), False), ((), False)],
)
def test_both_versions_of_the_profile_are_known(identifier: tuple[int, ...], expected: bool) -> None:
    assert is_baseline(identifier) is expected
