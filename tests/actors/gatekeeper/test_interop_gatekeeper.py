"""What a gatekeeper meets: habits of other people's endpoints that H.225.0 versions 2 to 7 allow."""

from dataclasses import replace
from typing import Any

import pytest
from msgspec import structs

from ringfence.actors.gatekeeper.call_legs import RouterConfig
from ringfence.actors.gatekeeper.machine import Gatekeeper
from ringfence.actors.io import (
    DatagramReceived,
)
from ringfence.actors.ras import requests
from ringfence.actors.ras.dialect import PHONE_FAMILIES, PLAIN
from ringfence.actors.ras.fields import TERMINAL_TYPE, address_field, aliases_of
from ringfence.actors.ras.requests import RasClientConfig
from ringfence.model.address import TransportAddress, transport
from ringfence.wire import h225, ras
from support.actors.gatekeeper_phone import (
    GATEKEEPER,
    GROUP,
    HANDSET,
    OTHER,
    PLAIN_CONFIG,
    answers,
    keeper,
    reason,
)

CONFIG = RasClientConfig(HANDSET.ip, (GATEKEEPER,), "2001", dialect=PLAIN, family=PHONE_FAMILIES["h323"])
CALL_PORT = TransportAddress(HANDSET.ip, 1720)
ROUTED = replace(PLAIN_CONFIG, calls=RouterConfig())


def rrq(**changes: Any) -> h225.RegistrationRequest:
    plain = requests.registration_request(CONFIG, HANDSET, 7, crypto_tokens=None, gatekeeper_identifier=None)
    return structs.replace(plain, **changes)


def ask(
    machine: Gatekeeper,
    message: ras.RasMessage,
    source: TransportAddress = HANDSET,
    to: TransportAddress = GATEKEEPER,
) -> list[ras.RasMessage]:
    commands = machine.handle(DatagramReceived(source, to, ras.encode(message)), 1.0)
    return [answer for _, answer in answers(commands)]


def registered(machine: Gatekeeper, **changes: Any) -> h225.RegistrationConfirm:
    (answer,) = ask(machine, rrq(**changes))
    assert isinstance(answer, h225.RegistrationConfirm), answer
    return answer


@pytest.mark.parametrize("version", [2, 3, 4, 5, 6, 7])
def test_every_version_of_the_protocol_registers(version: int) -> None:
    registered(keeper(PLAIN_CONFIG), protocolIdentifier=(0, 0, 8, 2250, 0, version))


def test_another_protocol_does_not() -> None:
    (answer,) = ask(keeper(PLAIN_CONFIG), rrq(protocolIdentifier=(0, 0, 8, 245, 0, 7)))
    assert reason(answer) == "invalidRevision"


def test_an_endpoint_without_alias_registers_where_nobody_needs_one() -> None:
    confirm = registered(keeper(PLAIN_CONFIG), terminalAlias=None)
    assert confirm.terminalAlias is None


@pytest.mark.parametrize("named", [None, "ringfence", "SomebodyElse", "x" * 128])
def test_the_gatekeeper_identifier_of_an_rrq_is_of_no_consequence(named: str | None) -> None:
    registered(keeper(PLAIN_CONFIG), gatekeeperIdentifier=named)


def test_several_addresses_of_which_some_cannot_be_used() -> None:
    unusable = address_field(transport("0.0.0.0", 0))
    confirm = registered(
        keeper(PLAIN_CONFIG),
        rasAddress=[unusable, address_field(HANDSET)],
        callSignalAddress=[unusable, address_field(CALL_PORT)],
    )
    assert confirm.timeToLive == 60


@pytest.mark.parametrize("identified", [True, False])
def test_a_keep_alive_says_little_about_itself(identified: bool) -> None:
    """Some send the endpointIdentifier only, some their callSignalAddress only."""
    machine = keeper(PLAIN_CONFIG)
    confirm = registered(machine)
    short = rrq(
        requestSeqNum=8,
        keepAlive=True,
        rasAddress=[],
        callSignalAddress=[] if identified else [address_field(CALL_PORT)],
        terminalAlias=None,
        endpointIdentifier=confirm.endpointIdentifier if identified else None,
    )
    (answer,) = ask(machine, short)
    assert isinstance(answer, h225.RegistrationConfirm)
    assert answer.timeToLive == 60


def test_a_keep_alive_from_elsewhere_is_not_believed() -> None:
    machine = keeper(PLAIN_CONFIG)
    registered(machine)
    short = rrq(keepAlive=True, rasAddress=[], terminalAlias=None, endpointIdentifier=None)
    (answer,) = ask(machine, short, OTHER)
    assert reason(answer) == "fullRegistrationRequired"


def test_a_urq_with_the_call_signal_address_only() -> None:
    machine = keeper(PLAIN_CONFIG)
    registered(machine)
    urq = h225.UnregistrationRequest(requestSeqNum=9, callSignalAddress=[address_field(CALL_PORT)])
    (answer,) = ask(machine, urq)
    assert isinstance(answer, h225.UnregistrationConfirm)
    assert len(machine.registrations) == 0


def lrq(alias: h225.AliasAddress) -> h225.LocationRequest:
    return h225.LocationRequest(requestSeqNum=4, destinationInfo=[alias], replyAddress=address_field(OTHER))


@pytest.mark.parametrize(
    ("config", "port"), [(PLAIN_CONFIG, CALL_PORT), (ROUTED, TransportAddress(GATEKEEPER.ip, 1720))]
)
def test_a_neighbour_asks_where_an_alias_is(config: Any, port: TransportAddress) -> None:
    machine = keeper(config)
    registered(machine)
    (answer,) = ask(machine, lrq(("dialedDigits", "2001")), OTHER)
    assert isinstance(answer, h225.LocationConfirm)
    assert answer.callSignalAddress == address_field(port)


def test_a_neighbour_may_write_the_number_as_a_party_number() -> None:
    number = h225.PublicPartyNumber(publicTypeOfNumber=("unknown", True), publicNumberDigits="2001")
    assert aliases_of([("partyNumber", ("e164Number", number))]) == ("2001",)


def test_only_who_knows_the_alias_answers_the_group() -> None:
    machine = keeper(replace(PLAIN_CONFIG, multicast=True))
    registered(machine)
    assert ask(machine, lrq(("dialedDigits", "9999")), OTHER, GROUP) == []
    assert len(ask(machine, lrq(("dialedDigits", "2001")), OTHER, GROUP)) == 1
    (direct,) = ask(machine, lrq(("dialedDigits", "9999")), OTHER)
    assert isinstance(direct, h225.LocationReject)


def test_an_unasked_irr_that_wants_to_be_heard() -> None:
    machine = keeper(PLAIN_CONFIG)
    registered(machine)
    irr = h225.InfoRequestResponse(
        requestSeqNum=77,
        endpointType=TERMINAL_TYPE,
        endpointIdentifier="x",
        rasAddress=address_field(HANDSET),
        callSignalAddress=[address_field(CALL_PORT)],
        needResponse=True,
        unsolicited=True,
    )
    assert ask(machine, irr) == [h225.InfoRequestAck(requestSeqNum=77)]
