"""H.225.0 RAS: every message there is (RasMessage)."""

from __future__ import annotations

from typing import Literal, TypeAlias

from ringfence.wire.h225.ras_admission import (
    AdmissionConfirm,
    AdmissionReject,
    AdmissionRequest,
    BandwidthConfirm,
    BandwidthReject,
    BandwidthRequest,
    DisengageConfirm,
    DisengageReject,
    DisengageRequest,
)
from ringfence.wire.h225.ras_discovery import GatekeeperConfirm, GatekeeperReject, GatekeeperRequest
from ringfence.wire.h225.ras_location import LocationConfirm, LocationReject, LocationRequest
from ringfence.wire.h225.ras_registration import (
    RegistrationConfirm,
    RegistrationReject,
    RegistrationRequest,
    UnregistrationConfirm,
    UnregistrationReject,
    UnregistrationRequest,
)
from ringfence.wire.h225.ras_status import (
    InfoRequest,
    InfoRequestAck,
    InfoRequestNak,
    InfoRequestResponse,
    NonStandardMessage,
    RequestInProgress,
    ResourcesAvailableConfirm,
    ResourcesAvailableIndicate,
    ServiceControlIndication,
    ServiceControlResponse,
    UnknownMessageResponse,
)
from ringfence.wire.per.notation import UnknownAlternative

RasMessage: TypeAlias = (
    GatekeeperRequest
    | GatekeeperConfirm
    | GatekeeperReject
    | RegistrationRequest
    | RegistrationConfirm
    | RegistrationReject
    | UnregistrationRequest
    | UnregistrationConfirm
    | UnregistrationReject
    | AdmissionRequest
    | AdmissionConfirm
    | AdmissionReject
    | BandwidthRequest
    | BandwidthConfirm
    | BandwidthReject
    | DisengageRequest
    | DisengageConfirm
    | DisengageReject
    | LocationRequest
    | LocationConfirm
    | LocationReject
    | InfoRequest
    | InfoRequestResponse
    | NonStandardMessage
    | UnknownMessageResponse
    | UnknownAlternative
    | RequestInProgress
    | ResourcesAvailableIndicate
    | ResourcesAvailableConfirm
    | InfoRequestAck
    | InfoRequestNak
    | ServiceControlIndication
    | ServiceControlResponse
    | tuple[Literal["admissionConfirmSequence"], list[AdmissionConfirm]]
)
