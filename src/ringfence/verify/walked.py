"""What the recordings of a walk say: which stages were reached, and which rules let their flows through.

A rule is judged by the packets that open its flows, where they were sent and where they should have arrived.
Clocks are not compared: a packet is known at the other end by what it holds (`diagnosis.pairs`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from ipaddress import IPv4Address

import msgspec

from ringfence.capture.frame import Tap
from ringfence.diagnosis.judge import judge
from ringfence.diagnosis.options import JudgeOptions
from ringfence.diagnosis.recording import CapturedPackets
from ringfence.diagnosis.timeline import HandsetTimeline
from ringfence.model.address import Address
from ringfence.model.flow import Flow, Role
from ringfence.model.policy import Rule
from ringfence.model.site import Site
from ringfence.model.stage import BESIDE_REGISTRATION, BY_PROOF_ALONE, Stage
from ringfence.policy.compile import policy_for
from ringfence.policy.words import rule_words
from ringfence.roles.turns import FIRST_TURN, Turn
from ringfence.roles.walking import standing_by
from ringfence.verify.judging import expected_stages, ports_of, stage_results
from ringfence.verify.report import StageResult, StageState
from ringfence.verify.walked_packets import WalkEnds, opened_by_relay, opening_packets, packet_line

# What waits until the firewall has forgotten: left out where there is no time for that.
WAITS = frozenset({Stage.NOTIFY, Stage.KEEP_ALIVE})


_SERVERS = frozenset({Role.DHCP_SERVER, Role.DNS_SERVER, Role.FILE_SERVER, Role.GATEKEEPER})


class CrossingState(StrEnum):
    """What became of the packets that open a rule's flows."""

    PASSED = "passed"
    BLOCKED = "blocked"  # they left one end and did not arrive at the other
    UNANSWERED = "unanswered"  # they left this end; only the other recording shows whether they arrived
    UNSHOWN = "not shown"  # nothing answers them anyway: one recording cannot show more
    UNTRIED = "not tried"


class RuleCrossing(msgspec.Struct, frozen=True):
    """One rule. `tried` and `passed` count packets that opened something by it; `shown` is one of them.

    Of what is relayed the rule or the relay agent may be missing: both are between the two ends.
    """

    id: str
    words: str
    state: CrossingState
    stages: tuple[Stage, ...] = ()
    tried: int = 0
    passed: int = 0
    shown: str = ""


class WalkReport(msgspec.Struct, frozen=True):
    """`ends`: whose recordings were read. `not_walked`: rules that a walk does not try, such as audio."""

    site: str
    ends: tuple[str, ...]
    stages: tuple[StageResult, ...]
    rules: tuple[RuleCrossing, ...]
    not_walked: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Every stage reached, every rule seen to let its flows through."""
        reached = all(stage.state is StageState.REACHED for stage in self.stages)
        return reached and all(rule.state is CrossingState.PASSED for rule in self.rules)

    def in_state(self, *states: CrossingState) -> tuple[RuleCrossing, ...]:
        return tuple(rule for rule in self.rules if rule.state in states)


@dataclass(frozen=True, slots=True)
class WalkedRule:
    """A rule of one of the site's firewalls; its name is empty where there is one firewall."""

    firewall: str
    rule: Rule

    @property
    def id(self) -> str:
        return f"{self.firewall}: {self.rule.id}" if self.firewall else self.rule.id


def walked_stages(site: Site, *, quick: bool) -> frozenset[Stage]:
    """The stages that a walk of this site goes through, and that captures can be judged by."""
    left_out = BESIDE_REGISTRATION | BY_PROOF_ALONE | (WAITS if quick else frozenset())
    return expected_stages(site) - left_out


def walked_rules(site: Site) -> tuple[WalkedRule, ...]:
    """Every rule of every firewall, in the order of the procedure."""
    several = len(site.firewalls) > 1
    return tuple(
        WalkedRule(firewall.name if several else "", rule)
        for firewall in site.firewalls
        for rule in policy_for(site, firewall.name).rules
    )


def walked(
    site: Site, recorded: Mapping[Tap, CapturedPackets], turn: Turn = FIRST_TURN, *, quick: bool
) -> tuple[WalkReport, HandsetTimeline | None]:
    """`recorded`: by end, HANDSETS, SERVERS or both; `turn`: which servers were played.

    With it the handset's timeline as its end saw it, or the servers' where that alone is there.
    """
    seen = recorded.get(Tap.HANDSETS) or recorded[Tap.SERVERS]
    expected = walked_stages(site, quick=quick)
    line = _timeline(site, seen, expected)
    idle = max(max(each.udp_timeout, each.udp_stream_timeout) for each in site.firewalls)
    ends = WalkEnds(site, {tap: each.packets for tap, each in recorded.items()}, float(idle))
    absent = standing_by(site, turn)
    every = [(each, _is_left_out(each.rule, absent, quick=quick)) for each in walked_rules(site)]
    rules = tuple(_crossing(each, ends) for each, left_out in every if not left_out)
    left_out = tuple(f"{each.id} {rule_words(each.rule)}" for each, left_out in every if left_out)
    stages = _told_by_both(_with_release(stage_results(line, expected), rules), rules)
    names = tuple(tap.value for tap in (Tap.HANDSETS, Tap.SERVERS) if tap in recorded)
    return WalkReport(site.site, names, stages, rules, left_out), line


