"""One message of whatever kind, as a tree: for people with octets in hand."""

from collections.abc import Callable

from ringfence.model.errors import DecodeError
from ringfence.wire import call_signalling, dhcp, per, ras, tpkt, tree
from ringfence.wire.dhcp_options import OPTIONS
from ringfence.wire.h245.message import MultimediaSystemControlMessage

_BOOTP_HEADER = 236  # RFC 2131 section 2, before the magic cookie
_COOKIE = bytes((99, 130, 83, 99))
_Q931 = 0x08  # protocol discriminator, Q.931 section 4.2


def _ras(data: bytes) -> list[str]:
    return tree.render(ras.decode(data))


def _call(data: bytes) -> list[str]:
    return tree.render(call_signalling.decode(data))


def _h245(data: bytes) -> list[str]:
    return tree.render(per.decode(MultimediaSystemControlMessage, data))


def _tpkt(data: bytes) -> list[str]:
    """Every message of a stream of TPKTs: call signalling, or H.245 on a channel of its own."""
    messages, rest = tpkt.split(data)
    if not messages or rest:
        raise DecodeError("a TPKT is cut off", len(data))
    lines: list[str] = []
    for number, message in enumerate(messages, 1):
        inner = _call if message[:1] == bytes((_Q931,)) else _h245
        lines += [f"TPKT {number}", *(f"  {line}" for line in inner(message))]
    return lines


def _dhcp(data: bytes) -> list[str]:
    message = dhcp.decode(data)
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


def decode_any(data: bytes, kind: str = "") -> tuple[str, list[str]]:
    """The kind and the tree. DecodeError says why the octets are no such message, or none of them."""
    if kind:
        return kind, KINDS[kind](data)
    likely = _likely(data)
    failures = []
    for name in likely:
        try:
            return name, KINDS[name](data)
        except DecodeError as error:
            failures.append(f"{name}: {error}")
    raise DecodeError(f"no message of a known kind ({'; '.join(failures)})")


def _likely(data: bytes) -> list[str]:
    """RAS and H.245 have no mark of their own, so what has one is tried first and alone."""
    if data[_BOOTP_HEADER : _BOOTP_HEADER + 4] == _COOKIE:
        return ["dhcp"]
    if data[:2] == b"\x03\x00" and int.from_bytes(data[2:4], "big") <= len(data):
        return ["tpkt", "ras"]
    if data[:1] == bytes((_Q931,)):
        return ["call", "ras"]
    return ["ras", "h245"]
