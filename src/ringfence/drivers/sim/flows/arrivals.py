"""What happens when a part of a stream reaches a host: the end it is meant for takes it, or nobody does."""

from typing import TYPE_CHECKING

from ringfence.actors.io import StreamFault
from ringfence.drivers.sim.connection import ACK, FIN, RST, RST_ACK, SYN, TcpState
from ringfence.model.address import TransportAddress
from ringfence.model.packet import Packet, Protocol

if TYPE_CHECKING:
    from ringfence.drivers.sim.flows.host import FlowHost
    from ringfence.drivers.sim.flows.stream import FlowEnd


def message_arrived(host: "FlowHost", packet: Packet, _interface: str, given: "tuple[FlowEnd, int]") -> None:
    """What the end `given` sent under this number: a SYN, its answer, octets, or the end of them."""
    sender, number = given
    flags = packet.flags
    peer = sender.peer
    if peer is not None and (peer.host is not host or peer.state is TcpState.GONE):
        peer = None
    if flags & SYN and not flags & ACK:
        if peer is None:
            _syn(host, packet, sender)
        else:
            peer.repeat()
    elif peer is None:
        _refuse(host, packet, sender)
    elif flags & SYN:
        peer.answered()
    elif peer.state is not TcpState.SYN_SENT:
        peer.take(number, packet.payload, bool(flags & FIN))


def acknowledgement_arrived(
    host: "FlowHost", packet: Packet, _interface: str, given: "tuple[FlowEnd, int]"
) -> None:
    """The end `given` has everything of its peer's before this number."""
    sender, number = given
    peer = sender.peer
    if peer is None or peer.host is not host or peer.state is TcpState.GONE:
        _refuse(host, packet, sender)
    else:
        peer.acknowledged(number)


def probe_arrived(host: "FlowHost", packet: Packet, _interface: str, sender: "FlowEnd") -> None:
    """A keep-alive probe (RFC 9293 section 3.8.4): an acknowledgement answers it."""
    peer = sender.peer
    if peer is None or peer.host is not host or peer.state is TcpState.GONE:
        _refuse(host, packet, sender)
    else:
        peer.probed()


def reset_arrived(host: "FlowHost", _packet: Packet, _interface: str, end: "FlowEnd | None") -> None:
    """The stream of this end is over."""
    if end is None or end.host is not host:
        return
    if end.state is TcpState.SYN_SENT:
        end.lose("refused", StreamFault.REFUSED)
    else:
        end.lose("reset by peer")


def _challenge(host: "FlowHost", _packet: Packet, _interface: str, given: "tuple[FlowEnd, FlowEnd]") -> None:
    """An old stream's other end says what it expects: it is told that the stream is no more."""
    opener, old = given
    if opener.host is host and opener.state is TcpState.SYN_SENT:
        opener.emit(RST, reset_arrived, old)


def _syn(host: "FlowHost", packet: Packet, opener: "FlowEnd") -> None:
    local = TransportAddress(packet.destination, packet.destination_port)
    remote = TransportAddress(packet.source, packet.source_port)
    old = host.streams.ends.get((int(local.ip), local.port, int(remote.ip), remote.port))
    if old is not None:
        old.emit(ACK, _challenge, (opener, old))
        return
    found = host.streams.listener(int(local.ip), local.port)
    if found is None:
        _refuse(host, packet, opener)
        return
    listener, process = found
    # Silence, not a reset, for who is not on the list.
    if not listener.only_from or remote.ip in listener.only_from:
        process.accept(opener, listener, local, remote)


def _refuse(host: "FlowHost", packet: Packet, sender: "FlowEnd") -> None:
    """RFC 9293 section 3.10.7.1."""
    flags = RST_ACK if packet.flags & SYN else RST
    answer = Packet(
        Protocol.TCP, packet.destination, packet.destination_port, packet.source, packet.source_port, flags
    )
    sender.wiring.carrier.send(host, answer, reset_arrived, sender)
