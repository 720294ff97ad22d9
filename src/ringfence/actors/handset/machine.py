"""A handset: its stages one after the other, each a machine of its own. This one starts them and routes.

Address and VLAN, a look for the router, files, discovery and registration, then call signalling and echo; a
lost address or registration takes down what stood on it. A lost link takes down nothing by itself: address,
registration and connections are kept until a timer of their own runs out.
"""

from collections.abc import Iterator
from itertools import count
from random import Random

from ringfence.actors.calls.phone_user import PhoneUser
from ringfence.actors.dhcp.client import DhcpClient
from ringfence.actors.dhcp.lease import Lease
from ringfence.actors.dhcp.vlan import VlanState
from ringfence.actors.endpoint.call_states import CallRecord
from ringfence.actors.endpoint.machine import Endpoint
from ringfence.actors.files.client import FileClient
from ringfence.actors.files.config import FileClientConfig
from ringfence.actors.handset.config import HandsetConfig
from ringfence.actors.handset.pinger import Pinger, PingerConfig
from ringfence.actors.handset.router_check import RouterCheck
from ringfence.actors.handset.servers import addresses, file_sources, merged_parameters
from ringfence.actors.handset.standing import Lookup, OnAddress, OnRegistration, lookup_of
from ringfence.actors.handset.static_address import StaticAddress
from ringfence.actors.io import (
    NOTHING,
    AddressConfigured,
    BindFailed,
    CloseStream,
    Command,
    Commands,
    ConfigureAddress,
    DatagramReceived,
    EchoReplied,
    Event,
    LinkChanged,
    LogOff,
    Machine,
    Noted,
    OpenStream,
    RemoveAddress,
    SetVlan,
    Started,
    StopListening,
    StreamAccepted,
    StreamClosed,
    StreamFailed,
    StreamId,
    StreamOpened,
    StreamReceived,
    TimeUp,
    Unbind,
    VlanAssigned,
)
from ringfence.actors.ras.dialect import PHONE_FAMILIES
from ringfence.actors.ras.requests import RasClientConfig
from ringfence.actors.ras.states import Granted
from ringfence.model.address import Address, TransportAddress
from ringfence.model.defaults import DHCP_CLIENT_PORT, SIGNALLING_PORT
from ringfence.model.findings import Code, Finding
from ringfence.model.findings.discover import GATEKEEPER_NAMED
from ringfence.model.findings.provision import FILES_SERVER_NAMED
from ringfence.model.findings.register import EXTENSION_MISSING
from ringfence.wire.phone_options import PhoneParameters


