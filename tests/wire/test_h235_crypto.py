"""H.235 computations against what was worked out by hand and with OpenSSL, and against their own reverse."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.wire.des import encrypt_block
from ringfence.wire.h235_crypto import (
    answer_challenge,
    answers_challenge,
    des_key,
    encrypt_ciphertext_stealing,
    password_hash,
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
def test_as_many_octets_come_out_and_only_the_tail_depends_on_the_tail(key: bytes, plain: bytes) -> None:
    cipher = encrypt_ciphertext_stealing(key, plain)
    assert len(cipher) == len(plain)
    blocks = (len(plain) - 1) // 8 - 1
    assert cipher[: 8 * blocks] == b"".join(
        encrypt_block(key, plain[8 * at : 8 * at + 8]) for at in range(blocks)
    )


def test_one_block_is_too_short() -> None:
    with pytest.raises(ValueError, match="more than 8"):
        encrypt_ciphertext_stealing(bytes(8), bytes(8))


def test_pins_that_differ_in_parity_only_are_one() -> None:
    token = b"a challenge as encoded in a GCF"
    answer = answer_challenge("1234", token)
    pins = map("".join, product("012345", repeat=4))
    accepted = {pin for pin in pins if answers_challenge(pin, token, answer)}
    assert accepted == set(map("".join, product("01", "23", "23", "45")))


def test_password_hash_is_md5() -> None:
    # printf 'token' | md5sum
    assert password_hash(b"token").hex() == "94a08da1fecbb6e8b46990538c7b50b2"
