"""H.225.0 Names, addresses and identifiers that every H.225.0 message uses."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from ringfence.wire.per.notation import (
    BMP,
    ClosedSequence,
    Null,
    ObjectIdentifier,
    Range,
    Sequence,
    Size,
    UnknownAlternative,
)


class H221NonStandard(Sequence):
    """A T.35 country and a manufacturer in it."""

    t35CountryCode: Annotated[int, Range(0, 255)]
    t35Extension: Annotated[int, Range(0, 255)]
    manufacturerCode: Annotated[int, Range(0, 65535)]


NonStandardIdentifier: TypeAlias = (
    tuple[Literal["object"], ObjectIdentifier]
    | tuple[Literal["h221NonStandard"], H221NonStandard]
    | UnknownAlternative
)


class NonStandardParameter(ClosedSequence):
    nonStandardIdentifier: NonStandardIdentifier
    data: bytes


RequestSeqNum: TypeAlias = Annotated[int, Range(1, 65535)]
GatekeeperIdentifier: TypeAlias = Annotated[str, BMP, Size(1, 128)]
EndpointIdentifier: TypeAlias = Annotated[str, BMP, Size(1, 128)]


# Units of 100 bit/s.
BandWidth: TypeAlias = Annotated[int, Range(0, 4294967295)]
CallReferenceValue: TypeAlias = Annotated[int, Range(0, 65535)]
ProtocolIdentifier: TypeAlias = ObjectIdentifier


# Seconds.
TimeToLive: TypeAlias = Annotated[int, Range(1, 4294967295)]
GloballyUniqueID: TypeAlias = Annotated[bytes, Size(16, 16)]
ConferenceIdentifier: TypeAlias = GloballyUniqueID


class CallIdentifier(Sequence):
    guid: GloballyUniqueID


class IpAddress(ClosedSequence):
    """IPv4 in network order."""

    ip: Annotated[bytes, Size(4, 4)]
    port: Annotated[int, Range(0, 65535)]


Routing: TypeAlias = tuple[Literal["strict"], Null] | tuple[Literal["loose"], Null] | UnknownAlternative


class IpSourceRoute(Sequence):
    ip: Annotated[bytes, Size(4, 4)]
    port: Annotated[int, Range(0, 65535)]
    route: list[Annotated[bytes, Size(4, 4)]]
    routing: Routing


class IpxAddress(ClosedSequence):
    node: Annotated[bytes, Size(6, 6)]
    netnum: Annotated[bytes, Size(4, 4)]
    port: Annotated[bytes, Size(2, 2)]


class Ip6Address(Sequence):
    ip: Annotated[bytes, Size(16, 16)]
    port: Annotated[int, Range(0, 65535)]


TransportAddress: TypeAlias = (
    tuple[Literal["ipAddress"], IpAddress]
    | tuple[Literal["ipSourceRoute"], IpSourceRoute]
    | tuple[Literal["ipxAddress"], IpxAddress]
    | tuple[Literal["ip6Address"], Ip6Address]
    | tuple[Literal["netBios"], Annotated[bytes, Size(16, 16)]]
    | tuple[Literal["nsap"], Annotated[bytes, Size(1, 20)]]
    | tuple[Literal["nonStandardAddress"], NonStandardParameter]
    | UnknownAlternative
)


class TransportChannelInfo(Sequence):
    sendAddress: TransportAddress | None = None
    recvAddress: TransportAddress | None = None
