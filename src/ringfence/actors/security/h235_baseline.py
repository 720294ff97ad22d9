"""H.235.1 around an endpoint or a gatekeeper: every RAS message bears a hash, and is judged by it.

The machine inside knows nothing of it: it gets messages without tokens, and its own leave with one. GRQ and
GCF are signed by nobody; they agree on the profile (pwdHash with object identifier "A"). Endpoints that name
its algorithm "U" instead, as H323Plus does (h235auth1.cxx), sign RRQ and ARQ and nothing else.
"""

from collections.abc import Container, Mapping
from typing import Protocol, TypeAlias

from msgspec import structs

from ringfence.actors.io import NOTHING, Commands, DatagramReceived, Event, Machine, SendDatagram
from ringfence.actors.ras.fields import aliases_of
from ringfence.actors.reports import Reports
from ringfence.model.address import Address, TransportAddress
from ringfence.model.defaults import CLOCK_TOLERANCE, DISCOVERY_PORT
from ringfence.model.errors import DecodeError
from ringfence.model.findings.register import TOKEN_NOT_GOOD
from ringfence.model.stage import Stage
from ringfence.wire import h225, ras
from ringfence.wire.h235_tokens import (
    BASELINE,
    HMAC_SHA1_96,
    baseline_key,
    is_baseline,
    sign,
    token_of,
    verify_token,
    without_token,
)
from ringfence.wire.per import EncodeError
from ringfence.wire.per.notation import UnknownAlternative

_MOST_PEERS = 100_000
_MOST_STAMPS = 8
_UNSIGNED = (h225.GatekeeperRequest, h225.GatekeeperConfirm, h225.GatekeeperReject)


class _Stamps:
    """The latest stamps of one sender. They may overtake each other on the way."""

    def __init__(self) -> None:
        self._floor = (0, 0)
        self._seen: set[tuple[int, int]] = set()

    def takes(self, stamp: tuple[int, int]) -> bool:
        if stamp <= self._floor or stamp in self._seen:
            return False
        self._seen.add(stamp)
        if len(self._seen) > _MOST_STAMPS:
            self._floor = min(self._seen)
            self._seen.remove(self._floor)
        return True


class _Seal:
    """Signs with a rising number, and lets each (time, number) of a sender through once."""

    def __init__(self, epoch: float) -> None:
        self._epoch = epoch
        self._random = 0
        self._stamps: dict[str, _Stamps] = {}

    def sign(self, message: ras.RasMessage, key: bytes, recipient: str, sender: str, now: float) -> bytes:
        self._random = self._random % 0x7FFFFFFF + 1
        return sign(
            message,
            key,
            time_stamp=max(1, int(self._epoch + now)),
            random=self._random,
            recipient=recipient or "?",
            sender=sender or "?",
        )

    def fault(self, octets: bytes, message: ras.RasMessage, key: bytes, who: str, now: float) -> str:
        """What is wrong with the token of a message from `who`; empty: nothing."""
        token = token_of(message)
        if token is None:
            return "it bears no token of the baseline profile"
        if not verify_token(octets, token, key):
            return "its hash is that of another password or another message"
        clear = token.hashedVals
        stamp = (clear.timeStamp or 0, clear.random or 0)
        if abs(stamp[0] - (self._epoch + now)) > CLOCK_TOLERANCE:
            return "its time stamp is too far from our clock"
        if who not in self._stamps and len(self._stamps) >= _MOST_PEERS:
            self._stamps.clear()
        taken = self._stamps.setdefault(who, _Stamps()).takes(stamp)
        return "" if taken else "its time stamp was seen before"


# What goes on to the machine inside (None: nothing), and what is answered in its place.
_Opened: TypeAlias = tuple[DatagramReceived | None, Commands]


class _Secured(Protocol):
    """What `_secured` needs to know of either side; `ports` are those that RAS uses on it."""

    @property
    def inner(self) -> Machine: ...

    @property
    def ports(self) -> Container[int]: ...

    def opened(self, event: DatagramReceived, message: ras.RasMessage, now: float) -> _Opened: ...

    def signed(self, command: SendDatagram, message: ras.RasMessage, now: float) -> SendDatagram: ...


