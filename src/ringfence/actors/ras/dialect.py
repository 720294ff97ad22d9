"""What differs between plain H.323 and the dialect of Avaya handsets and servers, as data.

Nothing here decides anything: the machines read it. A value without a source is marked ASSUMED and can be
replaced (`dataclasses.replace`). Times are in seconds.
"""

from dataclasses import dataclass

from ringfence.model.address import PortRange
from ringfence.model.defaults import RAS_SOURCE_ANY, RAS_SOURCE_FIXED, REFRESH, SIGNALLING_PORT
from ringfence.model.flow import Basis, Evidence

_ObjectIdentifier = tuple[int, ...]

H225_V2: _ObjectIdentifier = (0, 0, 8, 2250, 0, 2)
H225_V4: _ObjectIdentifier = (0, 0, 8, 2250, 0, 4)

# Login and station data are octets inside nonStandardData under this object (traces of 1608 sets).
LOGIN_OBJECT: _ObjectIdentifier = (2, 16, 840, 1, 113778, 4, 2, 1)
# Terminal stimuli (lamps, display, hook) travel in H.225.0 call signalling under this one.
STIMULUS_OBJECT: _ObjectIdentifier = (2, 16, 840, 1, 113778, 4, 2, 10)

# Generic features of GRQ and GCF, the first in both, the second in the GCF only (traces of 1608 sets).
AVAYA_FEATURES: tuple[_ObjectIdentifier, ...] = (
    (2, 16, 840, 1, 114187, 1, 10),
    (2, 16, 840, 1, 114187, 1, 9),
)

DISCOVERY_REQUEST = bytes.fromhex("850140")  # in the GRQ
LOGIN_REQUEST = 0x81  # first octet in the RRQ
LOGIN_ACCEPTED = 0x2C  # first octet in the RCF
SWITCH_INFO_REQUEST = bytes.fromhex("4010")  # NSM of the handset after registration
SWITCH_INFO_RESPONSE = bytes.fromhex("506000")  # NSM of the gatekeeper: complete, no buttons

_TRACE = "traces of 1608, 1616 and 9608 sets against an open-source gatekeeper"
_NO_SOURCE = Basis(Evidence.ASSUMED, "no source found")
_STANDARD_TIMERS = Basis(Evidence.STANDARD, "H.225.0, recommended default RAS time-outs and retries")


@dataclass(frozen=True, slots=True)
class Retry:
    """`timeout` seconds after each of `tries` transmissions in all."""

    timeout: float
    tries: int
    basis: Basis = _NO_SOURCE

    def __post_init__(self) -> None:
        if self.timeout <= 0 or self.tries < 1:
            raise ValueError(f"{self.tries} tries of {self.timeout} s")


@dataclass(frozen=True, slots=True)
class RasTimers:
    """When an endpoint repeats itself, and when it gives up.

    `primary_search`: how long a gatekeeper that was lost is looked for before the next of the list.
    `registration`: full registration anew when the RCF sets no TTL; None: never.
    `keep_alive_at`: the part of the TTL after which a light-weight RRQ is sent, below 1.
    `rejected`: pause after a refusal, `restart`: pause before the list is tried from its beginning again,
    `taken_over`: pause after the gatekeeper put the endpoint out for good.
    """

    grq: Retry
    rrq: Retry
    urq: Retry
    primary_search: float
    registration: float | None
    keep_alive_at: float = 0.6  # ASSUMED: early enough for every retry before the TTL ends
    rejected: float = 60.0  # ASSUMED
    restart: float = 5.0  # ASSUMED
    # Periodic registration timer, 1-60 min, default 60 (Avaya, IP options system parameters).
    taken_over: float = 3600.0

    def __post_init__(self) -> None:
        if not 0 < self.keep_alive_at < 1:
            raise ValueError(f"keep-alive at {self.keep_alive_at} of the TTL; it must lie between 0 and 1")
        timers = (self.rejected, self.restart, self.taken_over, self.primary_search, self.registration or 1.0)
        if min(timers) <= 0:
            raise ValueError("a RAS timer must be longer than 0 s")


@dataclass(frozen=True, slots=True)
class PhoneFamily:
    """What a handset says about itself, and the ports it may send RAS and open call signalling from.

    `signalling_ports` None: any. `fragile`: restarts when a GCF or RCF bears a gatekeeperIdentifier (some
    Avaya loads do; fault injection).
    """

    name: str
    manufacturer: int  # T.35: country 181 (USA), extension 0
    product: str
    version: str
    ras_ports: PortRange
    basis: Basis
    signalling_ports: PortRange | None
    signalling_basis: Basis
    fragile: bool = False


@dataclass(frozen=True, slots=True)
class Dialect:
    """Which optional fields the two sides use, and how they behave where H.225.0 leaves it open."""

    name: str
    protocolIdentifier: _ObjectIdentifier
    timers: RasTimers
    basis: Basis
    # handset
    login_data: bool  # nonStandardData in GRQ and RRQ, and an NSM for station data after the RCF
    light_weight_rrq: bool  # keep-alive RRQs when the RCF has a TTL
    supportsAltGK: bool  # in GRQ and RRQ; alternates are named to whoever says so (H.225.0 clause 7.8.1)
    pwdHash: bool  # a password may be proved by its hash as well as by answering a challenge
    # gatekeeper
    gatekeeperIdentifier: bool  # in GCF and RCF
    timeToLive: bool  # in RCF
    terminalAlias: bool  # in RCF
    supportsAdditiveRegistration: bool
    maintainConnection: bool
    alternateGatekeeper_self: bool  # the RCF lists the gatekeeper itself, needToRegister
    preGrantedARQ: bool
    take_over: bool  # an authenticated second login puts the first out; else duplicateAlias
    lifetime: float  # of a registration that was given no TTL


