"""What a device does when its configuration does not say: idle timers and H.323 inspection.

The values are the vendors' documented defaults; no such device has been asked. They are shown as assumed, and
what a configuration says takes their place.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ringfence.model.packet import Protocol
from ringfence.policy.listing import FlowKind, Inspected, Inspection, Listing, Timer


@dataclass(frozen=True, slots=True)
class IdleTime:
    """`seconds` None: never. `place` is where the configuration says so, or that it is assumed."""

    kind: FlowKind
    name: str
    seconds: int | None
    place: str


@dataclass(frozen=True, slots=True)
class Profile:
    """`h323`: whether H.323 inspection works unless it is switched off. `off` are the commands for that.

    Idle times are in seconds.
    """

    udp: int | None = None
    tcp: int | None = None
    icmp: int | None = None
    h323: bool = False
    off: tuple[str, ...] = ()


# Linux: Documentation/networking/nf_conntrack-sysctl.rst; helpers attach by rule only since 4.7.
_LINUX = Profile(
    udp=30,
    tcp=432_000,
    icmp=30,
    off=("remove the rule that assigns the helper", "conntrack -F in a quiet hour"),
)

PROFILES: dict[str, Profile] = {
    "nftables": _LINUX,
    "iptables": _LINUX,
    # ASA Series Command Reference, timeout and inspect h323: both inspections are in the default policy.
    "cisco-asa": Profile(
        udp=120,
        tcp=3600,
        icmp=2,
        h323=True,
        off=(
            "policy-map global_policy",
            " class inspection_default",
            "  no inspect h323 h225",
            "  no inspect h323 ras",
        ),
    ),
    # FortiOS CLI Reference: system session-ttl, udp-idle-timer, session-helper.
    "fortios": Profile(
        udp=180,
        tcp=3600,
        h323=True,
        off=(
            "show system session-helper",
            "config system session-helper",
            "    delete NUMBER   # of ras (udp 1719) and of h323 (tcp 1720)",
            "end",
        ),
    ),
    # Junos: inactivity-timeout of predefined and custom applications; ALG H.323.
    "srx": Profile(udp=60, tcp=1800, icmp=60, h323=True, off=("set security alg h323 disable",)),
    # PAN-OS Administrator's Guide, session timeouts and ALG.
    "panos": Profile(
        udp=30,
        tcp=3600,
        icmp=6,
        h323=True,
        off=tuple(
            f"set shared alg-override application {name} alg-disabled yes" for name in ("h323", "h225")
        ),
    ),
    # RouterOS manual, connection tracking and service ports.
    "routeros": Profile(
        udp=10,
        tcp=86_400,
        icmp=10,
        h323=True,
        off=("/ip firewall service-port disable [find name=h323]",),
    ),
    # pf.conf(5): udp.multiple, tcp.established, icmp.first.
    "pf": Profile(udp=60, tcp=86_400, icmp=20),
}
NOTHING_KNOWN = Profile()


def idle_times(
    dialect: str, listing: Listing, concerns: Callable[[Timer], bool] = lambda _: True
) -> tuple[IdleTime, ...]:
    """What the configuration says, and the vendor's default of a kind where it says nothing.

    `concerns` tells which timers are about the flows at hand, as some are about one service only.
    """
    inspected = any(found.on and found.of is Inspected.H323 for found in listing.settings.inspections)
    said = [
        IdleTime(timer.kind, timer.name, timer.seconds, timer.place)
        for timer in listing.settings.timers
        if timer.kind is not None and concerns(timer) and (inspected or not timer.of_inspection)
    ]
    kinds = {time.kind for time in said}
    profile = PROFILES.get(dialect, NOTHING_KNOWN)
    for kind, seconds in (
        (FlowKind.UDP, profile.udp),
        (FlowKind.TCP, profile.tcp),
        (FlowKind.ICMP, profile.icmp),
    ):
        if kind not in kinds and seconds is not None:
            said.append(IdleTime(kind, f"{kind} idle time", seconds, f"default of {dialect}, assumed"))
    return tuple(said)


def untracked(dialect: str, inspections: Iterable[Inspection]) -> frozenset[Protocol]:
    """The protocols whose answers a stateful device judges by its rules all the same.

    An ASA follows echo only where `inspect icmp` is on (ASA Firewall CLI Configuration Guide, "Inspection of
    Basic Internet Protocols"). A text that says nothing of inspection at all is a part of a configuration.
    """
    found = tuple(inspections)
    followed = any(one.on and one.of is Inspected.ICMP for one in found)
    if dialect == "cisco-asa" and found and not followed:
        return frozenset({Protocol.ICMP})
    return frozenset()
