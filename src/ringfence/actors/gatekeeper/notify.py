"""The gatekeeper speaks first: after silence, at expiry, and until it is answered."""

from dataclasses import dataclass, replace

from ringfence.actors.deadlines import Deadlines
from ringfence.actors.gatekeeper.config import GatekeeperConfig, NotificationKind, Since
from ringfence.actors.gatekeeper.registrations import RegisteredEndpoint
from ringfence.actors.io import Command, Commands, SendDatagram
from ringfence.actors.ras.dialect import LOGIN_OBJECT, SWITCH_INFO_RESPONSE
from ringfence.actors.ras.fields import address_field, alias_field
from ringfence.actors.reports import Reports
from ringfence.model.address import TransportAddress
from ringfence.model.findings.notify import NOTIFY_UNANSWERED
from ringfence.model.stage import Stage
from ringfence.wire import h225, ras

_REREGISTER: h225.UnregRequestReason = ("reregistrationRequired", True)


@dataclass(frozen=True, slots=True)
class _Pending:
    """A request of ours that is not answered yet."""

    kind: NotificationKind
    to: TransportAddress
    octets: bytes
    left: int


class Notifier:
    """`due` names endpoints to be spoken to; requests out are repeated until `answered` or given up."""

    def __init__(self, config: GatekeeperConfig, reports: Reports, sequence: int) -> None:
        self._config = config
        self._reports = reports
        self._sequence = sequence
        self._turns: Deadlines[str] = Deadlines()
        self._pending: dict[int, _Pending] = {}
        self._retries: Deadlines[int] = Deadlines()
        self._put_out: dict[TransportAddress, int] = {}  # the number of our last URQ to each, while it is out

    @property
    def deadline(self) -> float | None:
        return min((at for at in (self._turns.next, self._retries.next) if at is not None), default=None)

    def registered(self, registration: RegisteredEndpoint, now: float) -> None:
        # ooh323c confirms no URQ, it registers anew, and again with each repetition (ooGkClient.c).
        sequence = self._put_out.get(registration.ras)
        if sequence is not None:
            self._settle(sequence, registration.ras)
        if self._config.notification is not None:
            self._turns.put(registration.endpointIdentifier, now + self._config.notification.after)

    def heard(self, registration: RegisteredEndpoint, now: float) -> None:
        plan = self._config.notification
        if plan is not None and plan.since is Since.SILENCE:
            self._turns.put(registration.endpointIdentifier, now + plan.after)

    def gone(self, registration: RegisteredEndpoint) -> None:
        self._turns.drop(registration.endpointIdentifier)

    def due(self, now: float, most: int) -> list[str]:
        """Endpoint identifiers whose turn has come, `most` at once; `notify` them."""
        return self._turns.take(now, most)

    def notify(self, registration: RegisteredEndpoint, now: float) -> Commands:
        """As configured. A URQ asks the endpoint to register anew; the caller puts it out."""
        plan = self._config.notification
        kind = NotificationKind.IRQ if plan is None else plan.kind
        match kind:
            case NotificationKind.IRQ:
                irq = h225.InfoRequest(requestSeqNum=self._next(), callReferenceValue=0)
                return self._ask(NotificationKind.IRQ, irq, registration.ras, now)
            case NotificationKind.NSM:
                data = h225.NonStandardParameter(
                    nonStandardIdentifier=("object", LOGIN_OBJECT), data=SWITCH_INFO_RESPONSE
                )
                nsm = h225.NonStandardMessage(requestSeqNum=self._next(), nonStandardData=data)
                return (self._send(registration.ras, ras.encode(nsm)),)
            case NotificationKind.URQ:
                return self.unregister(registration, _REREGISTER, now)

    def unregister(
        self, registration: RegisteredEndpoint, reason: h225.UnregRequestReason, now: float
    ) -> Commands:
        """URQ, repeated until it is answered."""
        dialect = self._config.dialect
        urq = h225.UnregistrationRequest(
            requestSeqNum=self._next(),
            callSignalAddress=[address_field(registration.call_signalling)],
            endpointAlias=[alias_field(alias) for alias in registration.aliases] or None,
            endpointIdentifier=registration.endpointIdentifier,
            # H323Plus obeys no URQ without the identifier it was given (gkclient.cxx).
            gatekeeperIdentifier=self._config.identifier if dialect.gatekeeperIdentifier else None,
            reason=reason,
        )
        asked = self._ask(NotificationKind.URQ, urq, registration.ras, now)
        if reason != _REREGISTER:  # which an RRQ alone does not answer: it may have come of itself
            self._put_out[registration.ras] = urq.requestSeqNum
        return asked

    def answered(self, sequence: int, source: TransportAddress) -> Commands:
        """An IRR, UCF or URJ has come; it counts when it is the answer to what we asked."""
        pending = self._pending.get(sequence)
        if pending is None or pending.to != source:
            return ()
        self._settle(sequence, source)
        self._reports.forget(NOTIFY_UNANSWERED)
        return self._reports.reach(Stage.NOTIFY, f"{source} answered {pending.kind.name}")

    def asked_for_calls(self, sequence: int, source: TransportAddress) -> bool:
        """Whether an IRR answers an IRQ of ours that is out: they ask for every call."""
        pending = self._pending.get(sequence)
        return pending is not None and pending.to == source and pending.kind is NotificationKind.IRQ

    def _settle(self, sequence: int, to: TransportAddress) -> None:
        del self._pending[sequence]
        self._retries.drop(sequence)
        if self._put_out.get(to) == sequence:
            del self._put_out[to]

    def repeat(self, now: float, most: int) -> Commands:
        """Requests whose time is up go out again, or are given up; `most` at once."""
        said: list[Command] = []
        for sequence in self._retries.take(now, most):
            pending = self._pending[sequence]
            if pending.left:
                self._pending[sequence] = replace(pending, left=pending.left - 1)
                self._retries.put(sequence, now + self._config.retry.timeout)
                said.append(self._send(pending.to, pending.octets))
                continue
            self._settle(sequence, pending.to)
            why = (
                f"no answer to {pending.kind.name} from {pending.to}, from which nothing was received for a "
                "while"
            )
            noted = self._reports.note(NOTIFY_UNANSWERED, why, Stage.NOTIFY, about=str(pending.to))
            said += [*noted, *(self._reports.fail(Stage.NOTIFY, why) if noted else ())]
        return tuple(said)

    def _ask(
        self, kind: NotificationKind, message: ras.RasMessage, to: TransportAddress, now: float
    ) -> Commands:
        octets = ras.encode(message)
        self._pending[self._sequence] = _Pending(kind, to, octets, self._config.retry.tries - 1)
        self._retries.put(self._sequence, now + self._config.retry.timeout)
        return (self._send(to, octets),)

    def _send(self, to: TransportAddress, octets: bytes) -> SendDatagram:
        return SendDatagram(self._config.ras, to, octets, self._config.interface)

    def _next(self) -> int:
        """A number that no request of ours that is still out has."""
        self._sequence = self._sequence % 65535 + 1
        while self._sequence in self._pending and len(self._pending) < 65535:
            self._sequence = self._sequence % 65535 + 1
        return self._sequence
