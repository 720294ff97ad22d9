"""The tree: what a person would look for is on a line of its own, and every value has one."""

from __future__ import annotations

from typing import Any

import pytest

from ringfence.wire import ccms, per, ras
from ringfence.wire.call_signalling import signal
from ringfence.wire.ccms import TO_PHONE, CcmsElement, CcmsFrame
from ringfence.wire.h225 import (
    H323UUPDU,
    AdmissionConfirm,
    FeatureSet,
    GatekeeperConfirm,
    GenericData,
    H323UserInformation,
    InformationUUIE,
    IpAddress,
    NonStandardMessage,
    NonStandardParameter,
    RasMessage,
)
from ringfence.wire.h225.values import protocol_identifier
from ringfence.wire.h235 import ClearToken, DHset
from ringfence.wire.h245.message import MultimediaSystemControlMessage
from ringfence.wire.per.notation import UnknownAdditions, UnknownAlternative
from ringfence.wire.q931 import ElementId
from ringfence.wire.q931 import InformationElement as QElement
from ringfence.wire.q931_elements import Number, cause_element, display, number_element
from ringfence.wire.tree import object_name, render_tree
from support.peers.pycrate_oracle import Values


def test_a_gatekeeper_confirm() -> None:
    message = GatekeeperConfirm(
        requestSeqNum=7,
        protocolIdentifier=protocol_identifier(2),
        rasAddress=("ipAddress", IpAddress(ip=bytes((10, 9, 0, 5)), port=1719)),
        authenticationMode=("pwdSymEnc", True),
        algorithmOID=(1, 3, 14, 3, 2, 6),
        tokens=[ClearToken(tokenOID=(0, 0), dhkey=DHset(halfkey=(5, 4), modSize=(0, 0), generator=(0, 0)))],
        featureSet=FeatureSet(
            replacementFeatureSet=True, supportedFeatures=[GenericData(id=("standard", 18))]
        ),
        unknown_=UnknownAdditions(40, {39: b"\x01"}),
    )
    assert render_tree(message) == [
        "GatekeeperConfirm",
        "  requestSeqNum: 7",
        "  protocolIdentifier: 0.0.8.2250.0.2 (H.225.0 version 2)",
        "  rasAddress: ipAddress",
        "    ip: 10.9.0.5",
        "    port: 1719",
        "  authenticationMode: pwdSymEnc",
        "  tokens: 1",
        "    [0]",
        "      tokenOID: 0.0",
        "      dhkey",
        "        halfkey: 0101 (4 bits)",
        "        modSize: 0x0 (0 bits)",
        "        generator: 0x0 (0 bits)",
        "  algorithmOID: 1.3.14.3.2.6 (DES-ECB)",
        "  featureSet",
        "    replacementFeatureSet: TRUE",
        "    supportedFeatures: 1",
        "      [0]",
        "        id: standard 18 (H.460.18 NAT/firewall traversal of signalling)",
        "  addition 39 of a later revision: 01 (1 octets)",
    ]


def test_a_call_signalling_message() -> None:
    body = InformationUUIE(protocolIdentifier=protocol_identifier(5))
    message = signal(
        1,
        ("information", body),
        from_destination=True,
        elements=(
            display("Alice"),
            cause_element(16),
            number_element(ElementId.CALLED_PARTY_NUMBER, Number("2001")),
            QElement(0x5D, b"\x01"),
            QElement(ElementId.CAUSE, b""),
        ),
        nonStandardControl=[ccms.parameter(CcmsFrame(TO_PHONE, (CcmsElement(0x4B),)))],
    )
    lines = render_tree(message)
    assert lines[:7] == [
        "Information",
        "  call reference: 1 from the called side",
        "  Display: 'Alice'",
        "  Cause: 16",
        "  Called party number: 2001",
        "  information element 0x5d: 01 (1 octets)",
        "  Cause:  (0 octets) (Cause: truncated at octet 0)",
    ]
    at = next(index for index, line in enumerate(lines) if "CCMS to the phone" in line)
    assert lines[at + 1].strip() == "ring"


def test_damaged_content_is_shown_as_octets() -> None:
    broken = NonStandardParameter(nonStandardIdentifier=("object", ccms.FRAME_IDENTIFIER), data=b"\x09")
    lines = render_tree(NonStandardMessage(requestSeqNum=1, nonStandardData=broken))
    assert any("CCMS: frame of 9 octets" in line for line in lines)


@pytest.mark.parametrize("schema", [RasMessage, H323UserInformation, MultimediaSystemControlMessage])
@pytest.mark.parametrize("seed", range(12))
def test_every_value_has_a_tree(schema: Any, seed: int) -> None:
    value = Values(seed, deepest=6).of(schema)
    lines = render_tree(value)
    assert lines
    assert all("\n" not in line for line in lines)


def test_what_has_no_class() -> None:
    assert render_tree(UnknownAlternative(40, b"\x01")) == [
        "message: alternative 40 of a later revision, 01 (1 octets)"
    ]
    confirm = Values(1, optional=0, additions=0).of(AdmissionConfirm)
    sequence: RasMessage = ("admissionConfirmSequence", [confirm])
    assert ras.decode(ras.encode(sequence)) == sequence
    assert render_tree(sequence)[:2] == ["admissionConfirmSequence: 1", "  [0]"]
    assert render_tree(("admissionConfirmSequence", [])) == ["admissionConfirmSequence: 0"]
    assert render_tree([CcmsFrame(TO_PHONE, ())]) == ["CCMS to the phone"]


def test_tunnelled_h245_is_decoded() -> None:
    """An octet string that is a whole H.245 structure."""
    end = ("command", ("endSessionCommand", ("disconnect", True)))
    control = per.encode(MultimediaSystemControlMessage, end)
    pdu = H323UUPDU(h323_message_body=("empty", True), h245Control=[control, b""])
    lines = render_tree(H323UserInformation(h323_uu_pdu=pdu))
    assert "    h245Control: 2" in lines
    assert any("disconnect" in line for line in lines)
    assert any("truncated" in line for line in lines)


def test_object_names() -> None:
    assert object_name((2, 16, 840, 1, 113778, 4, 2, 10)).endswith("(Avaya CCMS frame)")
    assert object_name((1, 2, 3)) == "1.2.3"
    assert object_name(()) == "(empty)"


def test_octets_that_are_words_are_shown_as_such() -> None:
    def data(octets: bytes) -> str:
        own = NonStandardParameter(nonStandardIdentifier=("object", (2, 16, 840, 1)), data=octets)
        return render_tree(own)[-1]

    assert data(b"HDX 6000\0") == "  data: 48 44 58 20 36 30 30 30 00 (9 octets, 'HDX 6000')"
    assert data(b"HD\x1b[2J") == "  data: 48 44 1b 5b 32 4a (6 octets)"
    assert data(b"abc") == "  data: 61 62 63 (3 octets)"
