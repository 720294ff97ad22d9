"""`ringfence decode HEX|FILE`: one message as an indented tree."""

import binascii
from pathlib import Path
from typing import TypedDict

import click

from ringfence.apps.cli.screen import console, print_json
from ringfence.apps.provenance import provenance_of
from ringfence.capture.pcap import is_pcap
from ringfence.capture.pcapng import is_pcapng
from ringfence.model.errors import DecodeError, InputError
from ringfence.model.printable import printable
from ringfence.wire import decoding

_MOST_OCTETS = 65_535  # what a datagram, or a TPKT, can hold


class DecodedDocument(TypedDict):
    """`lines` are the tree, indented; `fault` is where the message breaks off, null where it is whole."""

    kind: str
    octets: int
    lines: list[str]
    fault: str | None


@click.command()
@click.argument(
    "message",
    help="The message as hexadecimal octets, or a file that holds it, as hexadecimal text or binary.",
)
@click.option(
    "--as", "kind", default="", help=f"One of: {', '.join(decoding.KINDS)}; default: the one that fits."
)
@click.option("--json", is_flag=True, help="Kind, lines of the tree and where it breaks off as JSON.")
def command(
    message: str,
    kind: str,
    json: bool,
) -> None:
    """Print one RAS, call-signalling, H.245 or DHCP message as a tree."""
    if kind and kind not in decoding.KINDS:
        raise InputError(f"{kind!r} is not a kind of message", where="--as", remedy=", ".join(decoding.KINDS))
    data = _octets(message)
    try:
        decoded = decoding.decode_any(data, kind)
    except DecodeError as error:
        remedy = "give whole octets of one message, no IP or UDP header"
        broken = "" if kind else "; --as KIND shows how far a broken one can be read"
        raise InputError(str(error), where="message", remedy=remedy + broken) from None
    if json:
        document: DecodedDocument = {
            "kind": decoded.kind,
            "octets": len(data),
            "lines": [printable(line) for line in decoded.lines],
            "fault": None if decoded.fault is None else printable(str(decoded.fault)),
        }
        print_json(document, provenance_of())
    else:
        _print(decoded, len(data))
    if decoded.fault is not None:
        raise InputError(
            f"decoding stops: {decoded.fault}",
            where="message",
            remedy="what is shown above comes before that octet",
        )


def _print(decoded: decoding.Decoded, octets: int) -> None:
    out = console()
    out.print(f"{decoded.kind}, {octets} octets", style="bold")
    for line in decoded.lines:
        out.print(line, soft_wrap=True)


def _octets(message: str) -> bytes:
    path = Path(message)
    try:
        if _is_file(path):
            with path.open("rb") as file:
                data = file.read(_MOST_OCTETS + 1)
            if is_pcap(data) or is_pcapng(data):
                remedy = f"ringfence explain {message}, or give the octets of one message"
                raise InputError("is a capture, not a single message", where=message, remedy=remedy)
            if len(data) > _MOST_OCTETS:
                raise InputError(f"more than {_MOST_OCTETS} octets: not a single message", where=message)
            return _unhex(data.decode("ascii")) if _is_hexadecimal(data) else data
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", where=message[:80]) from None
    try:
        return _unhex(message)
    except (binascii.Error, ValueError):
        raise InputError("neither a file nor hexadecimal octets", where=message[:80]) from None


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # octets written out are longer than any name may be
        return False


def _unhex(text: str) -> bytes:
    return binascii.unhexlify("".join(text.replace(":", " ").split()))


def _is_hexadecimal(data: bytes) -> bool:
    """Whether a file holds the octets written out: no message consists of such characters alone."""
    digits = b"".join(data.replace(b":", b" ").split())
    return len(digits) > 1 and len(digits) % 2 == 0 and not set(digits) - set(b"0123456789abcdefABCDEF")
