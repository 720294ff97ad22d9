"""An endpoint of ooh323c (Asterisk) at our gatekeeper, in the shape it has there (ooGkClient.c, ooh323.c)."""

from typing import Any

import pytest
from msgspec import structs

from ringfence.actors.gatekeeper.machine import Gatekeeper
from ringfence.actors.io import OpenStream, SendStream, StreamAccepted, StreamOpened, StreamReceived
from ringfence.actors.ras.fields import TERMINAL_TYPE, address_field
from ringfence.actors.security import password_hash
from ringfence.actors.signalling.messages import framed
from ringfence.model.address import TransportAddress, transport
from ringfence.wire import call_signalling, h225, ras, tpkt
from ringfence.wire.h235_tokens import sign
from support.actors.gatekeeper_phone import HANDSET, OTHER, PLAIN_CONFIG, answers, codes, expire, keeper
from support.peers.h323plus_peer import CALLS, GUID, NUMBER, ROUTED, ask, endpoint, grq, the

V4 = (0, 0, 8, 2250, 0, 4)
VENDOR = h225.VendorIdentifier(
    vendor=h225.H221NonStandard(t35CountryCode=184, t35Extension=0, manufacturerCode=39)
)
MOST = 1024  # octets that it reads of a datagram


def rrq(number: int, *, keep_alive: bool, address: TransportAddress = HANDSET, alias: Any = NUMBER) -> Any:
    """Its keep-alive is a full RRQ but for the flag, and no RRQ of it has an endpointIdentifier."""
    plain = endpoint(address, alias, protocolIdentifier=V4, requestSeqNum=number, timeToLive=300)
    return structs.replace(plain, keepAlive=keep_alive, willSupplyUUIEs=False, endpointVendor=VENDOR)


def test_its_way_to_a_registration() -> None:
    """Without a gatekeeperIdentifier in the GCF it would ask for ever, and it reads 1024 octets at most."""
    machine = keeper(PLAIN_CONFIG)
    gcf = the(ask(machine, grq(HANDSET, NUMBER)))
    assert gcf.gatekeeperIdentifier
    first = the(ask(machine, rrq(1, keep_alive=False)))
    light = the(ask(machine, rrq(2, keep_alive=True), now=40.0))
    assert light.endpointIdentifier == first.endpointIdentifier
    assert light.timeToLive == first.timeToLive == 60
    assert all(len(ras.encode(each)) < MOST for each in (gcf, first, light))
    expire(machine, 90.0)
    assert len(machine.registrations) == 1


def test_who_registers_when_put_out_is_put_out_once() -> None:
    """It never confirms a URQ: each one that is repeated would make it register anew."""
    machine = keeper(PLAIN_CONFIG)
    ask(machine, rrq(1, keep_alive=False))
    ((_, urq),) = answers(expire(machine, 61.0))
    assert isinstance(urq, h225.UnregistrationRequest)
    ask(machine, rrq(2, keep_alive=False), now=61.1)
    later = expire(machine, 100.0)
    assert (answers(later), codes(later)) == ([], [])


def setup(**fields: Any) -> bytes:
    body = h225.SetupUUIE(
        protocolIdentifier=V4,
        sourceAddress=[NUMBER],
        sourceInfo=TERMINAL_TYPE,
        destinationAddress=[("dialedDigits", "2002")],
        activeMC=False,
        conferenceID=bytes(16),
        conferenceGoal=("create", True),
        callType=("pointToPoint", True),
        callIdentifier=GUID,
        **fields,
    )
    return framed(call_signalling.signal(9, ("setup", body), h245Tunneling=True))


def passed_on(machine: Gatekeeper, octets: bytes) -> h225.SetupUUIE:
    for address, number in ((HANDSET, "2001"), (OTHER, "2002")):
        ask(machine, rrq(1, keep_alive=False, address=address, alias=("dialedDigits", number)), address)
    machine.handle(StreamAccepted(-1, CALLS, transport(str(HANDSET.ip), 40000)), 2.0)
    (opening,) = machine.handle(StreamReceived(-1, octets), 2.0)
    assert isinstance(opening, OpenStream)
    (sent,) = machine.handle(StreamOpened(opening.stream, CALLS, opening.destination), 2.0)
    assert isinstance(sent, SendStream)
    body = call_signalling.decode(tpkt.split(sent.data)[0][0]).body
    assert isinstance(body, tuple)
    assert isinstance(body[1], h225.SetupUUIE)
    return body[1]


@pytest.mark.parametrize("named", [True, False])
def test_the_setup_it_gets_has_a_source(named: bool) -> None:
    """It reads nothing of a Setup without sourceCallSignalAddress, not even fastStart."""
    said = address_field(transport(str(HANDSET.ip), 1720)) if named else None
    assert passed_on(keeper(ROUTED), setup(sourceCallSignalAddress=said)).sourceCallSignalAddress == (
        address_field(CALLS)
    )


