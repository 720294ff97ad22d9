"""What a gatekeeper is told about its site, and how it behaves where the standard leaves it open."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ringfence.actors.calls.switch import SwitchConfig
from ringfence.actors.gatekeeper.call_legs import RouterConfig
from ringfence.actors.ras.dialect import AVAYA, Dialect, Retry
from ringfence.actors.signalling.config import SignallingConfig
from ringfence.model.address import LIMITED_BROADCAST, Address, TransportAddress
from ringfence.model.defaults import RAS_PORT, SIGNALLING_PORT
from ringfence.model.site_parts.user import MOST_NAME


class AddressPolicy(StrEnum):
    """What to do about a rasAddress or callSignalAddress that is not where the packet came from."""

    AS_SEEN = "as-seen"  # the packet's source is used: nothing is ever sent to whom we have not heard
    AS_REGISTERED = "as-registered"  # H.225.0 to the letter
    REFUSE = "refuse"


class Expiry(StrEnum):
    """What an endpoint is told when its registration was not kept alive."""

    UNREGISTER = "unregister"  # URQ, ttlExpired
    SILENT = "silent"


class NotificationKind(StrEnum):
    """What a gatekeeper says when it speaks first."""

    IRQ = "irq"  # answered by IRR: the one that proves the path
    NSM = "nsm"  # no answer is due
    URQ = "urq"  # reregistrationRequired: the endpoint confirms and registers anew


class Since(StrEnum):
    SILENCE = "silence"  # neither side has said anything; again after the next silence
    REGISTRATION = "registration"  # once per registration


@dataclass(frozen=True, slots=True)
class Notification:
    """Speak first `after` seconds of silence, or of registration."""

    after: float
    kind: NotificationKind = NotificationKind.IRQ
    since: Since = Since.SILENCE

    def __post_init__(self) -> None:
        if self.after <= 0:
            raise ValueError(f"a notification after {self.after} s; it must be later than 0")


@dataclass(frozen=True, slots=True)
class GatekeeperConfig:
    """One gatekeeper at one address.

    `users` maps each extension that may register to its password ("": none needed); None lets every
    extension in without a password, for laboratories. `time_to_live` seconds are granted at most, where the
    dialect grants any. `in_progress`: seconds by which every RRQ is answered late, behind a RIP.
    `grace`: seconds that a registration outlives the time it was told, for a keep-alive that was lost.
    `unnamed`: an endpoint without any extension may register too, as nobody in particular.
    `multicast`, `broadcast`: answer who asks the discovery group, or everybody on the link at the RAS port.
    `bandwidth` is the most that one call is given, in units of 100 bit/s. `epoch` is the time since 1970
    when the machine's clock stood at 0: password hashes are judged by the true time.
    `alternates` are named in every full RCF, for when this gatekeeper is gone.
    `neighbours` are gatekeepers that may call whom they asked for by LRQ (without users: every one may), and
    that are asked, as `lrq` says, for whom nobody here has (H.225.0, recommended RAS time-outs).
    With `calls`, calls are routed through the gatekeeper, whose signalling port answers permanent calls too;
    without, callers are sent to the called endpoint. `switch`: handsets call one another on their permanent
    connections.
    """

    address: Address
    users: Mapping[str, str] | None = None
    dialect: Dialect = AVAYA
    identifier: str = "ringfence"
    ras_port: int = RAS_PORT
    signalling_port: int = SIGNALLING_PORT
    multicast: bool = False
    broadcast: bool = False
    time_to_live: int = 300
    grace: float = 0.0
    addresses: AddressPolicy = AddressPolicy.AS_SEEN
    expiry: Expiry = Expiry.UNREGISTER
    notification: Notification | None = None
    signalling: SignallingConfig | None = field(default=None)
    calls: RouterConfig | None = None
    switch: SwitchConfig | None = None
    retry: Retry = field(default_factory=lambda: Retry(3.0, 3))
    lrq: Retry = field(default_factory=lambda: Retry(5.0, 3))
    in_progress: float = 0.0
    capacity: int = 100_000
    bandwidth: int = 1280
    epoch: float = 0.0
    interface: str = ""
    neighbours: frozenset[Address] = frozenset()
    unnamed: bool = False
    alternates: tuple[TransportAddress, ...] = ()

    def __post_init__(self) -> None:
        if not 1 <= len(self.identifier) <= 128:
            raise ValueError("a gatekeeper identifier has 1 to 128 characters")
        if any(len(word) > MOST_NAME for user in (self.users or {}).items() for word in user):
            raise ValueError(f"an extension and a password have at most {MOST_NAME} characters")
        if self.time_to_live < 1 or self.capacity < 1 or not 0 <= self.in_progress <= 65 or self.grace < 0:
            raise ValueError(
                "time_to_live and capacity are 1 at least, in_progress is 0 to 65 s, grace from 0"
            )

    @property
    def ras(self) -> TransportAddress:
        return TransportAddress(self.address, self.ras_port)

    @property
    def ras_broadcast(self) -> TransportAddress:
        return TransportAddress(LIMITED_BROADCAST, self.ras_port)

    @property
    def call_signalling(self) -> TransportAddress:
        return TransportAddress(self.address, self.signalling_port)
