"""`ringfence serve` and its state: killed at any moment, damaged, locked, on a full disk, behind a clock."""

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from support import killing
from support.killing import MAIN, Phones, Serve, rounds, verify

ADDRESS = "127.80.0.1"
PLAIN = ("--dialect", "h323", "--anybody")


def said(state: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", MAIN, "serve", "--address", ADDRESS, "--state", str(state), *PLAIN]
    return subprocess.run(
        [*command, "--for", "0.2", *options], capture_output=True, text=True, timeout=60, check=False
    )


def test_nothing_acknowledged_is_lost_when_it_is_killed() -> None:
    registered, leased, lost = rounds(3, 11, ADDRESS, leases=os.geteuid() == 0)
    assert lost == []
    assert registered > 100
    assert leased > 0 or os.geteuid() != 0


def test_the_same_load_shows_what_is_lost_without_a_state() -> None:
    _, _, lost = rounds(1, 11, ADDRESS, leases=os.geteuid() == 0, keeps=False)
    assert lost


def test_a_directory_is_for_one_serve_at_a_time(tmp_path: Path) -> None:
    first = Serve(ADDRESS, tmp_path, *PLAIN)
    first.start()
    try:
        second = said(tmp_path)
    finally:
        first.kill()
    assert second.returncode == 2
    assert "is in use by another serve" in second.stderr


def test_a_damaged_file_is_put_aside_and_serving_begins_anew(tmp_path: Path) -> None:
    assert said(tmp_path).returncode == 0
    (tmp_path / "state.db").write_bytes(b"not a database at all" * 100)
    again = said(tmp_path)
    assert "STATE_DAMAGED" in again.stdout
    assert again.returncode == 0
    assert (tmp_path / "state.db.damaged-1").exists()
    assert "STATE_DAMAGED" not in said(tmp_path).stdout


@pytest.mark.parametrize(
    ("statement", "code", "words"),
    [
        ("PRAGMA user_version = 99", 2, "later version"),
        (f"UPDATE clock SET written = {time.time() + 3600}", 0, "CLOCK_WENT_BACK"),
        ("INSERT INTO record VALUES ('registration', 'X', x'00', NULL)", 0, "KEPT_DROPPED"),
        ("INSERT INTO record VALUES ('of another version', 'X', x'00', NULL)", 0, "serving"),
    ],
)
def test_what_is_found_is_told(tmp_path: Path, statement: str, code: int, words: str) -> None:
    said(tmp_path)
    with closing(sqlite3.connect(tmp_path / "state.db")) as database, database:
        database.execute("INSERT OR IGNORE INTO clock VALUES (1, 0)")
        database.execute(statement)
    done = said(tmp_path)
    assert done.returncode == code
    assert words in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_a_state_that_cannot_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = said(tmp_path / "file")
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
    assert "--state" in done.stderr


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Serve]:
    """A serve that may write 60 KB to a file, as if the disk were full after that."""
    said(tmp_path)
    served = Serve(ADDRESS, tmp_path, *PLAIN)
    with killing.small_disk(60_000):
        served.start()
    yield served
    served.kill()


def test_a_full_disk_is_told_once_and_phones_go_on(full: Serve) -> None:
    phones = Phones(ADDRESS, leases=False)
    try:
        for number in range(1, 400):
            phones.rrq(number)
            assert phones.hear(killing.LATE)
        verify(phones)
    finally:
        phones.close()
    assert (len(phones.registered), phones.lost) == (399, [])
    full.process.terminate()
    assert full.process.stdout is not None
    assert full.process.stdout.read().count("STATE_NOT_KEPT") == 1


def test_the_state_is_for_its_owner_alone(tmp_path: Path) -> None:
    state = tmp_path / "new" / "state"
    assert said(state).returncode == 0
    assert [oct(path.stat().st_mode & 0o777) for path in (state, state / "state.db")] == ["0o700", "0o600"]
