"""Observed registrations to a proposed site: who plays which role, who opens, from which ports.

Who opens is told by SYN, by the kind of a request message, and nothing else. What nobody answered is not
learnt: that is where a rule is missing, and it is reported apart. What the capture cannot show is either
assumed, and then said to be, or left `UNKNOWN`, which no proof accepts: nothing is invented.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address

from ringfence.diagnosis.explain import Explained
from ringfence.diagnosis.observation import DhcpSeen, RasSeen
from ringfence.diagnosis.timeline import HandsetTimeline, StageStatus
from ringfence.learning.facts import UNKNOWN, Fact, distinct, yaml_string
from ringfence.learning.network import (
    LeasedNetwork,
    leased_networks,
    relay_facts,
    vlan_facts,
    voice_and_data,
    zone_facts,
)
from ringfence.learning.parties import (
    dhcp_facts,
    file_facts,
    gatekeeper_facts,
    gatekeepers,
    handset_facts,
    registration_facts,
)
from ringfence.model.errors import InputError
from ringfence.model.printable import printable
from ringfence.wire import phone_options
from ringfence.wire.dhcp_options import SITE_46XX, SITE_242, DhcpMessageType
from ringfence.wire.phone_options import PhoneParameters


@dataclass(frozen=True, slots=True)
class Learned:
    """`facts` by the site file's path, in its order. `unanswered`: asked in the capture and not granted."""

    site: str
    facts: dict[str, Fact]
    unanswered: tuple[str, ...]
    unseen: tuple[str, ...]

    @property
    def unknown(self) -> tuple[str, ...]:
        """Paths that a person has to fill in."""
        return tuple(path for path, fact in self.facts.items() if fact.value == UNKNOWN)


def learn_site(captures: Sequence[Explained], site: str) -> Learned:
    """InputError when no handset is in the captures."""
    timelines = [line for capture in captures for line in capture.judgement.handsets]
    if not timelines:
        raise InputError("no handset is in the captures", remedy="`ringfence explain` says what is there")
    seen = distinct(each for line in timelines for each in line.observations)
    dhcp = [each for each in seen if isinstance(each, DhcpSeen)]
    ras = [each for each in seen if isinstance(each, RasSeen)]
    told = _told(dhcp)
    voice, data = voice_and_data(leased_networks(dhcp), ras, timelines)
    parties = {
        **dhcp_facts(dhcp),
        **file_facts(captures, told, timelines),
        **gatekeeper_facts(ras, told),
        **handset_facts(ras, timelines, told),
        **registration_facts(ras, timelines, captures),
    }
    servers = set(gatekeepers(ras, told)[0])
    for role in ("dhcp_server", "file_server"):
        if parties[f"{role}.address"].value != UNKNOWN:
            servers.add(IPv4Address(parties[f"{role}.address"].value))
    network = {
        **vlan_facts(voice, data, told),
        **relay_facts(dhcp, captures, voice, data, servers),
    }
    zones = zone_facts(network, voice, data, servers)
    return Learned(site, {**zones, **network, **parties}, _unanswered(timelines), _unseen(told, data, ras))


def _told(dhcp: Iterable[DhcpSeen]) -> PhoneParameters:
    """What the leases tell handsets; a later one wins."""
    told = PhoneParameters()
    for seen in dhcp:
        if seen.kind is DhcpMessageType.ACK:
            text = seen.message.raw(SITE_242.code) or seen.message.raw(SITE_46XX.code) or b""
            told = phone_options.parse_option_string(text.decode("latin-1")).over(told)
    return told


def as_yaml(learned: Learned) -> str:
    """A site file; each line says where its value comes from. What packets say in a comment stays there."""
    lines = [
        "# Learned from captures. ASSUMED: not in the captures. UNKNOWN: fill in before use.",
        f"site: {yaml_string(learned.site)}",
    ]
    section = ""
    depth: tuple[str, ...] = ()
    for path, fact in learned.facts.items():
        *parents, key = path.split(".")
        if parents[0] != section:
            lines.append("")
            section = parents[0]
        for level, parent in enumerate(parents):
            if depth[: level + 1] != tuple(parents[: level + 1]):
                lines.append(f"{'  ' * level}{parent}:")
        depth = tuple(parents)
        word = "ASSUMED: " if fact.assumed and fact.note else "ASSUMED" if fact.assumed else ""
        comment = f" # {word}{printable(fact.note)}" if word or fact.note else ""
        lines.append(f"{'  ' * len(parents)}{key}: {fact.value}{comment}")
    for title, notes in (
        ("Requested in the capture and not obtained; rules for it may be missing:", learned.unanswered),
        ("What these captures cannot show:", learned.unseen),
    ):
        if notes:
            lines += ["", f"# {title}", *(f"# - {printable(note)}" for note in notes)]
    return "\n".join(lines) + "\n"


def _unanswered(timelines: Iterable[HandsetTimeline]) -> tuple[str, ...]:
    """What was asked and not granted: rules that may be missing, not rules to learn."""
    return tuple(
        dict.fromkeys(
            f"{line.name}, {stage.stage}: {stage.because}"
            for line in timelines
            for stage in line.stages
            if stage.state is StageStatus.FAILED
        )
    )


def _unseen(told: PhoneParameters, data: LeasedNetwork | None, ras: Sequence[RasSeen]) -> tuple[str, ...]:
    """What this capture cannot show, and what was done about it."""
    notes = [
        "the firewall's idle timeouts: those of Linux are assumed (firewall.udp_timeout, udp_stream_timeout)",
        "firmware upgrades, and failover to servers that were not used during the capture",
        "the user's password: the emulated one is assumed (handsets.password)",
    ]
    if not any(_unasked(each, ras) for each in ras):
        notes.append(
            "whether the gatekeeper ever sends first (URQ, IRQ, NSM): its rule is proposed in any case"
        )
    if data is None and told.l2qvlan:
        notes.insert(
            0, f"the VLAN where handsets boot before they move to VLAN {told.l2qvlan}: add vlans.data"
        )
    for what, seen in (
        ("keep-alives", any(each.keep_alive for each in ras)),
        ("the end of a registration", any(each.message == "URQ" for each in ras)),
    ):
        if not seen:
            notes.append(what)
    return tuple(notes)


# What a gatekeeper opens with (H.225.0 clause 7); an NSM counts unless the handset's has the same number.
_OPENING = frozenset({"URQ", "IRQ", "DRQ", "BRQ", "SCI", "NSM"})


def _unasked(sent: RasSeen, ras: Iterable[RasSeen]) -> bool:
    """Whether a gatekeeper said this of its own accord."""
    asked = (each for each in ras if each.from_handset and each.message == sent.message)
    return (
        not sent.from_handset
        and sent.message in _OPENING
        and all(each.number != sent.number or each.time > sent.time for each in asked)
    )