def test_a_hash_of_the_setup_ends_with_us_and_a_proof_of_the_caller_does_not() -> None:
    """H.235.1 is hop by hop; H323Plus proves itself to the called endpoint by the other kind."""
    proof = password_hash.password_token("2001", "secret", 1)
    arq = admission("1", incoming=False)
    signed = ras.decode(sign(arq, bytes(20), time_stamp=1, random=1, recipient="a", sender="b"))
    assert isinstance(signed, h225.AdmissionRequest)
    assert signed.cryptoTokens
    said = setup(cryptoTokens=[*signed.cryptoTokens, proof])
    assert passed_on(keeper(ROUTED), said).cryptoTokens == [proof]


def admission(name: str, *, incoming: bool) -> h225.AdmissionRequest:
    here, there = address_field(transport(str(HANDSET.ip), 1720)), address_field(CALLS)
    return h225.AdmissionRequest(
        requestSeqNum=10,
        callType=("pointToPoint", True),
        callModel=("direct", True),
        endpointIdentifier=name,
        destinationInfo=[("dialedDigits", "2001" if incoming else "2002")],
        srcInfo=[NUMBER],
        srcCallSignalAddress=there if incoming else here,
        destCallSignalAddress=here if incoming else None,
        bandWidth=100_000,
        callReferenceValue=5,
        conferenceID=bytes(16),
        activeMC=False,
        answerCall=incoming,
        canMapAlias=False,
        callIdentifier=GUID,
        gatekeeperIdentifier="ringfence",
        willSupplyUUIEs=False,
    )


def test_calls_are_admitted_and_disengaged() -> None:
    machine = keeper(ROUTED)
    name = the(ask(machine, rrq(1, keep_alive=False))).endpointIdentifier
    other = rrq(1, keep_alive=False, address=OTHER, alias=("dialedDigits", "2002"))
    ask(machine, other, OTHER)
    for incoming in (False, True):
        acf = the(ask(machine, admission(name, incoming=incoming)))
        # An IPv4 address, or it asks again; the model it asked for is corrected.
        assert (acf.destCallSignalAddress, acf.callModel[0]) == (address_field(CALLS), "gatekeeperRouted")
    drq = h225.DisengageRequest(
        requestSeqNum=11,
        endpointIdentifier=name,
        conferenceID=bytes(16),
        callReferenceValue=5,
        disengageReason=("normalDrop", True),
        callIdentifier=GUID,
        gatekeeperIdentifier="ringfence",
        answeredCall=True,
        terminationCause=("releaseCompleteCauseIE", b"Call Ended"),
    )
    assert isinstance(the(ask(machine, drq)), h225.DisengageConfirm)


def gateway(*prefixes: str, address: TransportAddress = OTHER, alias: str = "gw") -> Any:
    """A way into the telephone network: it takes every number that begins so."""
    caps = h225.VoiceCaps(
        supportedPrefixes=[h225.SupportedPrefix(prefix=("dialedDigits", p)) for p in prefixes]
    )
    kind = h225.EndpointType(
        gateway=h225.GatewayInfo(protocol=[("voice", caps)]), mc=False, undefinedNode=False
    )
    plain = rrq(1, keep_alive=False, address=address, alias=("h323-ID", alias))
    return structs.replace(plain, terminalType=kind)


@pytest.mark.parametrize(
    ("number", "to"), [("0891234", OTHER), ("0", OTHER), ("2001", HANDSET), ("7", None), ("00441", "third")]
)
def test_a_gateway_takes_the_numbers_of_its_prefixes(number: str, to: Any) -> None:
    machine = keeper(PLAIN_CONFIG)
    third = transport("10.2.0.23", 49300)
    name = the(ask(machine, rrq(1, keep_alive=False))).endpointIdentifier
    ask(machine, gateway("0", "2"), OTHER)
    ask(machine, gateway("0", "00", address=third, alias="gw2"), third)
    arq = structs.replace(admission(name, incoming=False), destinationInfo=[("dialedDigits", number)])
    answer = the(ask(machine, arq))
    if to is None:
        assert answer.rejectReason == ("calledPartyNotRegistered", True)
    else:
        where = third if to == "third" else to
        assert answer.destCallSignalAddress == address_field(TransportAddress(where.ip, 1720))


def test_a_gateway_does_not_call_itself_and_takes_its_prefixes_along() -> None:
    machine = keeper(PLAIN_CONFIG)
    name = the(ask(machine, gateway("0"), OTHER)).endpointIdentifier
    number = [("dialedDigits", "0891234")]
    own = structs.replace(admission(name, incoming=False), destinationInfo=number)
    assert the(ask(machine, own, OTHER)).rejectReason == ("calledPartyNotRegistered", True)
    expire(machine, 200.0)
    again = the(ask(machine, rrq(1, keep_alive=False), now=200.0)).endpointIdentifier
    late = structs.replace(admission(again, incoming=False), destinationInfo=number)
    assert the(ask(machine, late, now=200.0)).rejectReason == ("calledPartyNotRegistered", True)
