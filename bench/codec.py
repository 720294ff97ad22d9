"""Our codec beside pycrate's, in one process and alternately: the machine's own ups and downs hit both.

    python bench/codec.py [ROUNDS]

The ratio is what counts; microseconds are the lower decile of the rounds.
"""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from ipaddress import IPv4Address
from typing import Any

from pycrate_asn1dir import H225
from rich.console import Console
from rich.table import Table

from ringfence.wire import per, ras
from ringfence.wire.h225 import (
    H323UUPDU,
    AdmissionConfirm,
    CallIdentifier,
    EndpointType,
    GatekeeperConfirm,
    GatekeeperRequest,
    H221NonStandard,
    H323UserInformation,
    RasMessage,
    RegistrationConfirm,
    RegistrationReject,
    RegistrationRequest,
    SetupUUIE,
    TerminalInfo,
    UnregistrationRequest,
    VendorIdentifier,
)
from ringfence.wire.h225.values import ipv4_from, protocol_identifier
from ringfence.wire.h235 import ClearToken

PHONE = ipv4_from(IPv4Address("10.1.2.3"), 1719)
VENDOR = VendorIdentifier(
    vendor=H221NonStandard(t35CountryCode=181, t35Extension=0, manufacturerCode=19540),
    productId=b"IP Phone",
    versionId=b"R3.1",
)
TERMINAL = EndpointType(vendor=VENDOR, terminal=TerminalInfo(), mc=False, undefinedNode=False)
VERSION = protocol_identifier(4)

