import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.model.errors import DecodeError, InputError
from ringfence.wire.phone_options import (
    L2Q,
    NUMBERS,
    PhoneParameters,
    parse_option_string,
    parse_vendor,
    read_vendor_or_nothing,
    write_option_string,
    write_vendor,
)


def pairs(parameters: PhoneParameters) -> list[tuple[str, str]]:
    return [(each.name, each.value) for each in parameters.parameters]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Strings in public use.
        (
            "MCIPADD=10.1.0.30,MCPORT=1719,HTTPSRVR=10.1.0.20",
            [("MCIPADD", "10.1.0.30"), ("MCPORT", "1719"), ("HTTPSRVR", "10.1.0.20")],
        ),
        ("L2Q=1,L2QVLAN=200", [("L2Q", "1"), ("L2QVLAN", "200")]),
        # Lists, quoted (IP Office samples) and as an unquoted comma-run up to the next NAME=.
        (
            'MCIPADD="10.1.0.30,10.1.0.31",VLANTEST=0',
            [("MCIPADD", "10.1.0.30,10.1.0.31"), ("VLANTEST", "0")],
        ),
        (
            "MCIPADD=10.1.0.30,10.1.0.31,10.1.0.32,VLANTEST=0",
            [("MCIPADD", "10.1.0.30,10.1.0.31,10.1.0.32"), ("VLANTEST", "0")],
        ),
        # Names in any case, values kept; unknown names kept; a trailing NUL is no part of it.
        ("mcipadd=Gk.Example,NVFOO=Bar\0", [("MCIPADD", "Gk.Example"), ("NVFOO", "Bar")]),
        ("", []),
        ("HTTPDIR=,TLSDIR=/a=b", [("HTTPDIR", ""), ("TLSDIR", "/a=b")]),
    ],
)
def test_good_strings(text: str, expected: list[tuple[str, str]]) -> None:
    read = parse_option_string(text)
    assert pairs(read) == expected
    assert read.problems == ()


@pytest.mark.parametrize(
    ("text", "expected", "problem"),
    [
        ("MCIPADD", [], "'MCIPADD' has no NAME= (character 1)"),
        ("10.1.0.30,L2Q=1", [("L2Q", "1")], "'10.1.0.30' has no NAME= (character 1)"),
        ('MCIPADD="10.1.0.30,L2Q=1', [("MCIPADD", "10.1.0.30,L2Q=1")], "a quote is not closed (character 9)"),
        (
            'MCIPAD="a"b,L2Q=1',
            [("MCIPAD", "a"), ("L2Q", "1")],
            "'b' after the closing quote (character 11)",
        ),
        (
            "L2Q=1, L2QVLAN=20",
            [("L2Q", "1"), ("L2QVLAN", "20")],
            "a space is not allowed (character 7)",
        ),
        ("L2Q=1,", [("L2Q", "1")], "a comma at the end (character 6)"),
        ("MCIPADD=a,,b", [("MCIPADD", "a,,b")], "an empty item in a list (character 9)"),
        ("L2Q=3", [("L2Q", "3")], "L2Q=3 is not a number in 0-2 (character 1)"),
        ("L2Q=1,L2QVLAN=4095", None, "L2QVLAN=4095 is not a number in 0-4094 (character 7)"),
        ("L2Q=1,L2Q=2", [("L2Q", "1"), ("L2Q", "2")], "L2Q is given twice (character 7)"),
        ("L2QVLAN=\u0662", None, "'٢' is not printable ASCII (character 9)"),
        ("HTTPDIR=" + "x" * 240, None, "over 247 octets: some servers cut it here (character 248)"),
    ],
)
def test_bad_strings_give_what_can_be_understood_and_say_where(
    text: str, expected: list[tuple[str, str]] | None, problem: str
) -> None:
    read = parse_option_string(text)
    if expected is not None:
        assert pairs(read) == expected
    assert problem in [str(each) for each in read.problems]


