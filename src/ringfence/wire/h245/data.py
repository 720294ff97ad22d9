"""H.245: data and fax capabilities."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from ringfence.wire.h245.common import CapabilityIdentifier, GenericParameter, NonStandardParameter
from ringfence.wire.per.notation import (
    ClosedSequence,
    Null,
    Range,
    Sequence,
    UnknownAlternative,
    extension_addition,
)


class V42bis(Sequence):
    numberOfCodewords: Annotated[int, Range(1, 65536)]
    maximumStringLength: Annotated[int, Range(1, 256)]


CompressionType: TypeAlias = tuple[Literal["v42bis"], V42bis] | UnknownAlternative


V76wCompression: TypeAlias = (
    tuple[Literal["transmitCompression"], CompressionType]
    | tuple[Literal["receiveCompression"], CompressionType]
    | tuple[Literal["transmitAndReceiveCompression"], CompressionType]
    | UnknownAlternative
)


DataProtocolCapability: TypeAlias = (
    tuple[Literal["nonStandard"], NonStandardParameter]
    | tuple[Literal["v14buffered"], Null]
    | tuple[Literal["v42lapm"], Null]
    | tuple[Literal["hdlcFrameTunnelling"], Null]
    | tuple[Literal["h310SeparateVCStack"], Null]
    | tuple[Literal["h310SingleVCStack"], Null]
    | tuple[Literal["transparent"], Null]
    | UnknownAlternative
    | tuple[Literal["segmentationAndReassembly"], Null]
    | tuple[Literal["hdlcFrameTunnelingwSAR"], Null]
    | tuple[Literal["v120"], Null]
    | tuple[Literal["separateLANStack"], Null]
    | tuple[Literal["v76wCompression"], V76wCompression]
    | tuple[Literal["tcp"], Null]
    | tuple[Literal["udp"], Null]
)


class T84Restricted(Sequence):
    qcif: bool
    cif: bool
    ccir601Seq: bool
    ccir601Prog: bool
    hdtvSeq: bool
    hdtvProg: bool
    g3FacsMH200x100: bool
    g3FacsMH200x200: bool
    g4FacsMMR200x100: bool
    g4FacsMMR200x200: bool
    jbig200x200Seq: bool
    jbig200x200Prog: bool
    jbig300x300Seq: bool
    jbig300x300Prog: bool
    digPhotoLow: bool
    digPhotoMedSeq: bool
    digPhotoMedProg: bool
    digPhotoHighSeq: bool
    digPhotoHighProg: bool


T84Profile: TypeAlias = (
    tuple[Literal["t84Unrestricted"], Null] | tuple[Literal["t84Restricted"], T84Restricted]
)


class T84(ClosedSequence):
    t84Protocol: DataProtocolCapability
    t84Profile: T84Profile


class DataApplicationCapabilityApplicationNlpid(ClosedSequence):
    nlpidProtocol: DataProtocolCapability
    nlpidData: bytes


T38FaxRateManagement: TypeAlias = (
    tuple[Literal["localTCF"], Null] | tuple[Literal["transferredTCF"], Null] | UnknownAlternative
)


T38FaxUdpEC: TypeAlias = (
    tuple[Literal["t38UDPFEC"], Null] | tuple[Literal["t38UDPRedundancy"], Null] | UnknownAlternative
)


class T38FaxUdpOptions(ClosedSequence):
    t38FaxMaxBuffer: int | None = None
    t38FaxMaxDatagram: int | None = None
    t38FaxUdpEC: T38FaxUdpEC


class T38FaxTcpOptions(Sequence):
    t38TCPBidirectionalMode: bool


class T38FaxProfile(Sequence):
    fillBitRemoval: bool
    transcodingJBIG: bool
    transcodingMMR: bool
    version: Annotated[int, Range(0, 255)] | None = extension_addition()
    t38FaxRateManagement: T38FaxRateManagement | None = extension_addition()
    t38FaxUdpOptions: T38FaxUdpOptions | None = extension_addition()
    t38FaxTcpOptions: T38FaxTcpOptions | None = extension_addition()


class DataApplicationCapabilityApplicationT38fax(ClosedSequence):
    t38FaxProtocol: DataProtocolCapability
    t38FaxProfile: T38FaxProfile


class GenericCapability(Sequence):
    capabilityIdentifier: CapabilityIdentifier
    maxBitRate: Annotated[int, Range(0, 4294967295)] | None = None
    collapsing: list[GenericParameter] | None = None
    nonCollapsing: list[GenericParameter] | None = None
    nonCollapsingRaw: bytes | None = None
    transport: DataProtocolCapability | None = None


DataApplicationCapabilityApplication: TypeAlias = (
    tuple[Literal["nonStandard"], NonStandardParameter]
    | tuple[Literal["t120"], DataProtocolCapability]
    | tuple[Literal["dsm-cc"], DataProtocolCapability]
    | tuple[Literal["userData"], DataProtocolCapability]
    | tuple[Literal["t84"], T84]
    | tuple[Literal["t434"], DataProtocolCapability]
    | tuple[Literal["h224"], DataProtocolCapability]
    | tuple[Literal["nlpid"], DataApplicationCapabilityApplicationNlpid]
    | tuple[Literal["dsvdControl"], Null]
    | tuple[Literal["h222DataPartitioning"], DataProtocolCapability]
    | UnknownAlternative
    | tuple[Literal["t30fax"], DataProtocolCapability]
    | tuple[Literal["t140"], DataProtocolCapability]
    | tuple[Literal["t38fax"], DataApplicationCapabilityApplicationT38fax]
    | tuple[Literal["genericDataCapability"], GenericCapability]
)


class DataApplicationCapability(Sequence):
    application: DataApplicationCapabilityApplication
    maxBitRate: Annotated[int, Range(0, 4294967295)]
