"""H.235 computations against what was worked out by hand and with OpenSSL, and against their own reverse."""

from hashlib import sha1
from hmac import new
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.wire.des import encrypt_block
from ringfence.wire.h235_crypto import (
    answer_challenge,
    answers_challenge,
    cat_challenge,
    decrypt_ciphertext_stealing,
    des_key,
    encrypt_ciphertext_stealing,
    message_is_signed,
    sign_message,
)


@pytest.mark.parametrize(
    ("password", "key"),
    [
        ("1234", "3132333400000000"),
        ("12345678", "3132333435363738"),
        ("123456789", "0832333435363738"),
        ("", "0000000000000000"),
    ],
)
def test_key_from_password(password: str, key: str) -> None:
    assert des_key(password.encode()).hex() == key


def test_whole_blocks_are_exchanged_at_the_end() -> None:
    key, one, two = b"12345678", b"abcdefgh", b"ijklmnop"
    assert encrypt_ciphertext_stealing(key, one + two) == encrypt_block(key, two) + encrypt_block(key, one)


def test_a_short_last_block_steals() -> None:
    key, plain = b"12345678", b"abcdefghijk"
    first = encrypt_block(key, b"abcdefgh")
    assert encrypt_ciphertext_stealing(key, plain) == encrypt_block(key, b"ijk" + first[3:]) + first[:3]


@settings(max_examples=60, deadline=None)
@given(st.binary(min_size=8, max_size=8), st.binary(min_size=9, max_size=60))
def test_decryption_reverses_and_keeps_the_length(key: bytes, plain: bytes) -> None:
    cipher = encrypt_ciphertext_stealing(key, plain)
    assert len(cipher) == len(plain)
    assert decrypt_ciphertext_stealing(key, cipher) == plain


def test_one_block_is_too_short() -> None:
    with pytest.raises(ValueError, match="more than 8"):
        encrypt_ciphertext_stealing(bytes(8), bytes(8))


def test_pins_that_differ_in_parity_only_are_one() -> None:
    token = b"a challenge as encoded in a GCF"
    answer = answer_challenge("1234", token)
    pins = map("".join, product("012345", repeat=4))
    accepted = {pin for pin in pins if answers_challenge(pin, token, answer)}
    assert accepted == set(map("".join, product("01", "23", "23", "45")))


def test_cat_challenge_is_md5_of_random_password_and_time() -> None:
    # printf '\x07secret\x00\x00\x00\x01' | md5sum
    assert cat_challenge(0x107, "secret", 1).hex() == "8b2cf6e43ead47ea0a7540dcde6dd582"


def test_signature_covers_the_whole_message() -> None:
    def message(hash_value: bytes) -> bytes:
        return b"head" + hash_value + b"tail"

    signed = sign_message(message, "secret")
    key = sha1(b"secret").digest()
    assert signed[4:16] == new(key, b"head" + bytes(12) + b"tail", "sha1").digest()[:12]
    assert message_is_signed(signed, signed[4:16], "secret")
    assert not message_is_signed(signed, signed[4:16], "Secret")
    assert not message_is_signed(b"Head" + signed[4:], signed[4:16], "secret")
    assert not message_is_signed(signed, b"", "secret")


def test_a_message_without_room_for_its_hash_is_refused() -> None:
    with pytest.raises(ValueError, match="exactly once"):
        sign_message(lambda _: b"nothing", "secret")
