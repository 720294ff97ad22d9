"""A capture file as a stream of octets, decompressed on the way, in bounded memory."""

import bz2
import gzip
import importlib
import io
import lzma
import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING, BinaryIO, Literal, Protocol, cast

from ringfence.model.errors import InputError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

# Larger pieces are allocated afresh from the kernel each time, which costs more than reading them.
_CHUNK = 1 << 16
_REPORT = 4 << 20  # octets between two reports of progress
_GZIP, _BZIP2, _XZ = b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00"
_ZSTANDARD, _LZ4, _OLD_LZ4 = b"\x28\xb5\x2f\xfd", b"\x04\x22\x4d\x18", b"\x02\x21\x4c\x18"
# Blocks of LZ4's legacy format (`lz4 -l`): what each becomes at most, and how long that is at worst.
_OLD_BLOCK = 8 << 20
_OLD_LONGEST = _OLD_BLOCK + _OLD_BLOCK // 255 + 16


class Octets:
    """A window on a stream: `data[at:]` is what has been read and not used yet.

    `damage` says why reading ended early, empty while all is well. `on_progress` is called now and then,
    and at the end.
    """

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read
        self.data = b""
        self.at = 0
        self.passed = 0  # octets of the stream before `data`
        self.damage = ""
        self.on_progress: Callable[[], object] | None = None
        self._reported = 0

    @property
    def offset(self) -> int:
        """The place in the (decompressed) stream."""
        return self.passed + self.at

    def more(self, wanted: int = 0) -> bool:
        """Drop what was used and read on, `wanted` octets or a chunk; False at the end of the stream."""
        try:
            chunk = self._read(max(_CHUNK, wanted))
        except (EOFError, zlib.error, lzma.LZMAError, OSError, ValueError, RuntimeError) as error:
            self.damage = f"the compressed data ends or breaks: {error}"
            chunk = b""
        self.passed += self.at
        self.data = self.data[self.at :] + chunk
        self.at = 0
        if self.on_progress is not None and (not chunk or self.passed >= self._reported + _REPORT):
            self._reported = self.passed
            self.on_progress()
        return bool(chunk)

    def has(self, count: int) -> bool:
        """Whether `count` octets are there from `at` on, reading as needed."""
        while len(self.data) - self.at < count:
            if not self.more(count - len(self.data) + self.at):
                return False
        return True


class _Readable(Protocol):
    """What gives octets as they come; `read` would wait for all, and lose what a cut stream still had."""

    def read1(self, size: int = -1, /) -> bytes: ...


class OctetSource(Protocol):
    """A path, or what can be named and opened as one: a range of a file."""

    @property
    def name(self) -> str: ...

    def open(self, mode: Literal["rb"], buffering: Literal[0]) -> io.RawIOBase: ...


def open_octets(path: OctetSource) -> tuple[Octets, BinaryIO]:
    """The stream and the file to close; InputError when there is no such file or it cannot be read.

    Never seeks: a pipe will do.
    """
    try:
        file = io.BufferedReader(path.open("rb", buffering=0), _CHUNK)
        start = file.peek(6)[:6]
    except IsADirectoryError:
        raise InputError("is a directory", where=str(path), remedy="name one capture file") from None
    except OSError as error:
        raise InputError(error.strerror or str(error), where=str(path)) from None
    plain = cast(BinaryIO, file)
    opened = _decompressed(plain, start, path)
    return Octets((opened or file).read1), plain


def _decompressed(file: BinaryIO, start: bytes, path: OctetSource) -> _Readable | None:
    """None: it is not compressed."""
    if start.startswith(_GZIP):
        return gzip.GzipFile(fileobj=file)
    if start.startswith(_XZ):
        return lzma.LZMAFile(file)
    if start.startswith(_BZIP2):
        return bz2.BZ2File(file)
    if start.startswith(_LZ4):
        return _lz4(file, path)
    if start.startswith(_OLD_LZ4):
        return _old_lz4(file, path)
    return _zstandard(file, path) if start.startswith(_ZSTANDARD) else None


def _lz4(file: BinaryIO, path: OctetSource) -> _Readable:
    """Wireshark saves so too. Only a library reads it."""
    try:
        return cast(_Readable, importlib.import_module("lz4.frame").LZ4FrameFile(file))
    except ImportError:
        file.close()
        raise _no_library("LZ4", "lz4", path) from None


def _old_lz4(file: BinaryIO, path: OctetSource) -> _Readable:
    try:
        block = importlib.import_module("lz4.block")
    except ImportError:
        file.close()
        raise _no_library("LZ4", "lz4", path) from None
    return io.BufferedReader(_OldLz4(file, block.decompress), _CHUNK)


class _OldLz4(io.RawIOBase):
    """LZ4's legacy frame: its magic number, then blocks, each after its length of four octets."""

    def __init__(self, file: BinaryIO, decompress: Callable[..., bytes]) -> None:
        self._file = file
        self._decompress = decompress
        self._block = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        if not self._block:
            self._block = memoryview(self._next())
        room = memoryview(buffer).cast("B")
        count = min(len(room), len(self._block))
        room[:count] = self._block[:count]
        self._block = self._block[count:]
        return count

    def _next(self) -> bytes:
        """What the next block holds; empty at the end, ValueError where it breaks off."""
        start = self._file.read(4)
        while start == _OLD_LZ4:  # files may be put together
            start = self._file.read(4)
        if not start:
            return b""
        size = int.from_bytes(start, "little")
        if len(start) < 4 or not 0 < size <= _OLD_LONGEST:
            raise ValueError("no block of LZ4's legacy format begins where one should")
        block = self._file.read(size)
        if len(block) < size:
            raise EOFError("the last block is cut off")
        return self._decompress(block, uncompressed_size=_OLD_BLOCK)


def _zstandard(file: BinaryIO, path: OctetSource) -> _Readable:
    """Python 3.14 reads Zstandard itself; before that a library does, when it is installed."""
    for name in ("compression.zstd", "backports.zstd"):
        try:
            return cast(_Readable, importlib.import_module(name).ZstdFile(file))
        except ImportError:
            continue
    try:
        return cast(_Readable, importlib.import_module("zstandard").ZstdDecompressor().stream_reader(file))
    except ImportError:
        file.close()
        raise _no_library("Zstandard", "zstd", path) from None


def _no_library(what: str, program: str, path: OctetSource) -> InputError:
    return InputError(
        f"is compressed with {what}, which this Python cannot read",
        where=str(path),
        remedy=f"{program} -d {path.name}, or pip install 'ringfence[compressed]'",
    )
