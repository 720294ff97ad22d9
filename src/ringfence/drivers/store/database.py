"""The rows that outlive the process, in one SQLite file of a directory that is locked meanwhile.

Instants are kept as seconds since 1970. The file also holds when it was last written, so that a clock which
stands before that after a restart cannot lengthen a lease.
"""

import fcntl
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from ringfence.actors.io import Keep, Kept
from ringfence.model.errors import InputError

FILE = "state.db"
_LOCK = "state.lock"
_VERSION = 1
_KINDS = frozenset(Kept)
_WAIT = 1.0  # seconds for another program that looks into the file
_SCHEMA = """
CREATE TABLE IF NOT EXISTS record (
    kind TEXT NOT NULL, key TEXT NOT NULL, body BLOB NOT NULL, until REAL, PRIMARY KEY (kind, key)
);
CREATE TABLE IF NOT EXISTS clock (only_one INTEGER PRIMARY KEY CHECK (only_one = 1), written REAL NOT NULL);
"""
_PUT = """INSERT INTO record VALUES (?, ?, ?, ?)
ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body, until = excluded.until"""
_CLOCK = "INSERT INTO clock VALUES (1, ?) ON CONFLICT DO UPDATE SET written = max(written, excluded.written)"


class DamagedStateError(Exception):
    """The file is no state, or not a whole one."""


class Database:
    """`directory` is made when it is not there, for its owner alone. InputError: it cannot be used.

    `path` is the file; one that is damaged is put aside, and named in `put_aside`. `written` is the latest
    instant that was written, 0.0 when nothing was. `power_safe`: each commit waits for
    the disk, not for the kernel alone.
    """

    def __init__(self, directory: Path, *, power_safe: bool = True) -> None:
        self._power_safe = power_safe
        self.path = directory / FILE
        self.put_aside: Path | None = None
        try:
            directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock = os.open(directory / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise InputError(
                str(error), where="--state", remedy="name a directory that can be written"
            ) from None
        with ExitStack() as unless_open:
            unless_open.callback(os.close, self._lock)
            _lock(self._lock, directory)
            try:
                self._connection = self._open()
            except DamagedStateError:
                self.put_aside = _set_aside(self.path)
                self._connection = self._open()
            unless_open.pop_all()
        found = self._connection.execute("SELECT written FROM clock").fetchone()
        self.written: float = found[0] if found else 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        with suppress(sqlite3.Error):
            # Whoever has left root since cannot remove the log from the directory: it is left empty.
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with suppress(sqlite3.Error):
            self._connection.close()
        os.close(self._lock)

    def rows(self) -> Iterator[tuple[Keep, float | None]]:
        """Each record in the order in which its key came first, and its instant in seconds since 1970.

        What another version kept is passed over.
        """
        for kind, key, body, until in self._connection.execute("SELECT * FROM record ORDER BY rowid"):
            if kind in _KINDS:
                yield Keep(Kept(kind), key, bytes(body)), until

    def write(self, records: Iterable[tuple[Keep, float | None]], at: float) -> None:
        """All of them or none, `at` seconds since 1970. OSError: nothing was written."""
        put: list[tuple[str, str, bytes, float | None]] = []
        gone: list[tuple[str, str]] = []
        for record, until in records:
            if record.body is None:
                gone.append((record.kind, record.key))
            else:
                put.append((record.kind, record.key, record.body, until))
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany("DELETE FROM record WHERE kind = ? AND key = ?", gone)
            self._connection.executemany(_PUT, put)
            self._connection.execute(_CLOCK, (at,))
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            with suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
            raise OSError(f"{self.path}: {error}") from error

    def _open(self) -> sqlite3.Connection:
        try:
            return self._prepared(_connected(self.path))
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError) and not _damaged(error):
                remedy = "see that the disk has room and the directory can be written"
                raise InputError(f"{self.path}: {error}", where="--state", remedy=remedy) from None
            raise DamagedStateError from error

    def _prepared(self, connection: sqlite3.Connection) -> sqlite3.Connection:
        with ExitStack() as unless_whole:
            unless_whole.callback(connection.close)
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version > _VERSION:
                raise InputError(
                    f"{self.path} was written by a later version of ringfence",
                    where="--state",
                    remedy="run that version, or name another directory",
                )
            if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                raise DamagedStateError
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(f"PRAGMA synchronous = {'FULL' if self._power_safe else 'NORMAL'}")
            connection.executescript(_SCHEMA)
            connection.execute(f"PRAGMA user_version = {_VERSION}")
            unless_whole.pop_all()
        return connection


@contextmanager
def read_only(directory: Path) -> Iterator[list[tuple[Keep, float | None]]]:
    """The rows of a state that may be in use. InputError: there is none."""
    path = directory / FILE
    if not path.is_file():
        raise InputError(
            f"{path} is not there", where="--state", remedy="name the state directory of a serve"
        )
    connection = None
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=_WAIT)
        rows = connection.execute("SELECT * FROM record ORDER BY rowid")
        yield [
            (Keep(Kept(kind), key, bytes(body)), until) for kind, key, body, until in rows if kind in _KINDS
        ]
    except sqlite3.Error as error:
        raise InputError(f"{path}: {error}", where="--state") from None
    finally:
        if connection is not None:
            connection.close()


def _connected(path: Path) -> sqlite3.Connection:
    os.close(
        os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    )  # SQLite would let the group read it
    return sqlite3.connect(path, timeout=_WAIT, isolation_level=None, check_same_thread=False)


def _damaged(error: sqlite3.OperationalError) -> bool:
    return error.sqlite_errorcode & 0xFF in {
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_ERROR,
    }


def _lock(lock: int, directory: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise InputError(
            f"{directory} is in use by another serve", where="--state", remedy="name another directory"
        ) from None


def _set_aside(path: Path) -> Path:
    """Rename what is there, its log too, to a name that is free."""
    number = 1
    while (aside := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    for suffix in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            path.with_name(path.name + suffix).rename(aside.with_name(aside.name + suffix))
    return path.rename(aside)
