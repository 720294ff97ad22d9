"""The driver: one machine, the sockets it asks for, one timer."""

import asyncio
import socket
import ssl
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol, assert_never

from ringfence.actors.io import (
    AddressConfigured,
    Bind,
    CloseStream,
    Command,
    ConfigureAddress,
    Event,
    JoinGroup,
    Keep,
    Listen,
    Machine,
    MediaTold,
    Noted,
    OpenStream,
    RemoveAddress,
    SendDatagram,
    SendEcho,
    SendFile,
    SendStream,
    SetVlan,
    StageFailed,
    StageReached,
    Started,
    StopListening,
    TimeUp,
    Unbind,
)
from ringfence.actors.journal import JournalEntry
from ringfence.drivers.aio.datagrams import UdpSockets
from ringfence.drivers.aio.echo import Echoes
from ringfence.drivers.aio.file_root import FileRoot
from ringfence.drivers.aio.linux import SocketFactory
from ringfence.drivers.aio.socket_context import SocketContext, SocketFinding
from ringfence.drivers.aio.streams import TcpSockets
from ringfence.model.address import Address
from ringfence.model.address import Network as IpNetwork
from ringfence.model.findings.network import ADDRESS_NOT_CONFIGURED, ADDRESS_NOT_REMOVED
from ringfence.model.findings.vlan_move import VLAN_NOT_SET

_BURST = 64  # events handled before the loop serves the other hosts


class NetworkControl(Protocol):
    """What only the owner of the machine's network can do. OSError: it could not be done."""

    def configure(
        self, address: Address, network: IpNetwork, router: Address | None, interface: str
    ) -> None: ...

    def remove(self, address: Address, interface: str) -> None: ...

    def set_vlan(self, vlan: int) -> None: ...


class Keeper(Protocol):
    """Where what a machine asks for is kept; `kept` is called, later, once it is safe."""

    def keep(self, record: Keep, kept: Callable[[], None]) -> None: ...


class Unmanaged:
    """A network that stays as it is: loopback, or an interface that its administrator has configured."""

    def configure(self, address: Address, network: IpNetwork, router: Address | None, interface: str) -> None:
        pass

    def remove(self, address: Address, interface: str) -> None:
        pass

    def set_vlan(self, vlan: int) -> None:
        pass


