"""RFC 2131 section 4.3, message by message."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.actors.dhcp.leases import LeaseState, Pool
from ringfence.actors.dhcp.scope import Reservation, Scope
from ringfence.actors.dhcp.server import DhcpServer, ServerSettings
from ringfence.actors.io import (
    Bind,
    BindFailed,
    Command,
    DatagramReceived,
    Event,
    Keep,
    Noted,
    SendDatagram,
    StageFailed,
    Started,
    TimeUp,
)
from ringfence.model.address import transport
from ringfence.wire.dhcp import (
    BROADCAST_FLAG,
    DhcpMessage,
    decode,
    encode,
)
from ringfence.wire.dhcp_options import (
    CLIENT_ID,
    DOMAIN_NAME,
    LEASE_TIME,
    MESSAGE,
    MESSAGE_TYPE,
    PARAMETER_LIST,
    REBINDING_TIME,
    RENEWAL_TIME,
    REQUESTED_ADDRESS,
    ROUTERS,
    SERVER_ID,
    SITE_242,
    DhcpMessageType,
    RawOption,
)
from support.script import obey

SERVER = IPv4Address("10.1.0.10")
RELAY = IPv4Address("10.20.0.1")
FIRST = IPv4Address("10.20.0.50")
BOSS = bytes.fromhex("001b4f000001")
MAC = bytes.fromhex("001b4f1a2b3c")

DATA = Scope(
    "data",
    IPv4Network("10.20.0.0/24"),
    (Pool(FIRST, FIRST + 1),),
    lease_seconds=3600,
    renew_seconds=900,
    routers=(RELAY,),
    options=(SITE_242("MCIPADD=10.1.0.30"), DOMAIN_NAME("site.example")),
    reservations=(Reservation(BOSS, IPv4Address("10.20.0.9")),),
)
LOCAL = Scope("local", IPv4Network("10.1.0.0/24"), (Pool(SERVER + 90, SERVER + 99),), interface="eth0")

DISCOVER, REQUEST, RELEASE = DhcpMessageType.DISCOVER, DhcpMessageType.REQUEST, DhcpMessageType.RELEASE


def server(**changes: Any) -> DhcpServer:
    return DhcpServer(ServerSettings(SERVER, (DATA, LOCAL), **changes))


def ask(
    kind: DhcpMessageType, *options: RawOption, to: str = "10.1.0.10", interface: str = "", **fields: Any
) -> DatagramReceived:
    """A relayed message of MAC, unless the fields say otherwise."""
    message = DhcpMessage(
        **{"op": 1, "xid": 7, "chaddr": MAC, "giaddr": RELAY, **fields},
        options=(MESSAGE_TYPE(kind), *options),
    )
    return DatagramReceived(transport(str(message.giaddr), 67), transport(to, 67), encode(message), interface)


def reply(commands: tuple[Command, ...]) -> DhcpMessage:
    (datagram,) = [each for each in commands if isinstance(each, SendDatagram)]
    return decode(datagram.data)


def codes(commands: tuple[Command, ...]) -> list[str]:
    return [each.finding.code for each in commands if isinstance(each, Noted)]


def lease(machine: DhcpServer, now: float = 0, **fields: Any) -> IPv4Address:
    offer = reply(machine.handle(ask(DISCOVER, **fields), now))
    take = (REQUESTED_ADDRESS(offer.yiaddr), SERVER_ID(SERVER))
    ack = reply(machine.handle(ask(REQUEST, *take, **fields), now))
    assert ack.message_type is DhcpMessageType.ACK
    assert ack.yiaddr == offer.yiaddr
    return ack.yiaddr


def test_it_listens_on_its_address_and_for_broadcasts_where_a_scope_is_attached() -> None:
    assert server().handle(Started(), 0) == (
        Bind(transport("10.1.0.10", 67)),
        Bind(transport("0.0.0.0", 67), "eth0"),
    )
    (failed,) = server().handle(BindFailed(transport("10.1.0.10", 67)), 0)
    assert isinstance(failed, StageFailed)


def test_an_offer_has_what_was_asked_for_in_that_order() -> None:
    offer = reply(server().handle(ask(DISCOVER, PARAMETER_LIST((242, 1, 3, 6, 242))), 0))
    assert [code for code, _ in offer.options] == [53, 54, 51, 58, 242, 1, 3]
    assert (offer.yiaddr, offer.get(SERVER_ID)) == (FIRST, SERVER)
    assert (offer.get(LEASE_TIME), offer.get(RENEWAL_TIME), offer.get(REBINDING_TIME)) == (3600, 900, None)
    everything = reply(server().handle(ask(DISCOVER), 0))
    assert everything.get(DOMAIN_NAME) == "site.example"
    assert everything.get(ROUTERS) == (RELAY,)


@pytest.mark.parametrize(
    ("fields", "destination", "link", "interface"),
    [
        ({}, ("10.20.0.1", 67), b"", ""),
        ({"giaddr": IPv4Address(0)}, ("10.1.0.100", 68), MAC, "eth0"),
        ({"giaddr": IPv4Address(0), "flags": BROADCAST_FLAG}, ("255.255.255.255", 68), b"", "eth0"),
        ({"giaddr": IPv4Address(0), "ciaddr": IPv4Address("192.0.2.1")}, ("10.1.0.100", 68), MAC, "eth0"),
    ],
)
def test_where_an_offer_goes(
    fields: dict[str, object], destination: tuple[str, int], link: bytes, interface: str
) -> None:
    """RFC 2131 section 4.1; a ciaddr that is not ours draws no traffic to a stranger."""
    event = ask(DISCOVER, to="255.255.255.255", interface="eth0", **fields)
    (datagram,) = server().handle(event, 0)
    assert isinstance(datagram, SendDatagram)
    assert datagram.source == transport("10.1.0.10", 67)
    assert (datagram.destination, datagram.link_destination) == (transport(*destination), link)
    assert datagram.interface == interface
    assert decode(datagram.data).ciaddr == IPv4Address(0)  # RFC 2131 table 3


def test_option_82_comes_back_last_and_chooses_scope_and_identifier() -> None:
    value = b"\x01\x01x" + b"\x05\x04" + IPv4Address("10.20.0.0").packed + b"\x0b\x04" + RELAY.packed
    marked = ask(DISCOVER, (82, value), giaddr=IPv4Address("10.77.0.1"))
    offer = reply(server().handle(marked, 0))
    assert offer.options[-1] == (82, value)
    assert offer.yiaddr == FIRST
    assert offer.get(SERVER_ID) == RELAY
    assert offer.giaddr == IPv4Address("10.77.0.1")


def test_a_relay_of_no_scope_is_noted_and_gets_no_answer() -> None:
    commands = server().handle(ask(DISCOVER, giaddr=IPv4Address("10.77.0.1")), 0)
    assert codes(commands) == ["DHCP_NO_SCOPE"]
    assert len(commands) == 1


def test_an_exhausted_pool_is_noted_and_recovers() -> None:
    machine = server()
    lease(machine, 0, chaddr=bytes(5) + b"\1")
    lease(machine, 100, chaddr=bytes(5) + b"\2")
    assert codes(machine.handle(ask(DISCOVER), 200)) == ["DHCP_POOL_EXHAUSTED"]
    assert machine.deadline == 3600
    machine.handle(TimeUp(), 3600)
    assert lease(machine, 3600) == FIRST


def test_an_offer_is_held_for_a_minute_while_there_are_others() -> None:
    """When the pool is used up, the oldest offer is given up first; Kea holds none (offer-lifetime 0)."""
    machine = server()
    machine.handle(ask(DISCOVER), 0)
    assert reply(machine.handle(ask(DISCOVER, chaddr=bytes(6)), 0)).yiaddr != FIRST
    assert reply(machine.handle(ask(DISCOVER, chaddr=bytes(5) + b"\1"), 59)).yiaddr == FIRST
    late = ask(REQUEST, SERVER_ID(SERVER), REQUESTED_ADDRESS(FIRST))
    assert codes(machine.handle(late, 59)) == ["DHCP_REFUSED"]


def test_choosing_another_server_gives_the_offer_back() -> None:
    machine = server()
    machine.handle(ask(DISCOVER), 0)
    other = SERVER_ID(IPv4Address("10.1.0.11"))
    assert machine.handle(ask(REQUEST, other, REQUESTED_ADDRESS(FIRST)), 1) == ()
    assert [each.state for each in machine.leases] == [LeaseState.FREE]


@pytest.mark.parametrize(
    ("options", "fields", "answer"),
    [
        # SELECTING
        ((SERVER_ID(SERVER), REQUESTED_ADDRESS(FIRST)), {}, DhcpMessageType.ACK),
        ((SERVER_ID(SERVER), REQUESTED_ADDRESS(FIRST + 1)), {}, DhcpMessageType.NAK),
        ((SERVER_ID(SERVER),), {}, DhcpMessageType.NAK),
        # INIT-REBOOT
        ((REQUESTED_ADDRESS(FIRST),), {}, DhcpMessageType.ACK),
        ((REQUESTED_ADDRESS(FIRST + 1),), {}, DhcpMessageType.NAK),
        ((REQUESTED_ADDRESS(IPv4Address("10.30.0.50")),), {}, DhcpMessageType.NAK),
        ((REQUESTED_ADDRESS(FIRST + 1),), {"chaddr": bytes(6)}, None),
        ((REQUESTED_ADDRESS(FIRST),), {"chaddr": bytes(6)}, DhcpMessageType.NAK),
        ((), {}, None),
        # RENEWING (no relay) and REBINDING (relayed)
        ((), {"ciaddr": FIRST, "giaddr": IPv4Address(0)}, DhcpMessageType.ACK),
        ((), {"ciaddr": FIRST}, DhcpMessageType.ACK),
        ((), {"ciaddr": FIRST + 1}, DhcpMessageType.NAK),
        ((), {"ciaddr": FIRST + 1, "chaddr": bytes(6)}, None),
    ],
)
def test_requests(
    options: tuple[RawOption, ...], fields: dict[str, Any], answer: DhcpMessageType | None
) -> None:
    machine = server()
    lease(machine)
    commands = machine.handle(ask(REQUEST, *options, **fields), 10)
    if answer is None:
        assert commands == ()
        return
    assert reply(commands).message_type is answer
    expected = 3610 if answer is DhcpMessageType.ACK else 3600
    assert [each.expires_at for each in machine.leases] == [expected]


def test_a_nak_is_broadcast_and_says_why() -> None:
    commands = server().handle(ask(REQUEST, REQUESTED_ADDRESS(IPv4Address("10.30.0.50")), (82, b"\1\1x")), 0)
    assert codes(commands) == ["DHCP_REFUSED"]
    nak = reply(commands)
    assert nak.broadcast
    assert nak.get(MESSAGE) == "10.30.0.50 is not of this network"
    assert nak.options[-1] == (82, b"\1\1x")
    assert (nak.yiaddr, nak.ciaddr) == (IPv4Address(0), IPv4Address(0))


def test_a_renewal_is_answered_to_the_client_itself() -> None:
    machine = server()
    lease(machine)
    _, datagram = machine.handle(ask(REQUEST, ciaddr=FIRST, giaddr=IPv4Address(0)), 1800)
    assert isinstance(datagram, SendDatagram)
    assert (datagram.destination, datagram.interface) == (transport("10.20.0.50", 68), "")


def test_release_frees_and_the_client_gets_it_back() -> None:
    machine = server()
    lease(machine)
    free = ask(RELEASE, SERVER_ID(SERVER), ciaddr=FIRST, giaddr=IPv4Address(0))
    stranger = ask(RELEASE, SERVER_ID(SERVER), ciaddr=FIRST, giaddr=IPv4Address(0), chaddr=bytes(6))
    assert machine.handle(stranger, 1) == ()
    assert [each.state for each in machine.leases] == [LeaseState.BOUND]
    assert [each.key for each in machine.handle(free, 2) if isinstance(each, Keep)] == [str(FIRST)]
    assert [each.state for each in machine.leases] == [LeaseState.FREE]
    assert lease(machine, 3) == FIRST


def test_decline_rests_the_address_and_is_noted() -> None:
    machine = server(decline_hold=50.0)
    lease(machine)
    declined = (SERVER_ID(SERVER), REQUESTED_ADDRESS(FIRST))
    assert codes(machine.handle(ask(DhcpMessageType.DECLINE, *declined), 1)) == ["DHCP_DECLINED"]
    assert lease(machine, 2) == FIRST + 1


def test_a_decline_of_an_address_one_does_not_have_does_nothing() -> None:
    machine = server()
    lease(machine)
    declined = (SERVER_ID(SERVER), REQUESTED_ADDRESS(FIRST + 1))
    assert machine.handle(ask(DhcpMessageType.DECLINE, *declined), 1) == ()
    assert machine.handle(ask(DhcpMessageType.DECLINE, REQUESTED_ADDRESS(FIRST)), 1) == ()
    assert [each.state for each in machine.leases] == [LeaseState.BOUND]


def test_a_discover_does_not_shorten_the_lease_that_is_held() -> None:
    machine = server()
    lease(machine)
    assert reply(machine.handle(ask(DISCOVER), 100)).yiaddr == FIRST
    assert [(each.state, each.expires_at) for each in machine.leases] == [(LeaseState.BOUND, 3600)]


def test_a_stranger_who_remembers_an_address_that_is_free_hears_nothing() -> None:
    machine = server()
    lease(machine)
    machine.handle(TimeUp(), 3600)
    stranger = ask(REQUEST, REQUESTED_ADDRESS(FIRST), chaddr=bytes(6))
    assert machine.handle(stranger, 3601) == ()


def test_an_override_is_one_more_name_of_the_server() -> None:
    """RFC 5107: clients of before the override still name the server itself."""
    machine, value = server(), (82, b"\x0b\x04" + RELAY.packed)
    machine.handle(ask(DISCOVER, value), 0)
    for name in (SERVER, RELAY):
        taken = machine.handle(ask(REQUEST, SERVER_ID(name), REQUESTED_ADDRESS(FIRST), value), 1)
        assert reply(taken).message_type is DhcpMessageType.ACK


def test_inform_gets_options_and_no_lease() -> None:
    inform = ask(DhcpMessageType.INFORM, ciaddr=FIRST + 100, giaddr=IPv4Address(0))
    ack = reply(server().handle(inform, 0))
    assert (ack.message_type, ack.yiaddr, ack.get(LEASE_TIME)) == (DhcpMessageType.ACK, IPv4Address(0), None)
    assert ack.get(ROUTERS) == (RELAY,)


def test_a_reservation_goes_by_hardware_address_and_others_by_option_61() -> None:
    machine = server()
    offer = reply(machine.handle(ask(DISCOVER, CLIENT_ID(b"me"), chaddr=BOSS), 0))
    assert offer.yiaddr == IPv4Address("10.20.0.9")
    first = reply(machine.handle(ask(DISCOVER, CLIENT_ID(b"same")), 0))
    second = reply(machine.handle(ask(DISCOVER, CLIENT_ID(b"same"), chaddr=bytes(6)), 0))
    assert first.yiaddr == second.yiaddr


def test_an_infinite_lease_never_expires() -> None:
    forever = replace(DATA, lease_seconds=0xFFFFFFFF)
    machine = DhcpServer(ServerSettings(SERVER, (forever,)))
    lease(machine)
    machine.handle(TimeUp(), 1e9)
    assert [each.state for each in machine.leases] == [LeaseState.BOUND]


def test_leases_survive_a_restart() -> None:
    machine = server()
    lease(machine)
    again = DhcpServer(ServerSettings(SERVER, (DATA, LOCAL)), machine.leases)
    assert again.leases == machine.leases
    with pytest.raises(ValueError, match="there is no scope data"):
        DhcpServer(ServerSettings(SERVER, (LOCAL,)), machine.leases)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"lease_seconds": 0}, "lease time 0"),
        ({"pools": (Pool(SERVER, SERVER),)}, "10.1.0.10 is outside 10.20.0.0/24"),
        ({"pools": (), "reservations": ()}, "neither a pool nor a reservation"),
        ({"options": ((255, b""),)}, "option code 255"),
        ({"reservations": (Reservation(BOSS, FIRST), Reservation(MAC, FIRST))}, "two reservations"),
    ],
)
def test_scopes_that_make_no_sense(changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        replace(DATA, **changes)


def test_settings_that_make_no_sense() -> None:
    for scopes, complaint in (
        ((), "needs a scope"),
        ((DATA, DATA), "one name"),
        ((DATA, replace(DATA, name="b")), "overlap"),
    ):
        with pytest.raises(ValueError, match=complaint):
            ServerSettings(SERVER, scopes)


addresses = st.sampled_from([IPv4Address(0), FIRST, FIRST + 1, SERVER + 90, RELAY, IPv4Address("192.0.2.9")])
raw = st.tuples(st.sampled_from([12, 50, 51, 54, 55, 61, 82]), st.binary(max_size=12))
asks = st.builds(
    lambda kind, options, chaddr, giaddr, ciaddr, to, interface: ask(
        kind, *options, chaddr=chaddr, giaddr=giaddr, ciaddr=ciaddr, to=to, interface=interface
    ),
    st.sampled_from(DhcpMessageType),
    st.lists(raw | addresses.map(REQUESTED_ADDRESS) | st.just(SERVER_ID(SERVER)), max_size=4),
    st.sampled_from([MAC, BOSS, b"", bytes(16), bytes(6)]),
    addresses,
    addresses,
    st.sampled_from(["10.1.0.10", "255.255.255.255"]),
    st.sampled_from(["", "eth0", "eth9"]),
)
junk = st.binary(max_size=300).map(
    lambda data: DatagramReceived(transport("10.1.1.1", 68), transport("10.1.0.10", 67), data)
)
events: st.SearchStrategy[Event] = asks | asks | junk | st.just(TimeUp())


@given(st.lists(st.tuples(st.sampled_from([0.0, 1.0, 59.0, 4000.0, 90000.0]), events), max_size=25))
def test_any_events_obey_the_laws(stream: list[tuple[float, Event]]) -> None:
    machine = server()
    obey(machine, [(0, Started()), *stream])
    held = [each.address for each in machine.leases]
    assert len(set(held)) == len(held)
