"""Whole endpoints on all their channels at once: a plain one with calls, and a handset from DISCOVER on.

Their peers are honest until they are damaged: whatever the machine says is answered, so that it comes far.
"""

from __future__ import annotations

from collections import deque
from random import Random
from typing import Any

from ringfence.actors.dhcp.client_states import ClientSettings
from ringfence.actors.endpoint import media_channels
from ringfence.actors.endpoint.call_states import CallPlan
from ringfence.actors.endpoint.h245_control import H245Control
from ringfence.actors.endpoint.machine import Endpoint
from ringfence.actors.handset.config import HandsetConfig
from ringfence.actors.handset.machine import Handset
from ringfence.actors.io import (
    AddressConfigured,
    Command,
    ConfigureAddress,
    DatagramReceived,
    EchoReplied,
    Event,
    LinkChanged,
    Machine,
    SendDatagram,
    SendEcho,
    SendStream,
    StreamAccepted,
    StreamClosed,
    StreamReceived,
)
from ringfence.actors.ras.dialect import H225_V4, PHONE_FAMILIES, PLAIN
from ringfence.actors.ras.fields import TERMINAL_TYPE, address_field
from ringfence.actors.ras.requests import RasClientConfig
from ringfence.actors.signalling.config import SignallingConfig
from ringfence.model.address import TransportAddress, transport
from ringfence.model.errors import DecodeError
from ringfence.model.site import CallControl
from ringfence.wire import call_signalling, dhcp, h225, ras, tpkt
from ringfence.wire.dhcp_options import DhcpMessageType
from support.actors import dhcp_answers
from support.fuzz import seeds
from support.fuzz.subject import Target
from support.fuzz.targets_streams import GATEKEEPER, HANDSET, TPKT_TOKENS, Streamed

_RAS = TransportAddress(GATEKEEPER.ip, 1719)
_H245_PORT = 30_000
_GUID = h225.CallIdentifier(guid=bytes(range(16)))
_SITE = f"MCIPADD={GATEKEEPER.ip},MCPORT=1719,HTTPSRVR={GATEKEEPER.ip},L2QVLAN=0"
_FILE = b"GET 46xxsettings.txt\nSET L2QAUD 6\nSET NVHTTPSRVR 10.1.0.30\n"
_HTTP = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(_FILE), _FILE)
_PRE_GRANTED = h225.PreGrantedARQ(
    makeCall=True, useGKCallSignalAddressToMakeCall=True, answerCall=True, useGKCallSignalAddressToAnswer=True
)


def ras_answers(message: Any, random: Random) -> list[ras.RasMessage]:
    """What a gatekeeper says to a request, mostly the right thing; now and then it has a wish of its own."""
    number, version = getattr(message, "requestSeqNum", 1), H225_V4
    gone: ras.RasMessage
    match message:
        case h225.GatekeeperRequest():
            return [
                h225.GatekeeperConfirm(
                    requestSeqNum=number, protocolIdentifier=version, rasAddress=address_field(_RAS)
                )
            ]
        case h225.RegistrationRequest():
            confirm = h225.RegistrationConfirm(
                requestSeqNum=number,
                protocolIdentifier=version,
                callSignalAddress=[address_field(GATEKEEPER)],
                endpointIdentifier="7_ep",
                timeToLive=random.choice((None, 5, 60)),
                preGrantedARQ=random.choice((None, _PRE_GRANTED)),
            )
            irq = h225.InfoRequest(requestSeqNum=9, callReferenceValue=0)
            return [confirm, irq] if random.getrandbits(2) else [confirm]
        case h225.AdmissionRequest():
            rip = h225.RequestInProgress(requestSeqNum=number, delay=random.choice((1, 5000)))
            acf = h225.AdmissionConfirm(
                requestSeqNum=number,
                bandWidth=1280,
                callModel=("gatekeeperRouted", True),
                destCallSignalAddress=address_field(GATEKEEPER),
                irrFrequency=random.choice((None, 1, 30)),
            )
            reason: Any = random.choice((("requestDenied", True), ("routeCallToGatekeeper", True)))
            gone = h225.AdmissionReject(requestSeqNum=number, rejectReason=reason)
            said: tuple[list[ras.RasMessage], ...] = ([acf], [acf], [acf], [rip, acf], [gone])
            return random.choice(said)
        case h225.DisengageRequest():
            return [h225.DisengageConfirm(requestSeqNum=number)]
        case h225.UnregistrationRequest():
            return [h225.UnregistrationConfirm(requestSeqNum=number)]
        case h225.InfoRequestResponse() if not random.getrandbits(3):
            gone = h225.DisengageRequest(
                requestSeqNum=number,
                endpointIdentifier="7_ep",
                conferenceID=bytes(16),
                callReferenceValue=1,
                disengageReason=("forcedDrop", True),
            )
            return [gone]
        case _:
            return []


