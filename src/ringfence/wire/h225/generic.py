"""H.225.0 The generic extensibility framework of H.460.1, features and service control."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from ringfence.wire.h225.alias import AliasAddress
from ringfence.wire.h225.common import GloballyUniqueID, TransportAddress
from ringfence.wire.per.notation import (
    BMPString,
    IA5String,
    ObjectIdentifier,
    Range,
    Sequence,
    Size,
    UnknownAlternative,
)

GenericIdentifier: TypeAlias = (
    tuple[Literal["standard"], Annotated[int, Range(0, 16383, extensible=True)]]
    | tuple[Literal["oid"], ObjectIdentifier]
    | tuple[Literal["nonStandard"], GloballyUniqueID]
    | UnknownAlternative
)


class GenericData(Sequence):
    """One feature of H.460 with its parameters."""

    id: GenericIdentifier
    parameters: Annotated[list[EnumeratedParameter], Size(1, 512)] | None = None


class EnumeratedParameter(Sequence):
    id: GenericIdentifier
    content: Content | None = None


Content: TypeAlias = (
    tuple[Literal["raw"], bytes]
    | tuple[Literal["text"], IA5String]
    | tuple[Literal["unicode"], BMPString]
    | tuple[Literal["bool"], bool]
    | tuple[Literal["number8"], Annotated[int, Range(0, 255)]]
    | tuple[Literal["number16"], Annotated[int, Range(0, 65535)]]
    | tuple[Literal["number32"], Annotated[int, Range(0, 4294967295)]]
    | tuple[Literal["id"], GenericIdentifier]
    | tuple[Literal["alias"], AliasAddress]
    | tuple[Literal["transport"], TransportAddress]
    | tuple[Literal["compound"], Annotated[list[EnumeratedParameter], Size(1, 512)]]
    | tuple[Literal["nested"], Annotated[list[GenericData], Size(1, 16)]]
    | UnknownAlternative
)


FeatureDescriptor: TypeAlias = GenericData


class FeatureSet(Sequence):
    replacementFeatureSet: bool
    neededFeatures: list[FeatureDescriptor] | None = None
    desiredFeatures: list[FeatureDescriptor] | None = None
    supportedFeatures: list[FeatureDescriptor] | None = None


H248PackagesDescriptor: TypeAlias = bytes
H248SignalsDescriptor: TypeAlias = bytes
