"""A DHCP client's settings and its states, each with the data and the deadline that die with it."""

from dataclasses import dataclass, replace
from enum import StrEnum
from ipaddress import IPv4Address
from random import Random
from typing import TypeAlias

from ringfence.actors.dhcp.fingerprint import PHONE_96X1, Fingerprint
from ringfence.actors.dhcp.lease import Lease


class AfterLink(StrEnum):
    """What a client with a lease does when its link returns. No source says which of the two; ASSUMED."""

    REBOOT = "reboot"  # asks whether the address is still its own (RFC 2131 section 3.2), and keeps it
    DISCOVER = "discover"  # gives the address up and begins again


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """`chaddr`: the MAC, six octets. `broadcast`: ask for broadcast answers (RFC 2131 section 4.1).

    `dhcpstd` 0: keep the address after expiry; 1: give it up (96x1 H.323 administrator guide 2018 p. 29).
    DHCPSTD in option 242 overrides it. `after_link`: see `AfterLink`.
    """

    chaddr: bytes
    fingerprint: Fingerprint = PHONE_96X1
    interface: str = ""
    broadcast: bool = True
    dhcpstd: int = 0
    after_link: AfterLink = AfterLink.REBOOT

    def __post_init__(self) -> None:
        if len(self.chaddr) != 6:
            raise ValueError(f"chaddr has {len(self.chaddr)} octets instead of 6")


def retransmission(attempt: int, rng: Random) -> float:
    """Seconds behind it: 4, 8, 16, 32, then 64, give or take one (RFC 2131 section 4.1)."""
    middle = min(4.0 * 2 ** (attempt - 1), 64.0) if attempt < 6 else 64.0
    return rng.uniform(middle - 1, middle + 1)


@dataclass(frozen=True, slots=True)
class Init:
    deadline: float | None = None


@dataclass(frozen=True, slots=True)
class Selecting:
    """`until`: when VLANTEST expires; None: never."""

    xid: int
    tries: int
    since: float
    until: float | None
    deadline: float

    def again(self, now: float, rng: Random) -> "Selecting":
        """The DISCOVER is sent once more."""
        deadline = now + retransmission(self.tries + 1, rng)
        if self.until is not None:
            deadline = min(deadline, self.until)
        return replace(self, tries=self.tries + 1, deadline=deadline)


@dataclass(frozen=True, slots=True)
class Requesting:
    xid: int
    tries: int
    secs: int
    address: IPv4Address
    server_id: IPv4Address
    sent_at: float
    deadline: float

    def again(self, now: float, rng: Random) -> "Requesting":
        """The REQUEST is sent once more."""
        deadline = now + retransmission(self.tries + 1, rng)
        return replace(self, tries=self.tries + 1, sent_at=now, deadline=deadline)


@dataclass(frozen=True, slots=True)
class Bound:
    lease: Lease
    deadline: float | None


@dataclass(frozen=True, slots=True)
class Renewing:
    lease: Lease
    xid: int
    since: float
    sent_at: float
    deadline: float


@dataclass(frozen=True, slots=True)
class Rebinding:
    """Also past expiry, when the address is kept (DHCPSTD=0)."""

    lease: Lease
    xid: int
    since: float
    sent_at: float
    deadline: float


@dataclass(frozen=True, slots=True)
class Rebooting:
    """The link was away; the address is used while the server is asked about it."""

    lease: Lease
    xid: int
    tries: int
    since: float
    sent_at: float
    deadline: float

    def again(self, now: float, rng: Random) -> "Rebooting":
        """The REQUEST is sent once more."""
        deadline = now + retransmission(self.tries + 1, rng)
        return replace(self, tries=self.tries + 1, sent_at=now, deadline=deadline)


@dataclass(frozen=True, slots=True)
class Releasing:
    """An address whose only use is to be released from; waiting until the host has it."""

    lease: Lease
    deadline: float


@dataclass(frozen=True, slots=True)
class Released:
    lease: Lease
    deadline: float


@dataclass(frozen=True, slots=True)
class NakReceived:
    """After a NAK, waiting to start again."""

    deadline: float


ClientState: TypeAlias = (
    Init
    | Selecting
    | Requesting
    | Bound
    | Renewing
    | Rebinding
    | Rebooting
    | Releasing
    | Released
    | NakReceived
)
