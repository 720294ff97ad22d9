"""A configuration read, judged, mended and judged again."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from ipaddress import ip_address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.check.check import check
from ringfence.check.diff import diff
from ringfence.check.report import Answer, CheckReport
from ringfence.firewalls.choose import writable
from ringfence.firewalls.recognise import read_as, readable
from ringfence.firewalls.rendering import capability_of, render_rules
from ringfence.firewalls.table import TARGETS
from ringfence.model.address import ANY_PORT, Network, PortRange
from ringfence.model.packet import Packet, Protocol, TcpFlags
from ringfence.model.policy import Action, Policy, Rule
from ringfence.model.registration import flows
from ringfence.model.site import Site
from ringfence.model.stage import Stage
from ringfence.policy.compile import generated
from ringfence.policy.filter import StatefulFilter
from ringfence.policy.listing import (
    Chain,
    FlowKind,
    Gap,
    Inspected,
    Inspection,
    Listing,
    Settings,
    Timer,
    Unread,
)
from ringfence.policy.reverse import answered, with_replies
from ringfence.policy.space import rows
from ringfence.verify.probes import sample
from support.example_sites import example, varied
from support.firewalls.running_configs import device, running
from support.peers.nft_kernel import ruleset

SITES = ("branch", "handset-opens", "https-multicast", "plain-h323")
BRANCH = example("branch")
ZONED = {"cisco-asa", "cisco-ios", "fortios", "opnsense", "panos", "srx"}


def listing(policy: Policy, **more: object) -> Listing:
    chain = Chain("rules", rows(policy), Action.DENY, frozenset({4, 6}), stateful=policy.stateful)
    return replace(Listing((chain,), ()), **more)  # type: ignore[arg-type]


def judged(policy: Policy, site: Site = BRANCH, target: str = "nftables", **more: object) -> CheckReport:
    return check(site, listing(policy, **more), TARGETS[target])


def zones(site: Site, target: str) -> Mapping[str, tuple[Network, ...]] | None:
    names = {zone.name: zone.networks for zone in site.zones}
    return names if target in ZONED else None


@pytest.mark.parametrize("name", SITES)
def test_the_generated_rules_permit_every_stage_and_nothing_more(name: str) -> None:
    site = example(name)
    report = judged(generated(site), site)
    assert report.answer is Answer.PERMITS and not report.fixes
    assert report.opened == report.needed and not report.exposure and not report.faults


@pytest.mark.parametrize("name", SITES)
def test_a_list_without_state_needs_the_answers_too(name: str) -> None:
    site = example(name)
    stateless = replace(generated(site), stateful=False)
    whole = judged(with_replies(generated(site)), site)
    assert whole.answer is Answer.PERMITS
    one_way = {f"{flow.id}-reply" for flow in flows(site) if not answered(flow)}
    assert {item.line.place for item in whole.exposure} <= one_way  # mirror images of what has no answer
    if any(flow for flow in flows(site) if answered(flow)):
        report = judged(stateless, site)
        assert report.answer is Answer.BLOCKS
        assert any(flow.way == "answers" for stage in report.stages for flow in stage.flows)


@pytest.mark.parametrize("name", SITES)
@pytest.mark.parametrize(
    "target",
    sorted(
        name
        for name in readable().keys()
        & set(writable()) - {"nftables", "checkpoint"}  # seen by a kernel, a script
        if not capability_of(TARGETS[name]).one_zone  # those need wider rules
    ),
)
def test_what_rules_writes_check_permits(name: str, target: str) -> None:
    site = example(name)
    if name == "https-multicast" and target in ZONED:
        pytest.skip("a multicast group lives in no zone of a zone-bound device")
    text = running(target, generated(site), site)
    report = check(site, read_as(target, text, zones(site, target)), TARGETS[target], device=device(site))
    assert report.answer is Answer.PERMITS, [s for s in report.stages if s.answer is not Answer.PERMITS]
    assert not report.exposure, report.exposure


def test_each_missing_rule_stops_its_own_stage() -> None:
    policy = generated(BRANCH)
    for rule in policy.rules:
        report = judged(policy.without(rule.id))
        stopped = {stage.stage for stage in report.stages if stage.answer is Answer.BLOCKS}
        assert stopped == {flow.stage for flow in rule.because}
        assert {id_ for fix in report.fixes for id_ in fix.flows} == {flow.id for flow in rule.because}


def test_a_second_gatekeeper_that_was_forgotten_is_all_that_the_fix_adds() -> None:
    site = varied("branch", ("addresses: [10.1.0.30]", "addresses: [10.1.0.30, 10.1.0.31]"))
    report = check(site, listing(generated(BRANCH)), TARGETS["nftables"])
    signal = next(stage for stage in report.stages if stage.stage is Stage.SIGNAL)
    assert signal.answer is Answer.BLOCKS and signal.flows[0].packet.startswith("tcp 10.1.0.31:61440")
    lines = [line for fix in report.fixes for line in fix.lines]
    assert lines and all("10.1.0.31" in line and "10.1.0.30" not in line for line in lines)


# --- agreement with the filter -----------------------------------------------------------------------------

NEEDED = generated(BRANCH).rules
ENDS = sorted({ends for rule in NEEDED for ends in (rule.source, rule.destination)}, key=str)
PORTS = sorted({p for rule in NEEDED for p in (rule.source_ports, rule.destination_ports)} | {ANY_PORT})


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """The needed rules, some left out, some turned into denials, among others of the same ends and ports."""
    chosen: list[Rule] = []
    for rule in NEEDED:
        what = draw(st.sampled_from(["keep", "keep", "keep", "drop", "deny", "narrow"]))
        if what == "narrow" and rule.icmp_type is None:
            first = rule.source_ports.first
            chosen.append(replace(rule, source_ports=PortRange(first, first)))
        elif what != "drop":
            action = Action.DENY if what == "deny" else Action.PERMIT
            chosen.append(replace(rule, action=action))
    for number in range(draw(st.integers(0, 3))):
        protocol = draw(st.sampled_from([Protocol.UDP, Protocol.TCP]))
        ends, ports = st.sampled_from(ENDS), st.sampled_from(PORTS)
        action = draw(st.sampled_from(Action))
        extra = Rule(f"x{number}", draw(ends), draw(ends), protocol, draw(ports), draw(ports), action=action)
        chosen.insert(draw(st.integers(0, len(chosen))), extra)
    return Policy("random", tuple(chosen), stateful=draw(st.booleans()))


def opener(words: str) -> Packet:
    """The packet of a report's words."""
    icmp = re.fullmatch(r"icmp type (\d+) code (\d+) (\S+) -> (\S+)", words)
    if icmp:
        ends = ip_address(icmp[3]), ip_address(icmp[4])
        return Packet(Protocol.ICMP, ends[0], int(icmp[1]), ends[1], int(icmp[2]), payload=bytes(8))
    found = re.fullmatch(r"(udp|tcp) (\S+):(\d+) -> (\S+):(\d+)", words)
    assert found, words
    protocol = Protocol[found[1].upper()]
    flags = TcpFlags.SYN if protocol is Protocol.TCP else TcpFlags(0)
    ends = ip_address(found[2]), ip_address(found[4])
    return Packet(protocol, ends[0], int(found[3]), ends[1], int(found[5]), flags)


