"""An address is asked for before it is offered: nobody gets one that a static host has."""

from ipaddress import IPv4Address, IPv4Network

from ringfence.actors.dhcp.leases import LeaseState, Pool
from ringfence.actors.dhcp.scope import Scope
from ringfence.actors.dhcp.server import DhcpServer, ServerSettings
from ringfence.actors.io import (
    Commands,
    DatagramReceived,
    EchoReplied,
    Keep,
    Noted,
    SendDatagram,
    SendEcho,
    TimeUp,
)
from ringfence.model.address import transport
from ringfence.wire.dhcp import DhcpMessage, Op, decode, encode
from ringfence.wire.dhcp_options import MESSAGE_TYPE, REQUESTED_ADDRESS, SERVER_ID, DhcpMessageType
from support.script import step

SERVER, RELAY, FIRST = IPv4Address("10.1.0.10"), IPv4Address("10.20.0.1"), IPv4Address("10.20.0.50")
DATA = Scope("data", IPv4Network("10.20.0.0/24"), (Pool(FIRST, FIRST + 1),), lease_seconds=600)
DISCOVER = DhcpMessageType.DISCOVER


def server() -> DhcpServer:
    return DhcpServer(ServerSettings(SERVER, (DATA,), ping_wait=0.1, decline_hold=900.0))


def ask(machine: DhcpServer, client: int, now: float, xid: int = 1) -> Commands:
    message = DhcpMessage(
        op=Op.BOOTREQUEST,
        xid=xid,
        chaddr=b"\2" + client.to_bytes(5),
        giaddr=RELAY,
        options=(MESSAGE_TYPE(DISCOVER),),
    )
    return step(machine, received(message), now)


def received(message: DhcpMessage) -> DatagramReceived:
    return DatagramReceived(transport(str(RELAY), 67), transport(str(SERVER), 67), encode(message))


def asked_for(commands: Commands) -> list[SendEcho]:
    return [each for each in commands if isinstance(each, SendEcho)]


def offered(commands: Commands) -> list[tuple[int, IPv4Address]]:
    replies = [decode(each.data) for each in commands if isinstance(each, SendDatagram)]
    return [(each.xid, each.yiaddr) for each in replies]


def test_it_is_offered_when_nobody_answers_and_with_the_number_of_the_latest_discover() -> None:
    machine = server()
    (echo,) = ask(machine, 1, 0.0)
    assert isinstance(echo, SendEcho)
    assert (echo.source, echo.destination) == (SERVER, FIRST)
    assert ask(machine, 1, 0.05, xid=2) == ()
    assert machine.deadline == 0.1
    assert offered(step(machine, TimeUp(), 0.1)) == [(2, FIRST)]


def test_an_address_that_answers_is_left_alone_and_the_next_is_asked_for() -> None:
    machine = server()
    (echo,) = asked_for(ask(machine, 1, 0.0))
    commands = step(machine, EchoReplied(FIRST, echo.identifier, echo.sequence), 0.05)
    assert [each.finding.code for each in commands if isinstance(each, Noted)] == ["ADDRESS_DUPLICATE"]
    assert [each.key for each in commands if isinstance(each, Keep)] == [str(FIRST)]
    assert [each.destination for each in asked_for(commands)] == [FIRST + 1]
    assert machine.deadline is not None
    assert offered(step(machine, TimeUp(), machine.deadline)) == [(1, FIRST + 1)]
    assert {each.address: each.state for each in machine.leases}[FIRST] is LeaseState.DECLINED


def test_replies_that_nobody_waits_for_change_nothing() -> None:
    machine = server()
    (echo,) = asked_for(ask(machine, 1, 0.0))
    assert step(machine, EchoReplied(FIRST, echo.identifier + 1, echo.sequence), 0.01) == ()
    assert step(machine, EchoReplied(FIRST + 1, echo.identifier, echo.sequence), 0.01) == ()
    assert offered(step(machine, TimeUp(), 0.1)) == [(1, FIRST)]
    assert step(machine, EchoReplied(FIRST, echo.identifier, echo.sequence), 0.2) == ()


def test_who_has_the_address_already_is_not_kept_waiting() -> None:
    machine = server()
    ask(machine, 1, 0.0)
    step(machine, TimeUp(), 0.1)
    take = DhcpMessage(
        op=Op.BOOTREQUEST,
        xid=1,
        chaddr=b"\2" + (1).to_bytes(5),
        giaddr=RELAY,
        options=(MESSAGE_TYPE(DhcpMessageType.REQUEST), REQUESTED_ADDRESS(FIRST), SERVER_ID(SERVER)),
    )
    assert offered(step(machine, received(take), 0.2)) == [(1, FIRST)]
    assert offered(ask(machine, 1, 1.0)) == [(1, FIRST)]


def test_two_clients_wait_for_different_addresses_and_a_third_for_none() -> None:
    machine = server()
    destinations = [each.destination for client in (1, 2, 3) for each in asked_for(ask(machine, client, 0.0))]
    assert destinations == [FIRST, FIRST + 1]
    assert len(offered(step(machine, TimeUp(), 0.1))) == 2
