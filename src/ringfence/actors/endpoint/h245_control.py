"""H.245 between two endpoints: capabilities, who is master, one audio channel each way.

The messages travel tunnelled in call signalling or on a connection of their own: the owner's business.
"""

from collections.abc import Iterable
from random import Random
from typing import Any

from ringfence.actors.endpoint import media_channels
from ringfence.model.address import TransportAddress
from ringfence.model.errors import DecodeError
from ringfence.wire import per
from ringfence.wire.h245 import capability, channel, maintenance, mode, multiplex, transport
from ringfence.wire.h245.message import MultimediaSystemControlMessage
from ringfence.wire.per import EncodeError

_H245_V7 = (0, 0, 8, 245, 0, 7)
_TERMINAL = 50  # H.323 table 1: a terminal without MC
_OUR_CHANNEL = 101
_NO_MULTIPOINT = multiplex.MultipointCapability(
    multicastCapability=False,
    multiUniCastConference=False,
    mediaDistributionCapability=[
        multiplex.MediaDistributionCapability(
            centralizedControl=False,
            distributedControl=False,
            centralizedAudio=False,
            distributedAudio=False,
            centralizedVideo=False,
            distributedVideo=False,
        )
    ],
)


class H245Control:
    """One end. `opened` once it has begun; `established` when our channel was opened and the peer's
    capabilities are known.
    """

    def __init__(self, rtp: TransportAddress, random: Random) -> None:
        self._rtp = rtp
        self._number = random.getrandbits(24)
        self._random = random
        self.opened = False
        self._master: bool | None = None
        self._determining = False  # our MasterSlaveDetermination is not answered yet
        self._sets = 0  # capability sets sent
        self._capable = False  # we know the peer's capabilities
        self._known = False  # the peer knows ours
        self._channel = False
        self._asked = False
        self.ended = False

    @property
    def established(self) -> bool:
        return self._channel and self._capable

    def open(self) -> list[bytes]:
        """The first words: TerminalCapabilitySet, and MasterSlaveDetermination unless the peer's came before;
        nothing the second time.
        """
        if self.opened:
            return []
        self.opened = True
        said = [_encode(self._capability_set())]
        return said if self._master is not None else [*said, _encode(self._determination())]

    def close(self) -> list[bytes]:
        """EndSessionCommand, when there is a session."""
        if not self.opened or self.ended:
            return []
        self.ended = True
        return [_encode(("command", ("endSessionCommand", ("disconnect", True))))]

    def receive(self, messages: Iterable[bytes] | None) -> list[bytes]:
        """The answers, in order; messages that are not understood have none."""
        said: list[bytes] = []
        for octets in messages or ():
            try:
                message = per.decode(MultimediaSystemControlMessage, octets)
                answers = self._answer(message)
                said += [_encode(answer) for answer in answers]
            except (DecodeError, EncodeError):
                continue
            if answers and not self.opened:
                said = [*self.open(), *said]
        if self._ready_to_open():
            self._asked = True
            ours = media_channels.sending(_OUR_CHANNEL, self._rtp)
            said.append(_encode(("request", ("openLogicalChannel", ours))))
        return said

    def _ready_to_open(self) -> bool:
        return self._known and self._capable and self._master is not None and not self._asked

    def _answer(self, message: Any) -> list[Any]:
        match message:
            case ("request", (str(name), value)):
                return self._request(name, value)
            case ("response", ("terminalCapabilitySetAck", _)):
                self._known = True
            case ("response", ("masterSlaveDeterminationAck", ack)):
                return self._determined(ack.decision == ("master", True))
            case ("response", ("masterSlaveDeterminationReject", _)) if self._determining:
                # Both drew the same number: draw again (H.245 clause C.2).
                self._number = self._random.getrandbits(24)
                return [self._determination()]
            case ("response", ("openLogicalChannelAck", _)):
                self._channel = True
            case ("command", ("sendTerminalCapabilitySet", ("genericRequest", _))):
                return [self._capability_set()]
            case ("command", ("endSessionCommand", _)):
                self.ended = True
            case _:
                pass
        return []

    def _request(self, name: str, value: Any) -> list[Any]:
        match value:
            case capability.TerminalCapabilitySet(sequenceNumber=number):
                self._capable = True
                ack = capability.TerminalCapabilitySetAck(sequenceNumber=number)
                return [("response", ("terminalCapabilitySetAck", ack))]
            case maintenance.MasterSlaveDetermination():
                return self._determine(value)
            case channel.OpenLogicalChannel():
                return [self._open_channel(value)]
            case channel.CloseLogicalChannel(forwardLogicalChannelNumber=number):
                closed = channel.CloseLogicalChannelAck(forwardLogicalChannelNumber=number)
                return [("response", ("closeLogicalChannelAck", closed))]
            case channel.RequestChannelClose(forwardLogicalChannelNumber=number):
                return self._close_on_request(number)
            case maintenance.RoundTripDelayRequest(sequenceNumber=number):
                here = maintenance.RoundTripDelayResponse(sequenceNumber=number)
                return [("response", ("roundTripDelayResponse", here))]
            case mode.RequestMode(sequenceNumber=number):
                reject = mode.RequestModeReject(sequenceNumber=number, cause=("modeUnavailable", True))
                return [("response", ("requestModeReject", reject))]
            case _:
                return []

    def _determine(self, theirs: maintenance.MasterSlaveDetermination) -> list[Any]:
        """H.245 clause C.2: the larger terminal type is master; then the numbers decide, modulo 2**24."""
        difference = (theirs.statusDeterminationNumber - self._number) & 0xFFFFFF
        if theirs.terminalType != _TERMINAL:
            master = theirs.terminalType < _TERMINAL
        elif difference in {0, 0x800000}:
            reject = maintenance.MasterSlaveDeterminationReject(cause=("identicalNumbers", True))
            return [("response", ("masterSlaveDeterminationReject", reject))]
        else:
            master = difference < 0x800000
        self._determining = False
        return [self._decision(master=master)]

    def _close_on_request(self, number: int) -> list[Any]:
        """ooh323c asks for the end of what it receives before it hangs up (H.245 clause 8.5)."""
        if number != _OUR_CHANNEL or not self._channel:
            no = channel.RequestChannelCloseReject(
                forwardLogicalChannelNumber=number, cause=("unspecified", True)
            )
            return [("response", ("requestChannelCloseReject", no))]
        ack = channel.RequestChannelCloseAck(forwardLogicalChannelNumber=number)
        close = channel.CloseLogicalChannel(forwardLogicalChannelNumber=number, source=("user", True))
        return [("response", ("requestChannelCloseAck", ack)), ("request", ("closeLogicalChannel", close))]

    def _capability_set(self) -> Any:
        """Each has a number of its own: peers pass over one that they have seen."""
        self._sets = self._sets % 255 + 1
        return ("request", ("terminalCapabilitySet", _capabilities(self._sets)))

    def _determination(self) -> Any:
        self._determining = True
        determination = maintenance.MasterSlaveDetermination(
            terminalType=_TERMINAL, statusDeterminationNumber=self._number
        )
        return ("request", ("masterSlaveDetermination", determination))

    def _determined(self, master: bool) -> list[Any]:
        """An Ack to ours is acknowledged in turn (H.245 clause C.4); H323Plus ends the call that lacks it."""
        awaited, self._determining = self._determining, False
        if awaited:
            return [self._decision(master=master)]
        return []

    def _decision(self, *, master: bool) -> Any:
        """The decision in the Ack is what the other side is."""
        self._master = master
        decision: maintenance.Decision = ("slave", True) if master else ("master", True)
        return (
            "response",
            ("masterSlaveDeterminationAck", maintenance.MasterSlaveDeterminationAck(decision=decision)),
        )

    def _open_channel(self, request: channel.OpenLogicalChannel) -> Any:
        number = request.forwardLogicalChannelNumber
        if not media_channels.is_g711(request.forwardLogicalChannelParameters.dataType):
            reject = channel.OpenLogicalChannelReject(
                forwardLogicalChannelNumber=number, cause=("dataTypeNotSupported", True)
            )
            return ("response", ("openLogicalChannelReject", reject))
        here = media_channels.parameters(self._rtp, receiving=True)
        parameters = channel.H2250LogicalChannelAckParameters(
            sessionID=here.sessionID,
            mediaChannel=here.mediaChannel,
            mediaControlChannel=here.mediaControlChannel,
        )
        ack = channel.OpenLogicalChannelAck(
            forwardLogicalChannelNumber=number,
            forwardMultiplexAckParameters=("h2250LogicalChannelAckParameters", parameters),
        )
        return ("response", ("openLogicalChannelAck", ack))


