"""Files of one directory, for a file server: nothing above it is reached, whatever names and links say."""

import errno
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from ringfence.actors.files.content import Content, Page, StoredFile
from ringfence.model.errors import InputError

_MOST_NAME = 1024  # characters of a path; PATH_MAX is 4096 octets
_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK  # a FIFO would wait for its writer


class FileRoot(Mapping[str, Content]):
    """Looks names up below `directory`. InputError: it is none.

    A link leads on while it stays inside; the path that it leads to is then opened step by step, no step of
    which may be a link, so that a link put there meanwhile leads nowhere. Names with a part that begins with
    a dot are not served.
    """

    def __init__(self, directory: Path) -> None:
        try:
            self._path = directory.resolve(strict=True)
            self._descriptor = os.open(self._path, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            remedy = "name the directory with the phones' files"
            raise InputError(str(error), where="--directory", remedy=remedy) from None

    @property
    def is_readable(self) -> bool:
        """Whether this process, as it is now, may look into the directory."""
        return os.access(self._path, os.R_OK | os.X_OK)

    def close(self) -> None:
        os.close(self._descriptor)

    def __getitem__(self, name: str) -> StoredFile | Page:
        """KeyError: there is no such regular file, or not for us. A page says that it cannot be said now."""
        try:
            inside = self._inside(name)
            descriptor = self.open(inside)
        except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: links in a circle
            if isinstance(error, OSError) and error.errno in {errno.EMFILE, errno.ENFILE}:
                return Page(b"", status=503)
            raise KeyError(name) from error
        with os.fdopen(descriptor, "rb", buffering=0) as file:
            found = os.fstat(file.fileno())
        return StoredFile(inside, found.st_size, found.st_mtime_ns)

    def __iter__(self) -> Iterator[str]:
        for folder, _, names in os.walk(self._path):
            for name in names:
                inner = os.path.relpath(os.path.join(folder, name), self._path)  # noqa: PTH118
                if inner in self:
                    yield inner

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def open(self, name: str) -> int:
        """A descriptor of the regular file of that name, in which no link is. OSError: there is none.

        ValueError: it is no name of a file here.
        """
        _checked(name)
        *folders, last = name.split("/")
        at, opened = self._descriptor, -1
        try:
            for folder in folders:
                at = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=at)
                if opened >= 0:
                    os.close(opened)
                opened = at
            found = os.open(last, _FLAGS, dir_fd=at)
        finally:
            if opened >= 0:
                os.close(opened)
        if not stat.S_ISREG(os.fstat(found).st_mode):
            os.close(found)
            raise FileNotFoundError(name)
        return found

    def _inside(self, name: str) -> str:
        """The path below the directory that `name` means, links followed. ValueError: it leads out."""
        if len(name) > _MOST_NAME:
            raise ValueError("too long")
        _checked(name)
        inside = str((self._path / name).resolve(strict=True).relative_to(self._path))
        _checked(inside)
        return inside


def _checked(name: str) -> None:
    if not all(part and not part.startswith(".") for part in name.split("/")):
        raise ValueError(f"{name!r} is no name of a file here")


def is_unchanged(descriptor: int, size: int, modified: int) -> bool:
    """Whether the file is still that which was promised."""
    with suppress(OSError):
        found = os.fstat(descriptor)
        return (found.st_size, found.st_mtime_ns) == (size, modified)
    return False
