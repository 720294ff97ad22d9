"""H.235.1 around an endpoint or a gatekeeper: every RAS message bears a hash, and is judged by it.

The machine inside knows nothing of it: it gets messages without tokens, and its own leave with one. GRQ and
GCF are signed by nobody; they agree on the profile (pwdHash with object identifier "A"). Endpoints that name
its algorithm "U" instead, as H323Plus does (h235auth1.cxx), sign RRQ and ARQ and nothing else.
"""

from collections.abc import Container, Iterable, Mapping
from typing import Protocol, TypeAlias, TypeVar

from msgspec import structs

from ringfence.actors.io import NOTHING, Commands, DatagramReceived, Event, Keep, Machine, SendDatagram
from ringfence.actors.ras.fields import aliases_of
from ringfence.actors.reports import Reports
from ringfence.actors.security.durable import ProvedPeer, keep_peer, keep_stamp, restored_peers
from ringfence.actors.security.h235_seal import Seal
from ringfence.model.address import Address, TransportAddress
from ringfence.model.defaults import DISCOVERY_PORT
from ringfence.model.errors import DecodeError
from ringfence.model.findings.register import TOKEN_NOT_GOOD
from ringfence.model.stage import Stage
from ringfence.wire import h225, ras
from ringfence.wire.h235_tokens import (
    BASELINE,
    HMAC_SHA1_96,
    baseline_key,
    is_baseline,
    without_token,
)
from ringfence.wire.per import EncodeError
from ringfence.wire.per.notation import UnknownAlternative

V = TypeVar("V")

_MOST_PEERS = 100_000
_BETWEEN_GATEKEEPERS = (
    h225.LocationRequest,
    h225.LocationConfirm,
    h225.LocationReject,
    h225.RequestInProgress,
)
# By whether the gatekeeper said that requests alone are signed.
_UNSIGNED_CONFIRM = {
    True: "; the gatekeeper checks the hash of requests (algorithm U) and signs no answer, so anybody may"
    " have sent this one: let it sign its answers too, or register without H.235.1, by an MD5 hash",
    False: "; the gatekeeper did not agree to H.235.1, or does not sign: give the extension a password there"
    " and switch H.235.1 (HMAC-SHA1-96) on",
}
_UNSIGNED = (h225.GatekeeperRequest, h225.GatekeeperConfirm, h225.GatekeeperReject)


# What goes on to the machine inside (None: nothing), and what is done before it or in its place.
_Opened: TypeAlias = tuple[DatagramReceived | None, Commands]


class _Secured(Protocol):
    """What `_secured` needs to know of either side; `ports` are those that RAS uses on it."""

    @property
    def inner(self) -> Machine: ...

    @property
    def ports(self) -> Container[int]: ...

    def opened(self, event: DatagramReceived, message: ras.RasMessage, now: float) -> _Opened: ...

    def signed(self, command: SendDatagram, message: ras.RasMessage, now: float) -> Commands: ...


def _secured(side: _Secured, event: Event, now: float) -> Commands:
    """Judge a RAS message on its way to the machine inside, and sign those on their way out."""
    first = NOTHING
    if isinstance(event, DatagramReceived) and event.destination.port in side.ports:
        message = _message_in(event.data)
        if message is not None:
            inward, first = side.opened(event, message, now)
            if inward is None:
                return first
            event = inward
    commands = list(first)
    for command in side.inner.handle(event, now):
        if isinstance(command, SendDatagram) and command.source.port in side.ports:
            commands += side.signed(command, ras.decode(command.data), now)
        else:
            commands.append(command)
    return tuple(commands)


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
        self._seal = Seal(epoch)
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
            sentence = f"{type(message).__name__} from {event.source} is not accepted: {fault}"
            if isinstance(message, h225.RegistrationConfirm) and not message.cryptoTokens:
                sentence += _UNSIGNED_CONFIRM[self._bare]
            noted = self._reports.note(TOKEN_NOT_GOOD, sentence, Stage.REGISTER, about=fault)
            # Whether it is registered there is not known: it is not said to be.
            return None, (*noted, *(self._reports.fail(Stage.REGISTER, sentence) if confirms else NOTHING))
        if isinstance(message, h225.RegistrationConfirm):
            self._identifier = message.endpointIdentifier
        return _inward(event, message), NOTHING

    def signed(self, command: SendDatagram, message: ras.RasMessage, now: float) -> Commands:
        if isinstance(message, h225.GatekeeperRequest):
            offer = structs.replace(
                message, authenticationCapability=[("pwdHash", True)], algorithmOIDs=[BASELINE, HMAC_SHA1_96]
            )
            return (structs.replace(command, data=ras.encode(offer)),)
        if isinstance(message, h225.RegistrationRequest) and not message.keepAlive:
            self._identifier = ""  # until the RCF an endpoint is known by its alias
        sender = self._identifier or self._extension
        data = self._seal.sign(message, self._key, self._gatekeeper, sender, now)
        return (structs.replace(command, data=data),)


