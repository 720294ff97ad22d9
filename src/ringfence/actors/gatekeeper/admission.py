"""Calls on the RAS channel: ARQ, BRQ, DRQ, LRQ. Stateless: a call is granted, never counted.

Handsets of the Avaya dialect are pre-granted by their RCF and send none of these.
"""

from msgspec import structs

from ringfence.actors.gatekeeper.config import GatekeeperConfig
from ringfence.actors.gatekeeper.registrations import RegisteredEndpoint, Registrations
from ringfence.actors.gatekeeper.replies import resources_available_confirm, service_control_response
from ringfence.actors.ras import features
from ringfence.actors.ras.fields import TERMINAL_TYPE, address_field, aliases_of, usable_address
from ringfence.model.address import TransportAddress
from ringfence.wire import h225, ras


class Admission:
    """Answers, each for the sender, whatever address the message names: nobody else is ever answered.

    The table is the gatekeeper's.
    """

    def __init__(self, config: GatekeeperConfig, table: Registrations) -> None:
        self._config = config
        self._table = table

    def _caller(self, identifier: str | None, source: TransportAddress) -> RegisteredEndpoint | None:
        registration = self._table.by_id(identifier or "")
        return registration if registration is not None and registration.ras.ip == source.ip else None

    def admit(self, arq: h225.AdmissionRequest, source: TransportAddress) -> ras.RasMessage:
        reason: h225.AdmissionRejectReason
        caller = self._caller(arq.endpointIdentifier, source)
        destination = self._destination(arq, caller)
        if caller is None:
            reason = ("callerNotRegistered", True)
        elif features.unmet(arq.featureSet, self._config.dialect):
            reason = ("neededFeatureNotSupported", True)
        elif arq.answerCall:
            return self._acf(arq, caller.call_signalling)
        elif destination is None:
            reason = ("calledPartyNotRegistered", True)
        else:
            return self._acf(arq, destination)
        return h225.AdmissionReject(requestSeqNum=arq.requestSeqNum, rejectReason=reason)

    def _destination(
        self, arq: h225.AdmissionRequest, caller: RegisteredEndpoint | None
    ) -> TransportAddress | None:
        for alias in aliases_of(arq.destinationInfo):
            called = self._table.called(alias, caller)
            if called is not None:
                return called.call_signalling
        named = usable_address(arq.destCallSignalAddress)
        called = self._table.by_call_signalling(named) if named is not None else None
        return called.call_signalling if called is not None else None

    def _acf(self, arq: h225.AdmissionRequest, to: TransportAddress) -> h225.AdmissionConfirm:
        return h225.AdmissionConfirm(
            requestSeqNum=arq.requestSeqNum,
            bandWidth=min(arq.bandWidth, self._config.bandwidth),
            callModel=("gatekeeperRouted", True) if self._config.calls else ("direct", True),
            destCallSignalAddress=address_field(self._route(to)),
        )

    def beyond(
        self, arq: h225.AdmissionRequest, to: TransportAddress, aliases: tuple[h225.AliasAddress, ...]
    ) -> h225.AdmissionConfirm:
        """The ACF for a call to whom a neighbour has: there, or by way of us; with its name for it."""
        mapped = list(aliases) if arq.canMapAlias and aliases else None
        return structs.replace(self._acf(arq, to), destinationInfo=mapped)

    def _route(self, endpoint: TransportAddress) -> TransportAddress:
        """Where call signalling for an endpoint goes."""
        return endpoint if self._config.calls is None else self._config.call_signalling

    def answer(self, message: ras.RasMessage, source: TransportAddress) -> ras.RasMessage | None:
        """To what needs nothing but the table; None: it is for somebody else."""
        match message:
            case h225.BandwidthRequest():
                return self.change_bandwidth(message, source)
            case h225.DisengageRequest():
                return self.disengage(message, source)
            case h225.ServiceControlIndication():
                return service_control_response(message)
            case h225.ResourcesAvailableIndicate():
                return resources_available_confirm(message, self._config.dialect)
            case _:
                return None

    def change_bandwidth(self, brq: h225.BandwidthRequest, source: TransportAddress) -> ras.RasMessage:
        if self._caller(brq.endpointIdentifier, source) is None:
            return self._brj(brq, ("notBound", True))
        if brq.bandWidth > self._config.bandwidth:
            return self._brj(brq, ("insufficientResources", True))
        return h225.BandwidthConfirm(requestSeqNum=brq.requestSeqNum, bandWidth=brq.bandWidth)

    def _brj(self, brq: h225.BandwidthRequest, reason: h225.BandRejectReason) -> h225.BandwidthReject:
        return h225.BandwidthReject(
            requestSeqNum=brq.requestSeqNum, rejectReason=reason, allowedBandWidth=self._config.bandwidth
        )

    def disengage(self, drq: h225.DisengageRequest, source: TransportAddress) -> ras.RasMessage:
        if self._caller(drq.endpointIdentifier, source) is None:
            return h225.DisengageReject(requestSeqNum=drq.requestSeqNum, rejectReason=("notRegistered", True))
        return h225.DisengageConfirm(requestSeqNum=drq.requestSeqNum)

    def locate(self, lrq: h225.LocationRequest) -> ras.RasMessage:
        if features.unmet(lrq.featureSet, self._config.dialect):
            unmet: h225.LocationRejectReason = ("neededFeatureNotSupported", True)
            return h225.LocationReject(requestSeqNum=lrq.requestSeqNum, rejectReason=unmet)
        found = self.located(lrq)
        if found is not None:
            return h225.LocationConfirm(
                requestSeqNum=lrq.requestSeqNum,
                callSignalAddress=address_field(self._route(found.call_signalling)),
                rasAddress=address_field(self._config.ras if self._config.calls else found.ras),
                destinationType=TERMINAL_TYPE,
            )
        return h225.LocationReject(requestSeqNum=lrq.requestSeqNum, rejectReason=("notRegistered", True))

    def located(self, lrq: h225.LocationRequest) -> RegisteredEndpoint | None:
        """Whom an LRQ asks for, when it is registered here."""
        found = (self._table.called(alias) for alias in aliases_of(lrq.destinationInfo))
        return next((one for one in found if one is not None), None)
