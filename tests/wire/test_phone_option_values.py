"""Option 242 strings that parse and mean nothing that a phone can use, of the kinds that people post."""

import pytest

from ringfence.wire.phone_option_values import no_gatekeeper
from ringfence.wire.phone_options import address_in, parse_option_string


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("MCIPADDR=10.1.0.30", "MCIPADDR is not a known parameter; MCIPADD is"),
        ("MCIPADD=10.1.0.30,HTTPSRV=10.1.0.20", "HTTPSRVR is"),
        ("MCIPADD=10.1.0.30,L2QVLN=20", "L2QVLAN is"),
        ("MCIPADD=10.1.0.30;MCPORT=1719", "a semicolon"),
        ("MCIPADD=10.1.0.30:1719", "10.1.0.30:1719 has a port; that goes into MCPORT"),
        ("HTTPSRVR=http://10.1.0.20/avaya", "http://10.1.0.20/avaya is a URL"),
        ("TLSSRVR=files.example/avaya", "is a URL"),
        ("MCIPADD=10.1.0.300", "10.1.0.300 is no IPv4 address"),
        ("MCIPADD=10.1.0", "10.1.0 is no IPv4 address"),
        ('MCIPADD="10.1.0.30,10.1.0.310"', "10.1.0.310 is no IPv4 address"),
        ("MCIPADD=10.1.0.30,MCPORT=1720", "tcp 1720 is call signalling"),
        ("MCIPADD=10.1.0.30,MCPORT=5060", "5060 is SIP"),
        ("MCIPADD=10.1.0.30\\,MCPORT=1719", "a backslash"),
        ("MCIPADD='10.1.0.30'", "in quotes that phones take for part of it"),
        ("MCIPADD=10.1.0.30|10.1.0.31", "neither an address nor a name"),
        ("MCIPADD=cm..example.net", "neither an address nor a name"),
        ("MCIPADD=0.0.0.0", "no host's address"),
        ("MCIPADD=224.0.1.41", "no host's address"),
        ("MCIPADD=10.1.0.30,MCPORT=0", "MCPORT=0 is no port"),
        ("HTTPSRVR=10.1.0.20,HTTPPORT=0", "HTTPPORT=0 is no port"),
        ("TFTPSRVR=10.1.0.20,TFTPDIR=a", "TFTPDIR must stand before TFTPSRVR"),
        ("L2QVLAN=20,L2Q=2", "has no effect"),
        (f"MCIPADD={','.join(f'10.1.0.{n}' for n in range(100, 114))}", "the manuals promise 127"),
        ('"MCIPADD=10.1.0.30"', "begins with a quote"),
    ],
)
def test_what_a_phone_cannot_use_is_named(text: str, says: str) -> None:
    problems = [str(each) for each in parse_option_string(text).problems]
    assert any(says in each for each in problems), problems


@pytest.mark.parametrize(
    "text",
    [
        "MCIPADD=10.1.0.30,MCPORT=1719,HTTPSRVR=10.1.0.20,L2Q=1,L2QVLAN=20,VLANTEST=0",
        'MCIPADD="10.1.0.30,gk2.example.net",TLSSRVR=files.example.net,TLSPORT=443,HTTPDIR=/phones',
        "SIP_CONTROLLER_LIST=10.1.0.5:5061;transport=tls",
        "TFTPDIR=a,TFTPSRVR=10.1.0.20,L2QVLAN=0,L2Q=2",
        "MCIPADD=cm_1.example.net.,L2QVLAN=20,L2Q=0",
        "ICMPDU=2,WEATHERURL=http://example.net/,SNMPSTRING=public",
    ],
)
def test_what_it_can_use_or_nobody_knows_is_not(text: str) -> None:
    assert parse_option_string(text).problems == ()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("L2Q=1,L2QVLAN=20", "no MCIPADD can be read"),
        ("SIP_CONTROLLER_LIST=10.1.0.5:5061", "it is for SIP"),
        ("MCIPADD=10.1.0.300", "MCIPADD=10.1.0.300 names no gatekeeper"),
        ("MCIPADD=10.1.0.30:1719", "names no gatekeeper"),
        ("MCIPADD=", "names no gatekeeper"),
        ("MCIPADD=10.1.0.300,10.1.0.30", ""),
        ("MCIPADD=gk.example.net", ""),
    ],
)
def test_whether_a_string_leads_to_a_gatekeeper(text: str, why: str) -> None:
    told = parse_option_string(text)
    found = no_gatekeeper([each.name for each in told.parameters], told.gatekeepers)
    assert (why in found) if why else not found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("10.1.0.20", "10.1.0.20"),
        ("10.1.0.20:8080", "10.1.0.20"),
        (" https://10.1.0.20:8443/phones ", "10.1.0.20"),
        ("files.example.net", None),
        ("10.1.0.300", None),
        ("", None),
    ],
)
def test_an_address_is_found_in_whatever_form_it_is_given(text: str, found: str | None) -> None:
    assert (None if found is None else found) == (str(address_in(text)) if address_in(text) else None)