def _secured(side: _Secured, event: Event, now: float) -> Commands:
    """Judge a RAS message on its way to the machine inside, and sign those on their way out."""
    if isinstance(event, DatagramReceived) and event.destination.port in side.ports:
        message = _message_in(event.data)
        if message is not None:
            inward, answer = side.opened(event, message, now)
            if inward is None:
                return answer
            event = inward
    return tuple(
        side.signed(command, ras.decode(command.data), now)
        if isinstance(command, SendDatagram) and command.source.port in side.ports
        else command
        for command in side.inner.handle(event, now)
    )


def _message_in(octets: bytes) -> ras.RasMessage | None:
    """None when it is no RAS: the machine inside reports that."""
    try:
        return ras.decode(octets)
    except DecodeError:
        return None


class H235Endpoint:
    """An endpoint that signs what it sends and believes what is signed, its RCF above all: who registers it
    has to know the password, also where the rest of what the gatekeeper says itself bears no token.

    `epoch` is the time since 1970 when the machine's clock stood at 0.
    """

    def __init__(
        self, inner: Machine, ras_ports: range, extension: str, password: str, *, epoch: float = 0.0
    ) -> None:
        self.inner = inner
        self.ports = ras_ports
        self._extension = extension
        self._key = baseline_key(password)
        self._seal = _Seal(epoch)
        self._reports = Reports()
        self._identifier = ""
        self._gatekeeper = ""
        self._bare = False  # the gatekeeper signs RRQ and ARQ only, so nothing that it says itself

    @property
    def deadline(self) -> float | None:
        return self.inner.deadline

    def handle(self, event: Event, now: float) -> Commands:
        return _secured(self, event, now)

    def opened(self, event: DatagramReceived, message: ras.RasMessage, now: float) -> _Opened:
        if isinstance(message, h225.GatekeeperConfirm):
            self._gatekeeper = message.gatekeeperIdentifier or ""
            self._bare = message.algorithmOID == HMAC_SHA1_96
        if isinstance(message, _UNSIGNED):
            return event, NOTHING
        confirms = isinstance(message, h225.RegistrationConfirm)
        bare = self._bare and not confirms and not getattr(message, "cryptoTokens", None)
        fault = "" if bare else self._seal.fault(event.data, message, self._key, str(event.source), now)
        if fault:
            sentence = f"{type(message).__name__} from {event.source} is not believed: {fault}"
            noted = self._reports.note(TOKEN_NOT_GOOD, sentence, Stage.REGISTER, about=fault)
            # Whether it is registered there is not known: it is not said to be.
            return None, (*noted, *(self._reports.fail(Stage.REGISTER, sentence) if confirms else NOTHING))
        if isinstance(message, h225.RegistrationConfirm):
            self._identifier = message.endpointIdentifier
        return _inward(event, message), NOTHING

    def signed(self, command: SendDatagram, message: ras.RasMessage, now: float) -> SendDatagram:
        if isinstance(message, h225.GatekeeperRequest):
            offer = structs.replace(
                message, authenticationCapability=[("pwdHash", True)], algorithmOIDs=[BASELINE, HMAC_SHA1_96]
            )
            return structs.replace(command, data=ras.encode(offer))
        if isinstance(message, h225.RegistrationRequest) and not message.keepAlive:
            self._identifier = ""  # until the RCF an endpoint is known by its alias
        sender = self._identifier or self._extension
        data = self._seal.sign(message, self._key, self._gatekeeper, sender, now)
        return structs.replace(command, data=data)