PLAIN = Dialect(
    name="h323",
    protocolIdentifier=H225_V4,
    timers=RasTimers(
        grq=Retry(5.0, 3, _STANDARD_TIMERS),
        rrq=Retry(3.0, 3, _STANDARD_TIMERS),
        urq=Retry(3.0, 2, _STANDARD_TIMERS),
        primary_search=15.0,
        registration=None,
    ),
    basis=Basis(Evidence.STANDARD, "H.225.0 and H.323"),
    login_data=False,
    light_weight_rrq=True,
    supportsAltGK=True,
    pwdHash=True,
    gatekeeperIdentifier=True,
    timeToLive=True,
    terminalAlias=True,
    supportsAdditiveRegistration=True,
    maintainConnection=False,
    alternateGatekeeper_self=False,
    preGrantedARQ=False,
    take_over=False,
    lifetime=3600.0,
)

AVAYA = Dialect(
    name="avaya",
    protocolIdentifier=H225_V2,
    timers=RasTimers(
        # 5 s x 3 per address, then the next: no source, ASSUMED.
        grq=Retry(5.0, 3),
        rrq=Retry(5.0, 3),
        urq=Retry(5.0, 2),
        # Primary search time 75 s (5-3600): a captured login reply.
        primary_search=75.0,
        registration=float(REFRESH),
    ),
    basis=Basis(Evidence.CAPTURE, _TRACE),
    login_data=True,
    light_weight_rrq=True,
    supportsAltGK=False,  # H.225.0 version 2 has no such field in the recorded requests
    pwdHash=False,
    # Some handsets crash on it (release notes of an open-source gatekeeper).
    gatekeeperIdentifier=False,
    timeToLive=False,
    terminalAlias=False,
    supportsAdditiveRegistration=False,
    maintainConnection=True,
    alternateGatekeeper_self=True,
    preGrantedARQ=True,
    take_over=True,
    # With time-to-service a registration lasts hours (Application Solutions deployment guide p. 277).
    lifetime=8 * 3600.0,
)

DIALECTS = {dialect.name: dialect for dialect in (PLAIN, AVAYA)}

_FIXED_PORT = Basis(Evidence.VENDOR, "1600 R1.0 administrator guide p. 28: RAS from port 49300")
_ANY_PORT = Basis(Evidence.VENDOR, "96x1 H.323 administrator guide (2018) p. 34: any unused port 49300-49309")
# Call signalling that a handset opens: from which ports, and who says so.
_FIXED, _ANY_OF = PortRange(SIGNALLING_PORT, SIGNALLING_PORT), PortRange(1500, 6500)
_FROM_1720 = (
    _FIXED,
    Basis(Evidence.VENDOR, "96x1 H.323 administrator guide (2018) p. 34, transmitted: source port 1720"),
)
_FROM_1720_LIKE_96X1 = (_FIXED, Basis(Evidence.ASSUMED, "no table of their ports; as 96x1"))
_RANDOM = (
    _ANY_OF,
    Basis(Evidence.VENDOR, "1600 R1.0 administrator guide p. 28: any of 1500-6500, at random"),
)
_RANDOM_LIKE_16XX = (_ANY_OF, Basis(Evidence.ASSUMED, "no table of their ports; as 16xx"))
_ANY = (None, Basis(Evidence.STANDARD, "H.225.0 names the port that is listened on alone"))
_LUCENT, _AVAYA = 19540, 16726  # the two manufacturer codes that mark a handset as Avaya's (traces)

PHONE_FAMILIES = {
    family.name: family
    for family in (
        PhoneFamily("46xx", _LUCENT, "4610", "2.9", RAS_SOURCE_FIXED, _FIXED_PORT, *_RANDOM_LIKE_16XX),
        PhoneFamily("16xx", _LUCENT, "1608", "1.3", RAS_SOURCE_FIXED, _FIXED_PORT, *_RANDOM),
        PhoneFamily("96x0", _AVAYA, "9640", "3.2", RAS_SOURCE_ANY, _ANY_PORT, *_FROM_1720_LIKE_96X1),
        PhoneFamily("96x1", _AVAYA, "9608", "6.8", RAS_SOURCE_ANY, _ANY_PORT, *_FROM_1720),
        PhoneFamily("j100", _AVAYA, "J179", "6.8", RAS_SOURCE_ANY, _ANY_PORT, *_FROM_1720_LIKE_96X1),
        PhoneFamily("h323", 0, "ringfence", "0", RAS_SOURCE_ANY, Basis(Evidence.STANDARD, "H.225.0"), *_ANY),
    )
}


def login_request(mac: bytes) -> bytes:
    """The RRQ's nonStandardData: the MAC address, length first, at octets 13-18 as traces have it.

    The other members' encoding is not known to us and is left zero; no gatekeeper that we know of reads it.
    Raises ValueError unless `mac` has six octets.
    """
    if len(mac) != 6:
        raise ValueError(f"a MAC address has 6 octets, not {len(mac)}")
    return bytes([LOGIN_REQUEST]) + bytes(11) + b"\x06" + mac + b"\0"
