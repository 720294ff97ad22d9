"""What a gatekeeper answers to GRQ and RRQ, field by field, in its dialect."""

from msgspec import structs

from ringfence.actors.gatekeeper.config import GatekeeperConfig
from ringfence.actors.gatekeeper.registrations import RegisteredEndpoint
from ringfence.actors.ras.dialect import (
    AVAYA_FEATURES,
    LOGIN_ACCEPTED,
    LOGIN_OBJECT,
    SWITCH_INFO_REQUEST,
    SWITCH_INFO_RESPONSE,
    Dialect,
)
from ringfence.actors.ras.fields import address_field, alias_field
from ringfence.wire import h225
from ringfence.wire.h235 import ClearToken
from ringfence.wire.h235_crypto import DES_ECB, MD5
from ringfence.wire.per.notation import UnknownAlternative

# Parameters of the first feature that a handset is told (traces of 1608 sets); their meaning is unknown.
_PARAMETERS = (1, 2, 3, 5, 6, 7, 9, 10, 11, 17, 18, 19)


class Replies:
    """Builds answers; decides nothing."""

    def __init__(self, config: GatekeeperConfig) -> None:
        self._config = config
        self._dialect = config.dialect
        self._identifier = config.identifier if config.dialect.gatekeeperIdentifier else None

    def gcf(self, grq: h225.GatekeeperRequest, challenge: ClearToken | None = None) -> h225.GatekeeperConfirm:
        """With a challenge: pwdSymEnc by DES-ECB."""
        return h225.GatekeeperConfirm(
            requestSeqNum=grq.requestSeqNum,
            protocolIdentifier=self._dialect.protocolIdentifier,
            gatekeeperIdentifier=self._identifier,
            rasAddress=address_field(self._config.ras),
            authenticationMode=("pwdSymEnc", True) if challenge else None,
            algorithmOID=DES_ECB if challenge else None,
            tokens=[challenge] if challenge else None,
            # Three hundred octets, for whoever shows features of its own: a handset does, and a forged GRQ
            # that is short must not bring its victim many times as much.
            featureSet=self._features() if self._dialect.login_data and grq.featureSet else None,
        )

    def gcf_for_hash(self, grq: h225.GatekeeperRequest) -> h225.GatekeeperConfirm:
        """Asks for a password hash (cryptoEPPwdHash with MD5)."""
        return structs.replace(self.gcf(grq), authenticationMode=("pwdHash", True), algorithmOID=MD5)

    def grj(self, grq: h225.GatekeeperRequest, reason: h225.GatekeeperRejectReason) -> h225.GatekeeperReject:
        return h225.GatekeeperReject(
            requestSeqNum=grq.requestSeqNum,
            protocolIdentifier=self._dialect.protocolIdentifier,
            gatekeeperIdentifier=self._identifier,
            rejectReason=reason,
        )

    def rcf(
        self, rrq: h225.RegistrationRequest, registration: RegisteredEndpoint, *, full: bool
    ) -> h225.RegistrationConfirm:
        """`full` is for a full RRQ; a keep-alive is answered with what it needs and no more."""
        dialect, config = self._dialect, self._config
        aliases = [alias_field(alias) for alias in registration.aliases]
        return h225.RegistrationConfirm(
            requestSeqNum=rrq.requestSeqNum,
            protocolIdentifier=dialect.protocolIdentifier,
            nonStandardData=self._login() if full and dialect.login_data else None,
            callSignalAddress=[address_field(config.call_signalling)] if full else [],
            terminalAlias=aliases if full and aliases and dialect.terminalAlias else None,
            gatekeeperIdentifier=self._identifier,
            endpointIdentifier=registration.endpointIdentifier,
            alternateGatekeeper=(self._alternates() or None) if full else None,
            timeToLive=round(registration.lifetime - config.grace) if dialect.timeToLive else None,
            willRespondToIRR=False,
            preGrantedARQ=_PRE_GRANTED if full and dialect.preGrantedARQ else None,
            maintainConnection=dialect.maintainConnection,
            supportsAdditiveRegistration=True if full and dialect.supportsAdditiveRegistration else None,
        )

    def rrj(
        self, rrq: h225.RegistrationRequest, reason: h225.RegistrationRejectReason
    ) -> h225.RegistrationReject:
        return h225.RegistrationReject(
            requestSeqNum=rrq.requestSeqNum,
            protocolIdentifier=self._dialect.protocolIdentifier,
            gatekeeperIdentifier=self._identifier,
            rejectReason=reason,
        )

    def _login(self) -> h225.NonStandardParameter:
        # The rest of a login reply (buttons, QoS, port ranges) is not known well enough to be invented.
        return h225.NonStandardParameter(
            nonStandardIdentifier=("object", LOGIN_OBJECT), data=bytes([LOGIN_ACCEPTED, 0])
        )

    def _alternates(self) -> list[h225.AlternateGK]:
        """Most wanted first: priority 0 is the highest (H.225.0 clause 7.6)."""
        own = [self._config.ras] if self._dialect.alternateGatekeeper_self else []
        return [
            h225.AlternateGK(rasAddress=address_field(each), needToRegister=True, priority=min(number, 127))
            for number, each in enumerate((*own, *self._config.alternates))
        ]

    def _features(self) -> h225.FeatureSet:
        first = h225.GenericData(
            id=("oid", AVAYA_FEATURES[0]),
            parameters=[h225.EnumeratedParameter(id=("standard", number)) for number in _PARAMETERS],
        )
        second = h225.GenericData(
            id=("oid", AVAYA_FEATURES[1]),
            parameters=[
                h225.EnumeratedParameter(id=("standard", 1), content=("number8", 1)),
                h225.EnumeratedParameter(id=("standard", 2), content=("number16", 60)),
                h225.EnumeratedParameter(id=("standard", 3), content=("number16", 0)),
                h225.EnumeratedParameter(id=("standard", 4), content=("bool", True)),
                h225.EnumeratedParameter(id=("standard", 5), content=("bool", True)),
            ],
        )
        third = h225.GenericData(id=("standard", 6))
        features = [first, second, third]
        return h225.FeatureSet(
            replacementFeatureSet=True, desiredFeatures=features, supportedFeatures=features
        )


