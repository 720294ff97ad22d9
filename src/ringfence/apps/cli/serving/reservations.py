"""Addresses that are one phone's and nobody else's, as `ringfence serve --reserve` names them."""

import re
from collections.abc import Sequence
from ipaddress import IPv4Address

from ringfence.apps.cli.serving.users import words_of
from ringfence.model.errors import InputError

_MAC = re.compile(r"[0-9a-fA-F]{2}([:-]?)(?:[0-9a-fA-F]{2}\1){4}[0-9a-fA-F]{2}")
_REMEDY = "--reserve 00:1b:4f:01:02:03=10.20.0.50, or --reserve @FILE with a line for each"


def reservations_of(given: Sequence[str]) -> dict[bytes, IPv4Address]:
    """Hardware address to address. InputError: a word is no such pair, or one of its halves comes twice."""
    found: dict[bytes, IPv4Address] = {}
    for each in given:
        for where, word in words_of(each, "--reserve", _REMEDY):
            mac, _, text = word.partition("=")
            try:
                address = IPv4Address(text)
            except ValueError:
                raise InputError(f"{word!r} has no IPv4 address", where=where, remedy=_REMEDY) from None
            if _MAC.fullmatch(mac) is None:
                raise InputError(f"{mac!r} is no MAC address", where=where, remedy=_REMEDY)
            chaddr = bytes.fromhex(mac.replace(":", "").replace("-", ""))
            if chaddr in found or address in found.values():
                raise InputError(f"{word} is reserved twice", where=where, remedy="keep one of the two")
            found[chaddr] = address
    return found