@settings(max_examples=20, deadline=None)
@given(policies())
def test_the_verdict_agrees_with_the_filter_packet_by_packet(policy: Policy) -> None:
    report = judged(policy)
    samples = {flow.id: sample(flow) for flow in flows(BRANCH)}
    for flow in (flow for stage in report.stages for flow in stage.flows):
        if flow.answer is Answer.PERMITS:
            assert StatefulFilter(policy).permits(samples[flow.id], 0.0).permitted
        else:
            assert not StatefulFilter(policy).permits(opener(flow.packet), 0.0).permitted
        if flow.way == "answers":
            assert not policy.stateful


@settings(max_examples=20, deadline=None)
@given(policies())
def test_what_is_exposed_passes_the_filter_and_is_needed_by_no_flow(policy: Policy) -> None:
    report = judged(policy)
    assert sum(item.count for item in report.exposure) >= report.opened - report.needed - (
        0 if policy.stateful else report.needed * 2
    )
    for item in report.exposure:
        packet = opener(item.packet)
        if packet.protocol is not Protocol.ICMP:
            assert StatefulFilter(policy).permits(packet, 0.0).permitted


# --- what was not understood -------------------------------------------------------------------------------


def test_a_stage_that_an_unread_line_may_touch_is_not_proved_and_the_others_are() -> None:
    policy = generated(BRANCH)
    echo = policy.rule("echo")
    unread = Unread("line 7", "deny something", "not known here", rows(Policy("e", (echo,)))[0].boxes)
    whole = listing(policy)
    chain = replace(whole.chains[0], gaps=(Gap(0, unread),))
    report = check(BRANCH, Listing((chain,), (unread,)), TARGETS["nftables"])
    by_stage = {stage.stage: stage for stage in report.stages}
    assert by_stage[Stage.ECHO].answer is Answer.NOT_PROVED
    assert by_stage[Stage.ECHO].flows[0].as_read is Answer.PERMITS
    assert by_stage[Stage.SIGNAL].answer is Answer.PERMITS
    assert report.answer is Answer.NOT_PROVED and report.except_for == ("line 7",)