def _is_left_out(rule: Rule, absent: frozenset[IPv4Address], *, quick: bool) -> bool:
    """A rule for audio, for a server that is not played, or with `quick` for what waits."""
    stages = BESIDE_REGISTRATION | (WAITS if quick else frozenset())
    return bool(rule.because) and all(
        flow.stage in stages or _servers_of(flow) <= absent for flow in rule.because
    )


def _servers_of(flow: Flow) -> frozenset[Address]:
    party = flow.initiator if flow.initiator.role in _SERVERS else flow.responder
    return frozenset(network.network_address for network in party.networks)


def _timeline(site: Site, captured: CapturedPackets, expected: frozenset[Stage]) -> HandsetTimeline | None:
    options = JudgeOptions(
        expected=expected,
        ports=ports_of(site),
        state_timeout=min(each.udp_stream_timeout for each in site.firewalls),
        phones_only=False,
    )
    group = site.groups[0]
    mac = group.user.mac.lower()
    found = judge(captured, options).handsets
    own = (line for line in found if line.mac == mac)
    there = (line for line in found if any(address in group.voice.network for address in line.addresses))
    return next(own, None) or next(there, None)


def _crossing(walked_rule: WalkedRule, ends: WalkEnds) -> RuleCrossing:
    rule = walked_rule.rule
    found = list(opened_by_relay(rule, ends) if _is_relayed(rule) else opening_packets(rule, ends))
    passed = [each for each in found if each.passed]
    state = CrossingState.UNTRIED
    if passed:
        state = CrossingState.PASSED
    elif found:
        lone = CrossingState.UNSHOWN if _is_never_answered(rule) else CrossingState.UNANSWERED
        state = CrossingState.BLOCKED if ends.both else lone
    shown = next(iter(passed or found), None)
    stages = dict.fromkeys(sorted((flow.stage for flow in rule.because), key=lambda stage: stage.order))
    return RuleCrossing(
        walked_rule.id,
        rule_words(rule),
        state,
        tuple(stages),
        len(found),
        len(passed),
        packet_line(shown.packet) if shown is not None else "",
    )


def _is_relayed(rule: Rule) -> bool:
    """Whether it is for what relay agent and server say to one another: the phone's end never sees that."""
    relays = {Role.RELAY_UPLINK, Role.RELAY_GIADDR}
    return bool(rule.because) and all(
        {flow.initiator.role, flow.responder.role} & relays for flow in rule.because
    )


def _is_never_answered(rule: Rule) -> bool:
    return bool(rule.because) and all(flow.stage is Stage.RELEASE for flow in rule.because)


def _with_release(stages: Iterable[StageResult], rules: Sequence[RuleCrossing]) -> tuple[StageResult, ...]:
    """Nobody answers a RELEASE: what became of it shows at the other end."""
    rule = next((each for each in rules if each.stages == (Stage.RELEASE,)), None)
    return tuple(_release(each, rule) if each.stage is Stage.RELEASE else each for each in stages)


def _release(stage: StageResult, rule: RuleCrossing | None) -> StageResult:
    """`rule` None: it crosses no firewall."""
    state = CrossingState.PASSED if rule is None and stage.packets else None
    match state if rule is None else rule.state:
        case CrossingState.PASSED:
            return msgspec.structs.replace(stage, state=StageState.REACHED, reason="")
        case CrossingState.BLOCKED if rule is not None:
            return msgspec.structs.replace(
                stage, state=StageState.FAILED, dropped=rule.shown, reason="it did not arrive"
            )
        case _:
            return msgspec.structs.replace(stage, state=StageState.NOT_REACHED)


def _told_by_both(stages: Iterable[StageResult], rules: Sequence[RuleCrossing]) -> tuple[StageResult, ...]:
    """One end does not know what the other sent in vain."""
    lost = {
        stage: rule.shown for rule in rules if rule.state is CrossingState.BLOCKED for stage in rule.stages
    }
    return tuple(
        msgspec.structs.replace(each, dropped=lost[each.stage], reason="it did not arrive")
        if each.state is StageState.FAILED and each.stage in lost
        else each
        for each in stages
    )


def missing_rules_of(site: Site, report: WalkReport) -> tuple[Rule, ...]:
    """The site's own rules, of those that let nothing through; the surest ones, where any are sure."""
    wanted = report.in_state(CrossingState.BLOCKED) or report.in_state(CrossingState.UNANSWERED)
    ids = {each.id for each in wanted}
    return tuple(replace(each.rule, id=each.rule.id) for each in walked_rules(site) if each.id in ids)
