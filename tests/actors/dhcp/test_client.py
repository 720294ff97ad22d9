"""Timed scripts of RFC 2131 section 4.4; the middle of every jitter is drawn, so instants are exact."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.actors.dhcp.client import DhcpClient
from ringfence.actors.dhcp.client_states import ClientSettings
from ringfence.actors.dhcp.fingerprint import PHONE_46XX, host_name
from ringfence.actors.io import (
    BindFailed,
    Command,
    ConfigureAddress,
    DatagramReceived,
    Event,
    SendDatagram,
    Started,
    TimeUp,
)
from ringfence.model.address import transport
from ringfence.wire.dhcp_options import (
    CLIENT_ID,
    HOST_NAME,
    LEASE_TIME,
    MAXIMUM_SIZE,
    PARAMETER_LIST,
    REBINDING_TIME,
    RENEWAL_TIME,
    REQUESTED_ADDRESS,
    SERVER_ID,
    VENDOR_CLASS,
)
from support.actors.dhcp_answers import (
    ACK,
    ADDRESS,
    ANY,
    CONFIGURE,
    DISCOVER,
    MAC,
    NAK,
    OFFER,
    REBIND,
    REMOVE,
    RENEW,
    REQUEST,
    SERVER,
    START,
    answer,
    client,
    in_words,
    last_message,
    leased,
    says,
)
from support.script import DUE, Row, run, step


def test_discover_carries_the_fingerprint_of_the_family() -> None:
    machine = client()
    sent = run(machine, [START], show=in_words)
    message = last_message(sent)
    assert [code for code, _ in message.options] == [53, 57, 55, 12, 60]
    assert message.get(VENDOR_CLASS) == "ccp.avaya.com"
    assert message.get(PARAMETER_LIST) == (1, 28, 3, 6, 15, 42, 242)
    assert message.get(HOST_NAME) == "AVB1A2B3C"
    assert message.get(MAXIMUM_SIZE) == 1500
    assert message.get(CLIENT_ID) is None
    assert message.broadcast


def test_request_takes_the_offer_with_the_secs_of_the_discover() -> None:
    sent = run(
        client(),
        [START, Row(4, TimeUp(), [DISCOVER], 12), Row(6.5, says(OFFER), [REQUEST], 10.5)],
        show=in_words,
    )
    discover, request = (last_message(sent[:-1]), last_message(sent))
    assert (discover.secs, request.secs) == (4, 6)
    assert discover.xid == request.xid
    assert [code for code, _ in request.options] == [53, 50, 54, 57, 55, 12, 60]
    assert request.get(REQUESTED_ADDRESS) == ADDRESS
    assert request.get(SERVER_ID) == IPv4Address(SERVER)


def test_the_older_family_asks_for_176() -> None:
    sent = run(client(fingerprint=PHONE_46XX, broadcast=False), [START], show=in_words)
    message = last_message(sent)
    assert [code for code, _ in message.options] == [53, 57, 55, 52, 12, 60]
    parameters = message.get(PARAMETER_LIST)
    assert parameters is not None
    assert 176 in parameters
    assert not message.broadcast


@pytest.mark.parametrize(
    ("mac", "name"),
    [("50cd22b27312", "AVXB27312"), ("00040d001122", "AVA001122"), ("00073babcdef", "AVTABCDEF")],
)
def test_host_names(mac: str, name: str) -> None:
    # The first is a lease in a DHCP server log of 2016.
    assert host_name(bytes.fromhex(mac)) == name


def test_discovers_back_off_and_keep_on() -> None:
    """RFC 2131 section 4.1: 4, 8, 16, 32, 64 s, then every 64 s."""
    sent = run(
        client(),
        [
            START,
            Row(4, TimeUp(), [DISCOVER], 12),
            Row(12, TimeUp(), [DISCOVER], 28),
            Row(28, TimeUp(), [DISCOVER], 60),
            Row(60, TimeUp(), [DISCOVER], 124),
            Row(124, TimeUp(), ["failed address", DISCOVER], 188),
            Row(188, TimeUp(), [DISCOVER], 252),
        ],
        show=in_words,
    )
    messages = [last_message([each]) for each in sent if isinstance(each, SendDatagram)]
    assert [message.secs for message in messages] == [0, 4, 12, 28, 60, 124, 188]
    assert len({message.xid for message in messages}) == 1


@given(st.integers())
def test_jitter_is_at_most_a_second(seed: int) -> None:
    machine = DhcpClient(ClientSettings(MAC), Random(seed))
    step(machine, Started(), 0)
    last = 0.0
    for wait in (4, 8, 16, 32, 64, 64):
        assert machine.deadline is not None
        assert wait - 1 <= machine.deadline - last <= wait + 1
        last = machine.deadline
        step(machine, TimeUp(), last)


def test_an_offer_without_a_lease_time_is_ignored_and_noted() -> None:
    machine = client()
    rows = [
        START,
        Row(1, says(OFFER, seconds=None), ["DHCP_OFFER_INCOMPLETE"], 4),
        Row(2, says(OFFER, seconds=0), ["DHCP_OFFER_INCOMPLETE"], 4),
        Row(4, TimeUp(), [DISCOVER]),
    ]
    run(machine, rows, show=in_words)
    assert machine.lease is None


def test_answers_to_others_are_not_ours() -> None:
    run(
        client(),
        [
            START,
            Row(1, says(OFFER, unlike=1), [], 4),
            Row(1, says(ACK), [], 4),
            Row(1, _to_other_mac, [], 4),
            Row(1, says(OFFER), [REQUEST], 5),
            Row(2, says(ACK, server="10.1.0.11"), [], 5),
            Row(2, says(OFFER, server="10.1.0.11"), [], 5),
            Row(2, says(ACK), [CONFIGURE, "reached address"]),
        ],
        show=in_words,
    )


def _to_other_mac(sent: Sequence[Command]) -> Event:
    event = answer(sent, OFFER)
    return DatagramReceived(event.source, event.destination, event.data.replace(MAC, bytes(6)))


def test_a_lost_offer_costs_one_retransmission_and_a_lost_ack_too() -> None:
    run(
        client(),
        [
            START,
            Row(DUE, TimeUp(), [DISCOVER], 12),
            Row(5, says(OFFER), [REQUEST], 9),
            Row(DUE, TimeUp(), [REQUEST], 17),
            Row(9.1, says(ACK), [CONFIGURE, "reached address"], 9 + 1800),
        ],
        show=in_words,
    )


def test_requests_without_answer_end_in_a_new_discover() -> None:
    sent = run(
        client(),
        [
            START,
            Row(0, says(OFFER), [REQUEST], 4),
            Row(DUE, TimeUp(), [REQUEST], 12),
            Row(DUE, TimeUp(), [REQUEST], 28),
            Row(DUE, TimeUp(), [REQUEST], 60),
            Row(DUE, TimeUp(), ["failed address", DISCOVER], 64),
        ],
        show=in_words,
    )
    assert last_message(sent).xid != last_message(sent[:-1]).xid


def test_a_nak_starts_again_after_a_pause() -> None:
    run(
        client(),
        [
            START,
            Row(0, says(OFFER), [REQUEST], 4),
            Row(0, says(NAK), ["DHCP_REFUSED"], 3),
            Row(3, TimeUp(), [DISCOVER], 7),
        ],
        show=in_words,
    )


def test_the_lease_is_readable() -> None:
    machine = client()
    run(machine, leased(phone="MCIPADD=10.1.0.30,HTTPSRVR=10.1.0.20"), show=in_words)
    lease = machine.settled
    assert lease is not None
    assert lease == machine.lease
    assert (lease.address, lease.router, lease.server_id) == (
        ADDRESS,
        IPv4Address("10.20.0.1"),
        IPv4Address(SERVER),
    )
    assert (lease.renew_at, lease.rebind_at, lease.expires_at) == (1800, 3150, 3600)
    assert lease.phone.gatekeepers == ("10.1.0.30",)


def test_problems_in_the_phone_options_are_noted() -> None:
    rows = leased()[:-1]
    ack = says(ACK, phone="MCIPADD,L2Q=7")
    run(
        client(),
        [
            *rows,
            Row(0, ack, [CONFIGURE, "reached address", "PHONE_OPTION_UNREADABLE", "PHONE_OPTION_UNREADABLE"]),
        ],
        show=in_words,
    )


def test_renewal_at_t1_is_unicast_past_the_relay() -> None:
    machine = client()
    sent = run(
        machine,
        [
            *leased(),
            Row(1800, TimeUp(), [RENEW], 1800 + 675),
            Row(1800.1, says(ACK), ["reached renew"], 1800 + 1800),
            Row(3600, TimeUp(), [RENEW]),
        ],
        show=in_words,
    )
    request = last_message(sent)
    assert (request.ciaddr, request.giaddr, request.broadcast) == (ADDRESS, IPv4Address(0), False)
    assert {50, 54}.isdisjoint(code for code, _ in request.options)


def test_blocked_renewals_are_masked_by_the_rebind_at_t2() -> None:
    run(
        client(),
        [
            *leased(),
            Row(1800, TimeUp(), [RENEW], 2475),
            Row(2475, TimeUp(), [RENEW], 2812.5),
            Row(DUE, TimeUp(), [RENEW], 2981.25),
            Row(DUE, TimeUp(), [RENEW], 3065.625),
            Row(DUE, TimeUp(), [RENEW], 3125.625),
            Row(DUE, TimeUp(), [RENEW], 3150),
            Row(3150, TimeUp(), ["failed renew", REBIND], 3375),
            Row(3150.1, says(ACK), ["RENEWAL_RESCUED"], 3150 + 1800),
        ],
        show=in_words,
    )


def test_t1_and_t2_come_from_options_58_and_59() -> None:
    times = (RENEWAL_TIME(100), REBINDING_TIME(200))
    run(
        client(),
        [
            *leased(seconds=300, extra=times),
            Row(100, TimeUp(), [RENEW], 160),
            Row(160, TimeUp(), [RENEW], 200),
            Row(200, TimeUp(), ["failed renew", REBIND], 260),
        ],
        show=in_words,
    )


def test_expiry_keeps_the_address_and_asks_every_minute() -> None:
    machine = client()
    rows = [
        *leased(seconds=80),
        Row(40, TimeUp(), [RENEW], 70),
        Row(70, TimeUp(), ["failed renew", REBIND], 80),
        Row(80, TimeUp(), ["DHCP_LEASE_EXPIRED", "failed renew", REBIND], 140),
        Row(140, TimeUp(), [REBIND], 200),
        Row(150, says(ACK, seconds=80), ["RENEWAL_RESCUED"], 180),
    ]
    run(machine, rows, show=in_words)
    assert machine.settled is not None


@pytest.mark.parametrize(("dhcpstd", "phone"), [(1, ""), (0, "DHCPSTD=1")])
def test_expiry_with_dhcpstd_1_gives_the_address_up(dhcpstd: int, phone: str) -> None:
    machine = client(dhcpstd=dhcpstd)
    rows = [
        *leased(seconds=80, phone=phone),
        Row(40, TimeUp(), [RENEW], 70),
        Row(70, TimeUp(), ["failed renew", REBIND], 80),
        Row(80, TimeUp(), ["DHCP_LEASE_EXPIRED", "failed renew", REMOVE, DISCOVER], 84),
    ]
    run(machine, rows, show=in_words)
    assert machine.lease is None


def test_an_infinite_lease_needs_nothing() -> None:
    machine = client()
    run(
        machine,
        [*leased(seconds=0xFFFFFFFF), Row(10**6, BindFailed(transport("10.1.1.1", 5)), [], None)],
        show=in_words,
    )


def test_a_machine_that_slept_past_expiry_goes_by_the_clock() -> None:
    machine = client(dhcpstd=1)
    run(machine, leased(), show=in_words)
    assert [in_words(each) for each in step(machine, TimeUp(), 99999)] == [
        "DHCP_LEASE_EXPIRED",
        "failed renew",
        REMOVE,
        DISCOVER,
    ]


def test_a_nak_to_a_renewal_takes_the_address_away() -> None:
    machine = client()
    rows = [
        *leased(),
        Row(1800, TimeUp(), [RENEW]),
        Row(1801, says(NAK), ["DHCP_REFUSED", REMOVE], 1804),
        Row(1804, TimeUp(), [DISCOVER]),
    ]
    run(machine, rows, show=in_words)


def test_a_renewal_may_change_the_address() -> None:
    other = ConfigureAddress(
        IPv4Address("10.20.0.99"), IPv4Network("10.20.0.0/24"), IPv4Address("10.20.0.1"), "lan"
    )
    rows = [
        *leased(),
        Row(1800, TimeUp(), [RENEW]),
        Row(1801, says(ACK, "10.20.0.99"), [REMOVE, other, "reached renew"]),
    ]
    run(client(), rows, show=in_words)


def test_port_68_taken() -> None:
    run(client(), [START, Row(0, BindFailed(ANY), ["failed address"], None)], show=in_words)


def test_settings_refuse_a_mac_of_the_wrong_length() -> None:
    with pytest.raises(ValueError, match="5 octets instead of 6"):
        ClientSettings(bytes(5))
    assert LEASE_TIME.code == 51