def test_a_line_that_was_not_understood_cannot_undo_an_earlier_denial() -> None:
    policy = generated(BRANCH)
    first = replace(policy.rule("echo"), id="no-echo", action=Action.DENY)
    blocked = Policy("p", (first, *policy.rules))
    unread = Unread("line 9", "?", "not known here", rows(Policy("e", (first,)))[0].boxes)
    chain = replace(listing(blocked).chains[0], gaps=(Gap(1, unread),))
    report = check(BRANCH, Listing((chain,), (unread,)), TARGETS["nftables"])
    echo = next(stage for stage in report.stages if stage.stage is Stage.ECHO)
    assert echo.answer is Answer.BLOCKS and echo.flows[0].by[0].place == "no-echo"


def test_a_stray_part_leaves_everything_unproved() -> None:
    stray = Unread("line 3", "?", "not known here")
    report = judged(generated(BRANCH), unread=(stray,))
    assert {stage.answer for stage in report.stages} == {Answer.NOT_PROVED}


# --- timers and inspection ---------------------------------------------------------------------------------


def codes(report: CheckReport) -> set[str]:
    return {finding.code for finding in report.findings}


def with_timer(kind: FlowKind, seconds: int | None, **more: object) -> Settings:
    timer = Timer("of the device", seconds, "line 5", kind)
    return Settings(timers=(replace(timer, **more),))  # type: ignore[arg-type]


def test_a_short_udp_timer_matters_only_without_a_rule_for_the_gatekeeper() -> None:
    policy = generated(BRANCH)
    short = with_timer(FlowKind.UDP, 120)
    assert "UDP_STATE_SHORTER_THAN_SILENCE" not in codes(judged(policy, settings=short))
    without = judged(policy.without("ras-notify"), settings=short)
    found = next(f for f in without.findings if f.code == "UDP_STATE_SHORTER_THAN_SILENCE")
    assert "120 s" in found.sentence and "600 s" in found.sentence and "line 5" in found.sentence
    long = judged(policy.without("ras-notify"), settings=with_timer(FlowKind.UDP, None))
    assert "UDP_STATE_HOLDS_SILENCE" in codes(long) and long.answer is Answer.BLOCKS


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (20, "SIGNALLING_STATE_TOO_SHORT"),
        (21, "SIGNALLING_NEEDS_KEEPALIVE"),
        (3599, "SIGNALLING_NEEDS_KEEPALIVE"),
        (3600, ""),
        (None, ""),
    ],
)
def test_a_short_tcp_timer_kills_the_signalling_channel(seconds: int | None, code: str) -> None:
    found = codes(judged(generated(BRANCH), settings=with_timer(FlowKind.TCP, seconds)))
    assert {c for c in found if c.startswith("SIGNALLING")} == ({code} if code else set())


def test_inspection_is_named_with_the_command_that_ends_it() -> None:
    on = Settings(
        inspections=(
            Inspection("h323 ras", True, "line 9", Inspected.H323),
            Inspection("icmp", True, "line 8", Inspected.ICMP),
        )
    )
    report = judged(generated(BRANCH), target="cisco-asa", settings=on)
    sentence = next(f.sentence for f in report.findings if f.code == "H323_INSPECTED")
    assert "line 9" in sentence and "no inspect h323 ras" in sentence
    assert "H323_INSPECTION_NOT_STATED" in codes(judged(generated(BRANCH), target="srx"))
    assert "H323_INSPECTION_NOT_STATED" not in codes(judged(generated(BRANCH), target="nftables"))


def test_echo_through_an_asa_that_does_not_inspect_icmp_has_no_answer() -> None:
    on = Settings(inspections=(Inspection("dns", True, "line 9", Inspected.OTHER),))
    report = judged(generated(BRANCH), target="cisco-asa", settings=on)
    echo = next(stage for stage in report.stages if stage.stage is Stage.ECHO)
    assert echo.answer is Answer.BLOCKS and echo.flows[0].way == "answers"
    assert "ECHO_NOT_TRACKED" in codes(report)
    assert any("inspect icmp" in line for fix in report.fixes for line in fix.lines)


# --- lines -------------------------------------------------------------------------------------------------


