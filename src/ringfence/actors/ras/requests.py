"""What a handset sends on the RAS channel, field by field."""

from collections.abc import Iterable
from dataclasses import dataclass

from ringfence.actors.ras.dialect import (
    AVAYA,
    AVAYA_FEATURES,
    DISCOVERY_REQUEST,
    LOGIN_OBJECT,
    PHONE_FAMILIES,
    SWITCH_INFO_REQUEST,
    Dialect,
    PhoneFamily,
    RasTimers,
    login_request,
)
from ringfence.actors.ras.fields import TERMINAL_TYPE, address_field, alias_field
from ringfence.model.address import Address, PortRange, TransportAddress
from ringfence.model.defaults import SIGNALLING_PORT
from ringfence.model.site_parts.user import MOST_NAME
from ringfence.wire import h225
from ringfence.wire.h235 import AuthenticationMechanism
from ringfence.wire.h235_crypto import DES_ECB, MD5


@dataclass(frozen=True, slots=True)
class RasClientConfig:
    """A handset with its address, and what its settings tell it.

    `gatekeepers` in the order of MCIPADD; `multicast`: ask the discovery group after them (or only it, when
    there are none). `ports` and `timers` default to those of family and dialect. `signalling_port` is
    where it would accept call signalling. `epoch` is the time since 1970 when the machine's clock stood at 0:
    a password hash needs the true time. `unnamed`: registers without an extension. Handsets can (4600 LAN
    administrator guide p. 38); that GRQ and RRQ then have no alias at all is ASSUMED.
    """

    address: Address
    gatekeepers: tuple[TransportAddress, ...]
    extension: str
    password: str = ""
    mac: bytes = bytes.fromhex("001b4f000001")
    dialect: Dialect = AVAYA
    family: PhoneFamily = PHONE_FAMILIES["96x1"]
    ports: PortRange | None = None
    timers: RasTimers | None = None
    multicast: bool = False
    signalling_port: int = SIGNALLING_PORT
    interface: str = ""
    epoch: float = 0.0
    unnamed: bool = False

    def __post_init__(self) -> None:
        if not self.gatekeepers and not self.multicast:
            raise ValueError("no gatekeeper is listed and multicast discovery is off")
        if self.unnamed and (self.extension or self.password):
            raise ValueError("an unnamed registration has neither extension nor password")
        if not self.unnamed and not 0 < len(self.extension) <= MOST_NAME:
            raise ValueError(f"an extension has 1 to {MOST_NAME} characters, not {len(self.extension)}")
        if len(self.password) > MOST_NAME:
            raise ValueError(f"a password has at most {MOST_NAME} characters, not {len(self.password)}")

    @property
    def source_ports(self) -> PortRange:
        """From the first that the family takes, where the range holds it. Port 0, of a range that holds every
        port, is none: the host would choose another, and the request would still say 0."""
        own, ports = self.family.ras_ports, self.ports or self.family.ras_ports
        return PortRange(own.first if own.first in ports else max(1, ports.first), ports.last)

    @property
    def ras_timers(self) -> RasTimers:
        return self.timers or self.dialect.timers

    @property
    def call_signalling(self) -> TransportAddress:
        return TransportAddress(self.address, self.signalling_port)


def _aliases(config: RasClientConfig) -> list[h225.AliasAddress] | None:
    return None if config.unnamed else [alias_field(config.extension)]


def _login(config: RasClientConfig, data: bytes) -> h225.NonStandardParameter | None:
    if not config.dialect.login_data:
        return None
    return h225.NonStandardParameter(nonStandardIdentifier=("object", LOGIN_OBJECT), data=data)


def gatekeeper_request(
    config: RasClientConfig, local: TransportAddress, sequence: int
) -> h225.GatekeeperRequest:
    """GRQ. The password mechanism is offered only when there is a password to prove."""
    mechanisms: list[AuthenticationMechanism] = [("pwdSymEnc", True)]
    algorithms: list[tuple[int, ...]] = [DES_ECB]
    if config.dialect.pwdHash:
        mechanisms.append(("pwdHash", True))
        algorithms.append(MD5)
    features = [h225.GenericData(id=("oid", oid)) for oid in AVAYA_FEATURES[:1]]
    return h225.GatekeeperRequest(
        requestSeqNum=sequence,
        protocolIdentifier=config.dialect.protocolIdentifier,
        nonStandardData=_login(config, DISCOVERY_REQUEST),
        rasAddress=address_field(local),
        endpointType=TERMINAL_TYPE,
        endpointAlias=_aliases(config),
        authenticationCapability=mechanisms if config.password else None,
        algorithmOIDs=algorithms if config.password else None,
        featureSet=h225.FeatureSet(replacementFeatureSet=False, supportedFeatures=features)
        if config.dialect.login_data
        else None,
        supportsAltGK=config.dialect.supportsAltGK or None,
    )