class H235Gatekeeper:
    """A gatekeeper whose `users` (extension to password, or to its SHA-1) prove themselves in every message.

    The machine inside has to let these extensions in without a password. Other gatekeepers have none: their
    LRQs, and their answers to ours, are believed by address, from `neighbours` alone. `kept` is what an
    earlier gatekeeper kept.

    What an endpoint agreed on, to sign every message or RRQ and ARQ alone, is fixed by its registration: a
    GRQ, which nobody signs, can raise it and never lowers it.
    """

    def __init__(
        self,
        inner: Machine,
        local: TransportAddress,
        users: Mapping[str, str | bytes],
        *,
        identifier: str,
        epoch: float = 0.0,
        neighbours: frozenset[Address] = frozenset(),
        kept: Iterable[Keep] = (),
    ) -> None:
        restored = restored_peers(kept, users)
        self.inner = inner
        self.ports = frozenset({local.port, DISCOVERY_PORT})
        self._local = local
        self._neighbours = neighbours
        self._keys = {user: baseline_key(password) for user, password in users.items()}
        self._seal = Seal(epoch, restored.stamps)
        self._identifier = identifier
        self._reports = Reports()
        self._peers = restored.peers
        self._offers: dict[TransportAddress, bool] = {}  # of GRQs: to sign every message

    @property
    def deadline(self) -> float | None:
        return self.inner.deadline

    def users_changed(self, users: Mapping[str, str | bytes]) -> None:
        """Between two events: what they sign is judged by these from now on."""
        gone = {peer.user for peer in self._peers.values()} - users.keys()
        self._peers = {at: peer for at, peer in self._peers.items() if peer.user not in gone}
        self._keys = {user: baseline_key(password) for user, password in users.items()}

    def handle(self, event: Event, now: float) -> Commands:
        return _secured(self, event, now)

    def opened(self, event: DatagramReceived, message: ras.RasMessage, now: float) -> _Opened:
        if isinstance(message, h225.GatekeeperRequest):
            offered = _offered(message)
            if not offered:
                return None, self._refused(event, message)
            before = _pop_for(self._offers, event.source)
            self._offers[event.source] = bool(before) or BASELINE in offered
            return event, NOTHING
        if isinstance(message, _BETWEEN_GATEKEEPERS) and event.source.ip in self._neighbours:
            return event, NOTHING
        user = self._user(message, event.source)
        key = self._keys.get(user)
        if key is not None and self._may_be_bare(message, event.source):
            return event, NOTHING
        fault = (
            "no user here has that name"
            if key is None
            else self._seal.fault(event.data, message, key, user, now)
        )
        if fault:
            sentence = f"{type(message).__name__} from {event.source} is not accepted: {fault}"
            noted = self._reports.note(TOKEN_NOT_GOOD, sentence, Stage.REGISTER, about=sentence)
            return None, (*noted, *self._refused(event, message))
        if isinstance(message, h225.RegistrationRequest) and not message.keepAlive:
            self._proved(event.source, user)
        return _inward(event, message), (keep_stamp(user, self._seal.latest(user)),)

    def _proved(self, source: TransportAddress, user: str) -> None:
        """A full RRQ is believed: with it begins what was agreed on."""
        offered = self._offers.pop(source, True)
        before = _pop_for(self._peers, source)
        if before is not None and before.user == user and not before.ended:
            before.whole = before.whole or offered
            self._peers[source] = before
        else:
            self._peers[source] = ProvedPeer(user, whole=offered)

    def _user(self, message: ras.RasMessage, source: TransportAddress) -> str:
        """By alias in a full RRQ, by what was proved from that address in all else."""
        if isinstance(message, h225.RegistrationRequest) and message.terminalAlias:
            # Only users are registered; one hash proves one password, so all of them must have that.
            names = [name for name in aliases_of(message.terminalAlias) if name in self._keys]
            owned = {self._keys[name] for name in names}
            return names[0] if len(owned) == 1 else ""
        peer = self._peers.get(source)
        return "" if peer is None else peer.user

    def _may_be_bare(self, message: ras.RasMessage, source: TransportAddress) -> bool:
        if isinstance(message, h225.RegistrationRequest | h225.AdmissionRequest | UnknownAlternative):
            return False
        peer = self._peers.get(source)
        return peer is not None and not peer.whole and not getattr(message, "cryptoTokens", None)

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

    def signed(self, command: SendDatagram, message: ras.RasMessage, now: float) -> Commands:
        to = command.destination
        peer = self._peers.get(to)
        if isinstance(message, h225.GatekeeperConfirm):
            whole = self._offers.get(to, True) or (peer is not None and peer.whole and not peer.ended)
            named = BASELINE if whole else HMAC_SHA1_96
            chosen = structs.replace(message, authenticationMode=("pwdHash", True), algorithmOID=named)
            return (structs.replace(command, data=ras.encode(chosen)),)
        if peer is None or isinstance(message, _UNSIGNED):
            return (command,)
        kept = NOTHING
        match message:
            case h225.RegistrationConfirm(endpointIdentifier=identifier) if message.callSignalAddress:
                peer.identifier, peer.ended = identifier, False
                kept = (keep_peer(to, peer),)
            case h225.UnregistrationConfirm() | h225.UnregistrationRequest():
                peer.ended = True
            case _:
                pass
        recipient = peer.identifier or peer.user
        data = self._seal.sign(message, self._keys[peer.user], recipient, self._identifier, now)
        return (*kept, structs.replace(command, data=data))


def _pop_for(table: dict[TransportAddress, V], key: TransportAddress) -> V | None:
    """Take out the entry of `key`, or the oldest when a new one has no room."""
    if key not in table and len(table) >= _MOST_PEERS:
        del table[next(iter(table))]
    return table.pop(key, None)


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
