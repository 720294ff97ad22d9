"""Passwords that were given as arguments, taken out of the list of processes."""

import ctypes
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

_ARG_START = 45  # of the fields behind the name of the program (proc(5): 48 and 49)


def hide_arguments(words: Iterable[str], shown: int = 0) -> None:
    """Overwrite each argument that is or ends in one of `words`, but for its first `shown` characters.

    What `ps` prints is this process's own memory. Where it cannot be found nothing is changed.
    """
    with suppress(OSError, ValueError, IndexError):
        fields = Path("/proc/self/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2]
        start, end = map(int, fields.split()[_ARG_START : _ARG_START + 2])
        if 0 < start < end:
            _overwrite(start, ctypes.string_at(start, end - start), words, shown)


def _overwrite(start: int, arguments: bytes, words: Iterable[str], shown: int) -> None:
    for word in words:
        octets = word.encode(errors="surrogateescape")
        hidden = len(octets) - len(word[:shown].encode(errors="surrogateescape"))
        at = arguments.find(octets + b"\0")
        while octets and at >= 0:
            if at == 0 or arguments[at - 1 : at] in {b"\0", b"="}:
                ctypes.memset(start + at + len(octets) - hidden, ord("*"), hidden)
            at = arguments.find(octets + b"\0", at + 1)
