"""A log that nobody reads, that is read late, and that is flooded."""

import os
from pathlib import Path

from ringfence.apps.cli.serving.log_writer import LogWriter


def test_a_reader_that_stalls_holds_nothing_up_and_is_told_what_it_missed() -> None:
    read, write = os.pipe()
    log = LogWriter(write)
    said = 40_000
    for number in range(said):  # a pipe holds 64 KiB: most of this cannot be written
        log.say(b"%07d\n" % number)
    text = bytearray()
    while b"could not be written" not in text:
        text += os.read(read, 1 << 16)
        log.say(b"and on\n")
    numbers = [int(line) for line in text.split(b"\n") if line.isdigit() and len(line) == 7]
    assert numbers == sorted(numbers)
    assert len(numbers) < said
    log.close()
    os.close(read)
    os.close(write)


def test_a_reader_that_has_gone_raises_nothing() -> None:
    read, write = os.pipe()
    os.close(read)
    log = LogWriter(write)
    for _ in range(100):
        log.say(b"line\n")
    log.close()
    os.close(write)


def test_a_full_disk_raises_nothing() -> None:
    descriptor = os.open("/dev/full", os.O_WRONLY)
    log = LogWriter(descriptor)
    for _ in range(100):
        log.say(b"line\n")
    log.close()
    os.close(descriptor)


def test_a_flood_of_lines_is_counted(tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as file:
        log = LogWriter(file.fileno(), most_a_second=10)
        for number in range(1000):
            log.say(b"line %d\n" % number)
        log.close()
    lines = (tmp_path / "log").read_text().splitlines()
    counted = [int(line.split()[1]) for line in lines if line.startswith("... ")]
    written = [line for line in lines if line.startswith("line ")]
    assert sum(counted) + len(written) == 1000
    assert len(written) <= 50  # a second may have turned meanwhile