class Talked(Streamed):
    """Streams and datagrams; `answers` wait for their turn, each as the event that it will be."""

    here = HANDSET

    def __init__(
        self, machine: Machine, random: Random, said: tuple[bytes, ...], tokens: tuple[bytes, ...]
    ) -> None:
        self.answers: deque[Event] = deque(maxlen=64)
        self._next: Event | None = None
        self._ras_port = 49300
        super().__init__(machine, random, said, (*TPKT_TOKENS, *tokens), (self.here, GATEKEEPER))

    def next(self) -> bytes:
        self._next = self.answers.popleft() if self.answers and self.random.getrandbits(4) else None
        if self._next is None:
            return super().next()
        data = getattr(self._next, "data", b"")
        # A call has a dozen messages: most of them have to arrive whole.
        return data if self.random.getrandbits(3) else self.mutator.damage(data, 1)

    def feed(self, data: bytes) -> None:
        while self._opening:
            self._conclude(self._opening.pop(0))
        match self._next:
            case DatagramReceived() as event:
                self.handle(DatagramReceived(event.source, event.destination, data, event.interface))
            case StreamReceived(stream=stream):
                if stream in self._open:
                    self.handle(StreamReceived(stream, data))
            case None:
                self._say_unasked(data)
            case event:
                self.handle(event)

    def _say_unasked(self, data: bytes) -> None:
        random, due = self.random, self.machine.deadline
        if due is not None and random.getrandbits(1):
            self.wait(max(0.0, due - self.now))
        if not random.getrandbits(2):
            source = random.choice((_RAS, _RAS, transport("10.9.9.9", 1719)))
            self.handle(DatagramReceived(source, TransportAddress(self.here.ip, self._ras_port), data))
            return
        if not self._open or (len(self._open) < 4 and random.getrandbits(1)):
            self._accept(GATEKEEPER)
        if self._open:
            stream = random.choice(self._open)
            self.handle(StreamReceived(stream, data))
            if stream in self._open and not random.getrandbits(2):
                self._open.remove(stream)
                self.handle(StreamClosed(stream, random.choice(("", "reset"))))

    def performed(self, command: Command) -> None:
        super().performed(command)
        match command:
            case SendDatagram(source=source, destination=to, data=data) if source.port not in {67, 68}:
                self._ras_port = source.port
                if to.ip in {_RAS.ip, transport("224.0.1.41", 1).ip}:
                    for answer in ras_answers(ras.decode(data), self.random):
                        self.answers.append(DatagramReceived(_RAS, source, ras.encode(answer)))
            case _:
                pass


class EndpointSubject(Talked):
    """Calls and is called, by a peer that tunnels H.245, or gives it a connection, or is damaged."""

    def __init__(self, random: Random) -> None:
        plan = CallPlan(
            random.choice(("4712", "")),
            hold=random.choice((None, 1.0, 30.0)),
            ring=random.choice((0.1, 3.0)),
            fast_start=bool(random.getrandbits(1)),
            tunnelling=bool(random.getrandbits(1)),
            h245_port=random.choice((0, _H245_PORT)),
        )
        config = RasClientConfig(HANDSET.ip, (_RAS,), "4711", dialect=PLAIN, family=PHONE_FAMILIES["h323"])
        self._control = H245Control(GATEKEEPER, random)
        self._calls = self._setups(random)
        said = (
            *self._calls,
            *map(tpkt.frame, self._control.open()),
            *seeds.tpkt_streams(),
            *seeds.ras_octets(),
        )
        super().__init__(Endpoint(config, random, calls=plan), random, said, tuple(self._calls))

    def next(self) -> bytes:
        data = super().next()
        if self._next is not None or self.random.getrandbits(1):
            return data
        data = self.random.choice(self._calls)
        return data if self.random.getrandbits(1) else self.mutator.damage(data, 1)

    def _setups(self, random: Random) -> list[bytes]:
        found = []
        for reference, fast in ((1, None), (2, media_channels.propose(GATEKEEPER)), (0, None)):
            body = h225.SetupUUIE(
                protocolIdentifier=H225_V4,
                sourceAddress=[("dialedDigits", "4712")],
                h245Address=random.choice((None, address_field(GATEKEEPER))),
                sourceInfo=TERMINAL_TYPE,
                activeMC=False,
                conferenceID=bytes(16),
                conferenceGoal=("create", True),
                callType=("pointToPoint", True),
                callIdentifier=_GUID,
                fastStart=fast,
            )
            for tunnelled in (None, self._control.open() or None):
                signal = call_signalling.signal(
                    reference,
                    ("setup", body),
                    h245Tunneling=bool(random.getrandbits(1)),
                    h245Control=tunnelled,
                )
                found.append(tpkt.frame(call_signalling.encode(signal)))
        return found

    def _accept(self, remote: TransportAddress) -> None:
        stream = next(self._accepted)
        self._open.append(stream)
        port = self.random.choice((1720, 1720, _H245_PORT))
        local = TransportAddress(HANDSET.ip, port)
        self.handle(StreamAccepted(stream, local, TransportAddress(remote.ip, 40_000)))

    def performed(self, command: Command) -> None:
        super().performed(command)
        if not isinstance(command, SendStream):
            return
        for octets in tpkt.split(command.data)[0]:
            for answer in self._said(octets):
                self.answers.append(StreamReceived(command.stream, answer))

    def _said(self, octets: bytes) -> list[bytes]:
        try:
            signal = call_signalling.decode(octets)
        except DecodeError:  # H.245 on its own connection
            return [tpkt.frame(each) for each in self._control.receive([octets])]
        information = signal.user_information
        tunnelled = None if information is None else information.h323_uu_pdu.h245Control
        control = self._control.receive(tunnelled)
        bodies: list[h225.H323messagebody] = [("empty", True)] if control else []
        if isinstance(signal.body, tuple) and isinstance(signal.body[1], h225.SetupUUIE):
            bodies = self._ladder(signal.body[1])
        return [
            tpkt.frame(
                call_signalling.encode(
                    call_signalling.signal(
                        signal.call_reference,
                        body,
                        from_destination=not signal.from_destination,
                        h245Tunneling=bool(self.random.getrandbits(2)),
                        h245Control=control or None,
                    )
                )
            )
            for body in bodies
        ]

    def _ladder(self, setup: h225.SetupUUIE) -> list[h225.H323messagebody]:
        random, there = self.random, address_field(TransportAddress(GATEKEEPER.ip, _H245_PORT))
        fast = media_channels.accept(setup.fastStart, GATEKEEPER) if random.getrandbits(1) else None
        common: dict[str, Any] = {"protocolIdentifier": H225_V4, "callIdentifier": _GUID}
        h245 = random.choice((None, there))
        connect = h225.ConnectUUIE(
            destinationInfo=TERMINAL_TYPE, conferenceID=bytes(16), h245Address=h245, fastStart=fast, **common
        )
        reason: Any = random.choice(("callForwarded", "routeCallToGatekeeper", "startH245"))
        facility = h225.FacilityUUIE(
            reason=(reason, True), h245Address=there, alternativeAddress=address_field(GATEKEEPER), **common
        )
        bodies: list[h225.H323messagebody] = [
            ("callProceeding", h225.CallProceedingUUIE(destinationInfo=TERMINAL_TYPE, **common)),
            ("alerting", h225.AlertingUUIE(destinationInfo=TERMINAL_TYPE, h245Address=h245, **common)),
        ]
        bodies += [("facility", facility)] if not random.getrandbits(2) else []
        return [*bodies, ("connect", connect), ("statusInquiry", h225.StatusInquiryUUIE(**common))]


