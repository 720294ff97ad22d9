"""`ringfence option`: what a phone does with a string, what is wrong with it, however it is given."""

import json
import subprocess
import sys

import pytest

START = "import sys; from ringfence.apps.cli.entry import run; sys.argv[0] = 'ringfence'; run()"
GOOD = 'MCIPADD="10.1.0.30,10.1.0.31",MCPORT=1719,HTTPSRVR=10.1.0.20,TLSSRVR=10.1.0.20'
TLV = bytes([242, len(GOOD)]) + GOOD.encode()
SPLIT = bytes([242, 40]) + GOOD[:40].encode() + bytes([242, len(GOOD) - 40]) + GOOD[40:].encode()


def option(*arguments: str, typed: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-c", START, "option", *arguments]
    return subprocess.run(command, input=typed, capture_output=True, check=False)


@pytest.mark.parametrize(
    ("argument", "typed"),
    [
        (GOOD, b""),
        ("-", GOOD.encode() + b"\n"),
        (GOOD.encode().hex(":"), b""),
        ("-", GOOD.encode().hex(" ").encode() + b"\r\n"),
        (f"0x{TLV.hex()}", b""),
        (SPLIT.hex(), b""),
    ],
    ids=["text", "stdin", "hex", "hex-stdin", "with-code", "split"],
)
def test_a_string_is_read_in_every_form_that_people_have_it_in(argument: str, typed: bytes) -> None:
    done = option(argument, "--json", typed=typed)
    document = json.loads(done.stdout)
    assert done.returncode == 0
    assert document["string"] == GOOD
    assert document["wrong"] == []
    assert [each["name"] for each in document["parameters"]] == ["MCIPADD", "MCPORT", "HTTPSRVR", "TLSSRVR"]


@pytest.mark.parametrize(
    ("string", "says"),
    [
        ("MCIPADD=10.1.0.30,MCPORT=1720", "call signalling"),
        ("MCIPADD=10.1.0.300", "no IPv4 address"),
        ("MCIPADD=10.1.0.30:1719", "has a port; that goes into MCPORT"),
        ("MCIPADD=10.1.0.30,HTTPSRVR=http://10.1.0.20/", "is a URL"),
        ("MCIPADD=10.1.0.30;MCPORT=1719", "a semicolon"),
        ("MCIPADD=10.1.0.30\\,10.1.0.31", "a backslash"),
        ("MCIPAD=10.1.0.30", "MCIPADD is"),
        ("SIP_CONTROLLER_LIST=10.1.0.5,SIPDOMAIN=a.net", "it is for SIP"),
        ("HTTPSRVR=10.1.0.20", "no MCIPADD"),
    ],
)
def test_what_is_wrong_is_said_and_ends_with_1(string: str, says: str) -> None:
    done = option(string)
    assert done.returncode == 1
    assert says.encode() in done.stdout
    assert b"nothing is wrong" not in done.stdout
    assert b"ringfence why PHONE_OPTION_" in done.stdout


def test_what_a_phone_does_is_in_the_order_in_which_it_does_it() -> None:
    does = json.loads(option(f"L2QVLAN=20,VLANTEST=0,{GOOD}", "--json").stdout)["does"]
    places = [
        next(number for number, line in enumerate(does) if words in line)
        for words in (
            "VLAN 20",
            "without limit",
            "HTTPS from 10.1.0.20, port 411",
            "by HTTP",
            "10.1.0.31 by GRQ",
        )
    ]
    assert places == sorted(places)


def test_what_no_phone_can_ask_is_not_said_to_be_asked() -> None:
    assert b"GRQ" not in option("MCIPADD=10.1.0.300").stdout


@pytest.mark.parametrize("string", ["L2QVLAN=20", "L2Q=1,L2QVLAN=20,VLANTEST=60"])
def test_a_string_of_the_boot_vlan_needs_no_gatekeeper(string: str) -> None:
    assert option(string).returncode == 0


@pytest.mark.parametrize("argument", ["", "4d434", TLV[:-1].hex(), "=" * 20_000])
def test_what_is_no_string_is_refused(argument: str) -> None:
    done = option(argument)
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr


def test_too_much_is_refused_before_it_is_held() -> None:
    assert option("-", typed=b"A=1," * 100_000).returncode == 2


def test_what_is_quoted_is_shown_and_not_obeyed() -> None:
    assert b"\x1b" not in option("MCIPADD=1\x1b[31m").stdout