class H235Gatekeeper:
    """A gatekeeper whose `users` (extension to password) prove themselves in every message.

    The machine inside has to let these extensions in without a password. Other gatekeepers have none: their
    LRQs are believed by address, from `neighbours` alone.
    """

    def __init__(
        self,
        inner: Machine,
        local: TransportAddress,
        users: Mapping[str, str],
        *,
        identifier: str,
        epoch: float = 0.0,
        neighbours: frozenset[Address] = frozenset(),
    ) -> None:
        self.inner = inner
        self.ports = frozenset({local.port, DISCOVERY_PORT})
        self._local = local
        self._neighbours = neighbours
        self._keys = {user: baseline_key(password) for user, password in users.items()}
        self._seal = _Seal(epoch)
        self._identifier = identifier
        self._reports = Reports()
        self._users: dict[TransportAddress, str] = {}  # who proved what from where
        self._names: dict[TransportAddress, str] = {}  # their endpoint identifiers
        self._whole: dict[TransportAddress, bool] = {}  # who offered to sign every message

    @property
    def deadline(self) -> float | None:
        return self.inner.deadline

    def handle(self, event: Event, now: float) -> Commands:
        return _secured(self, event, now)

    def opened(self, event: DatagramReceived, message: ras.RasMessage, now: float) -> _Opened:
        if isinstance(message, h225.GatekeeperRequest):
            offered = _offered(message)
            if not offered:
                return None, self._refused(event, message)
            if len(self._whole) >= _MOST_PEERS:
                self._whole.clear()
            self._whole[event.source] = BASELINE in offered
            return event, NOTHING
        if isinstance(message, h225.LocationRequest) and event.source.ip in self._neighbours:
            return event, NOTHING
        user = self._user(message, event.source)
        key = self._keys.get(user)
        if key is not None and self._may_be_bare(message, event.source):
            return event, NOTHING
        fault = (
            "nobody here has that name"
            if key is None
            else self._seal.fault(event.data, message, key, user, now)
        )
        if fault:
            sentence = f"{type(message).__name__} from {event.source} is not believed: {fault}"
            noted = self._reports.note(TOKEN_NOT_GOOD, sentence, Stage.REGISTER, about=sentence)
            return None, (*noted, *self._refused(event, message))
        if len(self._users) >= _MOST_PEERS:
            self._users.clear()
        self._users[event.source] = user
        return _inward(event, message), NOTHING

    def _user(self, message: ras.RasMessage, source: TransportAddress) -> str:
        """By alias in a full RRQ, by what was proved from that address in all else."""
        if isinstance(message, h225.RegistrationRequest) and message.terminalAlias:
            # Only users are registered; one hash proves one password, so all of them must have that.
            names = [name for name in aliases_of(message.terminalAlias) if name in self._keys]
            owned = {self._keys[name] for name in names}
            return names[0] if len(owned) == 1 else ""
        return self._users.get(source, "")

    def _may_be_bare(self, message: ras.RasMessage, source: TransportAddress) -> bool:
        if isinstance(message, h225.RegistrationRequest | h225.AdmissionRequest | UnknownAlternative):
            return False
        return not self._whole.get(source, False) and not getattr(message, "cryptoTokens", None)

    def _refused(self, event: DatagramReceived, message: ras.RasMessage) -> Commands:
        """An RRQ and a GRQ are told; to all else silence is the answer that gives nothing away."""
        answer: ras.RasMessage
        match message:
            case h225.RegistrationRequest(requestSeqNum=number, protocolIdentifier=version):
                answer = h225.RegistrationReject(
                    requestSeqNum=number, protocolIdentifier=version, rejectReason=("securityDenial", True)
                )
            case h225.GatekeeperRequest(requestSeqNum=number, protocolIdentifier=version):
                answer = h225.GatekeeperReject(
                    requestSeqNum=number, protocolIdentifier=version, rejectReason=("securityDenial", True)
                )
            case _:
                return NOTHING
        return (SendDatagram(self._local, event.source, ras.encode(answer)),)

    def signed(self, command: SendDatagram, message: ras.RasMessage, now: float) -> SendDatagram:
        if isinstance(message, h225.GatekeeperConfirm):
            named = BASELINE if self._whole.get(command.destination, True) else HMAC_SHA1_96
            chosen = structs.replace(message, authenticationMode=("pwdHash", True), algorithmOID=named)
            return structs.replace(command, data=ras.encode(chosen))
        user = self._users.get(command.destination, "")
        if user not in self._keys or isinstance(message, _UNSIGNED):
            return command
        if isinstance(message, h225.RegistrationConfirm):
            self._names[command.destination] = message.endpointIdentifier
        recipient = self._names.get(command.destination, user)
        data = self._seal.sign(message, self._keys[user], recipient, self._identifier, now)
        return structs.replace(command, data=data)


def _offered(grq: h225.GatekeeperRequest) -> set[tuple[int, ...]]:
    """Of the two identifiers, in the version that is ours."""
    if ("pwdHash", True) not in (grq.authenticationCapability or ()):
        return set()
    algorithms = [tuple(each) for each in grq.algorithmOIDs or ()]
    names = {BASELINE for each in algorithms if is_baseline(each)}
    return names | {HMAC_SHA1_96 for each in algorithms if each == HMAC_SHA1_96}


def _inward(event: DatagramReceived, message: ras.RasMessage) -> DatagramReceived:
    """The event with its message as it was before it was signed: a repeated one is seen as such."""
    try:
        return structs.replace(event, data=ras.encode(without_token(message)))
    except EncodeError:  # read leniently, it cannot always be written back
        return event
