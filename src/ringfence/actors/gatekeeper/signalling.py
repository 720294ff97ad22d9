"""A gatekeeper's call signalling: a connection to each registered handset, a port they connect to, calls.

On a connection that it opened (time-to-service) both sides have said multipleCalls (H.225.0 clause 7.3): a
Setup with another call reference begins a telephone call there, and is routed as on one that they opened.
"""

from collections.abc import Iterable
from itertools import count
from random import Random

from ringfence.actors.calls.switch import Switch
from ringfence.actors.deadlines import Deadlines
from ringfence.actors.gatekeeper.call_channels import is_of_another_call
from ringfence.actors.gatekeeper.call_legs import CallChannel
from ringfence.actors.gatekeeper.call_router import CallRouter
from ringfence.actors.gatekeeper.config import GatekeeperConfig
from ringfence.actors.gatekeeper.neighbours import NeighbourSearches
from ringfence.actors.gatekeeper.registrations import RegisteredEndpoint, Registrations
from ringfence.actors.io import (
    NOTHING,
    Command,
    Commands,
    Event,
    Started,
    StreamClosed,
    StreamId,
    StreamOpened,
    StreamReceived,
    TimeUp,
)
from ringfence.actors.signalling.machine import SignallingListener, SignallingOpener
from ringfence.actors.signalling.messages import SHORTEST
from ringfence.model.address import Address, TransportAddress
from ringfence.model.errors import DecodeError
from ringfence.model.flow import Role
from ringfence.wire import h225, tpkt

# After a start every handset is due at once; ASSUMED: what a switch and its firewall take without a queue.
_CALLED_BACK_AT_ONCE = 50
_CALLED_BACK_EVERY = 0.1  # seconds