RRQ = RegistrationRequest(
    requestSeqNum=4712,
    protocolIdentifier=VERSION,
    discoveryComplete=True,
    callSignalAddress=[ipv4_from(IPv4Address("10.1.2.3"), 1720)],
    rasAddress=[PHONE],
    terminalType=TERMINAL,
    terminalAlias=[("dialedDigits", "1001"), ("h323-ID", "alice")],
    endpointVendor=VENDOR,
    timeToLive=300,
    keepAlive=False,
    willSupplyUUIEs=False,
    maintainConnection=True,
)
MESSAGES: dict[str, tuple[Any, Any]] = {
    "GRQ": (
        RasMessage,
        GatekeeperRequest(
            requestSeqNum=1,
            protocolIdentifier=VERSION,
            rasAddress=PHONE,
            endpointType=TERMINAL,
            endpointAlias=[("dialedDigits", "1001")],
            authenticationCapability=[("pwdSymEnc", True)],
            algorithmOIDs=[(1, 3, 14, 3, 2, 6)],
        ),
    ),
    "GCF": (
        RasMessage,
        GatekeeperConfirm(
            requestSeqNum=1,
            protocolIdentifier=VERSION,
            rasAddress=PHONE,
            authenticationMode=("pwdSymEnc", True),
            algorithmOID=(1, 3, 14, 3, 2, 6),
            tokens=[ClearToken(tokenOID=(0, 0), timeStamp=1, random=77, generalID="GK")],
        ),
    ),
    "RRQ": (RasMessage, RRQ),
    "RRQ keep-alive": (
        RasMessage,
        RegistrationRequest(
            requestSeqNum=4713,
            protocolIdentifier=VERSION,
            discoveryComplete=True,
            callSignalAddress=[],
            rasAddress=[PHONE],
            terminalType=EndpointType(terminal=TerminalInfo(), mc=False, undefinedNode=False),
            endpointVendor=VENDOR,
            timeToLive=300,
            keepAlive=True,
            endpointIdentifier="1234_ep",
        ),
    ),
    "RCF": (
        RasMessage,
        RegistrationConfirm(
            requestSeqNum=4712,
            protocolIdentifier=VERSION,
            callSignalAddress=[PHONE],
            terminalAlias=[("dialedDigits", "1001")],
            endpointIdentifier="1234_ep",
            timeToLive=300,
            willRespondToIRR=False,
            maintainConnection=True,
        ),
    ),
    "RRJ": (
        RasMessage,
        RegistrationReject(
            requestSeqNum=4712, protocolIdentifier=VERSION, rejectReason=("securityDenial", True)
        ),
    ),
    "ACF": (
        RasMessage,
        AdmissionConfirm(
            requestSeqNum=5, bandWidth=1280, callModel=("direct", True), destCallSignalAddress=PHONE
        ),
    ),
    "URQ": (RasMessage, UnregistrationRequest(requestSeqNum=6, callSignalAddress=[PHONE])),
    "Setup": (
        H323UserInformation,
        H323UserInformation(
            h323_uu_pdu=H323UUPDU(
                h323_message_body=(
                    "setup",
                    SetupUUIE(
                        protocolIdentifier=VERSION,
                        sourceAddress=[("h323-ID", "alice")],
                        sourceInfo=TERMINAL,
                        destinationAddress=[("dialedDigits", "1002")],
                        activeMC=False,
                        conferenceID=bytes(16),
                        conferenceGoal=("create", True),
                        callType=("pointToPoint", True),
                        callIdentifier=CallIdentifier(guid=bytes(16)),
                        mediaWaitForConnect=False,
                        canOverlapSend=False,
                    ),
                ),
                h245Tunneling=True,
            )
        ),
    ),
}


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    table = Table("message", "octets", "encode us", "decode us", "encode ratio", "decode ratio")
    sums = [0.0] * 4
    for name, (schema, value) in MESSAGES.items():
        octets = per.encode(schema, value)
        theirs = H225.GLOBAL.MOD["H323-MESSAGES"][
            "RasMessage" if schema is RasMessage else "H323-UserInformation"
        ]
        theirs.from_aper(octets)
        ours_enc, ours_dec, their_enc, their_dec = measure(
            rounds,
            partial(per.encode, schema, value),
            partial(per.decode, schema, octets),
            partial(theirs.to_aper, theirs.get_val()),
            partial(theirs.from_aper, octets),
        )
        sums = [a + b for a, b in zip(sums, (ours_enc, ours_dec, their_enc, their_dec), strict=True)]
        table.add_row(name, str(len(octets)), *row(ours_enc, ours_dec, their_enc, their_dec))
    table.add_row("all", "", *row(*sums))
    console = Console(width=110)
    console.print(table)
    rrq = ras.encode(RRQ)
    (peeked,) = measure(rounds, lambda: ras.peek(rrq))
    console.print(f"peek at an RRQ: {peeked:.2f} us; import of ringfence.wire.ras: {import_ms():.0f} ms")


def row(ours_enc: float, ours_dec: float, their_enc: float, their_dec: float) -> list[str]:
    return [
        f"{ours_enc:.1f}",
        f"{ours_dec:.1f}",
        f"{their_enc / ours_enc:.1f}",
        f"{their_dec / ours_dec:.1f}",
    ]


def measure(rounds: int, *functions: Callable[[], object], calls: int = 30) -> list[float]:
    """Microseconds a call, each candidate once a round in an order that changes."""
    order = random.Random(1)
    times: list[list[float]] = [[] for _ in functions]
    for _ in range(rounds):
        for index in order.sample(range(len(functions)), len(functions)):
            function = functions[index]
            start = time.perf_counter()
            for _ in range(calls):
                function()
            times[index].append((time.perf_counter() - start) / calls * 1e6)
    return [sorted(each)[rounds // 10] for each in times]


def import_ms() -> float:
    """The fastest of five fresh processes, less one that imports msgspec and ipaddress only."""

    def best(statement: str) -> float:
        code = f"import time; t = time.perf_counter(); {statement}; print(time.perf_counter() - t)"
        runs = [
            subprocess.run([sys.executable, "-c", code], capture_output=True, check=True) for _ in range(5)
        ]
        return min(float(run.stdout) for run in runs) * 1000

    base = "import msgspec, ipaddress, typing, functools"
    return best(f"{base}; from ringfence.wire import ras") - best(base)


if __name__ == "__main__":
    main()
