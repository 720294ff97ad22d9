"""Who may register at `ringfence serve`, and what their passwords are worth."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from hashlib import sha1
from pathlib import Path
from typing import TypeAlias

from ringfence.model.errors import InputError
from ringfence.model.findings import Finding
from ringfence.model.findings.register import PIN_FEW_KEYS
from ringfence.model.site import Site
from ringfence.model.site_parts.user import MOST_NAME

_DIGITS = 4  # of the usual PIN
_REMEDY = "--user 4711:1234, or --user @FILE with a line for each"


_HASHED = "{SHA}"  # RFC 2307, as `htpasswd -s` writes it

Users: TypeAlias = dict[str, str | bytes]
"""Extension to password, "" where none is needed; octets are a SHA-1 in its place."""


def users_of(given: Sequence[str], site: Site, *, hashes: bool = False) -> Users:
    """Those that are given, or the site's own where none is.

    A word that begins with @ names a file of such words, a line each (# begins a remark), so that no password
    is in the list of processes. `hashes`: the dialect can do with {SHA} and base64 in place of a password.
    InputError: a file cannot be read, a user has no extension, a hash is none or is of no use.
    """
    if not given:
        return {group.user.extension: group.user.password for group in site.groups}
    users: Users = {}
    for each in given:
        for where, word in words_of(each, "--user", _REMEDY):
            extension, _, password = word.partition(":")
            if not extension:
                # Never the word itself: what stands after the colon is a password.
                raise InputError("a user has no extension", where=where, remedy=_REMEDY)
            if max(len(extension), len(password)) > MOST_NAME:
                raise InputError(
                    f"an extension and a password have at most {MOST_NAME} characters", where=where
                )
            users[extension] = _secret(extension, password, where, hashes=hashes)
    return users


def _secret(extension: str, password: str, where: str, *, hashes: bool) -> str | bytes:
    if not password.startswith(_HASHED):
        return password
    try:
        digest = base64.b64decode(password.removeprefix(_HASHED), validate=True)
    except binascii.Error:
        digest = b""
    if len(digest) != sha1(usedforsecurity=False).digest_size:
        raise InputError(
            f"the hash of {extension} is no SHA-1 in base64", where=where, remedy="htpasswd -ns EXTENSION"
        )
    if not hashes:
        raise InputError(
            f"the password of {extension} is a hash: only H.235.1 can do with one",
            where=where,
            remedy="--h235, or the password itself: DES and MD5 of the other proofs are computed from it",
        )
    return digest


def few_keys(users: Mapping[str, str | bytes] | None) -> tuple[Finding, ...]:
    """Told once at the start: what a PIN of digits is worth under DES."""
    pins = [
        extension
        for extension, pin in (users or {}).items()
        if isinstance(pin, str) and pin.isdigit() and len(pin) <= _DIGITS
    ]
    if not pins:
        return ()
    whose = pins[0] if len(pins) == 1 else f"{pins[0]} and {len(pins) - 1} more"
    sentence = f"the PIN of {whose} has at most {5**_DIGITS} keys that differ under DES"
    return (Finding(PIN_FEW_KEYS, f"{sentence}: 0 and 1, 2 and 3 ... are the same digit"),)


def words_of(given: str, option: str, remedy: str) -> list[tuple[str, str]]:
    """Where each word stands, and the word: the lines of a file behind @ (# begins a remark), or `given`."""
    if not given.startswith("@"):
        return [(option, given)]
    path = Path(given[1:])
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: {error}", where=option, remedy=remedy) from None
    return [
        (f"{path} line {number}", line.strip())
        for number, line in enumerate(lines, 1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