class GatekeeperSignalling:
    """Owns the machines and routes to them; `registered` and `unregistered` are for the gatekeeper."""

    def __init__(
        self,
        gatekeeper: GatekeeperConfig,
        table: Registrations,
        random: Random,
        searches: NeighbourSearches | None = None,
    ) -> None:
        self._config = config = gatekeeper.signalling
        self._address = gatekeeper.address
        self._random = random
        self._streams = count(1)
        self._openers: dict[str, tuple[SignallingOpener, TransportAddress]] = {}
        self._by_stream: dict[StreamId, str] = {}
        self._carrying: dict[StreamId, CallChannel] = {}  # of the openers, for calls beside the permanent one
        self._deadlines: Deadlines[str] = Deadlines()
        self._table = table
        self._switch = (
            None
            if config is None or gatekeeper.switch is None
            else Switch(gatekeeper.switch, table, config.port)
        )
        self._called_back: Deadlines[str] = Deadlines()
        self._listener = (
            None
            if config is None or config.gatekeeper_opens or gatekeeper.calls is not None
            else SignallingListener(
                config, Role.GATEKEEPER, gatekeeper.address, random=random, user=self._switch
            )
        )
        self._router = (
            None
            if gatekeeper.calls is None
            else CallRouter(
                gatekeeper.calls,
                gatekeeper.call_signalling,
                table,
                streams=self._streams,
                random=random,
                searches=searches,
            )
        )

    @property
    def deadline(self) -> float | None:
        listener = None if self._listener is None else self._listener.deadline
        router = None if self._router is None else self._router.deadline
        candidates = (self._deadlines.next, self._called_back.next, listener, router)
        return min((at for at in candidates if at is not None), default=None)

    @property
    def calls(self) -> int:
        return 0 if self._router is None else len(self._router)

    def handle(self, event: Event, now: float) -> Commands:
        if self._listener is not None:
            return self._listener.handle(event, now)
        router = self._router
        if isinstance(event, TimeUp):
            commands = list(router.handle(event, now) if router is not None else NOTHING)
            for identifier in self._deadlines.take(now):
                commands += self._tell(identifier, event, now)
            for identifier in self._called_back.take(now):
                known = self._table.by_id(identifier)
                commands += NOTHING if known is None else self.registered(known, now)
            return tuple(commands)
        owner = self._by_stream.get(getattr(event, "stream", 0))
        if owner is None:
            is_routers = router is not None and (isinstance(event, Started) or router.owns(event))
            return router.handle(event, now) if router is not None and is_routers else NOTHING
        if router is not None and isinstance(event, StreamReceived) and event.stream in self._carrying:
            return self._received(router, owner, event, now)
        return self._tell(owner, event, now)

    def registered(self, registration: RegisteredEndpoint, now: float) -> Commands:
        """With time-to-service: open the connection, unless it is open or being opened."""
        if self._config is None or not self._config.gatekeeper_opens:
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
            user=self._switch,
        )
        self._openers[identifier] = (opener, destination)
        return (*closed, *self._tell(identifier, Started(), now))

    def restored(self, registration: RegisteredEndpoint, now: float) -> None:
        """Registered before the gatekeeper started: the connection is opened when its turn comes."""
        if self._config is not None and self._config.gatekeeper_opens:
            turn = len(self._called_back) // _CALLED_BACK_AT_ONCE
            self._called_back.put(registration.endpointIdentifier, now + (turn + 1) * _CALLED_BACK_EVERY)

    def unregistered(self, registration: RegisteredEndpoint) -> Commands:
        known = self._openers.pop(registration.endpointIdentifier, None)
        if known is None:
            return NOTHING
        self._deadlines.drop(registration.endpointIdentifier)
        stream = known[0].stream
        ended = NOTHING
        if stream is not None:
            del self._by_stream[stream]
            ended = self._carries_no_more(stream)
        return (*ended, *known[0].close())

    def end_calls(self, registration: RegisteredEndpoint) -> Commands:
        """Release what the router knows of an endpoint that is gone."""
        return NOTHING if self._router is None else self._router.unregistered(registration)

    def reported(
        self, registration: RegisteredEndpoint, items: Iterable[h225.PerCallInfoItem], *, whole: bool
    ) -> Commands:
        """perCallInfo of an IRR, compared with the calls that are routed."""
        return NOTHING if self._router is None else self._router.reported(registration, items, whole=whole)

    def expect(self, called: RegisteredEndpoint, neighbour: Address, now: float) -> None:
        """A neighbour was told where the endpoint is; its Setup follows."""
        if self._router is not None:
            self._router.parties.expect(called, neighbour, now)

    def located(self, caller: str, names: Iterable[str], to: TransportAddress, now: float) -> None:
        """A neighbour has whom the caller was admitted to call; its Setup follows."""
        if self._router is not None:
            self._router.parties.located(caller, names, to, now)

    def resume(self, number: int, to: TransportAddress | None, now: float) -> Commands:
        """Neighbours were asked for whom a Setup is for; None: none has it."""
        return NOTHING if self._router is None else self._router.resume(number, to, now)

    def _received(self, router: CallRouter, identifier: str, event: StreamReceived, now: float) -> Commands:
        """The messages of calls to the router, the others to the opener."""
        stream, channel = event.stream, self._carrying[event.stream]
        try:
            complete = channel.incoming.take(event.data)
        except DecodeError:
            return self._tell(identifier, event, now)  # which finds so too
        commands: list[Command] = []
        for octets in complete:
            if self._carrying.get(stream) is not channel:
                break
            if len(octets) >= SHORTEST and is_of_another_call(channel, octets):
                commands += router.message(channel, octets, now)
                if not router.channels.has(channel):
                    why = "a Setup on it was not understood"
                    commands += self._tell(identifier, StreamClosed(stream, why), now)
            else:
                commands += self._tell(identifier, StreamReceived(stream, tpkt.frame(octets)), now)
        return tuple(commands)

    def _carries_no_more(self, stream: StreamId) -> Commands:
        """The calls on that connection are over with it."""
        channel = self._carrying.pop(stream, None)
        if channel is None or self._router is None or not self._router.channels.has(channel):
            return NOTHING
        return self._router.lost(channel)

    def _tell(self, identifier: str, event: Event, now: float) -> Commands:
        opener, destination = self._openers[identifier]
        before = opener.stream
        commands = opener.handle(event, now)
        if isinstance(event, StreamOpened) and opener.stream is not None and self._router is not None:
            self._carrying[event.stream] = self._router.channels.adopt(event.stream, destination)
        if opener.stream != before:
            if before is not None:
                del self._by_stream[before]
                commands = (*commands, *self._carries_no_more(before))
            if opener.stream is not None:
                self._by_stream[opener.stream] = identifier
        if opener.deadline is None:
            self._deadlines.drop(identifier)
        else:
            self._deadlines.put(identifier, opener.deadline)
        return commands
