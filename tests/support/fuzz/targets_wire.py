"""Every decoder on its own."""

from __future__ import annotations

from ringfence.model.errors import DecodeError
from ringfence.wire import (
    call_signalling,
    ccms,
    decoding,
    per,
    phone_options,
    q931,
    ras,
    settings,
    tpkt,
    tree,
)
from ringfence.wire.dhcp import decode as decode_dhcp
from ringfence.wire.dhcp_options import OPTIONS
from ringfence.wire.frame import decode_frame
from ringfence.wire.h245.message import MultimediaSystemControlMessage
from ringfence.wire.icmp import decode_echo, decode_icmp, decode_quoted
from ringfence.wire.q931_elements import decode_cause, decode_number, display_text
from support.fuzz import seeds
from support.fuzz.subject import Target, reader

# GenericData that holds GenericData, and an H.245 tunnelled in an element: what nests in these protocols.
_NESTED = (
    bytes.fromhex("0400010200"),
    bytes.fromhex("14000114"),
    bytes.fromhex("4000018002"),
    b"\xff\xff\xff\xff",
    b"\0\0",
    b"\x80\x80",
    b"\xc4",
)
_OPTION_TOKENS = (b"\x34\x01\x03", b"\x52\x02\x05\x00", b"\xf2\xff", b"\xff", b"\0", b"\x2b\x06", b"\x35\x00")
_STRING_TOKENS = (b",", b'"', b"=", b"MCIPADD=", b",,", b" ", b'="', b"L2Q=", b"\t", "²".encode("latin-1"))
_SETTINGS_TOKENS = (
    b"\nSET A 1",
    b"\n# T\nGOTO T",
    b"\nIF $GROUP SEQ 1 GOTO T",
    b"\nIF $NONE SEQ 1 GOTO T",
    b"\nGET x.txt",
    b'"',
    b" ",
    b"\r\n",
    b"\xff",
    b"IF $",
    b" SEQ ",
)


def read_ras(data: bytes) -> None:
    ras.peek(data)
    message = ras.decode(data)
    tree.render_tree(message)
    try:
        again = ras.encode(message)
    except per.EncodeError:  # decoders are lenient
        return
    assert ras.decode(again) == message, "encoding and decoding again gives another message"


def read_signalling(data: bytes) -> None:
    message = call_signalling.decode(data)
    tree.render_tree(message)
    if message.user_information is not None:
        ccms.find(message.user_information.h323_uu_pdu.nonStandardControl)
    for element in message.elements:
        for read in (decode_cause, decode_number, display_text):
            try:
                read(element.content)
            except DecodeError:
                continue


def read_h245(data: bytes) -> None:
    tree.render_tree(per.decode(MultimediaSystemControlMessage, data))


def read_q931(data: bytes) -> None:
    message = q931.decode(data)
    assert q931.encode(message) == data, "Q.931 is kept octet by octet"


def read_tpkt(data: bytes) -> None:
    messages, rest = tpkt.split(data)
    assert b"".join(map(tpkt.frame, messages)).__len__() + len(rest) == len(data)


def read_dhcp(data: bytes) -> None:
    message = decode_dhcp(data)
    for code in dict.fromkeys(code for code, _ in message.all_options):
        option = OPTIONS.get(code)
        if option is not None:
            try:
                message.get(option)
            except DecodeError:
                continue


def read_any(data: bytes) -> None:
    decoding.decode_any(data)


def read_phone_string(data: bytes) -> None:
    """Must take anything: a phone does."""
    told = phone_options.parse_option_string(data.decode("latin-1"))
    _ = (told.gatekeepers, told.gatekeeper_port, told.http, told.tls, told.l2q, told.l2qvlan, told.vlantest)
    assert len(told.problems) <= len(data) + 3
    phone_options.read_vendor_or_nothing(data)


def run_settings(data: bytes) -> None:
    script = settings.decode(data)
    interpreter = settings.Interpreter({"GROUP": "2", "MODEL": "9608", "MODEL4": "9608"})
    wanted = interpreter.begin(script)
    for _ in range(4):
        if wanted is None:
            break
        wanted = interpreter.missing()


def read_frame(data: bytes) -> None:
    found = decode_frame(data)
    if found is not None and found.packet is not None and found.ip.protocol == 1:
        decode_echo(found.packet.payload)
        decode_quoted(found.packet.payload)


def read_icmp(data: bytes) -> None:
    message = decode_icmp(data)
    decode_quoted(message.body)


TARGETS: tuple[Target, ...] = (
    reader("ras", seeds.ras_octets, read_ras, DecodeError, tokens=_NESTED),
    # 64 KB of elements of one octet each, each read in three ways.
    reader("call", seeds.signalling_messages, read_signalling, DecodeError, tokens=_NESTED, most_ms=600.0),
    reader("h245", seeds.h245_messages, read_h245, DecodeError, tokens=_NESTED),
    reader("q931", seeds.q931_messages, read_q931, DecodeError, most_ms=300.0),
    reader("tpkt", seeds.tpkt_streams, read_tpkt, DecodeError, tokens=(b"\x03\0\0\x04", b"\x03\0\xff\xff")),
    # Every option is looked for among 30000 instances.
    reader("dhcp", seeds.dhcp_messages, read_dhcp, DecodeError, tokens=_OPTION_TOKENS, most_ms=300.0),
    reader(
        "any",
        lambda: (*seeds.ras_octets(), *seeds.tpkt_streams(), *seeds.dhcp_messages(), *seeds.h245_messages()),
        read_any,
        DecodeError,
        tokens=_NESTED,
        most_ms=600.0,
    ),
    reader(
        "phone-options",
        lambda: (*(each.encode() for each in seeds.PHONE_STRINGS), *seeds.vendor_strings()),
        read_phone_string,
        tokens=_STRING_TOKENS,
    ),
    # A GOTO in a circle may take its 100000 steps, once for each GET.
    reader(
        "settings",
        lambda: seeds.SETTINGS_FILES,
        run_settings,
        DecodeError,
        tokens=_SETTINGS_TOKENS,
        most_ms=500.0,
    ),
    reader("frame", seeds.frames, read_frame, DecodeError),
    reader("icmp", lambda: [each[34:] for each in seeds.frames()], read_icmp, DecodeError),
    reader("ccms", seeds.ccms_frames, lambda data: list(map(str, ccms.decode(data))), DecodeError),
)
