"""One machine on a host of a simulated network: its events in order, and its alarm."""

from collections.abc import Callable

from ringfence.actors.io import Command, Event, Machine, TimeUp
from ringfence.actors.journal import JournalEntry
from ringfence.drivers.sim.clock import Clock


class Runner:
    """Hands `machine` its events until `stop`, and each command to `_perform`, which networks have."""

    __slots__ = ("_alarm", "_busy", "_clock", "_events", "_name", "_observe", "_stopped", "machine")

    def __init__(
        self, machine: Machine, name: str, clock: Clock, observe: Callable[[JournalEntry], None]
    ) -> None:
        self.machine = machine
        self._name = name
        self._clock = clock
        self._observe = observe
        self._events: list[Event] = []
        self._busy = False
        self._stopped = False
        self._alarm: float | None = None

    def stop(self) -> None:
        """Nothing is delivered any more."""
        self._stopped = True
        self._events.clear()

    def deliver(self, event: Event) -> None:
        """Hand the machine an event; while it is busy the event waits until its commands are performed."""
        if self._stopped:
            return
        if self._busy:
            self._events.append(event)
            return
        self._busy = True
        try:
            self._handle(event)
            while self._events:
                self._handle(self._events.pop(0))
        finally:
            self._busy = False
        self._arm()

    def _handle(self, event: Event) -> None:
        now = self._clock.now
        commands = self.machine.handle(event, now)
        self._observe(JournalEntry(now, self._name, event, commands))
        for command in commands:
            self._perform(command)

    def _perform(self, command: Command) -> None:
        raise NotImplementedError

    def _arm(self) -> None:
        deadline = self.machine.deadline
        if deadline is not None and (self._alarm is None or deadline < self._alarm):
            self._alarm = max(deadline, self._clock.now)
            self._clock.at(self._alarm, self._ring, self._alarm)

    def _ring(self, alarm: float) -> None:
        if alarm != self._alarm or self._stopped:
            return  # an earlier one has taken its place
        self._alarm = None
        deadline = self.machine.deadline
        if deadline is None:
            return
        if deadline > self._clock.now:
            self._arm()
            return
        self.deliver(TimeUp())
        after = self.machine.deadline
        if after is not None and after <= self._clock.now:
            raise RuntimeError(f"{self._name}: the deadline {after} did not move after TimeUp")
