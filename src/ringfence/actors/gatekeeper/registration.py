"""Who may register: GRQ, full and light-weight RRQ, URQ, judged by configuration, table and challenge."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf
from random import Random

from ringfence.actors.gatekeeper.config import AddressPolicy, GatekeeperConfig
from ringfence.actors.gatekeeper.durable import keep_proof
from ringfence.actors.gatekeeper.registrations import RegisteredEndpoint, Registrations
from ringfence.actors.gatekeeper.replies import Replies
from ringfence.actors.io import NOTHING, Commands
from ringfence.actors.ras import features
from ringfence.actors.ras.fields import address_at, aliases_of, prefixes_of, usable_address, vendor_of
from ringfence.actors.reports import Reports
from ringfence.actors.security import password_hash
from ringfence.actors.security.challenges import ChallengeResult, Challenges, offers_password
from ringfence.actors.security.guesses import GuessLimit
from ringfence.actors.security.password_hash import HashProofs
from ringfence.model.address import TransportAddress
from ringfence.model.defaults import CLOCK_TOLERANCE
from ringfence.model.findings import Code
from ringfence.model.findings.discover import PASSWORD_NOT_OFFERED
from ringfence.model.findings.register import (
    CALL_ADDRESS_NOT_SOURCE,
    CHALLENGE_STALE,
    EXTENSION_IN_USE,
    EXTENSION_UNKNOWN,
    FEATURE_NOT_SUPPORTED,
    KEEP_ALIVE_UNKNOWN,
    PASSWORD_GUESSED,
    PASSWORD_MISSING,
    PASSWORD_WRONG,
    RAS_ADDRESS_NOT_SOURCE,
)
from ringfence.model.stage import Stage
from ringfence.wire import h225, ras

_REPEATED = 10.0  # seconds in which an RRQ with the same number is the same: three of 3 s (H.225.0 time-outs)
_MOST_PREFIXES = 64  # of one gateway; ASSUMED


@dataclass(frozen=True, slots=True)
class RequestOutcome:
    """The answer (None: silence), where it goes, and what happened to the table.

    `put_out` are still to be told; `replaced` had the same addresses and are nobody any more; `unregistered`
    themselves.
    """

    answer: ras.RasMessage | None
    to: TransportAddress
    commands: Commands = NOTHING
    registered: RegisteredEndpoint | None = None
    renamed: RegisteredEndpoint | None = None
    put_out: tuple[RegisteredEndpoint, ...] = ()
    replaced: tuple[RegisteredEndpoint, ...] = ()
    unregistered: tuple[RegisteredEndpoint, ...] = ()


class Registrar:
    """Judges; the table is shared with the rest of the gatekeeper."""

    def __init__(
        self,
        config: GatekeeperConfig,
        table: Registrations,
        reports: Reports,
        random: Random,
        proofs: HashProofs,
    ) -> None:
        self._config = config
        self._table = table
        self._reports = reports
        self._replies = Replies(config)
        self._challenges = Challenges(random, capacity=config.capacity)
        self._proofs = proofs
        self._guesses = GuessLimit()
        self._random = random
        self._restarted_until = -inf

    def restarted(self, now: float) -> None:
        """An earlier gatekeeper may have challenged endpoints that answer only now."""
        self._restarted_until = now + self._challenges.lifetime

    # GRQ

    def discover(
        self, grq: h225.GatekeeperRequest, source: TransportAddress, group: bool, now: float
    ) -> RequestOutcome:
        config, replies = self._config, self._replies
        if grq.gatekeeperIdentifier not in {None, config.identifier}:
            # Another gatekeeper was asked for; on the group that one will answer (H.225.0 clause 7.8).
            return RequestOutcome(None if group else replies.grj(grq, ("terminalExcluded", True)), source)
        if not _is_h225(grq.protocolIdentifier):
            return RequestOutcome(replies.grj(grq, ("invalidRevision", True)), source)
        if (missing := features.unmet(grq.featureSet, config.dialect)) and not group:
            noted = self._note_features(missing, Stage.DISCOVER, source)
            return RequestOutcome(replies.grj(grq, ("neededFeatureNotSupported", True)), source, noted)
        if missing:
            return RequestOutcome(None, source)  # another gatekeeper of the group may have it
        to, noted = self._where(usable_address(grq.rasAddress), source, Stage.DISCOVER)
        if to is None:
            return RequestOutcome(replies.grj(grq, ("undefinedReason", True)), source, noted)
        if not self._needs_password(self._accepted(aliases_of(grq.endpointAlias))):
            return RequestOutcome(replies.gcf(grq), to, noted)
        if config.dialect.pwdHash and grq.authenticationCapability is None:
            # GnuGk as a child of ours says nothing of passwords before its RRQ (GkClient.cxx).
            return RequestOutcome(replies.gcf(grq), to, noted)
        if offers_password(grq):
            challenge = self._challenges.issue(source, grq.requestSeqNum, now)
            return RequestOutcome(replies.gcf(grq, challenge), to, noted)
        if not (config.dialect.pwdHash and password_hash.offered(grq)):
            sentence = f"{source} offers no authentication mechanism that is accepted here"
            noted = (*noted, *self._note(PASSWORD_NOT_OFFERED, sentence, Stage.DISCOVER, source))
            return RequestOutcome(replies.grj(grq, ("securityDenial", True)), to, noted)
        return RequestOutcome(replies.gcf_for_hash(grq), to, noted)

    def _accepted(self, aliases: tuple[str, ...]) -> tuple[str, ...]:
        """Those that are users here, if any is and the RCF can say so; a name beside a number is common."""
        users = self._config.users
        if users is None or not self._config.dialect.terminalAlias:
            return aliases
        return tuple(alias for alias in aliases if alias in users) or aliases

    def _needs_password(self, aliases: tuple[str, ...]) -> bool:
        users = self._config.users
        if users is None:
            return False
        if not aliases and self._config.unnamed:
            return False
        # An unknown extension is challenged like any other: a GCF tells nobody which extensions exist.
        return not aliases or any(users.get(alias) != "" for alias in aliases)

    # RRQ

    def register(self, rrq: h225.RegistrationRequest, source: TransportAddress, now: float) -> RequestOutcome:
        if rrq.keepAlive:
            return self._keep_alive(rrq, source, now)
        ras_address, call = address_at(rrq.rasAddress, source), address_at(rrq.callSignalAddress, source)
        if ras_address is None:
            return self._reject(rrq, ("invalidRASAddress", True), source)
        if call is None:
            return self._reject(rrq, ("invalidCallSignalAddress", True), source)
        if not _is_h225(rrq.protocolIdentifier):
            return self._reject(rrq, ("invalidRevision", True), source)
        if missing := features.unmet(rrq.featureSet, self._config.dialect):
            noted = self._note_features(missing, Stage.REGISTER, source)
            return self._reject(rrq, ("neededFeatureNotSupported", True), source, noted)
        to, noted = self._where(ras_address, source, Stage.REGISTER)
        if to is None:
            return self._reject(rrq, ("invalidRASAddress", True), source, noted)
        if call.ip != source.ip:
            sentence = f"the packet came from {source}, its callSignalAddress is {call}"
            noted = (*noted, *self._note(CALL_ADDRESS_NOT_SOURCE, sentence, Stage.REGISTER, source))
            if self._config.addresses is AddressPolicy.REFUSE:
                return self._reject(rrq, ("invalidCallSignalAddress", True), source, noted)
            if self._config.addresses is AddressPolicy.AS_SEEN:
                call = TransportAddress(source.ip, call.port)
        aliases = self._accepted(aliases_of(rrq.terminalAlias))
        refusal, why = self._authenticate(rrq, aliases, source, now)
        if refusal is not None:
            return self._reject(rrq, refusal, to, (*noted, *why))
        noted = (*noted, *why)
        if rrq.additiveRegistration:
            return self._add_aliases(rrq, aliases, to, noted, now)
        new = RegisteredEndpoint(
            "",
            aliases,
            to,
            call,
            self._lifetime(rrq),
            heard=now,
            vendor=vendor_of(rrq.endpointVendor),
            requestSeqNum=rrq.requestSeqNum,
            prefixes=prefixes_of(rrq.terminalType)[:_MOST_PREFIXES],
        )
        return self._enter(rrq, new, noted, now)

    def _authenticate(
        self, rrq: h225.RegistrationRequest, aliases: tuple[str, ...], source: TransportAddress, now: float
    ) -> tuple[h225.RegistrationRejectReason | None, Commands]:
        users = self._config.users
        if users is None or (not aliases and self._config.unnamed):
            return None, NOTHING
        if not aliases or any(alias not in users for alias in aliases):
            sentence = (
                f"{source} wants to register {', '.join(aliases) or 'no extension'}; this extension is not "
                "in the list of users"
            )
            return ("invalidAlias", True), self._note(EXTENSION_UNKNOWN, sentence, Stage.REGISTER, source)
        passwords = {users[alias] for alias in aliases}
        if passwords == {""}:
            return None, NOTHING
        if self._guesses.exhausted(aliases[0], source.ip, now):
            sentence = (
                f"{source} has guessed passwords of extension {aliases[0]} too often; they are not checked "
                "for a while"
            )
            return ("securityDenial", True), self._note(PASSWORD_GUESSED, sentence, Stage.REGISTER, source)
        # Extensions of several users at once cannot be proved with one answer.
        verdict = ChallengeResult.WRONG
        if len(passwords) == 1:
            verdict = self._verdict(rrq, passwords.pop(), source, now)
        if verdict is ChallengeResult.GOOD:
            self._guesses.right(aliases[0], source.ip)
            used = self._proofs.take_used().items()
            age = CLOCK_TOLERANCE - self._config.epoch
            return None, tuple(keep_proof(name, stamp, stamp + age) for name, stamp in used)
        sentence = f"extension {aliases[0]} from {source}: {verdict}"
        if verdict is ChallengeResult.MISSING:
            # Whoever discovered us, and could have proved it by a hash without, is not asked to start again.
            hopeless = self._config.dialect.pwdHash and rrq.discoveryComplete
            missing: h225.RegistrationRejectReason = (
                ("securityDenial", True) if hopeless else ("discoveryRequired", True)
            )
            return missing, self._note(PASSWORD_MISSING, sentence, Stage.REGISTER, source)
        if verdict is ChallengeResult.STALE and now < self._restarted_until:
            return ("discoveryRequired", True), NOTHING
        if verdict is ChallengeResult.WRONG:
            self._guesses.wrong(aliases[0], source.ip, now)
        code = CHALLENGE_STALE if verdict is ChallengeResult.STALE else PASSWORD_WRONG
        return ("securityDenial", True), self._note(code, sentence, Stage.REGISTER, source)

    def _verdict(
        self, rrq: h225.RegistrationRequest, password: str, source: TransportAddress, now: float
    ) -> ChallengeResult:
        verdict = self._challenges.check(source, rrq.cryptoTokens, password, now)
        if verdict is ChallengeResult.MISSING and self._config.dialect.pwdHash:
            names = aliases_of(rrq.terminalAlias)
            return self._proofs.check(rrq.cryptoTokens, names, password, int(self._config.epoch + now))
        return verdict

    def _enter(
        self, rrq: h225.RegistrationRequest, new: RegisteredEndpoint, noted: Commands, now: float
    ) -> RequestOutcome:
        table, to = self._table, new.ras
        before, same_call = table.by_ras(to), table.by_call_signalling(new.call_signalling)
        if before is None and len(table) >= self._config.capacity:
            return self._reject(rrq, ("resourceUnavailable", True), to, noted)
        put_out: list[RegisteredEndpoint] = []
        for alias in new.aliases:
            owner = table.by_alias(alias)
            if owner is None or owner is before or owner is same_call or owner in put_out:
                continue
            if not self._may_take_over(alias):
                sentence = f"{to} wants extension {alias}, which {owner.ras} has"
                duplicate = self._note(EXTENSION_IN_USE, sentence, Stage.REGISTER, to)
                fields = [field for field in rrq.terminalAlias or () if aliases_of([field]) == (alias,)]
                return self._reject(rrq, ("duplicateAlias", fields), to, (*noted, *duplicate))
            put_out.append(owner)
        for owner in put_out:
            table.remove(owner)
        # Without its identifier a handset has started anew: whatever stood on the old registration is gone.
        # Unless it repeats itself with a new token, as H323Plus does (h235auth.cxx): it may take either RCF.
        renewed = before is not None and (
            rrq.endpointIdentifier == before.endpointIdentifier
            or (rrq.requestSeqNum == before.requestSeqNum and now < before.heard + _REPEATED)
        )
        new.endpointIdentifier = before.endpointIdentifier if before and renewed else self._new_identifier()
        replaced = table.add(new, now)
        return RequestOutcome(
            self._replies.rcf(rrq, new, full=True),
            to,
            noted,
            registered=new,
            put_out=tuple(put_out),
            replaced=tuple(old for old in replaced if old is not before or not renewed),
        )

    def _lifetime(self, rrq: h225.RegistrationRequest) -> float:
        config = self._config
        if not config.dialect.timeToLive:
            return config.dialect.lifetime
        return min(rrq.timeToLive or config.time_to_live, config.time_to_live) + config.grace

    def _may_take_over(self, alias: str) -> bool:
        """Only who proved the password of an extension may put out whoever has it."""
        users = self._config.users
        return self._config.dialect.take_over and users is not None and users.get(alias, "") != ""

    def _add_aliases(
        self,
        rrq: h225.RegistrationRequest,
        aliases: tuple[str, ...],
        to: TransportAddress,
        noted: Commands,
        now: float,
    ) -> RequestOutcome:
        if not self._config.dialect.supportsAdditiveRegistration:
            return self._reject(rrq, ("additiveRegistrationNotSupported", True), to, noted)
        registration = self._table.by_id(rrq.endpointIdentifier or "")
        if registration is None or registration.ras != to:
            return self._reject(rrq, ("fullRegistrationRequired", True), to, noted)
        if self._table.clash(aliases, registration) is not None:
            return self._reject(rrq, ("duplicateAlias", list(rrq.terminalAlias or ())), to, noted)
        self._table.rename(registration, tuple(dict.fromkeys((*registration.aliases, *aliases))))
        self._table.refresh(registration, now)
        rcf = self._replies.rcf(rrq, registration, full=True)
        return RequestOutcome(rcf, to, noted, renamed=registration)

    def _keep_alive(
        self, rrq: h225.RegistrationRequest, source: TransportAddress, now: float
    ) -> RequestOutcome:
        registration = self._known(rrq.endpointIdentifier, rrq.callSignalAddress, source)
        to, noted = self._where(address_at(rrq.rasAddress, source) or source, source, Stage.REGISTER)
        if registration is not None and not self._are_users(registration.aliases):
            return self._reject(rrq, ("fullRegistrationRequired", True), source)
        if registration is None or to is None or registration.ras != to:
            sentence = f"{source} keeps alive a registration that this gatekeeper does not have"
            noted = (*noted, *self._note(KEEP_ALIVE_UNKNOWN, sentence, Stage.REGISTER, source))
            return self._reject(rrq, ("fullRegistrationRequired", True), to or source, noted)
        self._table.refresh(registration, now)
        return RequestOutcome(self._replies.rcf(rrq, registration, full=False), to, noted)

    def _are_users(self, aliases: tuple[str, ...]) -> bool:
        users = self._config.users
        return users is None or all(alias in users for alias in aliases)

    # URQ

    def unregister(self, urq: h225.UnregistrationRequest, source: TransportAddress) -> RequestOutcome:
        registration = self._known(urq.endpointIdentifier, urq.callSignalAddress, source)
        if registration is None or registration.ras.ip != source.ip:
            return RequestOutcome(
                h225.UnregistrationReject(
                    requestSeqNum=urq.requestSeqNum, rejectReason=("notCurrentlyRegistered", True)
                ),
                source,
            )
        if urq.endpointIdentifier is None and self._proved(registration):
            # Its address is known to many, its identifier to nobody but itself.
            denied: h225.UnregRejectReason = ("permissionDenied", True)
            refused = h225.UnregistrationReject(requestSeqNum=urq.requestSeqNum, rejectReason=denied)
            return RequestOutcome(refused, source)
        self._table.remove(registration)
        confirm = h225.UnregistrationConfirm(requestSeqNum=urq.requestSeqNum)
        return RequestOutcome(confirm, source, unregistered=(registration,))

    def _proved(self, registration: RegisteredEndpoint) -> bool:
        """Whether it registered with a password."""
        users = self._config.users
        return users is not None and any(users.get(alias) for alias in registration.aliases)

    def _known(
        self, identifier: str | None, addresses: Iterable[h225.TransportAddress], source: TransportAddress
    ) -> RegisteredEndpoint | None:
        """Whose request it is: endpoints that give no endpointIdentifier are known by callSignalAddress."""
        if identifier is not None:
            return self._table.by_id(identifier)
        call = address_at(addresses, source)
        return None if call is None else self._table.by_call_signalling(call)

    def _where(
        self, said: TransportAddress | None, source: TransportAddress, stage: Stage
    ) -> tuple[TransportAddress | None, Commands]:
        """Where answers go, or None when the policy refuses."""
        if said == source:
            return source, NOTHING
        sentence = f"the packet came from {source}, its rasAddress is {said or 'no address that can be used'}"
        noted = self._note(RAS_ADDRESS_NOT_SOURCE, sentence, stage, source)
        match self._config.addresses:
            case AddressPolicy.AS_SEEN:
                return source, noted
            case AddressPolicy.AS_REGISTERED:
                return said, noted
            case AddressPolicy.REFUSE:
                return None, noted

    def _reject(
        self,
        rrq: h225.RegistrationRequest,
        reason: h225.RegistrationRejectReason,
        to: TransportAddress,
        commands: Commands = NOTHING,
    ) -> RequestOutcome:
        return RequestOutcome(self._replies.rrj(rrq, reason), to, commands)

    def _note(self, code: Code, sentence: str, stage: Stage, source: TransportAddress) -> Commands:
        return self._reports.note(code, sentence, stage, about=str(source.ip))

    def _note_features(
        self, missing: list[h225.FeatureDescriptor], stage: Stage, source: TransportAddress
    ) -> Commands:
        sentence = f"{source} insists on {features.features_in_words(missing)}, which is not supported here"
        return self._note(FEATURE_NOT_SUPPORTED, sentence, stage, source)

    def _new_identifier(self) -> str:
        """Who knows it may unregister the endpoint, so it cannot be guessed: 88 bits.

        Of 17 to 23 characters: Linux's RAS helper loses its place in a Setup with one of 9 to 16 (measured,
        kernel 6.18), and an endpoint may take 128 at most.
        """
        identifier = f"{self._random.getrandbits(88):022X}"
        return identifier if self._table.by_id(identifier) is None else self._new_identifier()


def _is_h225(identifier: Iterable[int]) -> bool:
    """{itu-t recommendation h 2250 version ...}, any version."""
    return tuple(identifier)[:5] == (0, 0, 8, 2250, 0)
