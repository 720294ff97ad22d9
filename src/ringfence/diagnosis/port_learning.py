"""Ports that the packets themselves name: by leases, by the ports that RAS and Setups are found on, by RAS,
and by call signalling."""

from collections.abc import Iterable
from dataclasses import replace

from ringfence.capture.dissect import Datagram
from ringfence.capture.selection import begins_setup, has_identifier
from ringfence.diagnosis.calls.h245_ports import named_h245_port
from ringfence.diagnosis.dialogue import dhcp_message
from ringfence.diagnosis.phone_settings import ports_told
from ringfence.diagnosis.ras_view import GRQ, RCF, RRQ, view_but_number
from ringfence.model.defaults import DHCP_SERVER_PORT
from ringfence.model.packet import Protocol
from ringfence.model.ports import Ports

_TCP, _UDP = int(Protocol.TCP), int(Protocol.UDP)


# No message of call signalling that names an address is shorter.
_SHORTEST = 40
# Ports that calls named for separate H.245; more than are used at a time, and each makes reading slower.
MOST_H245 = 4096


class PortLearner:
    """Give it packets; `ports` are those known before, and those that the packets have named so far."""

    def __init__(self, known: Ports) -> None:
        self.ports = known
        self._files, self._ras, self._signalling = set(known.files), set(known.ras), set(known.signalling)
        self._h245 = set(known.h245)
        self._is_news = True  # of the sets, since `ports` was made of them

    def take(self, packet: Datagram) -> bool:
        """Whether the packet names a port that was not known."""
        if packet.protocol == _TCP:
            if packet.payload:
                self._signalled(packet)
        elif packet.protocol == _UDP:
            if packet.source_port == DHCP_SERVER_PORT:
                self._lease(packet)
            elif has_identifier(packet.payload, 0, len(packet.payload)):
                self._registration(packet)
        if not self._is_news:  # as nearly always: a whole site names the same
            return False
        self._is_news, before = False, self.ports
        self.ports = replace(
            before,
            files=frozenset(self._files - {0}),
            ras=frozenset(self._ras - {0}),
            signalling=frozenset(self._signalling - {0} - before.signalling_tls - self._files),
            h245=frozenset(self._h245),
        )
        return self.ports != before

    def _name(self, port: int, known: set[int]) -> None:
        if port not in known:
            known.add(port)
            self._is_news = True

    def _lease(self, packet: Datagram) -> None:
        message = dhcp_message(packet.payload)
        told = ports_told(message) if message is not None else None
        if told is not None:
            self._name(told.gatekeeper, self._ras)
            self._name(told.http, self._files)
            self._name(told.tls, self._files)

    def _signalled(self, packet: Datagram) -> None:
        payload = packet.payload
        known = packet.source_port in self._signalling or packet.destination_port in self._signalling
        if not known and begins_setup(payload, 0, len(payload)):
            known = True
            self._name(packet.destination_port, self._signalling)
        if known and len(payload) > _SHORTEST and len(self._h245) < MOST_H245:
            port = named_h245_port(payload)
            if port:
                self._name(port, self._h245)

    def _registration(self, packet: Datagram) -> None:
        kind = packet.payload[0] >> 2
        self._name(packet.destination_port if kind in {GRQ, RRQ} else packet.source_port, self._ras)
        view = view_but_number(packet.payload) if kind in {RRQ, RCF} else None
        if view is not None:
            for each in view.call_signal_addresses:
                self._name(each.port, self._signalling)


def learned_ports(packets: Iterable[Datagram], known: Ports) -> Ports:
    """`known` and the ports that the packets name."""
    learner = PortLearner(known)
    for packet in packets:
        learner.take(packet)
    return learner.ports
