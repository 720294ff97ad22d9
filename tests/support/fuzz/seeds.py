"""Seeds from the real encoders: every message of every protocol, small ones and rich ones."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from msgspec.structs import replace

from ringfence.capture.frame import LinkType, Tap
from ringfence.wire import call_signalling, ccms, per, phone_options, q931, ras, tpkt
from ringfence.wire.dhcp import DhcpMessage, Op, encode
from ringfence.wire.dhcp_options import (
    CLIENT_ID,
    HOST_NAME,
    LEASE_TIME,
    MESSAGE_TYPE,
    PARAMETER_LIST,
    RELAY_AGENT,
    REQUESTED_ADDRESS,
    ROUTERS,
    SERVER_ID,
    SITE_46XX,
    SITE_242,
    SUBNET_MASK,
    VENDOR_SPECIFIC,
    DhcpMessageType,
    RelayAgentInformation,
)
from ringfence.wire.h225 import H323messagebody, RasMessage
from ringfence.wire.h245.message import MultimediaSystemControlMessage
from ringfence.wire.per.primitives import EncodeError
from support.actors import dhcp_answers
from support.captures.capture_files import as_link, pcap, pcapng, tagged
from support.captures.recorded_site import boot, dhcp_message
from support.peers.pycrate_oracle import Values, alternatives

ROOT = Path(__file__).parents[3]
_MOST = 4000  # octets of a seed: a few rich random values are tens of thousands


def _encoded(schema: Any, kinds: list[Any], rounds: int) -> list[bytes]:
    found: list[bytes] = []
    for round_ in range(rounds):
        values = Values(round_, optional=(0.1, 0.4, 0.8)[round_ % 3], deepest=6)
        for kind in kinds:
            try:
                octets = per.encode(schema, values.of(kind))
            except EncodeError:  # random values may break a rule that the notation cannot express
                continue
            if len(octets) <= _MOST:
                found.append(octets)
    return found


@cache
def ras_messages() -> tuple[bytes, ...]:
    kinds: list[Any] = [kind for _, kind in alternatives(RasMessage)[0] if isinstance(kind, type)]
    return tuple(_encoded(RasMessage, kinds, 12))


@cache
def h245_messages() -> tuple[bytes, ...]:
    return tuple(_encoded(MultimediaSystemControlMessage, [MultimediaSystemControlMessage] * 60, 6))


@cache
def signalling_messages() -> tuple[bytes, ...]:
    found: list[bytes] = []
    control = [each for each in h245_messages() if len(each) < 200][:40]
    for round_ in range(9):
        values = Values(round_, optional=(0.1, 0.4, 0.8)[round_ % 3], deepest=6)
        bodies: list[tuple[Any, Any]] = alternatives(H323messagebody)[0]
        for name, kind in bodies:
            message = call_signalling.signal(round_, (name, values.of(kind)), h245Tunneling=True)
            information = message.user_information
            if information is not None and round_ % 2:
                tunnelled = [values.random.choice(control)]
                pdu = replace(information.h323_uu_pdu, h245Control=tunnelled)
                message = message._replace(user_information=replace(information, h323_uu_pdu=pdu))
            try:
                octets = call_signalling.encode(message)
            except EncodeError:
                continue
            if len(octets) <= _MOST:
                found.append(octets)
    return tuple(found)


@cache
def q931_messages() -> tuple[bytes, ...]:
    random = Random(5)
    identifiers = [*q931.ElementId, 0x90, 0x98, 0x9E, 0xA0, 0x3C]
    found = []
    for kind in q931.MessageType:
        elements = tuple(
            q931.InformationElement(
                each, b"" if each & 0x80 else random.randbytes(random.choice((0, 1, 3, 9, 90)))
            )
            for each in random.sample(identifiers, 6)
        )
        found.append(q931.encode(q931.Message(random.getrandbits(15), False, kind, elements)))
    return (*found, *signalling_messages()[:60])


@cache
def tpkt_streams() -> tuple[bytes, ...]:
    random = Random(6)
    messages = (*signalling_messages(), b"", *h245_messages()[:50])
    return tuple(b"".join(map(tpkt.frame, random.sample(messages, 3))) for _ in range(150))


PHONE_STRINGS = (
    "MCIPADD=10.1.0.30,10.1.0.31,MCPORT=1719,HTTPSRVR=10.1.0.20,L2Q=1,L2QVLAN=20,VLANTEST=60",
    'MCIPADD="10.1.0.30,10.1.0.31",TLSSRVR=files.example.org,TLSDIR=/a/b,TLSPORT=443,HTTPPORT=8080',
    "L2Q=2,L2QAUD=6,L2QSIG=6,ICMPDU=1,ICMPRED=0,DHCPSTD=1,MTU_SIZE=1496,PHNOL=9,STATIC=1",
    phone_options.write_option_string([("MCIPADD", ["10.9.8.7", "10.9.8.6"]), ("L2QVLAN", 4094)]),
)


@cache
def vendor_strings() -> tuple[bytes, ...]:
    return (
        phone_options.write_vendor([("HTTPSRVR", "10.1.0.20"), ("L2Q", "1"), ("L2QVLAN", "30")]),
        phone_options.write_vendor([("TLSSRVR", "10.1.0.20"), ("TLSPORT", "443"), ("PROCSTAT", "1")]),
    )


@cache
def dhcp_messages() -> tuple[bytes, ...]:
    here, server = dhcp_answers.ADDRESS, dhcp_answers.ADDRESS + 1
    agent = RelayAgentInformation(((1, b"voice"), (2, b"rack 4"), (5, here.packed), (11, server.packed)))
    found = []
    for kind in DhcpMessageType:
        for op in Op:
            options = [
                MESSAGE_TYPE(kind),
                SERVER_ID(server),
                REQUESTED_ADDRESS(here),
                LEASE_TIME(3600),
                SUBNET_MASK(dhcp_answers.ADDRESS),
                ROUTERS((server,)),
                PARAMETER_LIST((1, 28, 3, 6, 15, 42, 242)),
                CLIENT_ID(b"\x01" + dhcp_answers.MAC),
                HOST_NAME("AVX1A2B3C"),
                VENDOR_SPECIFIC(vendor_strings()[0]),
                SITE_242(PHONE_STRINGS[0]),
                SITE_46XX(PHONE_STRINGS[1]),
                RELAY_AGENT(agent),
            ]
            found.append(
                encode(DhcpMessage(op, 7, dhcp_answers.MAC, tuple(options), giaddr=here, ciaddr=here))
            )
            found.append(dhcp_message(kind, op, 9, yiaddr=here))
    overloaded = DhcpMessage(
        Op.BOOTREPLY,
        7,
        dhcp_answers.MAC,
        ((52, b"\x03"), MESSAGE_TYPE(DhcpMessageType.ACK)),
        file=b"\x42\x04abcd\x0c\x03xyz\xff",
        sname=b"\xf2\x0aL2QVLAN=30\xff",
    )
    return (*found, encode(overloaded))


@cache
def ccms_frames() -> tuple[bytes, ...]:
    words = [
        ccms.variable(b"\xa0\x0b"),
        ccms.variable(b"\xe3Alice"),
        ccms.CcmsElement(0x4B),
        ccms.CcmsElement(0x82),
    ]
    keys = [ccms.CcmsElement(0x7F, bytes((key,))) for key in (10, 11, 12)]
    return (
        ccms.encode([ccms.CcmsFrame(ccms.TO_PHONE, tuple(words))]),
        ccms.encode(
            [
                ccms.CcmsFrame(ccms.REPORT, tuple(keys)),
                ccms.CcmsFrame(ccms.OTHER, (ccms.CcmsElement(0x47, b"x"),)),
            ]
        ),
        bytes.fromhex("0a384700c00b36600840"),
    )


SETTINGS_FILES = (
    b'## settings\nSET MCIPADD "10.1.0.30,10.1.0.31"\nSET L2QVLAN 20\nIF $GROUP SEQ 2 GOTO GROUP2\n'
    b"GOTO END\n# GROUP2\nSET VLANTEST 0\n# END\nGET 46xxsettings.txt\n",
    b"IF $MODEL4 SEQ 9608 GOTO A\nGET 96x1Hupgrade.txt\n# A\nSET APPNAME hb96.bin\r\nGET 46xxsettings.scr",
    b'\xef\xbb\xbfSET HTTPDIR "a b"\nif $SIG seq "H.323" goto X\n# X\nSET \xc3\xa9 x\n',
)


@cache
def frames() -> tuple[bytes, ...]:
    plain = tuple(each.data for each in boot().frames if each.tap == Tap.HANDSETS)
    vlans = tuple(tagged(each, (0x8100, 20)) for each in plain[:8])
    twice = tuple(tagged(each, (0x88A8, 5), (0x8100, 20)) for each in plain[:4])
    return (*plain, *vlans, *twice)


@cache
def captures() -> tuple[bytes, ...]:
    """Short ones, a whole registration, and every link type, byte order and clock."""
    run = [(each.time, each.data) for each in boot().frames if each.tap == Tap.HANDSETS]
    found = [pcap(run), pcapng(run), pcap(run, order=">", nano=True), pcapng(run, order=">", nano=True)]
    for start in range(0, len(run), 6):
        part = run[start : start + 6]
        found += [pcap(part), pcapng(part), pcap(part, snap=60)]
    for link in LinkType:
        linked = [(time, as_link(frame, link)) for time, frame in run[:10]]
        found.append(pcap(linked, link=link))
    return tuple(found)


def texts(folder: str, pattern: str) -> tuple[bytes, ...]:
    """Files of this repository as seeds: examples of sites, configurations that tests read."""
    return tuple(path.read_bytes() for path in sorted((ROOT / folder).glob(pattern)))


@cache
def ras_octets() -> tuple[bytes, ...]:
    """What handsets really send first, over and over among the rarer ones."""
    usual = tuple(
        each.data[42:] for each in boot().frames if each.tap == Tap.HANDSETS and 1719 in _ports(each.data)
    )
    for octets in usual:
        ras.decode(octets)
    return (*usual * 20, *ras_messages())


def _ports(frame: bytes) -> tuple[int, int]:
    return (
        (int.from_bytes(frame[34:36], "big"), int.from_bytes(frame[36:38], "big"))
        if frame[23] == 17
        else (0, 0)
    )
