"""One message of whatever kind, as a tree: for people with octets in hand."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from ringfence.model.errors import DecodeError
from ringfence.wire import call_signalling, dhcp, per, ras, tpkt, tree
from ringfence.wire.dhcp_options import OPTIONS
from ringfence.wire.h245.message import MultimediaSystemControlMessage

_BOOTP_HEADER = 236  # RFC 2131 section 2, before the magic cookie
_COOKIE = bytes((99, 130, 83, 99))
_SHORTEST_BOOTP = 28  # up to chaddr
_H225_OBJECT = (0, 0, 8, 2250, 0)  # H.225.0, each version a number behind it
_H225 = bytes((0x00, 0x08, 0x91, 0x4A))  # its beginning in BER (X.690 clause 8.19)
_Q931 = 0x08  # protocol discriminator, Q.931 section 4.2


def _ras(data: bytes) -> list[str]:
    return tree.render_tree(ras.decode(data))


def _call(data: bytes) -> list[str]:
    return tree.render_tree(call_signalling.decode(data))


def _h245(data: bytes) -> list[str]:
    return tree.render_tree(per.decode(MultimediaSystemControlMessage, data))


def _tpkt(data: bytes) -> list[str]:
    """Every message of a stream of TPKTs: call signalling, or H.245 on a channel of its own."""
    messages, rest = tpkt.split(data)
    lines: list[str] = []
    at = 0
    for number, message in enumerate(messages, 1):
        try:
            lines += [f"TPKT {number}", *_indented(_of_stream(message))]
        except DecodeError as error:
            where = None if error.offset is None else at + tpkt.TPKT_HEADER + error.offset
            raise DecodeError(error.what, where, [*lines, *_indented(_before(error))]) from None
        at += tpkt.TPKT_HEADER + len(message)
    if rest or not messages:
        begun: list[str] = []
        try:
            _of_stream(rest[tpkt.TPKT_HEADER :])
        except DecodeError as error:
            begun = [f"TPKT {len(messages) + 1}, breaks off", *_indented(_before(error))]
        raise DecodeError("a TPKT is cut off", len(data), [*lines, *begun])
    return lines


def _of_stream(message: bytes) -> list[str]:
    return (_call if message[:1] == bytes((_Q931,)) else _h245)(message)


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"  {line}" for line in lines]


def _dhcp(data: bytes) -> list[str]:
    return _dhcp_lines(dhcp.decode(data))


def _dhcp_lines(message: dhcp.DhcpMessage) -> list[str]:
    kind = message.message_type
    lines = [
        f"DHCP {kind.name if kind else 'BOOTP'}",
        f"  op: {message.op}  xid: {message.xid:#010x}  hops: {message.hops}  secs: {message.secs}"
        f"  flags: {message.flags:#06x}{' (broadcast)' if message.broadcast else ''}",
        f"  ciaddr: {message.ciaddr}  yiaddr: {message.yiaddr}  siaddr: {message.siaddr}"
        f"  giaddr: {message.giaddr}",
        f"  chaddr: {message.chaddr.hex(':')}",
    ]
    for code in dict.fromkeys(code for code, _ in message.all_options):
        raw = message.raw(code) or b""
        lines.append(f"  option {code}{_option_words(code, raw)}")
    return lines


def _option_words(code: int, raw: bytes) -> str:
    option = OPTIONS.get(code)
    if option is None:
        return f": {raw.hex()}"
    try:
        return f" ({option.name}): {option.read(raw)}"
    except DecodeError as error:
        return f" ({option.name}): {raw.hex()}  [{error}]"


KINDS: dict[str, Callable[[bytes], list[str]]] = {
    "ras": _ras,
    "call": _call,
    "tpkt": _tpkt,
    "h245": _h245,
    "dhcp": _dhcp,
}


def _marked_ras(data: bytes) -> list[str]:
    """Zeros decode as a GRQ: without having been told, take only what bears H.225.0's identifier, if any."""
    message = ras.decode(data)
    identifier = getattr(message, "protocolIdentifier", None)
    if identifier is not None and identifier[:5] != _H225_OBJECT:
        raise DecodeError("protocolIdentifier is none of H.225.0")
    return tree.render_tree(message)


_UNASKED = {**KINDS, "ras": _marked_ras}


class Decoded(NamedTuple):
    """`fault` is where the message breaks off; then `lines` are what stands before it."""

    kind: str
    lines: list[str]
    fault: DecodeError | None = None


def decode_any(data: bytes, kind: str = "") -> Decoded:
    """The kind and the tree. DecodeError when the octets are no such message, or none of a known kind."""
    faults: dict[str, DecodeError] = {}
    for name in (kind,) if kind else _likely(data):
        try:
            return Decoded(name, (KINDS if kind else _UNASKED)[name](data))
        except DecodeError as error:
            faults[name] = error
    name, fault = max(faults.items(), key=lambda one: len(_before(one[1])))
    if _before(fault) and (kind or _marked(data)):
        return Decoded(name, _before(fault), fault)
    if kind:
        raise fault
    raise DecodeError(
        f"not a message of a known kind ({'; '.join(f'{name}: {error}' for name, error in faults.items())})"
    )


def _before(fault: DecodeError) -> list[str]:
    """What had been read when the message broke off."""
    if isinstance(fault.read, dhcp.DhcpMessage):
        return _dhcp_lines(fault.read)
    if isinstance(fault.read, list):  # of a stream, lines already
        return fault.read
    return tree.render_unfinished(fault.read)


def _likely(data: bytes) -> list[str]:
    """RAS and H.245 have no mark of their own, so what has one is tried first and alone."""
    if _is_bootp(data):
        return ["dhcp"]
    if data[:2] == b"\x03\x00" and data[4:5] == bytes((_Q931,)):
        return ["tpkt"]
    if data[:2] == b"\x03\x00" and int.from_bytes(data[2:4], "big") <= len(data):
        return ["tpkt", "ras"]
    if data[:1] == bytes((_Q931,)):
        return ["call", "ras"]
    return ["ras", "h245"]


def _is_bootp(data: bytes) -> bool:
    """By its cookie, or by op, htype and hlen of Ethernet: a header full of zeros decodes as a GRQ too."""
    ethernet = data[:1] in {b"\x01", b"\x02"} and data[1:3] == b"\x01\x06" and data[3:4] < b"\x11"
    return data[_BOOTP_HEADER : _BOOTP_HEADER + 4] == _COOKIE or (ethernet and len(data) > _SHORTEST_BOOTP)


def _marked(data: bytes) -> bool:
    """Whether octets that break off bear the mark of a kind; else they are more likely none of ours."""
    return _is_bootp(data) or data[:1] == bytes((_Q931,)) or _H225 in data or data[:2] == b"\x03\x00"