class Host:
    """Runs `machine` on real sockets until `close`.

    `sockets` makes every socket (a lab makes them inside a namespace). `interface` is used for limited
    broadcast and groups where a command names none. `observer` sees every entry after its event was handled
    and before its commands are performed; `report` hears what the machine cannot: a datagram that could not
    be sent, a port that was taken and why. `keeper` keeps what the machine wants kept (None: nothing outlives
    the process); until it has, what was commanded after that waits, in its order, so that nothing promises
    too much. `files` is where files are sent from.

    An exception out of the machine is a defect: the host closes, keeps it in `defect`, and tells
    the loop's exception handler.
    """

    def __init__(
        self,
        machine: Machine,
        *,
        name: str = "",
        loop: asyncio.AbstractEventLoop | None = None,
        sockets: SocketFactory = socket.socket,
        network: NetworkControl | None = None,
        interface: str = "",
        tls_client: ssl.SSLContext | None = None,
        tls_server: ssl.SSLContext | None = None,
        observer: Callable[[JournalEntry], None] | None = None,
        report: Callable[[SocketFinding], None] | None = None,
        keeper: Keeper | None = None,
        files: FileRoot | None = None,
    ) -> None:
        self.machine = machine
        self.name = name
        self.defect: Exception | None = None
        self.closed = False
        self._loop = loop or asyncio.get_running_loop()
        self._network = network or Unmanaged()
        self._observer = observer
        self._report = report
        self._events: deque[Event] = deque()
        self._busy = False
        self._now = self._loop.time()
        self._timer: asyncio.TimerHandle | None = None
        self._keeper = keeper
        self._keeping = False
        self._held: list[Command] = []
        context = SocketContext(self._loop, sockets, self.deliver, self._find)
        self._datagrams = UdpSockets(context, interface)
        self._streams = TcpSockets(context, tls_client, tls_server, files)
        self._echoes = Echoes(context)

    def start(self) -> None:
        """Give the host power: the machine's first event."""
        self.deliver(Started())

    def deliver(self, event: Event) -> None:
        """Hand the machine an event; during a command's performance it waits until the others are done."""
        if self.closed:
            return
        self._events.append(event)
        if not self._busy:
            self._drain()

    @property
    def busy(self) -> bool:
        """Whether a stream, or the disk, still waits for something."""
        return self._keeping or self._streams.busy

    def interfaces_back(self) -> None:
        """To be called when interfaces of the machine have changed."""
        self._datagrams.interfaces_back()

    def drain(self) -> None:
        """Accept no stream more; what is open goes on, and datagrams are answered."""
        self._streams.drain()

    def show(self, identity: ssl.SSLContext | None) -> None:
        """Another certificate for streams that are accepted from now on."""
        self._streams.show(identity)

    def close(self) -> None:
        """Close every socket at once (streams are reset) and deliver nothing more. May be called twice."""
        self.closed = True
        self._events.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._datagrams.close()
        self._streams.close_all()
        self._echoes.close()

    def _drain(self) -> None:
        if self._busy or self.closed:
            return
        self._busy = True
        try:
            for _ in range(_BURST):
                if not self._events:
                    break
                self._handle(self._events.popleft())
        finally:
            self._busy = False
        if self._events:
            self._loop.call_soon(self._drain)
        self._arm()

    def _handle(self, event: Event) -> None:
        self._now = max(self._now, self._loop.time())
        try:
            commands = self.machine.handle(event, self._now)
        except Exception as defect:
            self._fail(defect)
            return
        if self._observer is not None:
            self._observer(JournalEntry(self._now, self.name, event, commands))
        for command in commands:
            if self._keeping and not isinstance(command, Keep):
                self._held.append(command)
            elif not self.closed:
                self._perform(command)

    def _perform(self, command: Command) -> None:
        match command:
            case SendDatagram():
                self._datagrams.send(command)
            case Bind():
                self._datagrams.bind(command)
            case Unbind():
                self._datagrams.unbind(command)
            case JoinGroup():
                self._datagrams.join(command)
            case OpenStream():
                self._streams.open(command)
            case SendStream() | SendFile():
                self._streams.send(command)
            case CloseStream():
                self._streams.close(command)
            case Listen():
                self._streams.listen(command)
            case StopListening():
                self._streams.stop_listening(command)
            case SendEcho():
                self._echoes.send(command)
            case ConfigureAddress():
                self._configure(command)
            case RemoveAddress():
                self._remove(command)
            case SetVlan():
                self._set_vlan(command)
            case Keep():
                self._keep(command)
            case StageReached() | StageFailed() | MediaTold() | Noted():
                pass  # statements to the observer, who has seen them
            case other:
                assert_never(other)

    def _keep(self, record: Keep) -> None:
        if self._keeper is not None:
            self._keeping = True
            self._keeper.keep(record, self._kept)

    def _kept(self) -> None:
        """Everything that waited, in its order and before any event that it brings about."""
        self._keeping = False
        held, self._held = self._held, []
        self._busy = True
        for command in held:
            if not self.closed:
                self._perform(command)
        self._busy = False
        self._drain()

    def _configure(self, command: ConfigureAddress) -> None:
        try:
            self._network.configure(command.address, command.network, command.router, command.interface)
        except OSError as error:
            self._find(SocketFinding(ADDRESS_NOT_CONFIGURED, f"{command.address}: {error}"))
        else:
            self.deliver(AddressConfigured(command.address))

    def _remove(self, command: RemoveAddress) -> None:
        try:
            self._network.remove(command.address, command.interface)
        except OSError as error:
            self._find(SocketFinding(ADDRESS_NOT_REMOVED, f"{command.address}: {error}"))
        self._datagrams.address_gone(command.address)
        self._streams.address_gone(command.address)

    def _set_vlan(self, command: SetVlan) -> None:
        try:
            self._network.set_vlan(command.vlan)
        except OSError as error:
            self._find(SocketFinding(VLAN_NOT_SET, f"VLAN {command.vlan}: {error}"))
        self._datagrams.interfaces_changed()

    def _arm(self) -> None:
        deadline = None if self.closed else self.machine.deadline
        if self._timer is not None:
            if self._timer.when() == deadline:
                return
            self._timer.cancel()
            self._timer = None
        if deadline is not None:
            self._timer = self._loop.call_at(deadline, self._time_up, deadline)

    def _time_up(self, deadline: float) -> None:
        self._timer = None
        # An event loop may call a little early, within its clock's resolution.
        self._now = max(self._now, deadline)
        self.deliver(TimeUp())
        after = self.machine.deadline
        if not self.closed and not self._events and after is not None and after <= deadline:
            self._fail(RuntimeError(f"{self.name}: the deadline {after} did not move after TimeUp"))

    def _fail(self, defect: Exception) -> None:
        self.defect = defect
        self.close()
        context = {"message": f"the machine of host {self.name} failed", "exception": defect}
        self._loop.call_exception_handler(context)

    def _find(self, finding: SocketFinding) -> None:
        if self._report is not None:
            self._report(replace(finding, handset=self.name))
