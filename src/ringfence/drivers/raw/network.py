"""Hosts of our own on a real interface, each with its MAC address, its IP stack and its machine."""

import asyncio
import socket
import time
from collections.abc import Callable, Collection
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from random import SystemRandom

from ringfence.actors.dhcp.fingerprint import host_name
from ringfence.actors.io import Event, Machine, VlanAssigned
from ringfence.actors.journal import JournalEntry
from ringfence.drivers.aio.linux import SocketFactory
from ringfence.drivers.aio.socket_context import SocketFinding
from ringfence.drivers.raw.packet_socket import ETHERNET_KINDS, PacketSocket, ReceivedFrame, is_gone
from ringfence.drivers.raw.segments import WiredSegments
from ringfence.drivers.sim.clock import Clock
from ringfence.drivers.sim.frames import Frame, IpPacket, octets
from ringfence.drivers.sim.host import SimulatedHost
from ringfence.drivers.sim.process import NetworkContext
from ringfence.drivers.sim.segment import NodePort
from ringfence.drivers.sim.source_ports import LINUX_EPHEMERAL
from ringfence.drivers.sim.stack import NO_NEIGHBOUR, LostPacket, Stack
from ringfence.model.errors import DecodeError
from ringfence.model.findings import Code
from ringfence.model.findings.network import (
    DATAGRAM_NOT_SENT,
    INTERFACE_DOWN,
    INTERFACE_UP,
    NEIGHBOUR_SILENT,
)
from ringfence.wire.ethernet import ETHERTYPE_ARP, decode_arp, decode_ethernet
from ringfence.wire.frame import decode_frame
from ringfence.wire.lldp import ADVERTISED, ETHERTYPE_LLDP, LLDP_GROUPS, decode_lldp, phone_lldp

PORT = "eth0"  # what every host calls its interface
_PER_WAKE = 256  # frames handled before the loop serves others
_LOOK = 1.0  # seconds between two looks at whether the interface is up
_EVERYWHERE = IPv4Network("0.0.0.0/0")
_LLDP = ETHERTYPE_LLDP.to_bytes(2, "big")
_FAST, _FAST_STARTS = 1.0, 4  # seconds, and how often: medFastStartRepeatCount is 3 to 4
_MOST_TOLD = 1000  # neighbours that are named once


