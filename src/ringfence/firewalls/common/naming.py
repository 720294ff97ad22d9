"""Names that a device accepts, and that a person still recognises."""

import re
import zlib
from collections.abc import Collection

from ringfence.model.errors import InputError

_RULE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/+-]*")
_COMMENT = 100  # the shortest limit known is 128
_STEM = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,23}")


def checked_id(id_: str) -> str:
    """The rule id, fit to stand in a comment of every firewall and shortened past 100; InputError otherwise.

    Quotes, newlines and comment signs would end the comment and start a rule.
    """
    if not _RULE_ID.fullmatch(id_):
        raise InputError(
            f"rule id {id_!r} cannot stand in a firewall's comment",
            where="rule id",
            remedy="use letters, digits and . _ / + -",
        )
    return id_ if len(id_) <= _COMMENT else f"{id_[: _COMMENT - 9]}-{zlib.crc32(id_.encode()):08x}"


def checked_stem(stem: str, taken: Collection[str] = ()) -> str:
    """The device's name stem: a letter, then letters, digits, _ or -, 24 in all; InputError otherwise.

    `taken` are names that mean something else to the device, or that others use there.
    """
    if not _STEM.fullmatch(stem):
        raise InputError(
            f"{stem!r} cannot be the stem of names on a firewall",
            where="device name",
            remedy="a letter, then letters, digits, _ or -, at most 24",
        )
    if stem in taken:
        raise InputError(
            f"{stem!r} means something else on this firewall",
            where="device name",
            remedy="choose another name: ringfence, or that of the site",
        )
    return stem


def fit(name: str, limit: int) -> str:
    """`name` with everything but letters, digits, _ and - replaced, at most `limit` long.

    A name that had to change ends in a check value of the original, so two names never become one and the
    same name always becomes the same.
    """
    clean = re.sub(r"[^A-Za-z0-9_-]", "_", name)
    if clean == name and len(name) <= limit:
        return name
    tail = f"-{zlib.crc32(name.encode()):08x}"
    return clean[: limit - len(tail)] + tail
