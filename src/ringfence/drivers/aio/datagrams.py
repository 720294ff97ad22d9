"""The UDP sockets of one host: binds, groups, and datagrams with exact addresses at both ends."""

import errno
import socket
import struct
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from ipaddress import IPv4Address

from ringfence.actors.io import Bind, BindFailed, DatagramReceived, JoinGroup, SendDatagram, Unbind
from ringfence.drivers.aio import linux
from ringfence.drivers.aio.fair import FairQueue
from ringfence.drivers.aio.link import send_on_link
from ringfence.drivers.aio.socket_context import SocketContext, SocketFinding
from ringfence.model.address import LIMITED_BROADCAST, UNSPECIFIED, Address, TransportAddress
from ringfence.model.findings.discover import GROUP_NOT_JOINED
from ringfence.model.findings.network import (
    BIND_FAILED,
    DATAGRAM_ERROR,
    DATAGRAM_NOT_SENT,
    DATAGRAMS_DROPPED,
    INTERFACE_RETURNED,
    LINK_ADDRESS_IGNORED,
)

_PER_WAKE = 32  # datagrams of one socket handled before the loop serves the others
# Read at once: the kernel drops when its buffer is full, and drops of everybody. What is dropped here is the
# surplus of whoever sends it.
_READ_AHEAD = 256
_MOST_TOLD = 1024  # addresses whose dropped datagrams are counted
_RECEIVE_BUFFER = 1 << 20  # the default holds some 256 small datagrams: a boot storm has more


@dataclass(frozen=True, slots=True)
class _Bound:
    local: TransportAddress
    interface: str
    sock: socket.socket
    waiting: FairQueue[DatagramReceived]
    index: int = 0  # of the interface when it was bound


