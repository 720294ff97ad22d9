"""Commits in groups: what several requests want kept goes to disk once, and then their answers leave."""

import asyncio
from collections.abc import Callable

from ringfence.actors.io import Keep, Kept
from ringfence.drivers.store.database import Database
from ringfence.model.findings import Finding
from ringfence.model.findings.network import STATE_KEPT_AGAIN, STATE_NOT_KEPT

_RETRY = 5.0  # seconds between attempts while the disk refuses


class GroupCommit:
    """Stages what is to be kept until the loop's next turn, when it is committed.

    `epoch` is the time since 1970 when the loop's clock stood at 0. While the database cannot be written, a
    `report` says so once, what was staged stays in memory, the latest of each key, and answers leave: phones
    go on working, and what was granted meanwhile is lost if the process ends before the disk is back.
    """

    def __init__(
        self,
        database: Database,
        epoch: float,
        report: Callable[[Finding], None],
        loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self._database = database
        self._epoch = epoch
        self._report = report
        self._loop = loop or asyncio.get_running_loop()
        self._staged: dict[tuple[Kept, str], Keep] = {}
        self._waiting: dict[Callable[[], None], None] = {}
        self._scheduled = False
        self._retry: asyncio.TimerHandle | None = None
        self._refusing = False

    def keep(self, record: Keep, kept: Callable[[], None]) -> None:
        """`kept` is called once the record is safe, or cannot be made so for now."""
        self._staged[record.kind, record.key] = record
        self._waiting[kept] = None
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._turn)

    def close(self) -> None:
        """Write what is staged. The database stays open."""
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None
        self._commit()
        self._release()

    def _turn(self) -> None:
        self._scheduled = False
        if self._retry is None:
            self._commit()
        self._release()

    def _again(self) -> None:
        self._retry = None
        self._commit()

    def _commit(self) -> None:
        if not self._staged:
            return
        rows = (
            (each, None if each.until is None else each.until + self._epoch) for each in self._staged.values()
        )
        try:
            self._database.write(rows, self._loop.time() + self._epoch)
        except OSError as error:
            self._refused(error)
        else:
            self._staged.clear()
            if self._refusing:
                self._refusing = False
                self._report(Finding(STATE_KEPT_AGAIN, "everything is stored on disk again"))

    def _refused(self, error: OSError) -> None:
        self._retry = self._loop.call_later(_RETRY, self._again)
        if not self._refusing:
            self._refusing = True
            sentence = f"{error}; the service goes on, but what it grants now is lost if this process ends"
            self._report(Finding(STATE_NOT_KEPT, sentence))

    def _release(self) -> None:
        waiting, self._waiting = self._waiting, {}
        for kept in waiting:
            kept()
