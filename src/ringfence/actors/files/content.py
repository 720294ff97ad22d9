"""What a file server has to give: octets, a page that is made when it is asked for, a file on disk; and the
part of it that a Range asks for (RFC 9110 section 14).
"""

import re
from dataclasses import dataclass
from email.utils import formatdate
from typing import TypeAlias

# Handsets go by the name, browsers by this (IANA media types).
_TYPES = {
    "bin": "application/octet-stream",
    "crt": "application/x-x509-ca-cert",
    "html": "text/html; charset=utf-8",
    "jpg": "image/jpeg",
    "json": "application/json",
    "png": "image/png",
    "tar": "application/x-tar",
    "wav": "audio/wav",
    "xml": "text/xml",
    "zip": "application/zip",
}
_TEXT = "text/plain"
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


@dataclass(frozen=True, slots=True)
class Page:
    """Made when it is asked for; `status` is that of HTTP."""

    data: bytes
    content_type: str = _TEXT
    status: int = 200


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A regular file below the server's directory, as it was when it was looked up.

    `name` has no link in it. `modified`: nanoseconds since 1970.
    """

    name: str
    size: int
    modified: int

    def __len__(self) -> int:
        return self.size

    @property
    def entity_tag(self) -> str:
        return f'"{self.modified:x}-{self.size:x}"'

    @property
    def last_modified(self) -> str:
        return formatdate(self.modified // 1_000_000_000, usegmt=True)


Content: TypeAlias = bytes | Page | StoredFile


def content_type(name: str) -> str:
    suffix = name.rpartition(".")[2].lower()
    return _TYPES.get(suffix, _TEXT if suffix in {"txt", "scr", "ini", "cfg", ""} else _TYPES["bin"])


@dataclass(frozen=True, slots=True)
class ContentPart:
    """`length` octets from `offset`."""

    offset: int
    length: int


def part_asked_for(text: str, size: int) -> ContentPart | None:
    """The part that a Range header asks for; None: all of it, since the header is of no known form.

    ValueError: the content does not have it (416). Several ranges at once are answered with all, which
    RFC 9110 section 14.2 permits.
    """
    found = _RANGE.fullmatch(text.replace(" ", ""))
    if found is None or found[0] == "bytes=-":
        return None
    first, last = found[1], found[2]
    if not first:  # the last so many octets
        length = min(int(last), size)
        if not length:
            raise ValueError("no octet of it")
        return ContentPart(size - length, length)
    start, end = int(first), int(last) if last else size - 1
    if last and end < start:
        return None
    if start >= size:
        raise ValueError("behind its end")
    return ContentPart(start, min(end, size - 1) - start + 1)
