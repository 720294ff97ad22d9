"""What an H323Plus endpoint says on RAS, in the shape it has there (gkclient.cxx)."""

from dataclasses import replace
from typing import Any

from msgspec import structs

from ringfence.actors.gatekeeper.call_legs import RouterConfig
from ringfence.actors.io import (
    DatagramReceived,
    Machine,
)
from ringfence.actors.ras import requests
from ringfence.actors.ras.dialect import PHONE_FAMILIES, PLAIN
from ringfence.actors.ras.fields import TERMINAL_TYPE, address_field
from ringfence.actors.ras.requests import RasClientConfig
from ringfence.model.address import TransportAddress, transport
from ringfence.wire import h225, ras
from support.actors.gatekeeper_phone import GATEKEEPER, HANDSET, PLAIN_CONFIG, answers

ROUTED = replace(PLAIN_CONFIG, calls=RouterConfig())
CALLS = TransportAddress(GATEKEEPER.ip, 1720)
EPOCH = 1_700_000_000
GUID = h225.CallIdentifier(guid=bytes(range(16)))
V6 = (0, 0, 8, 2250, 0, 6)
GATEWAY = h225.EndpointType(
    gatekeeper=h225.GatekeeperInfo(), gateway=h225.GatewayInfo(), mc=False, undefinedNode=False
)
NEIGHBOUR = transport("10.9.0.1", 1719)


def endpoint(address: TransportAddress, *aliases: h225.AliasAddress, **changes: Any) -> Any:
    """A full RRQ as H323Plus builds it: everything it may be asked about, and every alias it has."""
    config = RasClientConfig(address.ip, (GATEKEEPER,), "0", dialect=PLAIN, family=PHONE_FAMILIES["h323"])
    plain = requests.registration_request(config, address, 7, crypto_tokens=None, gatekeeper_identifier=None)
    fields = {
        "protocolIdentifier": V6,
        "discoveryComplete": True,
        "terminalAlias": list(aliases) or None,
        "willSupplyUUIEs": True,
        "usageReportingCapability": h225.RasUsageInfoTypes(
            nonStandardUsageTypes=[], startTime=True, endTime=True, terminationCause=True
        ),
        "supportsAltGK": True,
        "gatekeeperIdentifier": "ringfence",
    }
    return structs.replace(plain, **(fields | changes))


def grq(address: TransportAddress, *aliases: h225.AliasAddress, **changes: Any) -> h225.GatekeeperRequest:
    return h225.GatekeeperRequest(
        requestSeqNum=3,
        protocolIdentifier=V6,
        rasAddress=address_field(address),
        endpointType=TERMINAL_TYPE,
        endpointAlias=list(aliases) or None,
        supportsAltGK=True,
        supportsAssignedGK=True,
        **changes,
    )


def ask(
    machine: Machine, message: ras.RasMessage, source: TransportAddress = HANDSET, now: float = 1.0
) -> list[ras.RasMessage]:
    octets = ras.encode(message)
    return [
        answer for _, answer in answers(machine.handle(DatagramReceived(source, GATEKEEPER, octets), now))
    ]


def the(answers: list[ras.RasMessage]) -> Any:
    (one,) = answers
    return one


NAME: h225.AliasAddress = ("h323-ID", "Meeting room")
NUMBER: h225.AliasAddress = ("dialedDigits", "2001")
