"""H.225.0 What an endpoint is: vendor, kind, protocols, other addresses and gatekeepers."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from ringfence.wire.h225.alias import AliasAddress
from ringfence.wire.h225.common import (
    BandWidth,
    GatekeeperIdentifier,
    H221NonStandard,
    NonStandardParameter,
    TransportAddress,
)
from ringfence.wire.h245.data import DataProtocolCapability, T38FaxProfile
from ringfence.wire.h245.transport import QOSCapability
from ringfence.wire.per.notation import (
    IA5,
    BitString,
    Null,
    ObjectIdentifier,
    Range,
    Sequence,
    Size,
    UnknownAlternative,
    extension_addition,
)


class VendorIdentifier(Sequence):
    """Who made the endpoint, and which version of what it runs."""

    vendor: H221NonStandard
    productId: Annotated[bytes, Size(1, 256)] | None = None
    versionId: Annotated[bytes, Size(1, 256)] | None = None
    enterpriseNumber: ObjectIdentifier | None = extension_addition()


class TunnelledProtocolAlternateIdentifier(Sequence):
    protocolType: Annotated[str, IA5, Size(1, 64)]
    protocolVariant: Annotated[str, IA5, Size(1, 64)] | None = None


Id: TypeAlias = (
    tuple[Literal["tunnelledProtocolObjectID"], ObjectIdentifier]
    | tuple[Literal["tunnelledProtocolAlternateID"], TunnelledProtocolAlternateIdentifier]
    | UnknownAlternative
)


class TunnelledProtocol(Sequence):
    id: Id
    subIdentifier: Annotated[str, IA5, Size(1, 64)] | None = None


class DataRate(Sequence):
    nonStandardData: NonStandardParameter | None = None
    channelRate: BandWidth
    channelMultiplier: Annotated[int, Range(1, 256)] | None = None


class SupportedPrefix(Sequence):
    nonStandardData: NonStandardParameter | None = None
    prefix: AliasAddress


class H310Caps(Sequence):
    nonStandardData: NonStandardParameter | None = None
    dataRatesSupported: list[DataRate] | None = extension_addition()
    supportedPrefixes: list[SupportedPrefix] | None = extension_addition()


class H320Caps(Sequence):
    nonStandardData: NonStandardParameter | None = None
    dataRatesSupported: list[DataRate] | None = extension_addition()
    supportedPrefixes: list[SupportedPrefix] | None = extension_addition()


class H321Caps(Sequence):
    nonStandardData: NonStandardParameter | None = None
    dataRatesSupported: list[DataRate] | None = extension_addition()
    supportedPrefixes: list[SupportedPrefix] | None = extension_addition()


class H322Caps(Sequence):
    nonStandardData: NonStandardParameter | None = None
    dataRatesSupported: list[DataRate] | None = extension_addition()
    supportedPrefixes: list[SupportedPrefix] | None = extension_addition()


class H323Caps(Sequence):
    nonStandardData: NonStandardParameter | None = None
    dataRatesSupported: list[DataRate] | None = extension_addition()
    supportedPrefixes: list[SupportedPrefix] | None = extension_addition()


class H324Caps(Sequence):
    nonStandardData: NonStandardParameter | None = None
    dataRatesSupported: list[DataRate] | None = extension_addition()
    supportedPrefixes: list[SupportedPrefix] | None = extension_addition()


class VoiceCaps(Sequence):
    nonStandardData: NonStandardParameter | None = None
    dataRatesSupported: list[DataRate] | None = extension_addition()
    supportedPrefixes: list[SupportedPrefix] | None = extension_addition()


class T120OnlyCaps(Sequence):
    nonStandardData: NonStandardParameter | None = None
    dataRatesSupported: list[DataRate] | None = extension_addition()
    supportedPrefixes: list[SupportedPrefix] | None = extension_addition()


class NonStandardProtocol(Sequence):
    nonStandardData: NonStandardParameter | None = None
    dataRatesSupported: list[DataRate] | None = None
    supportedPrefixes: list[SupportedPrefix]


class T38FaxAnnexbOnlyCaps(Sequence):
    nonStandardData: NonStandardParameter | None = None
    dataRatesSupported: list[DataRate] | None = None
    supportedPrefixes: list[SupportedPrefix]
    t38FaxProtocol: DataProtocolCapability
    t38FaxProfile: T38FaxProfile


class SIPCaps(Sequence):
    nonStandardData: NonStandardParameter | None = None
    dataRatesSupported: list[DataRate] | None = None
    supportedPrefixes: list[SupportedPrefix] | None = None


SupportedProtocols: TypeAlias = (
    tuple[Literal["nonStandardData"], NonStandardParameter]
    | tuple[Literal["h310"], H310Caps]
    | tuple[Literal["h320"], H320Caps]
    | tuple[Literal["h321"], H321Caps]
    | tuple[Literal["h322"], H322Caps]
    | tuple[Literal["h323"], H323Caps]
    | tuple[Literal["h324"], H324Caps]
    | tuple[Literal["voice"], VoiceCaps]
    | tuple[Literal["t120-only"], T120OnlyCaps]
    | UnknownAlternative
    | tuple[Literal["nonStandardProtocol"], NonStandardProtocol]
    | tuple[Literal["t38FaxAnnexbOnly"], T38FaxAnnexbOnlyCaps]
    | tuple[Literal["sip"], SIPCaps]
)


class GatewayInfo(Sequence):
    protocol: list[SupportedProtocols] | None = None
    nonStandardData: NonStandardParameter | None = None


class McuInfo(Sequence):
    nonStandardData: NonStandardParameter | None = None
    protocol: list[SupportedProtocols] | None = extension_addition()


class TerminalInfo(Sequence):
    nonStandardData: NonStandardParameter | None = None


class GatekeeperInfo(Sequence):
    nonStandardData: NonStandardParameter | None = None


class EndpointType(Sequence):
    """The kinds of entity behind one address."""

    nonStandardData: NonStandardParameter | None = None
    vendor: VendorIdentifier | None = None
    gatekeeper: GatekeeperInfo | None = None
    gateway: GatewayInfo | None = None
    mcu: McuInfo | None = None
    terminal: TerminalInfo | None = None
    mc: bool
    undefinedNode: bool
    set: Annotated[BitString, Size(32, 32)] | None = extension_addition()
    supportedTunnelledProtocols: list[TunnelledProtocol] | None = extension_addition()


class AlternateTransportAddresses(Sequence):
    annexE: list[TransportAddress] | None = None
    sctp: list[TransportAddress] | None = extension_addition()


UseSpecifiedTransport: TypeAlias = (
    tuple[Literal["tcp"], Null]
    | tuple[Literal["annexE"], Null]
    | UnknownAlternative
    | tuple[Literal["sctp"], Null]
)


class AlternateGK(Sequence):
    rasAddress: TransportAddress
    gatekeeperIdentifier: GatekeeperIdentifier | None = None
    needToRegister: bool
    priority: Annotated[int, Range(0, 127)]


class AltGKInfo(Sequence):
    alternateGatekeeper: list[AlternateGK]
    altGKisPermanent: bool


class Q954Details(Sequence):
    conferenceCalling: bool
    threePartyService: bool


class QseriesOptions(Sequence):
    q932Full: bool
    q951Full: bool
    q952Full: bool
    q953Full: bool
    q955Full: bool
    q956Full: bool
    q957Full: bool
    q954Info: Q954Details


TransportQOS: TypeAlias = (
    tuple[Literal["endpointControlled"], Null]
    | tuple[Literal["gatekeeperControlled"], Null]
    | tuple[Literal["noControl"], Null]
    | UnknownAlternative
    | tuple[Literal["qOSCapabilities"], Annotated[list[QOSCapability], Size(1, 256)]]
)


RehomingModel: TypeAlias = tuple[Literal["gatekeeperBased"], Null] | tuple[Literal["endpointBased"], Null]
