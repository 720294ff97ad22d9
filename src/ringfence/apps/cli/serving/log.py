"""The log of a serve: lines for people, or one JSON object a line; to standard output or to a file."""

import os
import sys
import time
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

import msgspec

from ringfence.apps.cli.serving.lines import LogLine, finding_line
from ringfence.apps.cli.serving.log_writer import LogWriter
from ringfence.model.errors import InputError
from ringfence.model.findings import Finding
from ringfence.model.printable import printable

_MOST_LINES = 500  # of the log in a second; the rest is counted


class LogForm(StrEnum):
    HUMAN = "human"
    JSON = "json"
    JOURNAL = "journal"  # every event with its commands: no lines


class _Record(msgspec.Struct, omit_defaults=True):
    time: str
    event: str
    text: str
    code: str = ""
    severity: str = ""


class ServeLog:
    """`clock`: seconds since 1970. InputError: `file` cannot be written."""

    def __init__(
        self, form: LogForm, file: Path | None = None, *, clock: Callable[[], float] = time.time
    ) -> None:
        self.form = form
        self._file = file
        self._clock = clock
        self._descriptor = sys.stdout.fileno() if file is None else _opened(file)
        most = None if form is LogForm.JOURNAL else _MOST_LINES
        self._writer = LogWriter(self._descriptor, most_a_second=most, notice=self._notice)
        self._show_date = file is not None or not sys.stdout.isatty()

    def line(self, said: LogLine, severity: str = "") -> None:
        match self.form:
            case LogForm.HUMAN:
                shown = time.localtime(self._clock())
                stamp = time.strftime("%Y-%m-%dT%H:%M:%S" if self._show_date else "%H:%M:%S", shown)
                self._writer.say(f"{stamp} {printable(said.text)}\n".encode(errors="replace"))
            case LogForm.JSON:
                record = _Record(self._stamp(), said.event, printable(said.text), said.code, severity)
                self._writer.say(msgspec.json.encode(record) + b"\n")
            case LogForm.JOURNAL:
                pass

    def finding(self, finding: Finding) -> None:
        self.line(finding_line(finding), finding.code.severity)

    def raw(self, line: bytes) -> None:
        """A line of a journal."""
        self._writer.say(line)

    def reopen(self) -> None:
        """Write to the file of that name from now on: another program has moved the old one away. OSError."""
        if self._file is not None:
            new = _open(self._file)
            os.dup2(new, self._descriptor)
            os.close(new)

    def hand_over(self, user: int, group: int) -> None:
        """The file is that account's, so that it can be opened again. OSError."""
        if self._file is not None:
            os.fchown(self._descriptor, user, group)

    def close(self) -> None:
        self._writer.close()

    def _notice(self, words: str) -> bytes:
        """What the writer itself has to say."""
        if self.form is LogForm.JSON:
            return msgspec.json.encode(_Record(self._stamp(), "log", words)) + b"\n"
        return f"... {words}\n".encode()

    def _stamp(self) -> str:
        now = self._clock()
        return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now % 1 * 1000):03d}Z"


def _open(file: Path) -> int:
    return os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o640)


def _opened(file: Path) -> int:
    try:
        return _open(file)
    except OSError as error:
        raise InputError(
            str(error), where="--log-file", remedy="name a file in a directory that can be written"
        ) from None
