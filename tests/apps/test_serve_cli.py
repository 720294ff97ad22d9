"""`ringfence serve` as others meet it: two foreign endpoints on blocking sockets of their own."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from ringfence.actors.ras.fields import TERMINAL_TYPE, address_field
from ringfence.model.address import TransportAddress, transport
from ringfence.wire import call_signalling, h225, ras, tpkt
from ringfence.wire.call_signalling import CallSignal

GATEKEEPER = "127.77.0.1"
V6 = (0, 0, 8, 2250, 0, 6)
GUID = h225.CallIdentifier(guid=bytes(range(16)))
FAST = [b"\x00\x01proposal"]


@pytest.fixture
def served() -> Iterator[None]:
    arguments = ["serve", "--dialect", "h323", "--anybody", "--address", GATEKEEPER, "--for", "30"]
    command = "import sys; from ringfence.apps.cli.main import main; sys.exit(main())"
    with subprocess.Popen(
        [sys.executable, "-c", command, *arguments], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert f"serving gatekeeper at {GATEKEEPER}" in process.stdout.readline()
        yield
        process.terminate()


def where(sock: socket.socket) -> TransportAddress:
    host, port = sock.getsockname()
    return transport(host, port)


class Foreign:
    """An endpoint at `host`, by blocking sockets: RAS, a listener, and the connection of its call."""

    def __init__(self, host: str, number: str) -> None:
        self.number = number
        self.ras = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.ras.bind((host, 0))
        self.ras.settimeout(10)
        self.listener = socket.create_server((host, 0))
        self.listener.settimeout(10)
        self.sequence = 0
        self.identifier = ""
        self.line: socket.socket | None = None
        self.rest = b""
        self.heard: list[CallSignal] = []

    def ask(self, kind: type, **fields: Any) -> Any:
        self.sequence += 1
        message = kind(requestSeqNum=self.sequence, **fields)
        self.ras.sendto(ras.encode(message), (GATEKEEPER, 1719))
        answer = ras.decode(self.ras.recv(4096))
        assert getattr(answer, "requestSeqNum", None) == self.sequence
        return answer

    def rrq(self, **fields: Any) -> Any:
        return self.ask(
            h225.RegistrationRequest,
            protocolIdentifier=V6,
            discoveryComplete=True,
            callSignalAddress=[address_field(where(self.listener))],
            rasAddress=[address_field(where(self.ras))],
            terminalType=TERMINAL_TYPE,
            endpointVendor=h225.VendorIdentifier(
                vendor=h225.H221NonStandard(t35CountryCode=9, t35Extension=0, manufacturerCode=61)
            ),
            gatekeeperIdentifier="ringfence",
            willSupplyUUIEs=True,
            **fields,
        )

    def register(self) -> None:
        gcf = self.ask(
            h225.GatekeeperRequest,
            protocolIdentifier=V6,
            rasAddress=address_field(where(self.ras)),
            endpointType=TERMINAL_TYPE,
        )
        assert gcf.rasAddress == address_field(transport(GATEKEEPER, 1719))
        rcf = self.rrq(terminalAlias=[("dialedDigits", self.number)], timeToLive=60)
        self.identifier = rcf.endpointIdentifier
        light = self.rrq(keepAlive=True, endpointIdentifier=self.identifier)
        assert isinstance(light, h225.RegistrationConfirm)

    def admitted(self, called: str, *, answering: bool) -> Any:
        acf = self.ask(
            h225.AdmissionRequest,
            callType=("pointToPoint", True),
            endpointIdentifier=self.identifier,
            destinationInfo=[("dialedDigits", called)],
            srcInfo=[("dialedDigits", self.number)],
            bandWidth=40_000,
            callReferenceValue=7,
            conferenceID=bytes(16),
            activeMC=False,
            answerCall=answering,
            canMapAlias=True,
            callIdentifier=GUID,
            willSupplyUUIEs=False,
        )
        assert (acf.bandWidth, acf.callModel) == (40_000, ("gatekeeperRouted", True))
        return acf

    def say(self, signal: CallSignal) -> None:
        assert self.line is not None
        # An empty TPKT, and a message in two pieces, as TCP may deliver it.
        octets = tpkt.frame(b"") + tpkt.frame(call_signalling.encode(signal))
        self.line.sendall(octets[:9])
        self.line.sendall(octets[9:])

    def hear(self) -> CallSignal:
        assert self.line is not None
        while not self.heard:
            more = self.line.recv(4096)
            assert more, "the connection was closed"
            whole, self.rest = tpkt.split(self.rest + more)
            self.heard += [call_signalling.decode(octets) for octets in whole if octets]
        return self.heard.pop(0)

    def dial(self, called: str) -> None:
        self.admitted(called, answering=False)
        self.line = socket.create_connection((GATEKEEPER, 1720), 10, (where(self.ras).ip.compressed, 0))
        body = h225.SetupUUIE(
            protocolIdentifier=V6,
            sourceAddress=[("dialedDigits", self.number)],
            sourceInfo=TERMINAL_TYPE,
            destinationAddress=[("dialedDigits", called)],
            activeMC=False,
            conferenceID=bytes(16),
            conferenceGoal=("create", True),
            callType=("pointToPoint", True),
            sourceCallSignalAddress=address_field(where(self.line)),
            callIdentifier=GUID,
            fastStart=FAST,
        )
        self.say(call_signalling.signal(7, ("setup", body), h245Tunneling=True))

    def answer(self) -> None:
        self.line, _ = self.listener.accept()
        self.line.settimeout(10)
        setup = self.hear()
        assert isinstance(setup.body, tuple)
        assert setup.body[1].fastStart == FAST  # type: ignore[union-attr]
        self.admitted(self.number, answering=True)
        alerting = h225.AlertingUUIE(
            protocolIdentifier=V6, destinationInfo=TERMINAL_TYPE, callIdentifier=GUID
        )
        h245 = address_field(transport("127.77.0.9", 30_000))
        connect = h225.ConnectUUIE(
            protocolIdentifier=V6,
            h245Address=h245,
            destinationInfo=TERMINAL_TYPE,
            conferenceID=bytes(16),
            callIdentifier=GUID,
        )
        for name, body in (("alerting", alerting), ("connect", connect)):
            said: Any = (name, body)
            self.say(call_signalling.signal(setup.call_reference, said, from_destination=True))

    def closed(self) -> bool:
        assert self.line is not None
        with self.line:
            return self.line.recv(100) == b""

    def drop(self) -> None:
        drq = self.ask(
            h225.DisengageRequest,
            endpointIdentifier=self.identifier,
            conferenceID=bytes(16),
            callReferenceValue=7,
            disengageReason=("normalDrop", True),
        )
        assert isinstance(drq, h225.DisengageConfirm)


def call(caller: Foreign, called: Foreign) -> None:
    caller.dial(called.number)
    called.answer()
    assert caller.hear().name == "Alerting"
    connected = caller.hear()
    assert (connected.name, connected.call_reference) == ("Connect", 7)
    assert isinstance(connected.body, tuple)
    # H.245 on a connection of its own goes straight to the called endpoint.
    assert connected.body[1].h245Address == address_field(transport("127.77.0.9", 30_000))  # type: ignore[union-attr]


@pytest.mark.usefixtures("served")
def test_two_foreign_endpoints_register_call_both_ways_and_leave() -> None:
    ann, bob = Foreign("127.77.0.21", "4711"), Foreign("127.77.0.22", "4712")
    ann.register()
    bob.register()
    for caller, called in ((ann, bob), (bob, ann)):
        call(caller, called)
        body = h225.ReleaseCompleteUUIE(protocolIdentifier=V6, callIdentifier=GUID)
        caller.say(call_signalling.signal(7, ("releaseComplete", body)))
        assert called.hear().name == "ReleaseComplete"
        assert caller.closed()
        assert called.closed()
        caller.drop()
        called.drop()
    call(ann, bob)
    urq = bob.ask(
        h225.UnregistrationRequest,
        callSignalAddress=[address_field(where(bob.listener))],
        endpointIdentifier=bob.identifier,
        gatekeeperIdentifier="ringfence",
    )
    assert isinstance(urq, h225.UnregistrationConfirm)
    assert ann.hear().name == "ReleaseComplete"
    for one in (ann, bob):
        assert one.line is not None
        for sock in (one.ras, one.listener, one.line):
            sock.close()
