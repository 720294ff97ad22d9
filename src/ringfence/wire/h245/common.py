"""H.245: identifiers, addresses and parameters that all of H.245 uses."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from ringfence.wire.per.notation import (
    IA5,
    NUMERIC,
    ClosedSequence,
    Null,
    ObjectIdentifier,
    Range,
    Sequence,
    Size,
    UnknownAlternative,
)


class H221NonStandard(ClosedSequence):
    t35CountryCode: Annotated[int, Range(0, 255)]
    t35Extension: Annotated[int, Range(0, 255)]
    manufacturerCode: Annotated[int, Range(0, 65535)]


NonStandardIdentifier: TypeAlias = (
    tuple[Literal["object"], ObjectIdentifier] | tuple[Literal["h221NonStandard"], H221NonStandard]
)


class NonStandardParameter(ClosedSequence):
    nonStandardIdentifier: NonStandardIdentifier
    data: bytes


SequenceNumber: TypeAlias = Annotated[int, Range(0, 255)]
CapabilityTableEntryNumber: TypeAlias = Annotated[int, Range(1, 65535)]
CapabilityDescriptorNumber: TypeAlias = Annotated[int, Range(0, 255)]
LogicalChannelNumber: TypeAlias = Annotated[int, Range(1, 65535)]
MultiplexTableEntryNumber: TypeAlias = Annotated[int, Range(1, 15)]
McuNumber: TypeAlias = Annotated[int, Range(0, 192)]
TerminalNumber: TypeAlias = Annotated[int, Range(0, 192)]


class TerminalLabel(Sequence):
    mcuNumber: McuNumber
    terminalNumber: TerminalNumber


class UnicastAddressIPAddress(Sequence):
    network: Annotated[bytes, Size(4, 4)]
    tsapIdentifier: Annotated[int, Range(0, 65535)]


class IPXAddress(Sequence):
    node: Annotated[bytes, Size(6, 6)]
    netnum: Annotated[bytes, Size(4, 4)]
    tsapIdentifier: Annotated[bytes, Size(2, 2)]


class UnicastAddressIP6Address(Sequence):
    network: Annotated[bytes, Size(16, 16)]
    tsapIdentifier: Annotated[int, Range(0, 65535)]


Routing: TypeAlias = tuple[Literal["strict"], Null] | tuple[Literal["loose"], Null]


class IPSourceRouteAddress(Sequence):
    routing: Routing
    network: Annotated[bytes, Size(4, 4)]
    tsapIdentifier: Annotated[int, Range(0, 65535)]
    route: list[Annotated[bytes, Size(4, 4)]]


UnicastAddress: TypeAlias = (
    tuple[Literal["iPAddress"], UnicastAddressIPAddress]
    | tuple[Literal["iPXAddress"], IPXAddress]
    | tuple[Literal["iP6Address"], UnicastAddressIP6Address]
    | tuple[Literal["netBios"], Annotated[bytes, Size(16, 16)]]
    | tuple[Literal["iPSourceRouteAddress"], IPSourceRouteAddress]
    | UnknownAlternative
    | tuple[Literal["nsap"], Annotated[bytes, Size(1, 20)]]
    | tuple[Literal["nonStandardAddress"], NonStandardParameter]
)


class MulticastAddressIPAddress(Sequence):
    network: Annotated[bytes, Size(4, 4)]
    tsapIdentifier: Annotated[int, Range(0, 65535)]


class MulticastAddressIP6Address(Sequence):
    network: Annotated[bytes, Size(16, 16)]
    tsapIdentifier: Annotated[int, Range(0, 65535)]


MulticastAddress: TypeAlias = (
    tuple[Literal["iPAddress"], MulticastAddressIPAddress]
    | tuple[Literal["iP6Address"], MulticastAddressIP6Address]
    | UnknownAlternative
    | tuple[Literal["nsap"], Annotated[bytes, Size(1, 20)]]
    | tuple[Literal["nonStandardAddress"], NonStandardParameter]
)


TransportAddress: TypeAlias = (
    tuple[Literal["unicastAddress"], UnicastAddress]
    | tuple[Literal["multicastAddress"], MulticastAddress]
    | UnknownAlternative
)


IV8: TypeAlias = Annotated[bytes, Size(8, 8)]
IV16: TypeAlias = Annotated[bytes, Size(16, 16)]


class Params(Sequence):
    iv8: IV8 | None = None
    iv16: IV16 | None = None
    iv: bytes | None = None


CapabilityIdentifier: TypeAlias = (
    tuple[Literal["standard"], ObjectIdentifier]
    | tuple[Literal["h221NonStandard"], NonStandardParameter]
    | tuple[Literal["uuid"], Annotated[bytes, Size(16, 16)]]
    | tuple[Literal["domainBased"], Annotated[str, IA5, Size(1, 64)]]
    | UnknownAlternative
)


ParameterIdentifier: TypeAlias = (
    tuple[Literal["standard"], Annotated[int, Range(0, 127)]]
    | tuple[Literal["h221NonStandard"], NonStandardParameter]
    | tuple[Literal["uuid"], Annotated[bytes, Size(16, 16)]]
    | tuple[Literal["domainBased"], Annotated[str, IA5, Size(1, 64)]]
    | UnknownAlternative
)


class GenericParameter(Sequence):
    parameterIdentifier: ParameterIdentifier
    parameterValue: ParameterValue
    supersedes: list[ParameterIdentifier] | None = None


ParameterValue: TypeAlias = (
    tuple[Literal["logical"], Null]
    | tuple[Literal["booleanArray"], Annotated[int, Range(0, 255)]]
    | tuple[Literal["unsignedMin"], Annotated[int, Range(0, 65535)]]
    | tuple[Literal["unsignedMax"], Annotated[int, Range(0, 65535)]]
    | tuple[Literal["unsigned32Min"], Annotated[int, Range(0, 4294967295)]]
    | tuple[Literal["unsigned32Max"], Annotated[int, Range(0, 4294967295)]]
    | tuple[Literal["octetString"], bytes]
    | tuple[Literal["genericParameter"], list[GenericParameter]]
    | UnknownAlternative
)


Address: TypeAlias = (
    tuple[Literal["internationalNumber"], Annotated[str, NUMERIC, Size(1, 16)]]
    | tuple[Literal["nsapAddress"], Annotated[bytes, Size(1, 20)]]
    | UnknownAlternative
)


class Q2931Address(Sequence):
    address: Address
    subaddress: Annotated[bytes, Size(1, 20)] | None = None


EncryptionMode: TypeAlias = (
    tuple[Literal["nonStandard"], NonStandardParameter]
    | tuple[Literal["h233Encryption"], Null]
    | UnknownAlternative
)


class GenericMessage(Sequence):
    messageIdentifier: CapabilityIdentifier
    subMessageIdentifier: Annotated[int, Range(0, 127)] | None = None
    messageContent: list[GenericParameter] | None = None


GenericInformation: TypeAlias = GenericMessage
TerminalID: TypeAlias = Annotated[bytes, Size(1, 128)]


class TerminalInformation(Sequence):
    terminalLabel: TerminalLabel
    terminalID: TerminalID


Password: TypeAlias = Annotated[bytes, Size(1, 32)]
ConferenceID: TypeAlias = Annotated[bytes, Size(1, 32)]


class NonStandardMessage(Sequence):
    nonStandardData: NonStandardParameter
