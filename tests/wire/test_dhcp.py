from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.model.errors import DecodeError
from ringfence.wire.dhcp import (
    MAGIC_COOKIE,
    DhcpMessage,
    Op,
    decode,
    encode,
)
from ringfence.wire.dhcp_options import (
    CLIENT_ID,
    DOMAIN_NAME,
    LEASE_TIME,
    MESSAGE_TYPE,
    OPTIONS,
    PARAMETER_LIST,
    RELAY_AGENT,
    ROUTERS,
    SERVER_ID,
    SITE_242,
    DhcpMessageType,
    RelayAgentInformation,
)

MAC = bytes.fromhex("001b4f1a2b3c")

# A DISCOVER relayed by an agent that adds circuit-id and remote-id; laid out by hand from RFC 2131
# figure 1 and RFC 3046 section 2.0.
RELAYED_DISCOVER = bytes.fromhex(
    "01010601 3903f326 0002 8000"
    "00000000 00000000 00000000 0a140001"
    "001b4f1a2b3c 00000000000000000000"
    + "00" * 192
    + "63825363"
    "350101 3902 05dc 3707 011c03060f2af2 0c09 415642314132423343"
    "3c0d 6363702e61766179612e636f6d 520c 0106 766f69636531 0202 abcd ff".replace(" ", "")
).ljust(300, b"\0")

addresses = st.integers(0, 2**32 - 1).map(IPv4Address)
# Without overload (52): there sname and file must hold options, tested by example below.
raw_options = st.lists(
    st.tuples(st.integers(1, 254).filter(lambda code: code != 52), st.binary(max_size=255)), max_size=12
).map(tuple)
fields = st.binary(max_size=64).map(lambda value: value.rstrip(b"\0"))
messages = st.builds(
    DhcpMessage,
    op=st.sampled_from(Op),
    xid=st.integers(0, 2**32 - 1),
    chaddr=st.binary(max_size=16),
    options=raw_options,
    ciaddr=addresses,
    yiaddr=addresses,
    siaddr=addresses,
    giaddr=addresses,
    flags=st.integers(0, 0xFFFF),
    secs=st.integers(0, 0xFFFF),
    hops=st.integers(0, 255),
    htype=st.integers(0, 255),
    sname=fields,
    file=fields,
)


def test_a_relayed_discover_reads_and_writes_octet_for_octet() -> None:
    message = decode(RELAYED_DISCOVER)
    assert message.message_type is DhcpMessageType.DISCOVER
    assert (message.hops, message.secs, message.broadcast) == (1, 2, True)
    assert message.giaddr == IPv4Address("10.20.0.1")
    assert message.chaddr == MAC
    assert message.get(PARAMETER_LIST) == (1, 28, 3, 6, 15, 42, 242)
    information = message.get(RELAY_AGENT)
    assert information is not None
    assert (information.circuit_id, information.remote_id) == (b"voice1", b"\xab\xcd")
    assert encode(message) == RELAYED_DISCOVER


@given(messages)
def test_every_message_survives(message: DhcpMessage) -> None:
    data = encode(message)
    assert len(data) >= 300
    assert decode(data) == message


@given(st.binary(max_size=600))
def test_random_octets_are_a_decode_error_or_a_message(data: bytes) -> None:
    try:
        message = decode(data)
    except DecodeError:
        return
    assert decode(encode(message)) == message


@given(st.binary(max_size=320), st.sampled_from([0, 1, 2, 3]))
def test_random_options_are_a_decode_error_or_readable(tail: bytes, overload: int) -> None:
    data = RELAYED_DISCOVER[:44] + (tail * 200)[:192].ljust(192, b"\0") + MAGIC_COOKIE
    data += bytes((52, 1, overload)) + tail
    try:
        message = decode(data)
    except DecodeError:
        return
    for code, _ in message.all_options:
        if code in OPTIONS:
            try:
                value = message.get(OPTIONS[code])
            except DecodeError:
                continue
            assert OPTIONS[code].read(OPTIONS[code](value)[1]) == value
    assert decode(encode(message)) == message


@pytest.mark.parametrize(
    ("octet", "value", "complaint"),
    [
        (0, 3, "op 3"),
        (2, 17, "hlen 17"),
        (236, 0, "magic cookie"),
        (241, 255, "option 53 in options is cut short at octet 240"),
    ],
)
def test_a_damaged_header_is_named(octet: int, value: int, complaint: str) -> None:
    damaged = bytearray(RELAYED_DISCOVER)
    damaged[octet] = value
    with pytest.raises(DecodeError, match=complaint):
        decode(bytes(damaged))


