"""A gatekeeper's answers to a RAS client under script, and the client's commands in words."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random
from typing import Any

import msgspec

from ringfence.actors.io import (
    Bind,
    Command,
    DatagramReceived,
    Event,
    Noted,
    SendDatagram,
    StageFailed,
    StageReached,
    Started,
    TimeUp,
)
from ringfence.actors.ras.client import RasClient
from ringfence.actors.ras.dialect import PHONE_FAMILIES, PLAIN
from ringfence.actors.ras.fields import address_field
from ringfence.actors.ras.requests import RasClientConfig
from ringfence.model.address import TransportAddress, transport
from ringfence.wire import h225, ras
from support.script import DUE, Row, run

HANDSET = transport("10.2.0.21", 49300)
FIRST = transport("10.1.0.30", 1719)
SECOND = transport("10.1.0.31", 1719)
CONFIG = RasClientConfig(HANDSET.ip, (FIRST, SECOND), "2001", "1234")
PLAIN_CONFIG = replace(CONFIG, dialect=PLAIN, family=PHONE_FAMILIES["h323"], password="")


def words(command: Command) -> object:
    match command:
        case Bind(local=local):
            return f"bind {local.port}"
        case SendDatagram(destination=to, data=data):
            return f"{type(ras.decode(data)).__name__} {to}"
        case StageReached(stage=stage):
            return f"reached {stage}"
        case StageFailed(stage=stage):
            return f"failed {stage}"
        case Noted(finding=finding):
            return finding.code
        case other:
            return type(other).__name__


GRQ, RRQ, URQ = (
    f"{name} {FIRST}" for name in ("GatekeeperRequest", "RegistrationRequest", "UnregistrationRequest")
)
GRQ2 = f"GatekeeperRequest {SECOND}"
NSM = f"NonStandardMessage {FIRST}"


def last(sent: Sequence[Command]) -> tuple[ras.RasMessage, SendDatagram]:
    datagram = next(command for command in reversed(sent) if isinstance(command, SendDatagram))
    return ras.decode(datagram.data), datagram


def request(sent: Sequence[Command]) -> h225.RegistrationRequest:
    for command in reversed(sent):
        if isinstance(command, SendDatagram):
            message = ras.decode(command.data)
            if isinstance(message, h225.RegistrationRequest):
                return message
    raise AssertionError("no RRQ was sent")


def arrives(
    message: ras.RasMessage, source: TransportAddress = FIRST, port: int = HANDSET.port
) -> DatagramReceived:
    return DatagramReceived(source, TransportAddress(HANDSET.ip, port), ras.encode(message))


Answer = Callable[[Sequence[Command]], Event]


def gcf(source: TransportAddress = FIRST, **fields: Any) -> Answer:
    def make(sent: Sequence[Command]) -> Event:
        grq, datagram = last(sent)
        assert isinstance(grq, h225.GatekeeperRequest)
        message = h225.GatekeeperConfirm(
            requestSeqNum=grq.requestSeqNum,
            protocolIdentifier=grq.protocolIdentifier,
            rasAddress=address_field(source),
        )
        message = msgspec.structs.replace(message, **fields)
        return arrives(message, source, datagram.source.port)

    return make


def rcf(source: TransportAddress = FIRST, **fields: Any) -> Answer:
    def make(sent: Sequence[Command]) -> Event:
        rrq = request(sent)
        message = h225.RegistrationConfirm(
            requestSeqNum=rrq.requestSeqNum,
            protocolIdentifier=rrq.protocolIdentifier,
            callSignalAddress=[address_field(TransportAddress(source.ip, 1720))],
            endpointIdentifier="7_ep",
        )
        message = msgspec.structs.replace(message, **fields)
        return arrives(message, source)

    return make


def rrj(reason: h225.RegistrationRejectReason, source: TransportAddress = FIRST) -> Answer:
    def make(sent: Sequence[Command]) -> Event:
        rrq = request(sent)
        return arrives(
            h225.RegistrationReject(
                requestSeqNum=rrq.requestSeqNum,
                protocolIdentifier=rrq.protocolIdentifier,
                rejectReason=reason,
            ),
            source,
        )

    return make


def client(config: RasClientConfig = CONFIG) -> RasClient:
    return RasClient(config, Random(1))


BOOT = [Row(0.0, Started(), ["bind 49300"]), Row(DUE, TimeUp(), [GRQ], 5.01)]


def registered(config: RasClientConfig = CONFIG, **fields: Any) -> tuple[RasClient, list[Command]]:
    machine = client(config)
    machine = client(config)
    sent = run(
        machine,
        [*BOOT, Row(1.0, gcf(), ...), Row(2.0, rcf(**fields), ...)],
        show=words,
    )
    assert machine.granted is not None
    return machine, sent
