"""Lines of a log, written by a thread: a slow reader or a full disk never holds up what is logged.

What is not written is counted, and the count is written when there is room again.
"""

import os
import queue
import time
from collections.abc import Callable
from threading import Thread

_MOST_WAITING = 10_000  # lines
_PATIENCE = 1.0  # seconds at the end for what still waits


class LogWriter:
    """Writes to the file `descriptor`. Of a second at most `most_a_second` lines are written.

    `notice` makes a line of what the writer itself has to say; any thread calls it.
    """

    def __init__(
        self,
        descriptor: int,
        *,
        most_a_second: int | None = None,
        notice: Callable[[str], bytes] = lambda words: f"... {words}\n".encode(),
    ) -> None:
        self._descriptor = descriptor
        self._notice = notice
        self._most = most_a_second
        self._second, self._lines, self._left_out = 0, 0, 0
        self._waiting: queue.Queue[bytes | None] = queue.Queue(_MOST_WAITING)
        self._dropped = 0
        self._thread = Thread(target=self._write_all, name="log", daemon=True)
        self._thread.start()

    def say(self, line: bytes) -> None:
        """`line` ends in a line feed. Never waits, never raises."""
        if self._most is not None and not self._in_time(self._most):
            return
        try:
            self._waiting.put_nowait(line)
        except queue.Full:
            self._dropped += 1

    def close(self) -> None:
        """Wait a moment for what is not written yet."""
        self._tell_left_out()
        try:
            self._waiting.put_nowait(None)
        except queue.Full:
            return
        self._thread.join(_PATIENCE)

    def _in_time(self, most: int) -> bool:
        second = int(time.monotonic())
        if second != self._second:
            self._tell_left_out()
            self._second, self._lines = second, 0
        self._lines += 1
        if self._lines > most:
            self._left_out += 1
        return self._lines <= most

    def _tell_left_out(self) -> None:
        if self._left_out:
            line = self._notice(f"{self._left_out} more lines in that second")
            self._left_out = 0
            try:
                self._waiting.put_nowait(line)
            except queue.Full:
                self._dropped += 1

    def _write_all(self) -> None:
        lost = 0
        while (line := self._waiting.get()) is not None:
            if self._dropped or lost:
                count, self._dropped = self._dropped + lost, 0
                told = self._written(self._notice(f"{count} lines could not be written"))
                lost = 0 if told else count
            lost += not self._written(line)

    def _written(self, line: bytes) -> bool:
        """False: nobody reads any more, or the disk is full."""
        try:
            while line:
                line = line[os.write(self._descriptor, line) :]
        except OSError:
            return False
        return True
