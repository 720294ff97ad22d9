"""One asyncio loop with hosts on it, for tests of the driver that need more than the contract's networks."""

import asyncio
from collections.abc import Callable

from ringfence.actors.io import (
    Machine,
)
from ringfence.actors.journal import JournalEntry
from ringfence.drivers.aio import Host
from ringfence.model.address import transport
from ringfence.model.findings import Finding

HERE = transport("127.3.0.1", 15001)
THERE = transport("127.3.0.2", 15002)


class Bench:
    """One loop, the hosts on it, and what they said."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.failures: list[str] = []
        self.loop.set_exception_handler(self._failed)
        self.findings: list[Finding] = []
        self.entries: list[JournalEntry] = []
        self.hosts: list[Host] = []
        self._done: Callable[[], bool] = bool

    def run(self, machine: Machine, **options: object) -> Host:
        host = Host(machine, loop=self.loop, observer=self._see, report=self.findings.append, **options)  # type: ignore[arg-type]
        self.hosts.append(host)
        host.start()
        return host

    def until(self, done: Callable[[], bool], limit: float = 5.0) -> None:
        self._done = done
        stop = self.loop.call_at(self.loop.time() + limit, self.loop.stop)
        if not done():
            self.loop.run_forever()
        stop.cancel()
        assert done(), [entry.event for entry in self.entries]

    def codes(self) -> list[str]:
        return [finding.code for finding in self.findings]

    def _failed(self, loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        self.failures.append(str(context["message"]))
        loop.stop()

    def _see(self, entry: JournalEntry) -> None:
        self.entries.append(entry)
        if self._done():
            self.loop.call_soon(self.loop.stop)
