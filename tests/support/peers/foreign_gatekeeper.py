"""A gatekeeper in the shape of GnuGk, by facts from RasSrv.cxx and RasTbl.cxx; the messages are our own."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ringfence.actors.io import (
    Bind,
    Command,
    Commands,
    DatagramReceived,
    Event,
    Listen,
    SendDatagram,
    SendStream,
    Started,
    StreamReceived,
    TimeUp,
)
from ringfence.actors.ras.fields import address_field, alias_field
from ringfence.actors.security import password_hash
from ringfence.actors.security.challenges import ChallengeResult
from ringfence.model.address import TransportAddress, transport
from ringfence.wire import call_signalling, h225, ras, tpkt
from ringfence.wire.h235_crypto import MD5
from ringfence.wire.h235_tokens import baseline_key, sign
from ringfence.wire.q931 import InformationElement

GATEKEEPER = transport("10.1.0.30", 1719)
ALTERNATE = transport("10.1.0.31", 1719)
PHONE = transport("10.2.0.21", 1720)
NAME = "OpenH323GK"
VERSION = (0, 0, 8, 2250, 0, 4)
EPOCH = 1_700_000_000.0


@dataclass(eq=False)
class Foreign:
    """Routes calls and plays the called party. `proof`: the password whose hash each request must bear;
    `signs_rcf`: the password that its RCF alone proves (H.235.1).
    """

    proof: str = ""
    signs_rcf: str = ""
    chooses: tuple[int, ...] | None = None  # an algorithm identifier, when the GRQ offers it
    routed: bool = True
    pre_granted: h225.PreGrantedARQ | None = None
    irr_frequency: int | None = None
    asks: list[tuple[float, ras.RasMessage]] = field(default_factory=list)  # to say by itself, in time
    heard: list[ras.RasMessage] = field(default_factory=list)
    rest: bytes = b""
    proofs: list[ChallengeResult] = field(default_factory=list)
    setups: int = 0
    reference: int = 0
    phone: TransportAddress | None = None

    @property
    def deadline(self) -> float | None:
        return self.asks[0][0] if self.asks and self.phone is not None else None

    def handle(self, event: Event, now: float) -> Commands:
        match event:
            case Started():
                return (Bind(GATEKEEPER, ""), Listen(TransportAddress(GATEKEEPER.ip, 1720)))
            case DatagramReceived(source=source, data=data):
                self.phone = source
                message = ras.decode(data)
                self.heard.append(message)
                return tuple(self._say(each) for each in self._answers(message, now))
            case TimeUp() if self.asks:
                return (self._say(self.asks.pop(0)[1]),)
            case StreamReceived(stream=stream, data=data):
                whole, self.rest = tpkt.split(self.rest + data)
                said = b"".join(self._signals(call_signalling.decode(each)) for each in whole if each)
                return (SendStream(stream, said),) if said else ()
            case _:
                return ()

    def _say(self, message: ras.RasMessage) -> Command:
        assert self.phone is not None
        data = ras.encode(message)
        if self.signs_rcf and isinstance(message, h225.RegistrationConfirm):
            number = message.requestSeqNum  # rises with each request
            data = sign(
                message,
                baseline_key(self.signs_rcf),
                time_stamp=int(EPOCH) + 1,
                random=number,
                recipient=message.endpointIdentifier,
                sender=NAME,
            )
        return SendDatagram(GATEKEEPER, self.phone, data, "")

    def _answers(self, message: Any, now: float) -> Iterator[ras.RasMessage]:
        number = message.requestSeqNum
        alternates = [h225.AlternateGK(rasAddress=address_field(ALTERNATE), needToRegister=True, priority=1)]
        match message:
            case h225.GatekeeperRequest(supportsAltGK=supports):
                algorithm = MD5 if self.proof else self.chooses
                agreed = algorithm if algorithm in (message.algorithmOIDs or ()) else None
                yield h225.GatekeeperConfirm(
                    requestSeqNum=number,
                    protocolIdentifier=VERSION,
                    gatekeeperIdentifier=NAME,
                    rasAddress=address_field(GATEKEEPER),
                    alternateGatekeeper=alternates if supports else None,
                    authenticationMode=("pwdHash", True) if agreed else None,
                    algorithmOID=agreed,
                )
            case h225.RegistrationRequest() if self.chooses and not message.cryptoTokens:
                yield h225.RegistrationReject(
                    requestSeqNum=number,
                    protocolIdentifier=VERSION,
                    rejectReason=("securityDenial", True),
                    gatekeeperIdentifier=NAME,
                )
            case h225.RegistrationRequest():
                yield self._confirm(message)
            case h225.AdmissionRequest():
                self._judge(message, now)
                yield h225.RequestInProgress(requestSeqNum=number, delay=2000)
                yield h225.AdmissionConfirm(
                    requestSeqNum=number,
                    bandWidth=message.bandWidth,
                    callModel=("gatekeeperRouted", True),
                    destCallSignalAddress=address_field(TransportAddress(GATEKEEPER.ip, 1720)),
                    irrFrequency=self.irr_frequency,
                )
            case h225.DisengageRequest():
                self._judge(message, now)
                yield h225.DisengageConfirm(requestSeqNum=number)
            case h225.UnregistrationRequest():
                yield h225.UnregistrationConfirm(requestSeqNum=number)
            case _:
                pass

    def _confirm(self, rrq: h225.RegistrationRequest) -> h225.RegistrationConfirm:
        vendor = h225.H221NonStandard(t35CountryCode=138, t35Extension=11, manufacturerCode=39320)
        return h225.RegistrationConfirm(
            requestSeqNum=rrq.requestSeqNum,
            protocolIdentifier=VERSION,
            nonStandardData=h225.NonStandardParameter(
                nonStandardIdentifier=("h221NonStandard", vendor), data=b"NoNAT"
            ),
            callSignalAddress=[address_field(TransportAddress(GATEKEEPER.ip, 1720))] if self.routed else [],
            terminalAlias=rrq.terminalAlias or [alias_field("4711")],
            gatekeeperIdentifier=NAME,
            endpointIdentifier="7342_endp",
            timeToLive=600,
            preGrantedARQ=None if rrq.keepAlive else self.pre_granted,
            supportsAdditiveRegistration=True,
        )

    def _judge(self, message: h225.AdmissionRequest | h225.DisengageRequest, now: float) -> None:
        if self.proof:
            judge = password_hash.HashProofs()
            self.proofs.append(judge.check(message.cryptoTokens, ["4711"], self.proof, int(EPOCH + now)))

    def _signals(self, heard: call_signalling.CallSignal) -> bytes:
        """Keep-alives, a Notify, a Progress, elements that nobody knows, then Alerting and Connect."""
        if heard.name != "Setup":
            return b""
        assert isinstance(heard.body, tuple)
        setup = heard.body[1]
        assert isinstance(setup, h225.SetupUUIE)
        self.setups, self.reference = self.setups + 1, heard.call_reference
        assert setup.callIdentifier is not None
        identifier = setup.callIdentifier
        terminal = setup.sourceInfo
        bodies: list[h225.H323messagebody] = [
            (
                "callProceeding",
                h225.CallProceedingUUIE(
                    protocolIdentifier=VERSION, destinationInfo=terminal, callIdentifier=identifier
                ),
            ),
            ("notify", h225.NotifyUUIE(protocolIdentifier=VERSION, callIdentifier=identifier)),
            (
                "progress",
                h225.ProgressUUIE(
                    protocolIdentifier=VERSION, destinationInfo=terminal, callIdentifier=identifier
                ),
            ),
            (
                "alerting",
                h225.AlertingUUIE(
                    protocolIdentifier=VERSION, destinationInfo=terminal, callIdentifier=identifier
                ),
            ),
            (
                "connect",
                h225.ConnectUUIE(
                    protocolIdentifier=VERSION,
                    destinationInfo=terminal,
                    conferenceID=setup.conferenceID,
                    callIdentifier=identifier,
                ),
            ),
        ]
        unknown = (InformationElement(0x28, b"\xb1Bob"), InformationElement(0x7D, b"\x91\x81"))
        keep_alive = b"\x03\x00\x00\x04"
        return keep_alive + keep_alive.join(
            tpkt.frame(
                call_signalling.encode(
                    call_signalling.signal(
                        heard.call_reference,
                        body,
                        from_destination=True,
                        elements=unknown,
                        h245Tunneling=False,
                    )
                )
            )
            for body in bodies
        )

    def all(self, kind: type[Any]) -> list[Any]:
        return [message for message in self.heard if isinstance(message, kind)]
