"""`ringfence decode HEX|FILE`: one message as an indented tree."""

import binascii
from pathlib import Path
from typing import Annotated

import typer

from ringfence.apps.cli.screen import console
from ringfence.model.errors import DecodeError, InputError
from ringfence.wire import decoding

_MOST_OCTETS = 65_535  # what a datagram, or a TPKT, can hold


def command(
    message: Annotated[
        str, typer.Argument(help="Hexadecimal octets, or the name of a file that holds the message.")
    ],
    kind: Annotated[
        str, typer.Option("--as", help=f"One of: {', '.join(decoding.KINDS)}; none: whichever fits.")
    ] = "",
) -> None:
    """Print one RAS, call-signalling, H.245 or DHCP message as a tree."""
    if kind and kind not in decoding.KINDS:
        raise InputError(f"{kind!r} is no kind of message", where="--as", remedy=", ".join(decoding.KINDS))
    data = _octets(message)
    try:
        name, lines = decoding.decode_any(data, kind)
    except DecodeError as error:
        raise InputError(
            str(error), where="message", remedy="give whole octets of one message, no IP or UDP header"
        ) from None
    out = console()
    out.print(f"{name}, {len(data)} octets", style="bold")
    for line in lines:
        out.print(line, markup=False, soft_wrap=True)


def _octets(message: str) -> bytes:
    path = Path(message)
    try:
        if path.is_file():
            with path.open("rb") as file:
                data = file.read(_MOST_OCTETS + 1)
            if len(data) > _MOST_OCTETS:
                raise InputError(f"more than {_MOST_OCTETS} octets are no single message", where=message)
            return data
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", where=message[:80]) from None
    try:
        return binascii.unhexlify("".join(message.replace(":", " ").split()))
    except (binascii.Error, ValueError):
        raise InputError("neither a file nor hexadecimal octets", where=message[:80]) from None
