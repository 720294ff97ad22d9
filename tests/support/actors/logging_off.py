"""An endpoint whose user logs off after some time."""

from ringfence.actors.endpoint.machine import Endpoint
from ringfence.actors.io import Commands, Event, LogOff, Machine, TimeUp


class LogsOff:
    """Runs `endpoint`, or `outside` that it speaks through, and ends it after `seconds` of registration."""

    def __init__(self, endpoint: Endpoint, seconds: float, outside: Machine | None = None) -> None:
        self._endpoint = endpoint
        self._outside: Machine = outside or endpoint
        self._seconds = seconds
        self._done = False

    @property
    def deadline(self) -> float | None:
        waits = (self._outside.deadline, self._end)
        return min((at for at in waits if at is not None), default=None)

    def handle(self, event: Event, now: float) -> Commands:
        end, inner = self._end, self._outside.deadline
        early = isinstance(event, TimeUp) and (inner is None or now < inner)
        commands = () if early else self._outside.handle(event, now)
        if end is not None and now >= end:
            self._done = True
            commands += self._outside.handle(LogOff(), now)
        return commands

    @property
    def _end(self) -> float | None:
        granted = self._endpoint.granted
        return None if self._done or granted is None else granted.since + self._seconds