class EthernetNetwork:
    """Open it inside a running loop, or name one. OSError: no such interface, or not the privilege.

    `prefixes`: the first four octets of every MAC address that will be attached. `observer` sees each entry
    after its event was handled; `report` what the wire could not do; `record` every frame sent or received,
    with seconds since 1970. An exception out of a machine reaches the loop's exception handler.
    """

    def __init__(
        self,
        interface: str,
        prefixes: Collection[bytes],
        *,
        observer: Callable[[JournalEntry], None],
        report: Callable[[SocketFinding], None],
        record: Callable[[float, bytes], None] | None = None,
        sockets: SocketFactory = socket.socket,
        loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self._loop = loop or asyncio.get_running_loop()
        self._random = SystemRandom()
        self._prefixes = prefixes
        self._sockets = sockets
        self._report = report
        self._record = record
        self._clock = Clock(self._loop.time())
        self._segments = WiredSegments(self._clock, self._transmit)
        self._context = NetworkContext(self._clock, self._random, observer, self._lost, True)
        self._hosts: dict[str, SimulatedHost] = {}
        self._macs: set[bytes] = set()
        self._telephones: dict[str, bytes] = {}
        self._by_return: dict[bytes, Stack] = {}
        self._told: set[tuple[str, str]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._up = True
        self._closed = False
        self._socket = PacketSocket(sockets, interface, prefixes)
        if self._socket.kind not in ETHERNET_KINDS:
            self._socket.close()
            raise OSError(f"{interface} is no Ethernet interface")
        self._loop.add_reader(self._socket.sock, self._readable)
        self._looks = self._loop.call_later(0.0, self._look)

    @property
    def mac(self) -> bytes:
        """The interface's own address."""
        return self._socket.mac

    def attach(
        self,
        name: str,
        mac: bytes,
        machine: Machine,
        *,
        address: IPv4Interface | None = None,
        gateway: IPv4Address | None = None,
        vlan: int = 0,
        lldp: bool = False,
    ) -> None:
        """A host that has power from now on: with this address or, as a phone, without one; in this VLAN.

        `lldp`: it says that it is a telephone, and its machine hears which VLAN the switch has for voice.
        With an address and no `gateway` it answers other networks through whoever brought their packets.
        ValueError: a MAC address that is used already, or that was not announced.
        """
        if mac in self._macs or mac[:4] not in self._prefixes:
            raise ValueError(f"{name}: {mac.hex(':')} is used already, or was not announced")
        self._macs.add(mac)
        fixed = (address,) if address is not None else ()
        port = NodePort(PORT, mac, self._segments, fixed=fixed, clock=self._clock, record=_nothing)
        # A peer may still remember connections of an earlier run from the same address.
        first = self._random.choice(LINUX_EPHEMERAL)
        host = SimulatedHost(name, (port,), self._context, forwards=False, first_port=first)
        self._hosts[name] = host
        port.use(vlan)
        if gateway is not None:
            host.stack.add_route(_EVERYWHERE, gateway)
        elif address is not None:
            self._by_return[mac] = host.stack
        if address is not None:
            host.stack.announce(port, address.ip)
        self._catch_up()
        host.start(machine)
        if lldp:
            self._telephones[name] = mac
            self._advertise(name, mac, 1)
        self._catch_up()

    def _advertise(self, name: str, mac: bytes, number: int) -> None:
        """Fast at first (TIA-1057 section 11.2.1), untagged always (IEEE 802.1AB section 7.4)."""
        self._put(phone_lldp(mac, host_name(mac)))
        pause = _FAST if number < _FAST_STARTS else ADVERTISED
        self._clock.after(pause, self._advertise, name, mac, number + 1)

    def add_machine(self, name: str, machine: Machine) -> None:
        """Another machine on a host that is there. KeyError: there is none of that name."""
        self._catch_up()
        self._hosts[name].start(machine)
        self._catch_up()

    def tell(self, name: str, event: Event) -> None:
        """Hand a host's machines an event that does not come from the network, such as LogOff."""
        self._catch_up()
        self._hosts[name].tell(event)
        self._catch_up()

    def close(self) -> None:
        """Cut the power of every host, at once. May be called twice."""
        if self._closed:
            return
        self._closed = True
        self._looks.cancel()
        if self._timer is not None:
            self._timer.cancel()
        for host in self._hosts.values():
            host.stop()
        self._loop.remove_reader(self._socket.sock)
        self._socket.close()

    # Time

    def _catch_up(self) -> None:
        """Everything that is due by now, and the alarm for what comes next."""
        if self._closed:
            return
        self._clock.run(until=self._loop.time())
        due = self._clock.due
        if self._timer is not None:
            if self._timer.when() == due:
                return
            self._timer.cancel()
            self._timer = None
        if due is not None:
            self._timer = self._loop.call_at(due, self._alarm)

    def _alarm(self) -> None:
        self._timer = None
        self._catch_up()

    def _look(self) -> None:
        """A cable that was pulled out, an interface that was made anew: the hosts hear of it."""
        self._looks = self._loop.call_later(_LOOK, self._look)
        try:
            up = self._socket.running()
            if up and self._socket.is_another():
                self._open_again()
        except OSError:
            up = False
        if up != self._up:
            self._up = up
            code, what = (INTERFACE_UP, "is up again") if up else (INTERFACE_DOWN, "is down")
            self._report(SocketFinding(code, f"{self._socket.interface} {what}"))
            for host in tuple(self._hosts.values()):
                host.switch_links(up)
            self._catch_up()

    def _open_again(self) -> None:
        fresh = PacketSocket(self._sockets, self._socket.interface, self._prefixes)
        self._loop.remove_reader(self._socket.sock)
        self._socket.close()
        self._socket = fresh
        self._loop.add_reader(fresh.sock, self._readable)

    # Frames

    def _readable(self) -> None:
        self._catch_up()
        for _ in range(_PER_WAKE):
            try:
                received = self._socket.receive()
            except OSError:  # it went down: `_look` says so
                break
            if received is None:
                break
            self._received(received)
            self._clock.run(until=self._loop.time())
            if self._closed:
                return
        self._catch_up()

    def _received(self, received: ReceivedFrame) -> None:
        data = received.octets
        if data[6:12] in self._macs:  # our own, from a loop in the network
            return
        if data[:6] in LLDP_GROUPS and data[12:14] == _LLDP:
            self._hear_switch(received)
            return
        try:
            found = self._frame(received)
        except DecodeError:  # not for us to judge, and no host answers it
            return
        if found is None:
            return
        frame, vlan = found
        segment = self._segments.in_use(vlan)
        if segment is not None and (frame.destination[0] & 1 or segment.port(frame.destination) is not None):
            if self._record is not None:
                self._record(received.time, received.as_sent)
            if (stack := self._by_return.get(frame.destination)) is not None:
                _note_return(stack, frame)
            segment.arrived(frame)

    def _hear_switch(self, received: ReceivedFrame) -> None:
        """What a switch says is for all that hang on its port."""
        if not self._telephones:
            return
        if self._record is not None:
            self._record(received.time, received.as_sent)
        try:
            told = decode_lldp(decode_ethernet(received.octets).payload)
        except DecodeError:
            return
        if told.voice_vlan is not None and told.ttl:
            for name in tuple(self._telephones):
                self._hosts[name].tell(VlanAssigned(told.voice_vlan))

    def _frame(self, received: ReceivedFrame) -> tuple[Frame, int] | None:
        """The frame and its VLAN; None for what a phone has no use for. DecodeError: it is nonsense."""
        ethernet = decode_ethernet(received.octets)
        tag = ethernet.tags[0].vid if ethernet.tags else 0
        vlan = tag if received.control is None else received.control & 0xFFF
        if ethernet.ethertype == ETHERTYPE_ARP:
            arp = decode_arp(ethernet.payload)
            return Frame(ethernet.source, ethernet.destination, arp), vlan
        dissected = decode_frame(received.octets)
        if dissected is None or dissected.packet is None or dissected.ip.fragment:
            return None
        ip, tcp = dissected.ip, dissected.tcp
        packet = IpPacket(dissected.packet, ip.ttl, ip.identification)
        if tcp is not None:
            packet = packet._replace(
                sequence=tcp.sequence, acknowledgement=tcp.acknowledgement, options=tcp.options
            )
        return Frame(ethernet.source, ethernet.destination, packet), vlan

    def _transmit(self, frame: Frame, vlan: int) -> None:
        self._put(octets(frame, vlan))

    def _put(self, data: bytes) -> None:
        now = time.time()
        try:
            self._socket.send(data)
        except OSError as error:
            if not is_gone(error):  # else `_look` says so
                self._tell_once("", DATAGRAM_NOT_SENT, f"{self._socket.interface}: {error.strerror or error}")
            return
        if self._record is not None:
            self._record(now, data)

    def _lost(self, lost: LostPacket) -> None:
        if lost.why is NO_NEIGHBOUR:
            self._tell_once(lost.node, NEIGHBOUR_SILENT, f"{lost.packet}: {lost.why}")

    def _tell_once(self, host: str, code: Code, sentence: str) -> None:
        if (host, sentence) not in self._told and len(self._told) < _MOST_TOLD:
            self._told.add((host, sentence))
            self._report(SocketFinding(code, sentence, handset=host))


def _note_return(stack: Stack, frame: Frame) -> None:
    """A packet from another network shows who leads there; server roles speak only where they were asked."""
    if isinstance(frame.content, IpPacket):
        (port,) = stack.ports.values()
        source = frame.content.packet.source
        if not any(source in network for network in port.addresses.values()):
            stack.route_back(port, frame.source)


def _nothing(_recorded: object) -> None:
    pass