_PRE_GRANTED = h225.PreGrantedARQ(
    makeCall=True,
    useGKCallSignalAddressToMakeCall=True,
    answerCall=True,
    useGKCallSignalAddressToAnswer=True,
)


def acknowledgement(number: int, *, known: bool) -> h225.InfoRequestAck | h225.InfoRequestNak:
    """What an IRR gets that wants an answer (H.225.0 clause 7.15)."""
    if known:
        return h225.InfoRequestAck(requestSeqNum=number)
    return h225.InfoRequestNak(requestSeqNum=number, nakReason=("notRegistered", True))


def not_understood(message: UnknownAlternative, datagram: bytes) -> h225.UnknownMessageResponse:
    """XRS. Every request since version 1 has its number behind one octet of preamble, but for the longest."""
    number = int.from_bytes(message.data[1:3]) % 65535 + 1
    return h225.UnknownMessageResponse(requestSeqNum=number, messageNotUnderstood=datagram)


def service_control_response(sci: h225.ServiceControlIndication) -> h225.ServiceControlResponse:
    """No service control here."""
    return h225.ServiceControlResponse(requestSeqNum=sci.requestSeqNum, result=("notAvailable", True))


def switch_info_response(nsm: h225.NonStandardMessage) -> h225.NonStandardMessage | None:
    """To an Avaya handset that asks for its buttons: it has none here. None: it asks something else."""
    asked = nsm.nonStandardData
    ours = asked.nonStandardIdentifier == ("object", LOGIN_OBJECT)
    if not ours or not asked.data.startswith(SWITCH_INFO_REQUEST[:1]):
        return None
    told = structs.replace(asked, data=SWITCH_INFO_RESPONSE)
    return h225.NonStandardMessage(requestSeqNum=nsm.requestSeqNum, nonStandardData=told)


def resources_available_confirm(
    rai: h225.ResourcesAvailableIndicate, dialect: Dialect
) -> h225.ResourcesAvailableConfirm:
    """Every report of a gateway's resources is confirmed; nothing here depends on them."""
    return h225.ResourcesAvailableConfirm(
        requestSeqNum=rai.requestSeqNum, protocolIdentifier=dialect.protocolIdentifier
    )