def _capabilities(number: int) -> capability.TerminalCapabilitySet:
    receive: capability.Capability = ("receiveAudioCapability", ("g711Ulaw64k", 20))
    alaw: capability.Capability = ("receiveAudioCapability", ("g711Alaw64k", 20))
    h2250 = multiplex.H2250Capability(
        maximumAudioDelayJitter=60,
        receiveMultipointCapability=_NO_MULTIPOINT,
        transmitMultipointCapability=_NO_MULTIPOINT,
        receiveAndTransmitMultipointCapability=_NO_MULTIPOINT,
        mcCapability=multiplex.McCapability(centralizedConferenceMC=False, decentralizedConferenceMC=False),
        rtcpVideoControlCapability=False,
        mediaPacketizationCapability=transport.MediaPacketizationCapability(h261aVideoPacketization=False),
    )
    return capability.TerminalCapabilitySet(
        sequenceNumber=number,
        protocolIdentifier=_H245_V7,
        multiplexCapability=("h2250Capability", h2250),
        capabilityTable=[
            capability.CapabilityTableEntry(capabilityTableEntryNumber=1, capability=receive),
            capability.CapabilityTableEntry(capabilityTableEntryNumber=2, capability=alaw),
        ],
        capabilityDescriptors=[
            capability.CapabilityDescriptor(capabilityDescriptorNumber=0, simultaneousCapabilities=[[1, 2]])
        ],
    )


def _encode(message: Any) -> bytes:
    return per.encode(MultimediaSystemControlMessage, message)
