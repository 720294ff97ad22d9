"""What is simulated: how many phones get power when, what cables and servers are like, what fails."""

from enum import StrEnum
from math import inf
from typing import TypeAlias

import msgspec

from ringfence.model.errors import InputError
from ringfence.roles.filters import DEFAULT_STATES

SimulatedSeconds: TypeAlias = float

_MOST_PHONES = 1_000_000


class SitePart(StrEnum):
    """What a cable or a capacity is said of."""

    PHONES = "phones"  # each phone's cable to its switch
    UPLINK = "uplink"  # between the phones' router and the first firewall
    SERVERS = "servers"  # each server's cable
    DHCP = "dhcp"
    DNS = "dns"
    FILES = "files"
    GATEKEEPER = "gatekeeper"


CABLES = (
    SitePart.PHONES,
    SitePart.UPLINK,
    SitePart.SERVERS,
    SitePart.DHCP,
    SitePart.DNS,
    SitePart.FILES,
    SitePart.GATEKEEPER,
)
SERVERS = (SitePart.DHCP, SitePart.DNS, SitePart.FILES, SitePart.GATEKEEPER)


class Cable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`loss` and `doubled`: shares (0-1) of the packets; `delay`: seconds each way, up to `spread` more."""

    loss: float = 0.0
    delay: SimulatedSeconds = 0.0
    spread: SimulatedSeconds = 0.0
    doubled: float = 0.0


class Capacity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`workers` serve one message each at a time, in `service` seconds; `waiting` more may wait for them.

    What finds no room is lost: a datagram, or the SYN of a stream.
    """

    service: SimulatedSeconds
    workers: int = 1
    waiting: int = 1000


class Failure(StrEnum):
    """What happens to a server, a firewall or a VLAN."""

    DIES = "dies"  # the server's power fails; back, it has forgotten everything
    UNREACHABLE = "unreachable"  # its cable is pulled out; back, it knows what it knew
    RESTARTS = "restarts"  # a firewall: it forwards nothing, and has no states when it is back
    REBOOT = "reboot"  # phones: they lose their power and get it back, within as long as it lasts


class Happening(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`whom`: a server by address or as `dhcp`, `gatekeeper 2`; a firewall's name; `phones`.

    `lasts` seconds; None: it stays so.
    """

    at: SimulatedSeconds
    failure: Failure
    whom: str
    lasts: SimulatedSeconds | None = None


class Scenario(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Power returns to the phones within `within` seconds. They are watched for `until` seconds; None: until
    all of them can be called and nothing more is to fail.

    `states`: connections that each firewall remembers at most. `servers`: by list, or by address.
    """

    phones: int = 100
    within: SimulatedSeconds = 60.0
    until: SimulatedSeconds | None = None
    seed: int = 1
    states: int = DEFAULT_STATES
    cables: dict[str, Cable] = {}
    servers: dict[str, Capacity] = {}
    happenings: tuple[Happening, ...] = ()


def checked_scenario(scenario: Scenario, where: str) -> Scenario:
    """The scenario; InputError names what no simulation can be made of."""

    def refuse(what: str, remedy: str) -> InputError:
        return InputError(what, where=where, remedy=remedy)

    if not 1 <= scenario.phones <= _MOST_PHONES:
        raise refuse(f"{scenario.phones} phones", f"from 1 to {_MOST_PHONES}")
    end = inf if scenario.until is None else scenario.until
    if not 0 <= scenario.within <= end or scenario.within == inf:
        raise refuse(
            f"power within {scenario.within:g} s, watched for {end:g} s",
            "the phones get power before the end: --until is not less than --within",
        )
    if scenario.states < 1:
        raise refuse(f"{scenario.states} states", "a firewall remembers one connection at least")
    for name, cable in scenario.cables.items():
        if name not in CABLES:
            raise refuse(f"no cables are called {name!r}", f"one of {', '.join(CABLES)}")
        if not (0 <= cable.loss <= 1 and 0 <= cable.doubled <= 1 and cable.delay >= 0 and cable.spread >= 0):
            raise refuse(f"cables {name}: a share is from 0 to 1, a delay from 0", "5% is 0.05")
    for name, capacity in scenario.servers.items():
        if capacity.service <= 0 or capacity.workers < 1 or capacity.waiting < 0:
            raise refuse(
                f"capacity of {name}: {capacity.service:g} s, {capacity.workers} workers, "
                f"{capacity.waiting} waiting",
                "a service time above 0, one worker or more, 0 or more that wait",
            )
    for each in scenario.happenings:
        if not 0 <= each.at <= end or (each.lasts is not None and each.lasts <= 0):
            raise refuse(f"{each.whom} {each.failure} at {each.at:g} s", "within the time that is watched")
    return scenario
