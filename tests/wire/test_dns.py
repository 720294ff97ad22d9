"""DNS messages against RFC 1035 section 4."""

from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.model.errors import DecodeError
from ringfence.wire.dns import ADDRESS, DnsMessage, Rcode, decode_dns, encode_dns

LABELS = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=30)
QUESTION = "1234 0100 0001 0000 0000 0000 02636d 076578616d706c65 036e6574 00 0001 0001"
# An alias: its CNAME points into the question, and the address belongs to the name that it gives.
ALIAS = (
    "1234 8180 0001 0002 0000 0000 02636d 076578616d706c65 036e6574 00 0001 0001"
    "c00c 0005 0001 0000012c 0007 04636d2d31 c00f"
    "c02c 0001 0001 0000012c 0004 0a01001e"
)


def test_a_question_as_the_standard_writes_it() -> None:
    question = DnsMessage(0x1234, "cm.example.net")
    assert encode_dns(question) == bytes.fromhex(QUESTION)
    assert decode_dns(bytes.fromhex(QUESTION)) == question


def test_the_addresses_of_an_alias_are_those_of_the_name() -> None:
    answer = decode_dns(bytes.fromhex(ALIAS))
    assert (answer.response, answer.name, answer.addresses) == (
        True,
        "cm.example.net",
        (IPv4Address("10.1.0.30"),),
    )


def test_names_compare_without_case() -> None:
    assert decode_dns(encode_dns(DnsMessage(1, "CM.Example.NET."))).name == "cm.example.net"


@given(
    st.integers(0, 65535),
    st.lists(LABELS, min_size=1, max_size=5),
    st.lists(st.ip_addresses(v=4), max_size=9),
)
def test_an_answer_is_read_back(number: int, labels: list[str], addresses: list[IPv4Address]) -> None:
    message = DnsMessage(number, ".".join(labels), True, ADDRESS, Rcode.NO_ERROR, tuple(addresses))
    assert decode_dns(encode_dns(message)) == message


@pytest.mark.parametrize("name", ["", "a..b", "a" * 64, ".".join(["a" * 60] * 5)])
def test_no_name_is_written(name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        encode_dns(DnsMessage(1, name))


@pytest.mark.parametrize(
    ("octets", "what"),
    [
        ("1234 0100 0001 0000 0000 0000 c00c 0001 0001", "pointer"),  # to itself
        ("1234 0100 0001 0000 0000 0000 c0ff 0001 0001", "pointer"),  # ahead
        ("1234 0100 0002 0000 0000 0000 0161 00 0001 0001", "2 questions"),
        ("1234 8180 0001 ffff 0000 0000 0161 00 0001 0001", "65535 answers"),
        ("1234 8180 0001 0001 0000 0000 0161 00 0001 0001 c00c 0001 0001 00000000 0009 0a01", "truncated"),
        ("1234 0100 0001 0000 0000 0000 4161 00 0001 0001", "too long"),  # a length of the reserved kind
    ],
)
def test_what_is_no_message_is_refused(octets: str, what: str) -> None:
    with pytest.raises(DecodeError, match=what):
        decode_dns(bytes.fromhex(octets))


def test_pointers_cannot_make_a_name_longer_than_255_octets() -> None:
    label = b"\x3f" + b"a" * 63
    head = bytes.fromhex("1234 8180 0001 0001 0000 0000") + label * 4 + b"\0\0\x01\0\x01"
    with pytest.raises(DecodeError, match="too long"):
        decode_dns(head)


@given(st.binary(max_size=300))
def test_any_octets_are_a_message_or_refused(octets: bytes) -> None:
    try:
        decode_dns(octets)
    except DecodeError as error:
        assert error.what
