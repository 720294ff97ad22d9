"""How the call-signalling connection is opened and spoken on, and how sure we are of it."""

from dataclasses import dataclass

from ringfence.model.address import PortRange
from ringfence.model.defaults import (
    GATEKEEPER_SOURCE_PORTS,
    KEEPALIVE_IDLE,
    KEEPALIVE_INTERVAL,
    KEEPALIVE_PROBES,
    SIGNALLING_PORT,
    SIGNALLING_TLS_PORT,
    T303,
)
from ringfence.model.flow import Basis, Evidence
from ringfence.model.site import CallControl

SETUP_BASIS = Basis(
    Evidence.ASSUMED,
    "when the gatekeeper opened the connection (time-to-service) no source says who sends Setup; the handset "
    "does when it opened it itself (traces of 1608 sets)",
)
KEEPALIVE_BASIS = Basis(Evidence.CAPTURE, "a login reply: idle 20 s, interval 5 s, 5 transmissions")


@dataclass(frozen=True, slots=True)
class SignallingConfig:
    """Both sides must have the same `call_control` and `handset_sends_setup` (see SETUP_BASIS).

    `gatekeeper_ports` are the source ports with time-to-service, a field report; `handset_ports` those of a
    handset that opens (None: any; with TLS it is any: 96x1 guide 2018 p. 34). `keepalive` is TCP's: idle
    s, interval s, count (see KEEPALIVE_BASIS).
    `retry` seconds after a failure the opener tries again; `setup_timeout` is T303 (Q.931: 4 s),
    `wait` how long an accepted connection may stay without a Setup. A gatekeeper opens `after_rcf` seconds
    after the RCF, when it sees fit. `retry`, `wait` and `after_rcf` are ASSUMED.
    """

    call_control: CallControl
    gatekeeper_ports: PortRange = GATEKEEPER_SOURCE_PORTS
    handset_ports: PortRange | None = None
    signalling_port: int = SIGNALLING_PORT
    tls_port: int = SIGNALLING_TLS_PORT
    handset_sends_setup: bool = True
    keepalive: tuple[int, int, int] = (KEEPALIVE_IDLE, KEEPALIVE_INTERVAL, KEEPALIVE_PROBES)
    connect_timeout: float = 10.0
    setup_timeout: float = T303
    wait: float = 10.0
    retry: float = 10.0
    after_rcf: float = 0.5

    def __post_init__(self) -> None:
        if min(self.connect_timeout, self.setup_timeout, self.wait, self.retry, self.after_rcf) <= 0:
            raise ValueError("a signalling timer must be longer than 0 s")

    @property
    def tls(self) -> bool:
        return self.call_control is CallControl.HANDSET_TLS

    @property
    def gatekeeper_opens(self) -> bool:
        return self.call_control is CallControl.GATEKEEPER

    @property
    def port(self) -> int:
        """Where the side that does not open the connection listens."""
        return self.tls_port if self.tls else self.signalling_port