class HandsetSubject(Talked):
    """DHCP, files, registration and its permanent signalling connection, whoever opens that."""

    here = TransportAddress(dhcp_answers.ADDRESS, 1720)

    def __init__(self, random: Random) -> None:
        control = random.choice((CallControl.GATEKEEPER, CallControl.HANDSET))
        config = HandsetConfig(
            ClientSettings(dhcp_answers.MAC, interface="lan"),
            random.choice(("4711", "")),
            SignallingConfig(control),
            multicast=bool(random.getrandbits(1)),
            echo_interval=random.choice((None, 30.0)),
            files_retry=5.0,
        )
        self._signals = [tpkt.frame(each) for each in seeds.signalling_messages() if len(each) < 1500]
        said = (*seeds.dhcp_messages(), *seeds.ras_octets(), *seeds.tpkt_streams(), *seeds.SETTINGS_FILES)
        super().__init__(Handset(config, random), random, said, (_HTTP,))

    def performed(self, command: Command) -> None:
        super().performed(command)
        random = self.random
        match command:
            case ConfigureAddress(address=address):
                self.answers.append(AddressConfigured(address))
            case SendEcho(destination=to, identifier=identifier, sequence=sequence):
                self.answers.append(EchoReplied(to, identifier, sequence))
            case SendDatagram(source=source) if source.port == 68:
                asked = dhcp.decode(command.data).message_type
                kind = DhcpMessageType.OFFER if asked == DhcpMessageType.DISCOVER else DhcpMessageType.ACK
                kind = kind if random.getrandbits(4) else DhcpMessageType.NAK
                phone = random.choice((_SITE, _SITE, _SITE, *seeds.PHONE_STRINGS))
                heard = dhcp_answers.answer([command], kind, phone=phone, seconds=random.choice((60, 9000)))
                self.answers.append(DatagramReceived(heard.source, heard.destination, heard.data, "lan"))
            case SendStream(stream=stream, data=data) if data.startswith(b"GET "):
                self.answers.append(StreamReceived(stream, _HTTP))
            case SendStream(stream=stream):
                for octets in random.sample(self._signals, 2):
                    self.answers.append(StreamReceived(stream, octets))
            case _:
                pass
        if not random.getrandbits(10):
            self.answers += (LinkChanged(False), LinkChanged(True))


TARGETS: tuple[Target, ...] = (
    Target("endpoint-call", EndpointSubject, episode=100),
    Target("handset", HandsetSubject, episode=500),
)