class Handset:
    """`vlan` is what it keeps without power: read it before it goes, give it to the next one."""

    def __init__(self, config: HandsetConfig, random: Random, vlan: VlanState | None = None) -> None:
        self._config = config
        self._random = random
        self._dhcp: DhcpClient | StaticAddress = (
            DhcpClient(config.dhcp, random, vlan)
            if config.static is None
            else StaticAddress(config.static, config.dhcp.interface)
        )
        self._configured: Address | None = None
        self._up: OnAddress | None = None
        self._streams: Iterator[StreamId] = count(1)
        self._phone_user = None if config.phone_user is None else PhoneUser(config.phone_user, random)
        self._logging_off = False
        self.left = False  # it has logged off: nothing more happens

    @property
    def deadline(self) -> float | None:
        waits = [machine.deadline for machine in self._machines()]
        if self._up is not None:
            waits.append(self._up.again)
            waits += [self._up.prompt[0]] if self._up.prompt is not None else []
        return min((at for at in waits if at is not None), default=None)

    @property
    def vlan(self) -> VlanState:
        return self._dhcp.vlan

    @property
    def lease(self) -> Lease | None:
        return self._dhcp.settled

    @property
    def granted(self) -> Granted | None:
        """The registration, while there is one."""
        endpoint = self._up.endpoint if self._up is not None else None
        return None if endpoint is None else endpoint.granted

    @property
    def call(self) -> CallRecord | None:
        """The last call of this registration."""
        endpoint = self._up.endpoint if self._up is not None else None
        return None if endpoint is None else endpoint.call

    def handle(self, event: Event, now: float) -> Commands:
        commands: list[Command] = []
        if isinstance(event, AddressConfigured):
            self._configured = event.address
        if isinstance(event, VlanAssigned) and not self._logging_off:
            commands += self._assigned(event.vlan, now)
        for machine in self._addressees(event, now):
            commands += self._tell(machine, event, now)
        while (step := self._advance(now)) is not None:
            commands += step
        return tuple(commands)

    def _machines(self) -> list[Machine]:
        machines: list[Machine] = [self._dhcp]
        if (up := self._up) is not None:
            pinger = up.registered.pinger if up.registered is not None else None
            resolver = up.lookup.resolver if up.lookup is not None else None
            parts = (up.check, up.files, up.endpoint, resolver, pinger)
            machines += [machine for machine in parts if machine is not None]
        return machines

    def _addressees(self, event: Event, now: float) -> list[Machine]:
        """Whose business an event is: by port, by stream, by deadline."""
        up = self._up
        match event:
            case Started() | AddressConfigured():
                return [self._dhcp]
            case TimeUp():
                return [each for each in self._machines() if (at := each.deadline) is not None and at <= now]
            case LinkChanged(up=returned):
                if up is not None:
                    up.returned = returned
                return [self._dhcp] if returned else self._machines()
            case VlanAssigned():
                return []  # see `_assigned`
            case LogOff():
                self._logging_off = True
                return [up.endpoint] if up is not None and up.endpoint is not None else []
            case DatagramReceived(destination=local) | BindFailed(local=local):
                return self._at_port(local.port)
            case StreamAccepted(stream=stream):
                if up is None or up.endpoint is None:
                    return []
                up.streams[stream] = up.endpoint
                return [up.endpoint]
            case StreamOpened(stream=stream) | StreamReceived(stream=stream):
                return [up.streams[stream]] if up is not None and stream in up.streams else []
            case StreamClosed(stream=stream) | StreamFailed(stream=stream):
                return [up.streams.pop(stream)] if up is not None and stream in up.streams else []
            case EchoReplied():
                pinger = up.registered.pinger if up is not None and up.registered is not None else None
                check = up.check if up is not None else None
                return [machine for machine in (check, pinger) if machine is not None]

    def _at_port(self, port: int) -> list[Machine]:
        if port == DHCP_CLIENT_PORT:
            return [self._dhcp]
        up = self._up
        if up is None:
            return []
        if up.lookup is not None and up.lookup.resolver.local.port == port:
            return [up.lookup.resolver]
        if up.files is not None and up.files.owns(port):
            return [up.files]
        return [up.endpoint] if up.endpoint is not None and up.endpoint.takes(port) else []

    def _tell(self, machine: Machine, event: Event, now: float) -> Commands:
        """One machine's answer, with the streams that it opens and closes written down."""
        before = self._up
        commands = machine.handle(event, now)
        if machine is self._dhcp:
            if any(isinstance(command, RemoveAddress) for command in commands):
                self._configured = None
            # What stood on an address goes before the address does.
            return (*self._leave(), *commands) if before is not None and self._moved(before) else commands
        if before is not None:
            for command in commands:
                if isinstance(command, OpenStream):
                    before.streams[command.stream] = machine
                elif isinstance(command, CloseStream):
                    before.streams.pop(command.stream, None)
        return commands

    def _assigned(self, vlan: int, now: float) -> Commands:
        """Begin again in the VLAN that the switch names, unless it is that already."""
        dhcp, interface = self._dhcp, self._config.dhcp.interface
        if isinstance(dhcp, StaticAddress) or dhcp.vlan.vlan == vlan:
            return NOTHING
        gone = self._leave() if self._up is not None else NOTHING
        removed = (RemoveAddress(dhcp.lease.address, interface),) if dhcp.lease is not None else NOTHING
        self._configured = None
        self._dhcp = DhcpClient(self._config.dhcp, self._random, dhcp.vlan.assigned(vlan))
        return (*gone, *removed, SetVlan(vlan), *self._dhcp.handle(Started(), now))

    # What follows from what

    def _advance(self, now: float) -> Commands | None:
        """Start or take down the next thing; None when all is as it should be."""
        up = self._up
        if self._logging_off:
            return self._log_off(up, now)
        if up is None:
            lease = self._dhcp.settled
            if lease is None or lease.address != self._configured:
                return None
            self._up = OnAddress(lease)
            return self._check_routers(self._up, now)
        if up.check is not None and up.check.over:
            return (*self._router_found(up, up.check.found), *self._fetch(up, now))
        if up.lookup is not None and up.lookup.resolver.over:
            return self._names_found(up, up.lookup, now)
        if up.returned and not self._dhcp.asking:
            return self._link_returned(up, now)
        if up.again is not None and up.again <= now:
            up.names = {name: found for name, found in up.names.items() if found}
            return self._fetch(up, now)
        if up.prompt is not None and up.prompt[0] <= now:
            return self._register(up, up.prompt[1], now)
        if up.files is not None and up.files.succeeded is not None:
            succeeded, settings = up.files.succeeded, up.files.settings
            up.files = None
            if succeeded:
                return self._log_in(up, merged_parameters(up.lease.phone, settings), now)
            up.again = now + self._config.files_retry
        return None if up.endpoint is None else self._follow(up, up.endpoint, now)

    def _log_off(self, up: OnAddress | None, now: float) -> Commands | None:
        """The lease goes when the gatekeeper has let it go, or has not answered."""
        if self.left or (up is not None and up.endpoint is not None and not up.endpoint.left):
            return None
        self.left = True
        return self._tell(self._dhcp, LogOff(), now)

    def _link_returned(self, up: OnAddress, now: float) -> Commands:
        """The address still holds. What stands on it was kept, and the gatekeeper may hear of it again."""
        up.returned = False
        anew = self._config.register_after_link
        if anew is None:
            signalling = self._config.signalling
            anew = signalling is None or not signalling.gatekeeper_opens
        if up.endpoint is None or (up.endpoint.granted is not None and not anew):
            return NOTHING
        return self._tell(up.endpoint, LinkChanged(up=True), now)

    def _moved(self, up: OnAddress) -> bool:
        lease = self._dhcp.settled
        return lease is None or lease.address != up.lease.address

    def _leave(self) -> Commands:
        up, self._up = self._up, None
        assert up is not None
        commands: list[Command] = [CloseStream(stream, abort=True) for stream in up.streams]
        if up.endpoint is not None:
            commands += map(StopListening, up.endpoint.listening)
            commands.append(Unbind(up.endpoint.local, self._config.dhcp.interface))
        return tuple(commands)

    def _check_routers(self, up: OnAddress, now: float) -> Commands:
        patience = self._config.routers
        if patience is None or not up.lease.routers:
            return self._fetch(up, now)
        up.check = RouterCheck(up.lease.address, up.lease.routers, patience)
        return self._tell(up.check, Started(), now)

    def _router_found(self, up: OnAddress, router: Address | None) -> Commands:
        """The one that answered becomes the default router; the first of the list is that already."""
        up.check = None
        lease = up.lease
        if router is None or router == lease.router:
            return NOTHING
        return (ConfigureAddress(lease.address, lease.network, router, self._config.dhcp.interface),)

    def _look_up(
        self, up: OnAddress, phone: PhoneParameters, now: float, *, then: PhoneParameters | None
    ) -> Commands:
        """Ask for the names of `phone` that have not been asked for; nothing: there are none to ask for."""
        up.lookup = lookup_of(up, phone, self._config.resolver, self._random, then)
        return NOTHING if up.lookup is None else self._tell(up.lookup.resolver, Started(), now)

    def _names_found(self, up: OnAddress, lookup: Lookup, now: float) -> Commands:
        up.lookup = None
        up.names |= {name: lookup.resolver.found.get(name, ()) for name in lookup.names}
        return self._fetch(up, now) if lookup.then is None else self._register(up, lookup.then, now)

    def _fetch(self, up: OnAddress, now: float) -> Commands:
        up.again = None
        phone = up.lease.phone
        if asked := self._look_up(up, phone, now, then=None):
            return asked
        sources, unknown = file_sources(phone, up.names)
        noted = tuple(_noted(FILES_SERVER_NAMED, f"{name}: no address of it is known") for name in unknown)
        if not sources:
            # Handsets work without a settings file (9600 R6.0 administrator guide, p. 55).
            return (*noted, *self._log_in(up, phone, now))
        family = PHONE_FAMILIES[self._config.family]
        variables = {
            "MODEL": family.product,
            "MODEL4": family.product[:4],
            "MACADDR": self._config.dhcp.chaddr.hex(":"),
        }
        config = FileClientConfig(up.lease.address, sources, self._config.family, variables)
        up.files = FileClient(config, self._streams)
        return (*noted, *self._tell(up.files, Started(), now))

    def _log_in(self, up: OnAddress, phone: PhoneParameters, now: float) -> Commands:
        """Extension and password are asked for before discovery; the GRQ has the extension (traces)."""
        patience = self._config.unnamed_after
        if self._config.extension:
            return self._register(up, phone, now)
        # UNNAMEDSTAT 1, permitted, is the default by trade knowledge only: ASSUMED.
        if patience is None or phone.number("UNNAMEDSTAT") == 0:
            return (_noted(EXTENSION_MISSING, "no extension is entered, and unnamed registration is off"),)
        up.prompt = now + patience, phone
        return NOTHING

    def _register(self, up: OnAddress, phone: PhoneParameters, now: float) -> Commands:
        config, up.prompt = self._config, None
        if asked := self._look_up(up, phone, now, then=phone):
            return asked
        gatekeepers, unknown = addresses(phone.gatekeepers, up.names)
        noted = tuple(_noted(GATEKEEPER_NAMED, f"MCIPADD {name}: no address is known") for name in unknown)
        if self._phone_user is not None:
            self._phone_user.move(up.lease.address)
        up.endpoint = Endpoint(
            RasClientConfig(
                address=up.lease.address,
                gatekeepers=tuple(TransportAddress(ip, phone.gatekeeper_port) for ip in gatekeepers),
                extension=config.extension,
                password=config.password,
                mac=config.dhcp.chaddr,
                dialect=config.dialect,
                family=PHONE_FAMILIES[config.family],
                ports=config.ras_ports,
                timers=config.ras_timers,
                multicast=config.multicast or not gatekeepers,
                signalling_port=config.signalling.port if config.signalling else SIGNALLING_PORT,
                interface=config.dhcp.interface,
                epoch=config.epoch,
                unnamed=not config.extension,
            ),
            self._random,
            calls=config.calls,
            signalling=config.signalling,
            streams=self._streams,
            phone_user=self._phone_user,
        )
        return (*noted, *self._tell(up.endpoint, Started(), now))

    def _follow(self, up: OnAddress, endpoint: Endpoint, now: float) -> Commands | None:
        """The echo lives as long as the registration that it belongs to."""
        granted, known = endpoint.granted, up.registered
        if known is not None and (granted is None or granted.gatekeeper != known.granted.gatekeeper):
            up.registered = None
            return NOTHING
        if known is not None or granted is None:
            return None
        pinger = self._pinger(up, granted)
        up.registered = OnRegistration(granted, pinger)
        return self._tell(pinger, Started(), now) if pinger is not None else NOTHING

    def _pinger(self, up: OnAddress, granted: Granted) -> Pinger | None:
        interval = self._config.echo_interval
        if interval is None:
            return None
        patience = min(5.0, interval / 2)
        return Pinger(PingerConfig(up.lease.address, granted.gatekeeper.ip, interval, patience))


def _noted(code: Code, sentence: str) -> Noted:
    return Noted(Finding(code, sentence))
