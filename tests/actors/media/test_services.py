"""Errands and answers of monitoring and management."""

from ipaddress import IPv4Address

from ringfence.actors.io import (
    Bind,
    CloseStream,
    DatagramReceived,
    Listen,
    OpenStream,
    SendDatagram,
    SendStream,
    StageReached,
    Started,
    StreamAccepted,
    StreamFailed,
    StreamOpened,
    StreamReceived,
    TimeUp,
)
from ringfence.actors.media.services import Attendant, Errand, ServiceEnd, ServicesConfig
from ringfence.model.address import TransportAddress
from ringfence.model.packet import Protocol
from ringfence.model.stage import Stage
from support.script import DUE, Row, run

PHONE, HOST = IPv4Address("10.20.0.128"), IPv4Address("10.9.0.51")
SNMP, ASKER = TransportAddress(PHONE, 161), TransportAddress(HOST, 40001)
SSH, LOGIN = TransportAddress(PHONE, 22), TransportAddress(HOST, 51000)
LOG, FROM = TransportAddress(HOST, 514), TransportAddress(PHONE, 40002)


def test_a_phone_logs_once_and_answers_who_may_ask() -> None:
    config = ServicesConfig(
        (Errand(Protocol.UDP, FROM, LOG, b"log", b""),),
        (Attendant(Protocol.UDP, SNMP, HOST, b"value"), Attendant(Protocol.TCP, SSH, HOST, b"banner")),
        reports=True,
    )
    stranger = TransportAddress(IPv4Address("203.0.113.9"), 40001)
    rows = [
        Row(0.0, Started(), [Bind(SNMP), Bind(FROM), Listen(SSH)], 0.0),
        Row(0.0, TimeUp(), [SendDatagram(FROM, LOG, b"log")], 420.0),
        Row(1.0, DatagramReceived(stranger, SNMP, b"get"), []),
        Row(2.0, DatagramReceived(ASKER, SNMP, b"get"), [SendDatagram(SNMP, ASKER, b"value")]),
        Row(3.0, StreamAccepted(-1, SSH, stranger), [CloseStream(-1, abort=True)]),
        Row(3.0, StreamAccepted(-2, SSH, LOGIN), []),
        Row(
            3.0,
            StreamReceived(-2, b"banner"),
            [SendStream(-2, b"banner"), StageReached(Stage.SERVICES, "asked and answered")],
            None,
        ),
    ]
    run(ServiceEnd(config), rows)


def test_a_host_asks_until_it_is_answered() -> None:
    config = ServicesConfig(
        (
            Errand(Protocol.UDP, ASKER, SNMP, b"get", b"value"),
            Errand(Protocol.TCP, LOGIN, SSH, b"banner", b"banner"),
        ),
        (),
        first=60.0,
    )
    ask = SendDatagram(ASKER, SNMP, b"get")
    rows = [
        Row(0.0, Started(), [Bind(ASKER)], 60.0),
        Row(DUE, TimeUp(), [ask, OpenStream(1, HOST, SSH)], 120.0),
        Row(70.0, StreamFailed(1, "no answer"), [], 120.0),
        Row(DUE, TimeUp(), [ask, OpenStream(2, HOST, SSH)], 180.0),
        Row(121.0, DatagramReceived(SNMP, ASKER, b"value"), [], 180.0),
        Row(121.0, StreamOpened(2, LOGIN, SSH), [SendStream(2, b"banner")], 180.0),
        Row(122.0, StreamReceived(2, b"banner"), [CloseStream(2)], None),
    ]
    run(ServiceEnd(config), rows)
