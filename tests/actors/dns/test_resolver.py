"""A phone asks for the names of its servers: in turn, again where nobody answers, and for no longer."""

from collections.abc import Sequence
from ipaddress import IPv4Address

import pytest

from ringfence.actors.dns.resolver import Resolver, ResolverPatience
from ringfence.actors.dns.server import DnsServer
from ringfence.actors.io import (
    Bind,
    BindFailed,
    Command,
    DatagramReceived,
    Noted,
    SendDatagram,
    StageFailed,
    StageReached,
    Started,
    TimeUp,
    Unbind,
)
from ringfence.model.address import TransportAddress
from ringfence.wire.dns import DnsMessage, Rcode, decode_dns, encode_dns
from support.script import DUE, Middling, Row, run

PHONE, FIRST, SECOND = (IPv4Address(f"10.0.0.{n}") for n in (5, 53, 54))
CM = IPv4Address("10.1.0.30")
RECORDS = {"cm.example.net": (CM, IPv4Address("10.1.0.31")), "files.example.net": (IPv4Address("10.1.0.20"),)}


def resolver(*names: str, domain: str = "") -> Resolver:
    return Resolver(PHONE, (FIRST, SECOND), names, Middling(1), domain=domain)


def shown(command: Command) -> object:
    match command:
        case SendDatagram(destination=to, data=data):
            return f"{to.ip} {decode_dns(data).name}"
        case Noted(finding=finding):
            return str(finding.code)
        case StageReached() | StageFailed():
            return type(command).__name__
        case _:
            return type(command)


def last_question(sent: Sequence[Command]) -> SendDatagram:
    return next(each for each in reversed(sent) if isinstance(each, SendDatagram))


def answered(sent: Sequence[Command]) -> DatagramReceived:
    asked = last_question(sent)
    server = DnsServer(RECORDS, asked.destination)
    (answer,) = server.handle(DatagramReceived(asked.source, asked.destination, asked.data), 0.0)
    assert isinstance(answer, SendDatagram)
    return DatagramReceived(answer.source, answer.destination, answer.data)


def saying(sent: Sequence[Command], rcode: Rcode) -> DatagramReceived:
    asked = last_question(sent)
    question = decode_dns(asked.data)
    answer = DnsMessage(question.id, question.name, True, rcode=rcode)
    return DatagramReceived(asked.destination, asked.source, encode_dns(answer))


def forged(sent: Sequence[Command], **changes: object) -> DatagramReceived:
    """An answer that is right but for one thing."""
    asked = last_question(sent)
    question = decode_dns(asked.data)
    given: dict[str, object] = {"id": question.id, "name": question.name, "server": asked.destination.ip}
    given |= changes
    answer = DnsMessage(given["id"], given["name"], True, addresses=(SECOND,))  # type: ignore[arg-type]
    source = TransportAddress(given["server"], 53)  # type: ignore[arg-type]
    return DatagramReceived(source, asked.source, encode_dns(answer))


def test_each_name_in_turn() -> None:
    machine = resolver("files.example.net", "cm.example.net")
    run(
        machine,
        [
            Row(0.0, Started(), [Bind, "10.0.0.53 files.example.net"], 3.0),
            Row(0.1, answered, ["10.0.0.53 cm.example.net"], 3.1),
            Row(0.2, answered, [Unbind, "StageReached"], None),
        ],
        show=shown,
    )
    assert machine.over
    assert machine.found == {name: RECORDS[name] for name in ("files.example.net", "cm.example.net")}


def test_a_silent_server_is_followed_by_the_next_and_all_are_gone_through_twice() -> None:
    machine = resolver("cm.example.net")
    run(
        machine,
        [
            Row(0.0, Started(), [Bind, "10.0.0.53 cm.example.net"], 3.0),
            Row(DUE, TimeUp(), ["10.0.0.54 cm.example.net"], 6.0),
            Row(DUE, TimeUp(), ["10.0.0.53 cm.example.net"], 9.0),
            Row(DUE, TimeUp(), ["10.0.0.54 cm.example.net"], 12.0),
            Row(DUE, TimeUp(), ["NAME_UNRESOLVED", Unbind, "StageFailed"], None),
        ],
        show=shown,
    )
    assert machine.found == {}


def test_an_unknown_name_is_final_and_a_server_that_cannot_say_is_not() -> None:
    run(
        resolver("cm.example.net", "gone.example.net"),
        [
            Row(0.0, Started(), [Bind, "10.0.0.53 cm.example.net"], 3.0),
            Row(0.1, lambda sent: saying(sent, Rcode.SERVER_FAILURE), ["10.0.0.54 cm.example.net"], 3.1),
            Row(0.2, answered, ["10.0.0.53 gone.example.net"], 3.2),
            Row(0.3, answered, ["NAME_UNKNOWN", Unbind, "StageFailed"], None),
        ],
        show=shown,
    )


@pytest.mark.parametrize("changes", [{"id": 1}, {"name": "other.example.net"}, {"server": SECOND}])
def test_what_answers_another_question_is_none(changes: dict[str, object]) -> None:
    machine = resolver("cm.example.net")
    rows = [
        Row(0.0, Started(), ..., 3.0),
        Row(0.1, lambda sent: forged(sent, **changes), [], 3.0),
        Row(0.2, answered, ..., None),
    ]
    run(machine, rows, show=shown)
    assert machine.found["cm.example.net"][0] == CM


def test_a_name_without_a_dot_is_asked_for_within_the_domain() -> None:
    machine = resolver("cm", domain="example.net")
    rows = [Row(0.0, Started(), [Bind, "10.0.0.53 cm.example.net"]), Row(0.1, answered, ..., None)]
    run(machine, rows, show=shown)
    assert machine.found["cm"][0] == CM


def test_a_taken_port_is_followed_by_another() -> None:
    machine = resolver("cm.example.net")
    taken = machine.local
    run(
        machine,
        [Row(0.0, Started(), ...), Row(0.0, BindFailed(taken), [Bind, "10.0.0.53 cm.example.net"], 3.0)],
        show=shown,
    )
    assert machine.local != taken


def test_nobody_to_ask_and_no_patience_are_refused() -> None:
    with pytest.raises(ValueError, match="nobody"):
        Resolver(PHONE, (), ("cm",), Middling(1))
    with pytest.raises(ValueError, match="rounds"):
        ResolverPatience(rounds=0)


def test_a_server_answers_questions_alone() -> None:
    here = TransportAddress(FIRST, 53)
    server = DnsServer(RECORDS, here)
    phone = TransportAddress(PHONE, 40000)
    assert server.handle(Started(), 0.0) == (Bind(here),)
    for octets in (b"", b"\0" * 12, encode_dns(DnsMessage(1, "cm.example.net", response=True))):
        assert server.handle(DatagramReceived(phone, here, octets), 0.0) == ()
    other_kind = encode_dns(DnsMessage(1, "cm.example.net", kind=28))
    (answer,) = server.handle(DatagramReceived(phone, here, other_kind), 0.0)
    assert isinstance(answer, SendDatagram)
    assert decode_dns(answer.data).rcode == Rcode.NO_ERROR
    assert decode_dns(answer.data).addresses == ()
