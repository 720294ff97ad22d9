"""A stub resolver (RFC 1034 section 5.3.1): names are asked for in turn, and of each the servers in turn."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address
from random import Random

from ringfence.actors.io import (
    NOTHING,
    Bind,
    BindFailed,
    Commands,
    DatagramReceived,
    Event,
    Noted,
    SendDatagram,
    StageFailed,
    StageReached,
    Started,
    TimeUp,
    Unbind,
)
from ringfence.model.address import TransportAddress
from ringfence.model.defaults import DNS_PORT
from ringfence.model.errors import DecodeError
from ringfence.model.findings import Finding
from ringfence.model.findings.resolve import NAME_UNKNOWN, NAME_UNRESOLVED
from ringfence.model.flow import Basis, Evidence
from ringfence.model.stage import Stage
from ringfence.wire.dns import DnsMessage, Rcode, decode_dns, encode_dns

RESOLVER_BASIS = Basis(Evidence.ASSUMED, "no manual says how long a phone waits for a name, nor how often")
_FIRST_PORT, _PORTS = 32_768, 28_232  # the ephemeral range of Linux


@dataclass(frozen=True, slots=True)
class ResolverPatience:
    """`timeout` seconds for each question, and how often the servers are gone through (RESOLVER_BASIS)."""

    timeout: float = 3.0
    rounds: int = 2

    def __post_init__(self) -> None:
        if self.timeout <= 0 or self.rounds < 1:
            raise ValueError(f"{self.rounds} rounds of {self.timeout} s for each name")


class Resolver:
    """`found` are the names that were resolved; `over`: every name has been, or was given up.

    Names and servers must not be empty. A name without a dot is asked for within `domain`.
    """

    def __init__(
        self,
        local: IPv4Address,
        servers: Sequence[IPv4Address],
        names: Sequence[str],
        random: Random,
        *,
        domain: str = "",
        patience: ResolverPatience = ResolverPatience(),
    ) -> None:
        if not servers or not names:
            raise ValueError("nothing to ask for, or nobody to ask")
        self._servers = tuple(servers)
        self._names = tuple(dict.fromkeys(names))
        self._random = random
        self._domain = domain
        self._patience = patience
        self._local = TransportAddress(local, _FIRST_PORT + random.randrange(_PORTS))
        self._asking = 0  # which name
        self._tries = 0
        self._question: DnsMessage | None = None
        self.found: dict[str, tuple[IPv4Address, ...]] = {}
        self.deadline: float | None = None

    @property
    def over(self) -> bool:
        return self._asking == len(self._names)

    @property
    def local(self) -> TransportAddress:
        return self._local

    def handle(self, event: Event, now: float) -> Commands:
        match event:
            case Started():
                return (Bind(self._local), *self._ask(now))
            case BindFailed(local=local) if local == self._local and not self.over:
                self._local = TransportAddress(self._local.ip, _FIRST_PORT + self._random.randrange(_PORTS))
                return (Bind(self._local), *self._ask(now))
            case TimeUp() if self.deadline is not None and now >= self.deadline:
                return self._silence(now)
            case DatagramReceived() if not self.over:
                return self._answer(event, now)
            case _:
                return NOTHING

    @property
    def _server(self) -> IPv4Address:
        return self._servers[self._tries % len(self._servers)]

    def _ask(self, now: float) -> Commands:
        name = self._names[self._asking]
        full = f"{name}.{self._domain}" if self._domain and "." not in name else name
        self._question = DnsMessage(self._random.randrange(1 << 16), full.removesuffix(".").lower())
        self.deadline = now + self._patience.timeout
        return (
            SendDatagram(self._local, TransportAddress(self._server, DNS_PORT), encode_dns(self._question)),
        )

    def _silence(self, now: float) -> Commands:
        self._tries += 1
        if self._tries < self._patience.rounds * len(self._servers):
            return self._ask(now)
        asked = ", ".join(map(str, self._servers))
        sentence = f"{self._names[self._asking]}: no answer from {asked}"
        return (Noted(Finding(NAME_UNRESOLVED, sentence, Stage.RESOLVE)), *self._next(now))

    def _answer(self, event: DatagramReceived, now: float) -> Commands:
        asked = self._question
        # RFC 5452 section 9.1: an answer has the address, port, number and name of the question.
        if asked is None or event.source != TransportAddress(self._server, DNS_PORT):
            return NOTHING
        try:
            answer = decode_dns(event.data)
        except DecodeError:
            return NOTHING
        if not answer.response or (answer.id, answer.name, answer.kind) != (asked.id, asked.name, asked.kind):
            return NOTHING
        name = self._names[self._asking]
        if answer.addresses:
            self.found[name] = answer.addresses
            return self._next(now)
        if answer.rcode not in {Rcode.NO_ERROR, Rcode.NAME_ERROR}:
            return self._silence(now)  # this server cannot say; another may
        sentence = f"{name}: {event.source.ip} knows no address of it"
        return (Noted(Finding(NAME_UNKNOWN, sentence, Stage.RESOLVE)), *self._next(now))

    def _next(self, now: float) -> Commands:
        self._asking += 1
        self._tries = 0
        if not self.over:
            return self._ask(now)
        self.deadline, self._question = None, None
        lost = [name for name in self._names if name not in self.found]
        ended = (
            StageFailed(Stage.RESOLVE, f"no address of {', '.join(lost)}")
            if lost
            else StageReached(Stage.RESOLVE, ", ".join(self._names))
        )
        return (Unbind(self._local), ended)