def test_lines_that_never_decide_are_named_with_those_that_take_their_packets() -> None:
    policy = generated(BRANCH)
    wide = replace(policy.rule("echo"), id="wide", icmp_type=None)
    late = replace(policy.rule("echo"), id="late", action=Action.DENY)
    report = judged(Policy("p", (wide, *policy.without("echo").rules, late)))
    fault = next(f for f in report.faults if f.line.place == "late")
    assert (fault.fault, fault.by) == ("shadowed", ("wide",)) and fault.concerns
    assert [item.line.place for item in report.exposure] == ["wide"]


def test_the_difference_names_what_is_lost_and_which_flow_needs_it() -> None:
    policy = generated(BRANCH)
    changed = diff(BRANCH, listing(policy), listing(policy.without("ras-notify")))
    assert changed.opened == 0 and len(changed.changes) == 1
    change = changed.changes[0]
    assert not change.opens and change.needed == ("ras-notify",) and change.before[0].place == "ras-notify"
    assert changed.closed == change.count == 256
    back = diff(BRANCH, listing(policy.without("ras-notify")), listing(policy))
    assert back.opened == 256 and back.changes[0].opens


@settings(max_examples=12, deadline=None)
@given(policies(), policies())
def test_the_difference_accounts_for_every_header(old: Policy, new: Policy) -> None:
    found = diff(BRANCH, listing(old), listing(new))
    assert sum(c.count for c in found.changes if c.opens) == found.opened
    assert sum(c.count for c in found.changes if not c.opens) == found.closed


@pytest.mark.kernel
@pytest.mark.parametrize("name", SITES)
def test_the_fix_typed_into_a_kernel_makes_it_permit(name: str) -> None:
    site = example(name)
    missing = [rule.id for rule in generated(site).rules if rule.protocol is not Protocol.ICMP][::2]
    text = render_rules(TARGETS["nftables"], generated(site).without(*missing), device(site)).text
    before = check(site, read_as("nftables", json.dumps(ruleset(text)), None), TARGETS["nftables"])
    assert before.answer is Answer.BLOCKS
    typed = [line.removeprefix("nft ").replace("'", "") for fix in before.fixes for line in fix.lines]
    after = read_as("nftables", json.dumps(ruleset(text, "\n".join(typed))), None)
    report = check(site, after, TARGETS["nftables"])
    assert report.answer is Answer.PERMITS and not report.exposure


def test_a_drop_before_the_rule_of_the_state_stops_answers() -> None:
    text = running("iptables", generated(BRANCH), BRANCH)
    state = next(line for line in text.splitlines() if "ESTABLISHED" in line)
    drop = "-A ringfence-set -s 10.1.0.30/32 -p udp -m udp --sport 1719 -j DROP\n"
    late = check(
        BRANCH, read_as("iptables", text.replace(state, f"{state}\n{drop}"), None), TARGETS["iptables"]
    )
    early = check(BRANCH, read_as("iptables", text.replace(state, drop + state), None), TARGETS["iptables"])

    def ways(report: CheckReport) -> set[str]:
        return {flow.way for s in report.stages for flow in s.flows if flow.stage is Stage.REGISTER}

    register = next(stage for stage in early.stages if stage.stage is Stage.REGISTER)
    assert register.answer is Answer.BLOCKS and ways(early) == {"answers"}
    assert register.flows[0].by[0].text.endswith("--sport 1719 -j DROP")
    assert ways(late) == {"opens"} and late.stages[5].stage is Stage.REGISTER
    assert late.stages[5].answer is Answer.PERMITS


def test_an_applications_own_idle_time_counts_and_an_uninspected_one_does_not() -> None:
    policy = generated(BRANCH).without("ras-notify")
    of_ras = with_timer(FlowKind.UDP, 300, ports=PortRange(1700, 1719))
    of_dns = with_timer(FlowKind.UDP, 300, ports=PortRange(53, 53))
    ttl = judged(policy, target="fortios", settings=of_ras)
    other = judged(policy, target="fortios", settings=of_dns)
    assert any("300 s (line 5)" in finding.sentence for finding in ttl.findings)
    assert not any("300 s" in finding.sentence for finding in other.findings)
    timer = with_timer(FlowKind.UDP, 300, service="ras")
    asking = listing(policy, settings=timer)
    rows_ = tuple(replace(row, services=("ras",)) for row in asking.chains[0].rows)
    named = replace(asking, chains=(replace(asking.chains[0], rows=rows_),))
    assert any("300 s" in f.sentence for f in check(BRANCH, named, TARGETS["srx"]).findings)
    assert not any("300 s" in f.sentence for f in check(BRANCH, asking, TARGETS["srx"]).findings)
    idle = judged(policy, target="cisco-asa", settings=with_timer(FlowKind.UDP, 300, of_inspection=True))
    assert not any("300 s" in finding.sentence for finding in idle.findings)
