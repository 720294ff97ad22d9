"""What is fixed when a handset leaves its box, and its user."""

from dataclasses import dataclass, field

from ringfence.actors.calls.phone_user import UserPlan
from ringfence.actors.dhcp.client_states import ClientSettings
from ringfence.actors.dns.resolver import ResolverPatience
from ringfence.actors.endpoint.call_states import CallPlan
from ringfence.actors.handset.router_check import RouterPatience
from ringfence.actors.handset.static_address import StaticSettings
from ringfence.actors.ras.dialect import AVAYA, PHONE_FAMILIES, Dialect, RasTimers
from ringfence.actors.signalling.config import SignallingConfig
from ringfence.model.address import PortRange
from ringfence.model.defaults import ECHO_INTERVAL


@dataclass(frozen=True, slots=True)
class HandsetConfig:
    """What is fixed when a handset leaves its box, and its user; the rest it learns.

    `signalling` None: it has no permanent connection. `family` is a key of `dialect.PHONE_FAMILIES`.
    `ras_ports` and `ras_timers` default to those of family and dialect. `multicast`: ask the discovery group
    after the list; without a list it is asked anyway. `routers` None: no router is looked for.
    `echo_interval` None: no echo. `files_retry`: seconds after which the files are tried again; assumed.
    `register_after_link`: a registered handset registers again when its link returns, with the same
    gatekeeper first (H.323 link recovery, Avaya). None: unless the gatekeeper opens call signalling, for with
    time-to-service a registration outlives outages and only the connection is rebuilt (Application Solutions
    deployment guide p. 277).
    Without an `extension` nobody has entered one: `unnamed_after` seconds of prompt the handset registers
    unnamed (60 s: 4600 LAN administrator guide p. 38), unless that is None or UNNAMEDSTAT is 0.
    `static`: address and servers are entered at the phone, and DHCP is not spoken. `calls`: telephone calls
    beside registration; `phone_user`: calls on the permanent connection. `epoch`: seconds since 1970 when the
    machine's clock stood at 0.
    """

    dhcp: ClientSettings
    extension: str
    signalling: SignallingConfig | None
    password: str = ""
    family: str = "96x1"
    dialect: Dialect = AVAYA
    ras_ports: PortRange | None = None
    ras_timers: RasTimers | None = None
    multicast: bool = False
    routers: RouterPatience | None = field(default_factory=RouterPatience)
    echo_interval: float | None = ECHO_INTERVAL
    files_retry: float = 60.0
    register_after_link: bool | None = None
    unnamed_after: float | None = 60.0
    static: StaticSettings | None = None
    resolver: ResolverPatience = field(default_factory=ResolverPatience)
    calls: CallPlan | None = None
    phone_user: UserPlan | None = None
    epoch: float = 0.0

    def __post_init__(self) -> None:
        if self.family not in PHONE_FAMILIES:
            raise ValueError(f"no such family: {self.family} (there are {', '.join(PHONE_FAMILIES)})")
        if self.password and not self.extension:
            raise ValueError("a password without an extension")
        if self.unnamed_after is not None and self.unnamed_after <= 0:
            raise ValueError(f"unnamed registration after {self.unnamed_after} s; it must be later than 0")
        if self.calls is not None and self.signalling is not None and self.signalling.gatekeeper_opens:
            raise ValueError("calls and the gatekeeper's permanent connection would need the same port")
