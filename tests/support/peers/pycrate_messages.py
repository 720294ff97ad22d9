"""RAS and call signalling that pycrate encoded: what another implementation's octets look like.

Without extension additions, which its encoder writes wrongly at some bit positions.
"""

from functools import cache
from ipaddress import IPv4Address
from typing import Any

import pytest

VERSION = (0, 0, 8, 2250, 0, 2)
_TERMINAL: dict[str, Any] = {"terminal": {}, "mc": False, "undefinedNode": False}
_VENDOR = {"vendor": {"t35CountryCode": 181, "t35Extension": 0, "manufacturerCode": 16726}}


@cache
def _module() -> Any:
    return pytest.importorskip("pycrate_asn1dir.H225").H323_MESSAGES


def _address(ip: str, port: int) -> tuple[str, dict[str, Any]]:
    return ("ipAddress", {"ip": IPv4Address(ip).packed, "port": port})


def _ras(name: str, **fields: Any) -> bytes:
    message = _module().RasMessage
    message.set_val((name, fields))
    octets: bytes = message.to_aper()
    return octets


def grq(number: int, ip: str, port: int = 49300) -> bytes:
    return _ras(
        "gatekeeperRequest",
        requestSeqNum=number,
        protocolIdentifier=VERSION,
        rasAddress=_address(ip, port),
        endpointType=_TERMINAL,
        endpointAlias=[("dialledDigits", "2001")],
    )


def gcf(number: int, ip: str = "10.1.0.30") -> bytes:
    return _ras(
        "gatekeeperConfirm",
        requestSeqNum=number,
        protocolIdentifier=VERSION,
        rasAddress=_address(ip, 1719),
    )


def grj(number: int, reason: str) -> bytes:
    return _ras(
        "gatekeeperReject",
        requestSeqNum=number,
        protocolIdentifier=VERSION,
        rejectReason=(reason, 0),
    )


def rrq(number: int, ip: str, port: int = 49300) -> bytes:
    return _ras(
        "registrationRequest",
        requestSeqNum=number,
        protocolIdentifier=VERSION,
        discoveryComplete=True,
        callSignalAddress=[_address(ip, 1720)],
        rasAddress=[_address(ip, port)],
        terminalType=_TERMINAL,
        terminalAlias=[("dialledDigits", "2001")],
        endpointVendor=_VENDOR,
    )


def rcf(number: int, ip: str = "10.1.0.30") -> bytes:
    return _ras(
        "registrationConfirm",
        requestSeqNum=number,
        protocolIdentifier=VERSION,
        callSignalAddress=[_address(ip, 1720)],
        endpointIdentifier="ep-2001",
    )


def rrj(number: int, reason: str) -> bytes:
    return _ras(
        "registrationReject",
        requestSeqNum=number,
        protocolIdentifier=VERSION,
        rejectReason=(reason, 0),
    )


def _signal(kind: int, flag: int, name: str, **fields: Any) -> bytes:
    user = _module().H323_UserInformation
    user.set_val({"h323-uu-pdu": {"h323-message-body": (name, fields)}})
    content: bytes = b"\x05" + user.to_aper()
    bearer = bytes.fromhex("04038893a5") if kind == 5 else b""
    body = bytes((8, 2, flag << 7, 1, kind)) + bearer + b"\x7e" + len(content).to_bytes(2, "big") + content
    return b"\x03\x00" + (len(body) + 4).to_bytes(2, "big") + body


def setup() -> bytes:
    return _signal(
        5,
        0,
        "setup",
        protocolIdentifier=VERSION,
        sourceInfo={"gatekeeper": {}, "mc": False, "undefinedNode": False},
        activeMC=False,
        conferenceID=bytes(16),
        conferenceGoal=("create", 0),
        callType=("pointToPoint", 0),
    )


def call_proceeding() -> bytes:
    return _signal(2, 1, "callProceeding", protocolIdentifier=VERSION, destinationInfo=_TERMINAL)