def test_a_short_message_is_named() -> None:
    with pytest.raises(DecodeError, match="235 octets"):
        decode(RELAYED_DISCOVER[:235])


def test_overloaded_fields_are_read_file_before_sname() -> None:
    # RFC 2131 section 4.1: option 15 continues from the options field into file and then sname (RFC 3396).
    message = DhcpMessage(
        op=Op.BOOTREPLY,
        xid=1,
        chaddr=MAC,
        options=((52, b"\x03"), (15, b"one.")),
        file=bytes((15, 4)) + b"two." + bytes((255,)),
        sname=bytes((15, 5)) + b"three" + bytes((51, 4, 0, 0, 14, 16, 255)),
    )
    read = decode(encode(message))
    assert read == message
    assert read.get(DOMAIN_NAME) == "one.two.three"
    assert read.get(LEASE_TIME) == 3600
    assert [code for code, _ in read.all_options] == [52, 15, 15, 15, 51]


def test_an_overloaded_field_with_a_cut_option_does_not_decode() -> None:
    message = DhcpMessage(op=2, xid=1, chaddr=MAC, options=((52, b"\x01"),), file=bytes((15, 200)) + b"x")
    with pytest.raises(DecodeError, match="option 15 in file is cut short"):
        decode(encode(message))


def test_a_long_value_is_split_and_joined() -> None:
    text = "MCIPADD=" + ",".join(f"10.1.0.{last}" for last in range(1, 40))
    assert len(text) > 255
    message = decode(encode(DhcpMessage(op=2, xid=1, chaddr=MAC, options=(SITE_242(text), (12, b"")))))
    assert [(code, len(value)) for code, value in message.options] == [
        (242, 255),
        (242, len(text) - 255),
        (12, 0),
    ]
    assert message.get(SITE_242) == text


def test_relay_suboptions_are_typed_and_the_unknown_are_kept() -> None:
    information = RelayAgentInformation(
        ((1, b"eth0"), (5, bytes((10, 20, 0, 0))), (11, bytes((10, 20, 0, 1))), (151, b"\0vrf"))
    )
    message = decode(encode(DhcpMessage(op=1, xid=1, chaddr=MAC, options=(RELAY_AGENT(information),))))
    read = message.get(RELAY_AGENT)
    assert read == information
    assert read.link_selection == IPv4Address("10.20.0.0")
    assert read.server_id_override == IPv4Address("10.20.0.1")
    assert read.suboption(151) == b"\0vrf"


@pytest.mark.parametrize(
    ("code", "value", "complaint"),
    [
        (54, b"\x0a", r"option 54 \(server identifier\): an address of 1 octets"),
        (3, b"\0" * 7, "option 3"),
        (51, b"\0\0\1", "3 octets instead of 4"),
        (53, b"\xc8", "no message type: c8"),
        (52, b"", "no overload value: empty"),
        (82, b"\x01\x05ab", "sub-option 1 is cut short"),
    ],
)
def test_a_malformed_option_is_named_when_it_is_read(code: int, value: bytes, complaint: str) -> None:
    with pytest.raises(DecodeError, match=complaint):
        OPTIONS[code].read(value)


def test_what_cannot_be_written_is_refused() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        LEASE_TIME(2**32)
    with pytest.raises(ValueError, match="empty"):
        ROUTERS(())
    with pytest.raises(ValueError, match="header field"):
        encode(DhcpMessage(op=1, xid=-1, chaddr=MAC))
    with pytest.raises(ValueError, match="too long"):
        encode(DhcpMessage(op=1, xid=1, chaddr=bytes(17)))
    with pytest.raises(ValueError, match="1-254"):
        encode(DhcpMessage(op=1, xid=1, chaddr=MAC, options=((255, b""),)))


def test_an_absent_option_is_none_and_a_bootp_message_has_no_type() -> None:
    message = decode(RELAYED_DISCOVER[:236])
    assert message.message_type is None
    assert message.get(SERVER_ID) is None
    assert message.get(CLIENT_ID) is None
    assert MESSAGE_TYPE(DhcpMessageType.ACK) == (53, b"\x05")
