"""A gatekeeper's call signalling: one connection to each registered handset, or a port they connect to."""

from itertools import count
from random import Random

from ringfence.actors.deadlines import Deadlines
from ringfence.actors.io import NOTHING, Command, Commands, Event, Started, StreamId, TimeUp
from ringfence.actors.registrations import Registration
from ringfence.actors.signalling import SignallingListener, SignallingOpener
from ringfence.actors.signalling_config import SignallingConfig
from ringfence.model.address import Address, TransportAddress
from ringfence.model.flow import Role


class GatekeeperSignalling:
    """Owns the machines and routes to them; `registered` and `unregistered` are for the gatekeeper."""

    def __init__(self, config: SignallingConfig, address: Address, random: Random) -> None:
        self._config = config
        self._address = address
        self._random = random
        self._streams = count(1)
        self._openers: dict[str, tuple[SignallingOpener, TransportAddress]] = {}
        self._by_stream: dict[StreamId, str] = {}
        self._deadlines: Deadlines[str] = Deadlines()
        self._listener = (
            None
            if config.gatekeeper_opens
            else SignallingListener(config, Role.GATEKEEPER, address, random=random)
        )

    @property
    def deadline(self) -> float | None:
        listener = None if self._listener is None else self._listener.deadline
        return min((at for at in (self._deadlines.next, listener) if at is not None), default=None)

    def handle(self, event: Event, now: float) -> Commands:
        if self._listener is not None:
            return self._listener.handle(event, now)
        if isinstance(event, TimeUp):
            commands: list[Command] = []
            for identifier in self._deadlines.take(now):
                commands += self._tell(identifier, event, now)
            return tuple(commands)
        owner = self._by_stream.get(getattr(event, "stream", 0))
        return NOTHING if owner is None else self._tell(owner, event, now)

    def registered(self, registration: Registration, now: float) -> Commands:
        """With time-to-service: open the connection, unless it is open or being opened."""
        if self._listener is not None:
            return NOTHING
        identifier, destination = registration.endpointIdentifier, registration.call_signalling
        known = self._openers.get(identifier)
        if known is not None and known[1] == destination:
            return NOTHING
        closed = self.unregistered(registration)
        opener = SignallingOpener(
            self._config,
            Role.GATEKEEPER,
            self._address,
            destination,
            streams=self._streams,
            random=self._random,
        )
        self._openers[identifier] = (opener, destination)
        return (*closed, *self._tell(identifier, Started(), now))

    def unregistered(self, registration: Registration) -> Commands:
        known = self._openers.pop(registration.endpointIdentifier, None)
        if known is None:
            return NOTHING
        self._deadlines.drop(registration.endpointIdentifier)
        stream = known[0].stream
        if stream is not None:
            del self._by_stream[stream]
        return known[0].close()

    def _tell(self, identifier: str, event: Event, now: float) -> Commands:
        opener, _ = self._openers[identifier]
        before = opener.stream
        commands = opener.handle(event, now)
        if opener.stream != before:
            if before is not None:
                del self._by_stream[before]
            if opener.stream is not None:
                self._by_stream[opener.stream] = identifier
        if opener.deadline is None:
            self._deadlines.drop(identifier)
        else:
            self._deadlines.put(identifier, opener.deadline)
        return commands