class UdpSockets:
    """Performs Bind, Unbind, JoinGroup and SendDatagram; delivers DatagramReceived and BindFailed."""

    def __init__(
        self,
        context: SocketContext,
        interface: str,
    ) -> None:
        self._loop = context.loop
        self._sockets = context.sockets
        self._deliver = context.deliver
        self._report = context.report
        self._interface = interface
        self._bound: dict[tuple[TransportAddress, str], _Bound] = {}
        self._groups: dict[tuple[Address, str], None] = {}
        self._names: dict[int, str] = {}
        self._dropped: dict[Address, int] = {}

    def bind(self, command: Bind) -> None:
        key = (command.local, command.interface)
        if key in self._bound:
            return
        try:
            sock = self._open(command)
        except (OSError, ValueError) as error:
            number = error.errno if isinstance(error, OSError) else None
            sentence = f"udp {command.local} {command.interface}: {error}"
            self._report(SocketFinding(BIND_FAILED, sentence, local=command.local, errno=number))
            self._deliver(BindFailed(command.local))
            return
        index = linux.interface_index(sock, command.interface) if command.interface else 0
        bound = _Bound(command.local, command.interface, sock, FairQueue(), index)
        self._bound[key] = bound
        for group, interface in self._groups:
            self._join(bound, group, interface)
        self._loop.add_reader(sock, self._readable, bound)

    def unbind(self, command: Unbind) -> None:
        bound = self._bound.pop((command.local, command.interface), None)
        if bound is not None:
            self._close(bound)

    def join(self, command: JoinGroup) -> None:
        if not command.group.is_multicast:
            self._report(SocketFinding(GROUP_NOT_JOINED, f"{command.group} is not a multicast group"))
            return
        interface = command.interface or self._interface
        self._groups[command.group, interface] = None
        for bound in self._bound.values():
            self._join(bound, command.group, interface)

    def send(self, command: SendDatagram) -> None:
        bound = self._sender(command)
        if bound is None:
            self._report(SocketFinding(DATAGRAM_NOT_SENT, f"{command.source} is not bound"))
            return
        try:
            if command.link_destination and self._sent_on_link(command, bound):
                return
            index = self._index(bound, command)
            info = linux.send_info(command.source.ip, index, command.ttl)
            bound.sock.sendmsg([command.data], info, 0, linux.sockaddr(command.destination))
        except OSError as error:
            # Unreachable, filtered on the way out, or the queue is full: a lost datagram.
            sentence = f"{command.source} -> {command.destination}: {error}"
            self._report(SocketFinding(DATAGRAM_NOT_SENT, sentence))

    def address_gone(self, address: Address) -> None:
        for key in [key for key in self._bound if key[0].ip == address]:
            self._close(self._bound.pop(key))

    def interfaces_changed(self) -> None:
        """Bind anew what is tied to an interface: Linux ties it to an index, which a VLAN move can change."""
        self._names.clear()
        for key in [key for key in self._bound if key[1]]:
            self._close(self._bound.pop(key))
            self.bind(Bind(*key))

    def interfaces_back(self) -> None:
        """Interfaces may have gone and come back under their names: what was tied to the old ones is bound
        anew, and groups are joined again. What has not come back yet stays as it is.
        """
        self._names.clear()
        for key, bound in list(self._bound.items()):
            if bound.interface and _is_another(bound):
                self._close(self._bound.pop(key))
                self.bind(Bind(*key))
                sentence = f"udp {bound.local} on {bound.interface} is open again"
                self._report(SocketFinding(INTERFACE_RETURNED, sentence, local=bound.local))
        for bound in self._bound.values():
            for group, interface in self._groups:
                self._join(bound, group, interface)

    def close(self) -> None:
        for bound in self._bound.values():
            self._close(bound)
        self._bound.clear()
        self._groups.clear()

    def _open(self, command: Bind) -> socket.socket:
        if command.local.ip.version != 4:
            raise ValueError("IPv4 only")
        sock = self._sockets(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_UDP)
        with ExitStack() as unless_bound:
            unless_bound.callback(sock.close)
            sock.setblocking(False)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
            sock.setsockopt(socket.IPPROTO_IP, linux.IP_PKTINFO, 1)
            # Otherwise a group that any process of the machine joined arrives here too (ip(7)).
            sock.setsockopt(socket.IPPROTO_IP, linux.IP_MULTICAST_ALL, 0)
            if command.interface:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, command.interface.encode())
            # Linux lets two sockets share a port only when both say so. Ours say so to each other (a relay
            # binds 0.0.0.0:67 and giaddr:67), never to a stranger's: there the port must count as taken.
            if any(bound.local.port == command.local.port for bound in self._bound.values()):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind(linux.sockaddr(command.local))
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            unless_bound.pop_all()
        return sock

    def _join(self, bound: _Bound, group: Address, interface: str) -> None:
        if bound.local.ip not in {UNSPECIFIED, group} or bound.interface not in {"", interface}:
            return
        try:
            index = linux.interface_index(bound.sock, interface) if interface else 0
            # Without a name, the interface of our own address, not that of the default route (ip(7)).
            own = (
                each.local.ip for each in self._bound.values() if each.local.ip not in {UNSPECIFIED, group}
            )
            request = struct.pack("@4s4si", group.packed, next(own, UNSPECIFIED).packed, index)
            bound.sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, request)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:  # joined already
                sentence = f"{group} on {interface or 'any interface'}: {error}"
                self._report(SocketFinding(GROUP_NOT_JOINED, sentence))

    def _readable(self, bound: _Bound) -> None:
        idle = not len(bound.waiting)
        self._read(bound)
        if idle:  # else its turn is due already
            self._serve(bound)

    def _serve(self, bound: _Bound) -> None:
        for _ in range(min(_PER_WAKE, len(bound.waiting))):
            if bound.sock.fileno() < 0:  # the machine unbound it on seeing the datagram before
                return
            self._deliver(bound.waiting.take())
        if len(bound.waiting):
            self._loop.call_soon(self._serve, bound)

    def _read(self, bound: _Bound) -> None:
        for _ in range(_READ_AHEAD):
            try:
                data, messages, _, peer = bound.sock.recvmsg(65535, linux.PKTINFO_SPACE)
            except BlockingIOError:
                return
            except OSError as error:  # an ICMP error about an earlier datagram, or the interface went down
                self._report(SocketFinding(DATAGRAM_ERROR, f"udp {bound.local}: {error}"))
                return
            info = linux.received_info(messages)
            if info is None:
                continue
            destination = TransportAddress(info[1], bound.local.port)
            source = linux.transport_of(peer)
            event = DatagramReceived(source, destination, data, self._name(bound, info[0]))
            if not bound.waiting.put(source.ip, event):
                self._drop(bound, source.ip)

    def _drop(self, bound: _Bound, source: Address) -> None:
        """Told at the first, the tenth, the hundredth ... of an address."""
        count = self._dropped.get(source, 0) + 1
        if source not in self._dropped and len(self._dropped) >= _MOST_TOLD:
            self._dropped.clear()
        self._dropped[source] = count
        if str(count).strip("0") == "1":
            sentence = f"udp {bound.local}: {count} from {source}, which sends faster than it is served"
            self._report(SocketFinding(DATAGRAMS_DROPPED, sentence))

    def _name(self, bound: _Bound, index: int) -> str:
        name = self._names.get(index)
        if name is None:
            name = self._names[index] = linux.interface_name(bound.sock, index)
        return name

    def _sender(self, command: SendDatagram) -> _Bound | None:
        """The socket to send from: exact address before wildcard, named interface before none."""
        at_port = [bound for bound in self._bound.values() if bound.local.port == command.source.port]
        for ip in (command.source.ip, UNSPECIFIED):
            for interface in (command.interface, ""):
                for bound in at_port:
                    if bound.local.ip == ip and bound.interface == interface:
                        return bound
        wildcard = [bound for bound in at_port if bound.local.ip in {command.source.ip, UNSPECIFIED}]
        return wildcard[0] if wildcard and not command.interface else None

    def _index(self, bound: _Bound, command: SendDatagram) -> int:
        name = command.interface or bound.interface
        if not name and _without_route(command.destination.ip):
            name = self._interface
        return linux.interface_index(bound.sock, name) if name else 0

    def _sent_on_link(self, command: SendDatagram, bound: _Bound) -> bool:
        """True when sent; False when sending must go on, to the broadcast address."""
        interface = command.interface or bound.interface or self._interface
        try:
            send_on_link(self._sockets, command, interface)
        except OSError as error:
            sentence = f"broadcast instead of {command.link_destination.hex(':')}: {error}"
            self._report(SocketFinding(LINK_ADDRESS_IGNORED, sentence))
            self.send(_broadcast(command))
        return True

    def _close(self, bound: _Bound) -> None:
        self._loop.remove_reader(bound.sock)
        with suppress(OSError):
            bound.sock.close()


def _is_another(bound: _Bound) -> bool:
    """Whether the interface of that name is not the one that it was."""
    try:
        return linux.interface_index(bound.sock, bound.interface) != bound.index
    except OSError:  # it is gone
        return False


def _without_route(destination: Address) -> bool:
    return destination == LIMITED_BROADCAST or destination.is_multicast


def _broadcast(command: SendDatagram) -> SendDatagram:
    destination = TransportAddress(IPv4Address(LIMITED_BROADCAST), command.destination.port)
    return SendDatagram(
        command.source, destination, command.data, interface=command.interface, ttl=command.ttl
    )
