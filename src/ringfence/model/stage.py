"""The stages of a handset's way from power-up to registered and kept alive: one row each, in order."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, StrEnum


class Stage(StrEnum):
    """One step that a handset either completes or stops at. The order of definition is the procedure's."""

    ADDRESS = "address"  # first DHCP lease, through the relay
    RELEASE = "release"  # DHCPRELEASE of the first lease before re-tagging
    VLAN_MOVE = "vlan-move"  # second DHCP lease, on the voice VLAN
    RESOLVE = "resolve"  # names of servers, where the phone is told names
    PROVISION = "provision"  # upgrade and settings files over HTTP or HTTPS
    DISCOVER = "discover"  # GRQ / GCF
    REGISTER = "register"  # RRQ / RCF
    SIGNAL = "signal"  # the call-signalling TCP connection and its first exchange
    ECHO = "echo"  # ICMP echo between handset and gatekeeper
    RENEW = "renew"  # DHCP renewal at T1, unicast to the server
    NOTIFY = "notify"  # RAS opened by the gatekeeper after UDP state has aged
    KEEP_ALIVE = "keep-alive"  # the handset renews its registration after UDP state has aged
    MEDIA = "media"  # RTP and RTCP, where the site says that phones talk through the firewall
    SERVICES = "services"  # monitoring and management, where the site names who does it

    @property
    def order(self) -> int:
        return _ORDER[self]

    @property
    def label(self) -> str:
        """The stage in a few words for a person."""
        return SPECS[self].title

    @property
    def after(self) -> frozenset["Stage"]:
        """The stages this one cannot begin without."""
        return SPECS[self].after

    @property
    def purpose(self) -> "Purpose":
        return SPECS[self].purpose


class Purpose(Enum):
    """What a handset does not have where the stage fails."""

    REGISTRATION = "registration"  # the main line: it never registers
    CALLS = "calls"  # it is registered, and nobody can call
    UPKEEP = "upkeep"  # it works on, for a time


@dataclass(frozen=True, slots=True)
class StageSpec:
    """`after`: the stages that must have been reached before this one can begin; a stage whose predecessors
    failed is not reached, not failed. How it is judged, and by which codes, is a row of `diagnosis.stages`.
    """

    stage: Stage
    title: str
    after: frozenset[Stage]
    purpose: Purpose


_ROWS = (
    StageSpec(Stage.ADDRESS, "address on the first VLAN", frozenset(), Purpose.REGISTRATION),
    # Fire-and-forget (RFC 2131 section 4.4.6): its loss leaks a lease but stops nothing.
    StageSpec(Stage.RELEASE, "release of the first address", frozenset({Stage.ADDRESS}), Purpose.UPKEEP),
    StageSpec(Stage.VLAN_MOVE, "address on the voice VLAN", frozenset({Stage.ADDRESS}), Purpose.REGISTRATION),
    StageSpec(
        Stage.RESOLVE,
        "names of servers",
        frozenset({Stage.ADDRESS, Stage.VLAN_MOVE}),
        Purpose.REGISTRATION,
    ),
    StageSpec(
        Stage.PROVISION,
        "upgrade and settings files",
        frozenset({Stage.ADDRESS, Stage.VLAN_MOVE, Stage.RESOLVE}),
        Purpose.REGISTRATION,
    ),
    StageSpec(
        Stage.DISCOVER,
        "gatekeeper discovery",
        frozenset({Stage.ADDRESS, Stage.VLAN_MOVE, Stage.RESOLVE, Stage.PROVISION}),
        Purpose.REGISTRATION,
    ),
    StageSpec(Stage.REGISTER, "registration", frozenset({Stage.DISCOVER}), Purpose.REGISTRATION),
    StageSpec(Stage.SIGNAL, "call-signalling channel", frozenset({Stage.REGISTER}), Purpose.CALLS),
    StageSpec(Stage.ECHO, "echo", frozenset({Stage.REGISTER}), Purpose.UPKEEP),
    StageSpec(Stage.RENEW, "lease renewal", frozenset({Stage.ADDRESS, Stage.VLAN_MOVE}), Purpose.UPKEEP),
    StageSpec(Stage.NOTIFY, "gatekeeper-opened RAS", frozenset({Stage.REGISTER}), Purpose.UPKEEP),
    StageSpec(Stage.KEEP_ALIVE, "renewed registration", frozenset({Stage.REGISTER}), Purpose.UPKEEP),
    # The addresses of media are told on the signalling channel.
    StageSpec(Stage.MEDIA, "audio", frozenset({Stage.SIGNAL}), Purpose.CALLS),
    StageSpec(Stage.SERVICES, "monitoring and management", frozenset({Stage.SIGNAL}), Purpose.UPKEEP),
)


def _by_stage(rows: Iterable[StageSpec]) -> dict[Stage, StageSpec]:
    specs = {row.stage: row for row in rows}
    for stage in Stage:
        if stage not in specs:
            raise TypeError(f"Stage.{stage.name} has no StageSpec: add its row to _ROWS in model/stage.py")
    return specs


SPECS = _by_stage(_ROWS)
_ORDER = {stage: index for index, stage in enumerate(Stage)}


def position(stage: Stage | None) -> int:
    """The place in the procedure, for sorting; what belongs to no stage comes last."""
    return len(_ORDER) if stage is None else stage.order


# What follows registration only where a site says so: audio, monitoring and management.
BESIDE_REGISTRATION = frozenset({Stage.MEDIA, Stage.SERVICES})
# What captures are not judged by: proofs know what there has to be.
BY_PROOF_ALONE = BESIDE_REGISTRATION | {Stage.RESOLVE}

# Each of these is waited for; when one does not come the handset does not register.
MAIN_LINE = frozenset(stage for stage in Stage if stage.purpose is Purpose.REGISTRATION)
