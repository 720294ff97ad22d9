"""A DHCP client whose link comes and goes: RFC 2131 section 3.2, by timed script."""

from ipaddress import IPv4Address

from ringfence.actors.dhcp.client_states import AfterLink
from ringfence.actors.io import ConfigureAddress, LinkChanged, TimeUp
from ringfence.wire.dhcp_options import REQUESTED_ADDRESS, SERVER_ID
from support.actors.dhcp_answers import (
    ACK,
    ADDRESS,
    DISCOVER,
    NAK,
    REMOVE,
    RENEW,
    REQUEST,
    START,
    client,
    in_words,
    last_message,
    leased,
    says,
)
from support.script import DUE, Row, run

DOWN, UP = LinkChanged(up=False), LinkChanged(up=True)


def test_a_link_that_returns_asks_about_the_address_and_keeps_it_meanwhile() -> None:
    machine = client()
    rows = [*leased(), Row(50.0, DOWN, [], 1800), Row(60.0, UP, [REQUEST], 64.0)]
    sent = run(machine, rows, show=in_words)
    message = last_message(sent)
    # RFC 2131 section 4.3.2, INIT-REBOOT: the requested address, no server identifier, no ciaddr.
    assert message.get(REQUESTED_ADDRESS) == ADDRESS
    assert message.get(SERVER_ID) is None
    assert int(message.ciaddr) == 0
    assert machine.asking
    assert machine.settled is not None


def test_a_confirmed_address_is_not_configured_again_and_its_times_are_new() -> None:
    machine = client()
    run(
        machine,
        [
            *leased(),
            Row(60.0, UP, [REQUEST], 64.0),
            Row(60.2, says(ACK, server="10.1.0.11"), ["reached address"], 60.0 + 1800),
            Row(DUE, TimeUp(), [RENEW.replace("10.1.0.10", "10.1.0.11")]),
        ],
        show=in_words,
    )


def test_an_address_of_another_network_takes_the_place_of_the_old_one() -> None:
    machine = client()
    sent = run(
        machine, [*leased(), Row(60.0, UP, ...), Row(60.2, says(ACK, "10.30.0.7"), ...)], show=in_words
    )
    assert sent[-3] == REMOVE
    assert isinstance(sent[-2], ConfigureAddress)
    assert sent[-2].address == IPv4Address("10.30.0.7")


def test_a_refused_address_is_given_up() -> None:
    machine = client()
    rows = [*leased(), Row(60.0, UP, ...), Row(60.2, says(NAK), ["DHCP_REFUSED", REMOVE], 63.2)]
    run(machine, [*rows, Row(DUE, TimeUp(), [DISCOVER])], show=in_words)
    assert machine.lease is None


def test_an_address_that_nobody_confirms_is_used_for_the_rest_of_its_lease() -> None:
    machine = client()
    run(
        machine,
        [
            *leased(),
            Row(60.0, UP, [REQUEST], 64.0),
            Row(DUE, TimeUp(), [REQUEST], 72.0),
            Row(DUE, TimeUp(), [REQUEST], 88.0),
            Row(DUE, TimeUp(), ["DHCP_LEASE_UNCONFIRMED"], 1800.0),
            Row(DUE, TimeUp(), [RENEW]),
        ],
        show=in_words,
    )
    assert machine.lease is not None


def test_it_may_begin_again_instead() -> None:
    machine = client(after_link=AfterLink.DISCOVER)
    run(machine, [*leased(), Row(60.0, UP, [REMOVE, DISCOVER], 64.0)], show=in_words)


def test_without_a_lease_discovery_begins_again_at_once() -> None:
    rows = [START, Row(DUE, TimeUp(), [DISCOVER], 12.0), Row(5.0, UP, [DISCOVER], 9.0)]
    run(client(), rows, show=in_words)
