"""RAS as handsets and gatekeepers use it, and what damaged or hostile datagrams do."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from ringfence.model.address import transport
from ringfence.model.errors import DecodeError
from ringfence.wire import ras
from ringfence.wire.h225 import (
    AdmissionRequest,
    CallIdentifier,
    DisengageRequest,
    EndpointType,
    EnumeratedParameter,
    FeatureDescriptor,
    FeatureSet,
    GatekeeperConfirm,
    GatekeeperRequest,
    GenericData,
    H221NonStandard,
    NonStandardMessage,
    NonStandardParameter,
    RasMessage,
    RegistrationConfirm,
    RegistrationRequest,
    RequestInProgress,
    TerminalInfo,
    UnregistrationRequest,
    VendorIdentifier,
)
from ringfence.wire.h225.values import (
    from_choice,
    ipv4_from,
    protocol_identifier,
    protocol_version,
    to_choice,
)
from ringfence.wire.h235 import ClearToken
from ringfence.wire.per.notation import Sequence, UnknownAlternative
from support.peers.pycrate_oracle import Values, alternatives

PHONE = ipv4_from(IPv4Address("10.1.1.7"), 49300)
TERMINAL = EndpointType(terminal=TerminalInfo(), mc=False, undefinedNode=False)

GRQ = GatekeeperRequest(
    requestSeqNum=1,
    protocolIdentifier=protocol_identifier(2),
    rasAddress=PHONE,
    endpointType=TERMINAL,
    endpointAlias=[("dialedDigits", "2001")],
    authenticationCapability=[("pwdSymEnc", True), ("keyExch", (2, 16, 840, 1, 114187, 1, 6, 2))],
    algorithmOIDs=[(1, 3, 14, 3, 2, 6)],
)
GCF = GatekeeperConfirm(
    requestSeqNum=1,
    protocolIdentifier=protocol_identifier(2),
    rasAddress=ipv4_from(IPv4Address("10.9.0.5"), 1719),
    authenticationMode=("pwdSymEnc", True),
    algorithmOID=(1, 3, 14, 3, 2, 6),
    tokens=[ClearToken(tokenOID=(0, 0), timeStamp=1, random=-5, generalID="DEFINITY-GK")],
    featureSet=FeatureSet(
        replacementFeatureSet=True,
        supportedFeatures=[FeatureDescriptor(id=("standard", 6))],
    ),
)
RRQ = RegistrationRequest(
    requestSeqNum=4712,
    protocolIdentifier=protocol_identifier(4),
    discoveryComplete=True,
    callSignalAddress=[ipv4_from(IPv4Address("10.1.2.3"), 1720)],
    rasAddress=[ipv4_from(IPv4Address("10.1.2.3"), 1719)],
    terminalType=TERMINAL,
    terminalAlias=[("dialedDigits", "1001"), ("h323-ID", "alice")],
    endpointVendor=VendorIdentifier(
        vendor=H221NonStandard(t35CountryCode=181, t35Extension=0, manufacturerCode=18)
    ),
    timeToLive=300,
    keepAlive=False,
    willSupplyUUIEs=False,
    maintainConnection=True,
)
RCF = RegistrationConfirm(
    requestSeqNum=4712,
    protocolIdentifier=protocol_identifier(4),
    callSignalAddress=[ipv4_from(IPv4Address("10.9.0.5"), 1720)],
    endpointIdentifier="ep1",
    timeToLive=1200,
    willRespondToIRR=False,
    maintainConnection=True,
)
NSM = NonStandardMessage(
    requestSeqNum=3,
    nonStandardData=NonStandardParameter(
        nonStandardIdentifier=("object", (2, 16, 840, 1, 113778, 4, 2, 1)), data=b"\x40\x10"
    ),
)
ARQ = AdmissionRequest(
    requestSeqNum=5,
    callType=("pointToPoint", True),
    endpointIdentifier="ep1",
    destinationInfo=[("dialedDigits", "2002")],
    srcInfo=[("dialedDigits", "2001")],
    bandWidth=1280,
    callReferenceValue=1,
    conferenceID=bytes(range(16)),
    activeMC=False,
    answerCall=False,
    canMapAlias=True,
    callIdentifier=CallIdentifier(guid=bytes(range(16))),
    willSupplyUUIEs=False,
)
DRQ = DisengageRequest(
    requestSeqNum=6,
    endpointIdentifier="ep1",
    conferenceID=bytes(16),
    callReferenceValue=1,
    disengageReason=("normalDrop", True),
    answeredCall=False,
)
MESSAGES: list[RasMessage] = [
    GRQ,
    GCF,
    RRQ,
    RCF,
    NSM,
    ARQ,
    DRQ,
    RequestInProgress(requestSeqNum=77, delay=500),
]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: type(message).__name__)
def test_there_and_back(message: Any) -> None:
    data = ras.encode(message)
    assert ras.decode(data) == message
    assert ras.decode(data + bytes(3)) == message
    assert ras.peek(data[:8]) == (type(message), message.requestSeqNum)


def test_octets_of_a_registration() -> None:
    """Worked out by hand from clause 7.9.1 and X.691."""
    parts = [
        # registrationRequest is alternative 3 of 25: 0 00011; extended: 1; of the optional three none but the
        # alias: 010; number less one in two aligned octets.
        "0e80",
        "1267",
        "060008914a0004",
        # discoveryComplete in one bit; then one address of eight kinds: 0 000, aligned
        "80",
        "01000a01020306b8",
        "01000a01020306b7",
    ]
    assert ras.encode(RRQ).hex().startswith("".join(parts))


def test_a_light_weight_registration_matches() -> None:
    message = RegistrationRequest(
        requestSeqNum=9,
        protocolIdentifier=protocol_identifier(4),
        discoveryComplete=False,
        callSignalAddress=[],
        rasAddress=[PHONE],
        terminalType=TERMINAL,
        endpointVendor=RRQ.endpointVendor,
        keepAlive=True,
        endpointIdentifier="ep1",
    )
    match ras.decode(ras.encode(message)):
        case RegistrationRequest(keepAlive=True, endpointIdentifier=endpoint, rasAddress=[address, *_]):
            assert endpoint == "ep1"
            assert from_choice(address) == transport("10.1.1.7", 49300)
        case other:
            pytest.fail(f"{other!r} is no light-weight registration")


def test_version_one_messages_lack_mandatory_additions() -> None:
    """Version 1 ended where the "..." is: no keepAlive, no willSupplyUUIEs."""
    message = UnregistrationRequest(requestSeqNum=2, callSignalAddress=[PHONE])
    decoded = ras.decode(ras.encode(message))
    assert decoded == message
    assert isinstance(decoded, UnregistrationRequest)
    assert decoded.reason is None


def test_unknown_message_survives() -> None:
    data = bytes.fromhex("bf03010203")
    assert ras.decode(data) == UnknownAlternative(63, b"\x01\x02\x03")
    assert ras.encode(ras.decode(data)) == data
    assert ras.peek(data) is None


def test_addresses() -> None:
    assert from_choice(to_choice(transport("10.0.0.1", 1719))) == transport("10.0.0.1", 1719)
    assert from_choice(to_choice(transport("2001:db8::1", 1719))) == transport("2001:db8::1", 1719)
    assert from_choice(("nsap", b"\x47")) is None
    assert protocol_version(protocol_identifier(6)) == 6
    assert protocol_version((0, 0, 8, 245, 0, 3)) is None


@pytest.mark.parametrize("kind", [each for _, each in alternatives(RasMessage)[0] if isinstance(each, type)])
@pytest.mark.parametrize("seed", range(4))
def test_peek_agrees_with_decode(kind: type[Sequence], seed: int) -> None:
    value: Any = Values(seed, optional=0.5, deepest=4).of(kind)
    assert ras.peek(ras.encode(value)) == (kind, value.requestSeqNum)


def nested(levels: int) -> GenericData:
    inner = GenericData(id=("standard", 1))
    for _ in range(levels):
        content = EnumeratedParameter(id=("standard", 1), content=("nested", [inner]))
        inner = GenericData(id=("standard", 1), parameters=[content])
    return inner


def _is_read(levels: int) -> bool:
    message = replace(RRQ, genericData=[nested(levels)])
    data = ras.encode(message)
    try:
        return bool(ras.decode(data) == message)
    except DecodeError as error:
        assert "nested too deep" in str(error)
        return False


def test_nesting_is_read_to_a_limit_of_our_own_and_refused_beyond() -> None:
    """GenericData may hold itself (H.225.0, EnumeratedParameter): the standard sets no limit."""
    read = [levels for levels in range(60) if _is_read(levels)]
    assert read == list(range(len(read)))
    assert 12 <= len(read) < 60


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: type(message).__name__)
def test_every_truncation_is_refused_or_read(message: RasMessage) -> None:
    data = ras.encode(message)
    for length in range(len(data)):
        with pytest.raises(DecodeError):
            ras.decode(data[:length])


@settings(max_examples=300)
@given(st.binary(max_size=300))
def test_random_octets(data: bytes) -> None:
    _decodes_or_refuses(data)


@settings(max_examples=400)
@given(
    st.sampled_from([ras.encode(message) for message in MESSAGES]),
    st.lists(st.tuples(st.integers(0, 200), st.integers(0, 255)), min_size=1, max_size=5),
    st.binary(max_size=3),
)
def test_mutated_octets(data: bytes, changes: list[tuple[int, int]], inserted: bytes) -> None:
    mutated = bytearray(data)
    for at, octet in changes:
        mutated[at % len(mutated)] = octet
    at = changes[0][0] % len(mutated)
    mutated[at:at] = inserted
    _decodes_or_refuses(bytes(mutated))


def _decodes_or_refuses(data: bytes) -> None:
    ras.peek(data)
    try:
        message = ras.decode(data)
    except DecodeError as error:
        assert error.offset is None or 0 <= error.offset <= len(data)
    else:
        again = ras.encode(message)
        assert ras.decode(again) == message
        assert len(repr(message)) < 200 * (len(data) + 10)
