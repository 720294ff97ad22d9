"""Emulated handsets from the first that is switched on to the last that has left."""

import asyncio
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ringfence.actors.journal import JournalEntry
from ringfence.apps.cli.phoning.line import Phone, PhoneNews
from ringfence.apps.cli.phoning.networks import EntryObserver, PhoneNetwork, SocketReport
from ringfence.drivers.aio.socket_context import SocketFinding
from ringfence.drivers.recording import Watch
from ringfence.roles.network import HANDSET

_SETTLE = 0.5  # seconds for what is on the wire when a watch has seen enough
_LINGER = 20.0  # seconds after the last has been told to leave: its URQ goes out twice


@dataclass(frozen=True, slots=True)
class RunPlan:
    """`starts`: when each handset is switched on, in seconds. `stay`: seconds of registration after which it
    leaves; None: it stays until somebody ends it. `once`: it leaves as soon as it has all that it is to have.
    `patience`: seconds in which it must have registered, or with `once` have all; None: it goes on trying.
    `watch`: of a run of one handset, decides when there was enough.
    """

    starts: Sequence[float]
    stay: float | None
    once: bool = False
    patience: float | None = None
    watch: Watch | None = None


class PhoneRun:
    """`say` hears what there is to say of a handset. Use once; raises what `open_network` raises."""

    def __init__(
        self,
        line: Sequence[Phone],
        plan: RunPlan,
        open_network: Callable[[EntryObserver, SocketReport], PhoneNetwork],
        say: Callable[[Phone | None, PhoneNews], None],
    ) -> None:
        self._line = line
        self._plan = plan
        self._open = open_network
        self._say = say
        self._by_host = {phone.host: phone for phone in line}
        self._stopped = asyncio.Event()
        self._waiting = set(self._by_host)  # who has not left yet
        self._leaving: set[str] = set()
        self._staying: set[str] = set()
        self._over: asyncio.TimerHandle | None = None
        self._timers: list[asyncio.TimerHandle] = []
        self._defects: list[BaseException] = []
        self.interrupted = False

    async def run(self) -> None:
        self._loop = loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._defect)
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._signalled)
        self._network = self._open(self._observe, self._report)
        try:
            for phone, at in zip(self._line, self._plan.starts, strict=True):
                self._timers.append(loop.call_later(at, self._start, phone))
            await self._stopped.wait()
        finally:
            for timer in (*self._timers, *((self._over,) if self._over else ())):
                timer.cancel()
            self._network.close()
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)
        if self._defects:
            raise self._defects[0]

    def _start(self, phone: Phone) -> None:
        self._network.start(phone)
        if self._plan.patience is not None:
            self._later(self._plan.patience, phone, self._give_up)

    def _later(self, seconds: float, phone: Phone, action: Callable[[Phone], None]) -> None:
        self._timers.append(self._loop.call_later(seconds, action, phone))

    def _observe(self, entry: JournalEntry) -> None:
        phone = self._by_host[entry.host]
        for news in phone.saw(entry):
            self._say(phone, news)
        if self._plan.watch is not None:
            self._look(phone, self._plan.watch, entry)
        if phone.left:
            self._gone(phone)
        elif phone.host in self._leaving:
            return
        elif self._has_enough(phone):
            self._soon_leave(phone)
        elif self._plan.stay is not None and not self._plan.once:
            self._stay(phone, self._plan.stay)

    def _look(self, phone: Phone, watch: Watch, entry: JournalEntry) -> None:
        began = entry.time if phone.started is None else phone.started
        # A watch of a boot knows the handset by the name that it has in a proof.
        watch.saw(JournalEntry(entry.time - began, HANDSET, entry.event, entry.commands))
        if self._over is not None:
            self._over.cancel()
        at = entry.time + _SETTLE if watch.done else began + watch.give_up_at
        self._over = self._loop.call_at(at, self._leave, phone)

    def _has_enough(self, phone: Phone) -> bool:
        """It was not let in, and is not to try for ever; or it is to leave as soon as it has everything."""
        if phone.refused:
            return self._plan.once or self._plan.stay is not None
        return self._plan.once and phone.complete and self._has_called(phone)

    def _stay(self, phone: Phone, seconds: float) -> None:
        if phone.granted is not None and phone.host not in self._staying:
            self._staying.add(phone.host)
            self._later(seconds, phone, self._leave)

    def _has_called(self, phone: Phone) -> bool:
        """A call that it has begun is over."""
        return phone.call is None or bool(phone.call.ended)

    def _soon_leave(self, phone: Phone) -> None:
        """Not while its machine is at work."""
        self._leaving.add(phone.host)
        self._loop.call_soon(self._network.log_off, phone)

    def _leave(self, phone: Phone) -> None:
        if phone.host in self._waiting and phone.host not in self._leaving:
            self._leaving.add(phone.host)
            self._network.log_off(phone)

    def _give_up(self, phone: Phone) -> None:
        enough = phone.complete if self._plan.once else phone.registered
        if not enough or self._plan.once:
            self._leave(phone)

    def _gone(self, phone: Phone) -> None:
        self._waiting.discard(phone.host)
        if not self._waiting:
            self._stopped.set()

    def _signalled(self) -> None:
        """The first time everybody leaves; the second time it ends at once."""
        if self.interrupted:
            self._stopped.set()
            return
        self.interrupted = True
        for timer in self._timers:
            timer.cancel()
        self._timers.append(self._loop.call_later(_LINGER, self._stopped.set))
        for phone in self._line:
            if phone.started is None:
                self._gone(phone)
            else:
                self._leave(phone)

    def _report(self, finding: SocketFinding) -> None:
        phone = self._by_host.get(finding.handset)
        line = f"{finding.code}: {finding.sentence}"
        if phone is not None:
            phone.findings.append(line)
        self._say(phone, PhoneNews(line))

    def _defect(self, loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        error = context.get("exception")
        self._defects.append(error if isinstance(error, BaseException) else RuntimeError(str(context)))
        self._stopped.set()