def test_the_typed_view() -> None:
    read = parse_option_string(
        'MCIPADD="10.1.0.30,10.1.0.31",HTTPSRVR=10.1.0.20,HTTPPORT=8080,HTTPDIR=/p,L2Q=1,L2QVLAN=20'
    )
    assert read.gatekeepers == ("10.1.0.30", "10.1.0.31")
    assert read.gatekeeper_port == 1719
    assert (read.http.servers, read.http.port, read.http.directory) == (("10.1.0.20",), 8080, "/p")
    assert (read.tls.servers, read.tls.port) == ((), 411)
    assert (read.l2q, read.l2qvlan, read.vlantest) == (L2Q.ON, 20, None)


def test_a_number_out_of_range_is_as_if_absent_and_the_last_of_two_counts() -> None:
    read = parse_option_string("L2QVLAN=9999,L2Q=1,L2Q=2,VLANTEST=abc")
    assert (read.l2qvlan, read.l2q, read.vlantest) == (None, L2Q.OFF, None)


def test_later_sources_win() -> None:
    effective = parse_option_string("HTTPSRVR=b").over(parse_option_string("HTTPSRVR=a,TLSSRVR=a"))
    assert (effective.value("httpsrvr"), effective.value("TLSSRVR")) == ("b", "a")


names = st.from_regex(r"[A-Z][A-Z0-9_]{0,12}", fullmatch=True).filter(lambda name: name not in NUMBERS)
values = st.text(st.sampled_from("abcXYZ019./-_:=,"), max_size=20)


@given(st.lists(st.tuples(names, values), max_size=6, unique_by=lambda pair: pair[0]))
def test_what_is_written_reads_back(given_pairs: list[tuple[str, str]]) -> None:
    text = write_option_string(given_pairs)
    # A value that begins with a comma-free run cannot be mistaken: lists are quoted.
    assert pairs(parse_option_string(text)) == given_pairs


@given(st.text(max_size=300))
def test_nothing_raises(text: str) -> None:
    read = parse_option_string(text)
    for problem in read.problems:
        assert 0 <= problem.position <= len(text)


@pytest.mark.parametrize("text", ["A=" + ",b" * 32000, "A=1" + "," * 64000 + "b", "a" * 64000, "A=\t" * 9999])
def test_the_longest_value_a_datagram_can_carry_takes_no_time(text: str) -> None:
    start = time.process_time()
    parse_option_string(text)
    assert time.process_time() - start < 1


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("L2QVLAN", 4095, "L2QVLAN: L2QVLAN=4095 is not a number in 0-4094"),
        ("MCIPADD", 'a"b', "character that phones do not read"),
        ("MCIPADD", "a b", "character that phones do not read"),
        ("2X", "a", "'2X' is not a parameter name"),
    ],
)
def test_what_a_phone_could_not_read_is_not_written(name: str, value: str | int, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        write_option_string([(name, value)])


def test_lists_are_written_quoted() -> None:
    text = write_option_string([("mcipadd", ["10.1.0.30", "10.1.0.31"]), ("L2QVLAN", 20)])
    assert text == 'MCIPADD="10.1.0.30,10.1.0.31",L2QVLAN=20'


def test_option_43_counts_only_for_6889() -> None:
    data = write_vendor([("HTTPSRVR", "10.1.0.20"), ("L2QVLAN", "20")])
    assert data == b"\x01\x046889\x02\x0910.1.0.20\x0a\x0220"
    read = parse_vendor(data)
    assert (read.http.servers, read.l2qvlan) == (("10.1.0.20",), 20)
    assert parse_vendor(data.replace(b"6889", b"6888")) == PhoneParameters()


def test_a_malformed_option_43() -> None:
    with pytest.raises(DecodeError, match="sub-option 2 is cut short"):
        parse_vendor(b"\x02\x09x")
    assert "option 43" in str(read_vendor_or_nothing(b"\x02\x09x").problems[0])
    with pytest.raises(InputError, match="MCIPADD: option 43 has no sub-code"):
        write_vendor([("MCIPADD", "10.1.0.30")])