def registration_request(
    config: RasClientConfig,
    local: TransportAddress,
    sequence: int,
    *,
    crypto_tokens: Iterable[h225.CryptoH323Token] | None,
    gatekeeper_identifier: str | None,
    endpoint_identifier: str | None = None,
) -> h225.RegistrationRequest:
    """A full RRQ. `endpoint_identifier` is that of the registration it renews, if any."""
    return h225.RegistrationRequest(
        requestSeqNum=sequence,
        protocolIdentifier=config.dialect.protocolIdentifier,
        nonStandardData=_login(config, login_request(config.mac)),
        discoveryComplete=True,
        callSignalAddress=[address_field(config.call_signalling)],
        rasAddress=[address_field(local)],
        terminalType=TERMINAL_TYPE,
        terminalAlias=_aliases(config),
        gatekeeperIdentifier=gatekeeper_identifier,
        endpointVendor=_vendor(config.family),
        cryptoTokens=list(crypto_tokens) if crypto_tokens else None,
        keepAlive=False,
        endpointIdentifier=endpoint_identifier,
        maintainConnection=config.dialect.maintainConnection or None,
        supportsAltGK=config.dialect.supportsAltGK or None,
    )


def keep_alive(
    config: RasClientConfig,
    local: TransportAddress,
    sequence: int,
    *,
    gatekeeper_identifier: str | None,
    endpoint_identifier: str,
    time_to_live: int,
) -> h225.RegistrationRequest:
    """A light-weight RRQ (H.225.0 clause 7.9.1): only what identifies the registration."""
    return h225.RegistrationRequest(
        requestSeqNum=sequence,
        protocolIdentifier=config.dialect.protocolIdentifier,
        discoveryComplete=True,
        callSignalAddress=[],
        rasAddress=[address_field(local)],
        terminalType=TERMINAL_TYPE,
        gatekeeperIdentifier=gatekeeper_identifier,
        endpointVendor=_vendor(config.family),
        timeToLive=time_to_live,
        keepAlive=True,
        endpointIdentifier=endpoint_identifier,
    )


def unregistration_request(
    config: RasClientConfig, sequence: int, *, endpoint_identifier: str
) -> h225.UnregistrationRequest:
    """URQ of a handset that leaves."""
    return h225.UnregistrationRequest(
        requestSeqNum=sequence,
        callSignalAddress=[address_field(config.call_signalling)],
        endpointAlias=_aliases(config),
        endpointIdentifier=endpoint_identifier,
    )


def info_request_response(
    config: RasClientConfig, local: TransportAddress, sequence: int, *, endpoint_identifier: str
) -> h225.InfoRequestResponse:
    """IRR: no calls."""
    return h225.InfoRequestResponse(
        requestSeqNum=sequence,
        endpointType=TERMINAL_TYPE,
        endpointIdentifier=endpoint_identifier,
        rasAddress=address_field(local),
        callSignalAddress=[address_field(config.call_signalling)],
        endpointAlias=_aliases(config),
    )


def switch_info_request(config: RasClientConfig, sequence: int) -> h225.NonStandardMessage | None:
    """NSM after registration in which an Avaya handset asks for its buttons; None in plain H.323."""
    data = _login(config, SWITCH_INFO_REQUEST)
    return None if data is None else h225.NonStandardMessage(requestSeqNum=sequence, nonStandardData=data)


def _vendor(family: PhoneFamily) -> h225.VendorIdentifier:
    return h225.VendorIdentifier(
        # T.35 country 181: United States.
        vendor=h225.H221NonStandard(t35CountryCode=181, t35Extension=0, manufacturerCode=family.manufacturer),
        productId=family.product.encode(),
        versionId=family.version.encode(),
    )


def not_registered(urq: h225.UnregistrationRequest) -> h225.UnregistrationReject:
    """The URJ to a URQ for a registration that is not ours."""
    return h225.UnregistrationReject(
        requestSeqNum=urq.requestSeqNum, rejectReason=("notCurrentlyRegistered", True)
    )
