"""The judge on recordings from both sides of a firewall."""

from dataclasses import replace

import pytest

from ringfence.capture.frame import Tap, TappedFrame
from ringfence.diagnosis.timeline import HandsetTimeline, HandsetVerdict, StageOutcome, StageStatus
from ringfence.model.packet import Packet, Protocol, TcpFlags
from ringfence.model.stage import BY_PROOF_ALONE, Stage
from ringfence.wire.dhcp_options import DhcpMessageType
from ringfence.wire.frame import datagram_of
from support.captures.judged import LAB, timelines_of
from support.captures.recorded_site import (
    DATA_GIADDR,
    DHCP,
    FILES,
    FIRST,
    GATEKEEPER,
    HANDSET,
    MAC,
    UPLINK,
    VOICE_GIADDR,
    Lost,
    Run,
    ask,
    boot,
    dhcp_message,
    fetch,
    gcf,
    grj,
    grq,
    lease,
    nsm,
    rcf,
    rrj,
    rrq,
    to_gatekeeper,
    to_handset,
    ucf,
    udp,
    urq,
)

ALL = frozenset(Stage) - BY_PROOF_ALONE


def verdict_of(run: Run, expected: frozenset[Stage] = ALL) -> HandsetTimeline:
    (timeline,) = timelines_of(run.frames, replace(LAB, expected=expected))
    return timeline


def test_a_whole_boot_reaches_every_stage() -> None:
    timeline = verdict_of(boot())
    assert {
        line.stage: line.because
        for line in timeline.stages
        if line.state is not StageStatus.REACHED and line.stage in ALL
    } == {}
    assert timeline.verdict is HandsetVerdict.REGISTERED
    assert timeline.mac == MAC.hex(":")
    assert timeline.alias == "2001"
    assert timeline.endpoint_identifier == "ep-2001"
    assert timeline.addresses == (FIRST, HANDSET)
    register = timeline.stage(Stage.REGISTER)
    assert register.evidence[0].text == "10.20.0.50:49300 > 10.1.0.30:1719 RRQ 11"


# What one missing rule makes the firewall drop, the stage that then fails, and how.
MISSING_RULES: dict[str, tuple[Lost, Stage, StageOutcome]] = {
    "relay to server": (lambda p: p.source == UPLINK, Stage.ADDRESS, StageOutcome.DROPPED),
    "server to giaddr": (lambda p: p.destination == DATA_GIADDR, Stage.ADDRESS, StageOutcome.ONE_WAY),
    "server to voice giaddr": (
        lambda p: p.destination == VOICE_GIADDR,
        Stage.VLAN_MOVE,
        StageOutcome.ONE_WAY,
    ),
    "release": (
        lambda p: p.source == FIRST and p.source_port == 68,
        Stage.RELEASE,
        StageOutcome.DROPPED,
    ),
    "renewal": (lambda p: p.source == HANDSET and p.source_port == 68, Stage.RENEW, StageOutcome.DROPPED),
    "files": (lambda p: p.destination == FILES, Stage.PROVISION, StageOutcome.DROPPED),
    "files back": (lambda p: p.source == FILES, Stage.PROVISION, StageOutcome.ONE_WAY),
    "ras": (lambda p: p.destination_port == 1719, Stage.DISCOVER, StageOutcome.DROPPED),
    "ras back": (lambda p: p.source_port == 1719, Stage.DISCOVER, StageOutcome.ONE_WAY),
    "signalling": (lambda p: p.destination_port == 1720, Stage.SIGNAL, StageOutcome.DROPPED),
    "signalling back": (lambda p: p.source_port == 1720, Stage.SIGNAL, StageOutcome.ONE_WAY),
    "signalling data": (
        lambda p: p.source_port == 1720 and bool(p.payload),
        Stage.SIGNAL,
        StageOutcome.DROPPED,
    ),
    "echo": (lambda p: p.protocol is Protocol.ICMP and p.source == HANDSET, Stage.ECHO, StageOutcome.DROPPED),
    "echo back": (
        lambda p: p.protocol is Protocol.ICMP and p.source == GATEKEEPER,
        Stage.ECHO,
        StageOutcome.ONE_WAY,
    ),
    "notify": (
        lambda p: p.protocol is Protocol.UDP and p.source_port == 1719 and p.payload == nsm(900),
        Stage.NOTIFY,
        StageOutcome.DROPPED,
    ),
}


@pytest.mark.parametrize("name", MISSING_RULES)
def test_a_missing_rule_fails_its_stage_and_names_the_packet(name: str) -> None:
    lost, stage, outcome = MISSING_RULES[name]
    timeline = verdict_of(boot(lost))
    failed = timeline.failed
    assert failed is not None
    assert (failed.stage, failed.outcome) == (stage, outcome), failed.because
    assert any(each.dropped for each in failed.evidence)
    before = {each for each in ALL if each.order < stage.order and each is not Stage.RELEASE}
    assert before - {Stage.ECHO, Stage.RENEW} <= timeline.reached
    for line in timeline.stages:
        if stage in line.stage.after and line.stage in ALL:
            assert line.state is StageStatus.NOT_REACHED


def test_without_expectation_what_did_not_happen_is_not_visible() -> None:
    run = Run()
    lease(run, VOICE_GIADDR, HANDSET, 1)
    timeline = verdict_of(run, frozenset())
    assert timeline.stage(Stage.ADDRESS).state is StageStatus.REACHED
    assert timeline.stage(Stage.DISCOVER).state is StageStatus.NOT_VISIBLE
    assert timeline.verdict is HandsetVerdict.UNDECIDED


def test_the_end_of_a_capture_is_no_failure() -> None:
    run = Run()
    run.send(to_gatekeeper(grq(1)))
    (timeline,) = timelines_of(run.frames)
    assert timeline.stage(Stage.DISCOVER).state is StageStatus.NOT_VISIBLE
    run.wait(5)
    run.send(to_gatekeeper(grq(1)))
    run.wait(5)
    run.send(to_gatekeeper(grq(1)))
    (timeline,) = timelines_of(run.frames)
    line = timeline.stage(Stage.DISCOVER)
    assert (line.state, line.outcome, line.retries) == (StageStatus.FAILED, StageOutcome.SILENT, 2)
    assert timeline.verdict is HandsetVerdict.SILENT


def test_a_dropped_first_try_and_an_accepted_second_reach_the_stage() -> None:
    tries = 0

    def first_rrq(packet: Packet) -> bool:
        nonlocal tries
        wanted = packet.payload == rrq(11)
        tries += wanted
        return wanted and tries == 1

    timeline = verdict_of(boot(first_rrq))
    line = timeline.stage(Stage.REGISTER)
    assert (line.state, line.retries) == (StageStatus.REACHED, 1)


@pytest.mark.parametrize(
    ("reason", "words"), [("duplicateAlias", "another address"), ("securityDenial", "PIN")]
)
def test_a_rejection_gives_its_reason_in_words(reason: str, words: str) -> None:
    run = Run()
    ask(run, grq(1), gcf(1))
    ask(run, rrq(2), rrj(2, reason))
    (timeline,) = timelines_of(run.frames)
    assert timeline.verdict is HandsetVerdict.REJECTED
    assert words in timeline.stage(Stage.REGISTER).because


def test_a_gatekeeper_reject_stops_discovery() -> None:
    run = Run()
    ask(run, grq(1), grj(1, "terminalExcluded"))
    (timeline,) = timelines_of(run.frames)
    line = timeline.stage(Stage.DISCOVER)
    assert (line.state, line.outcome) == (StageStatus.FAILED, StageOutcome.REJECTED)
    assert timeline.stage(Stage.REGISTER).state is StageStatus.NOT_REACHED


def test_lost_keep_alives_expire_a_registration() -> None:
    run = Run()
    ask(run, grq(1), gcf(1))
    ask(run, rrq(2), rcf(2))
    run.wait(600)
    run.lost = lambda packet: True
    ask(run, rrq(3, keep_alive=True), rcf(3))
    (timeline,) = timelines_of(run.frames)
    assert timeline.stage(Stage.REGISTER).state is StageStatus.REACHED
    assert timeline.verdict is HandsetVerdict.EXPIRED


def test_a_registration_forgotten_twice_is_flapping() -> None:
    run = Run()
    for number in (1, 11, 21):
        ask(run, rrq(number), rcf(number))
        run.wait(600)
        ask(run, rrq(number + 1, keep_alive=True), rrj(number + 1, "fullRegistrationRequired"))
    ask(run, rrq(31), rcf(31))
    (timeline,) = timelines_of(run.frames)
    assert timeline.verdict is HandsetVerdict.FLAPPING


def test_a_reset_is_a_refusal() -> None:
    run = Run()
    ask(run, grq(1), gcf(1))
    ask(run, rrq(2), rcf(2))
    here, there = (GATEKEEPER, 61440), (HANDSET, 1720)
    run.tcp(Packet(Protocol.TCP, *here, *there, flags=TcpFlags.SYN), by=Tap.SERVERS)
    run.tcp(Packet(Protocol.TCP, *there, *here, flags=TcpFlags.RST | TcpFlags.ACK), by=Tap.HANDSETS)
    (timeline,) = timelines_of(run.frames)
    assert timeline.stage(Stage.SIGNAL).outcome is StageOutcome.REFUSED
    assert timeline.verdict is HandsetVerdict.REFUSED


def test_an_icmp_prohibition_is_named() -> None:
    run = Run(lambda packet: packet.protocol is Protocol.UDP)
    packet = to_gatekeeper(grq(1))
    run.send(packet)
    about = datagram_of(packet)[:28]
    error = Packet(Protocol.ICMP, UPLINK, 3, HANDSET, 13, payload=b"\0\0\0\0" + about)
    run.send(error, by=Tap.SERVERS)
    (timeline,) = timelines_of(run.frames)
    assert timeline.stage(Stage.DISCOVER).outcome is StageOutcome.PROHIBITED
    assert timeline.verdict is HandsetVerdict.PROHIBITED


def test_only_404_answers_fail_provisioning() -> None:
    run = Run()
    lease(run, VOICE_GIADDR, HANDSET, 1)
    fetch(run, "404 Not Found")
    (timeline,) = timelines_of(run.frames)
    line = timeline.stage(Stage.PROVISION)
    assert line.outcome is StageOutcome.REJECTED
    assert "404" in line.because


def test_one_capture_shows_silence_but_no_drop() -> None:
    run = boot(lambda p: p.destination_port == 1719)
    inside = [replace_tap(frame) for frame in run.frames if frame.tap == Tap.HANDSETS]
    (timeline,) = timelines_of(inside, replace(LAB, both_sides=False))
    line = timeline.stage(Stage.DISCOVER)
    assert (line.state, line.outcome) == (StageStatus.FAILED, StageOutcome.SILENT)
    assert not any(each.dropped for each in line.evidence)
    assert timeline.stage(Stage.RELEASE).state is StageStatus.NOT_VISIBLE


def replace_tap(frame: TappedFrame) -> TappedFrame:
    return TappedFrame(frame.time, Tap.ONLY, frame.data)


def test_a_blocked_renewal_rescued_by_rebinding_still_fails() -> None:
    run = Run(lambda p: p.source == HANDSET and p.source_port == 68)
    lease(run, VOICE_GIADDR, HANDSET, 1)
    run.wait(14400)
    asked = dhcp_message(DhcpMessageType.REQUEST, 1, 4, ciaddr=HANDSET)
    run.send(udp(HANDSET, 68, DHCP, 67, asked))
    run.wait(10800)
    relayed = dhcp_message(DhcpMessageType.REQUEST, 1, 5, ciaddr=HANDSET, giaddr=VOICE_GIADDR)
    run.send(udp(UPLINK, 67, DHCP, 67, relayed))
    told = dhcp_message(DhcpMessageType.ACK, 2, 5, ciaddr=HANDSET, yiaddr=HANDSET, giaddr=VOICE_GIADDR)
    run.send(udp(DHCP, 67, VOICE_GIADDR, 67, told), by=Tap.SERVERS)
    timeline = verdict_of(run, frozenset({Stage.ADDRESS, Stage.RENEW}))
    line = timeline.stage(Stage.RENEW)
    assert line.state is StageStatus.FAILED
    assert "rebinding" in line.because


def test_a_gatekeeper_may_end_a_registration() -> None:
    run = Run()
    ask(run, rrq(1), rcf(1))
    run.wait(600)
    run.send(to_handset(urq(900)), by=Tap.SERVERS)
    run.send(to_gatekeeper(ucf(900)))
    (timeline,) = timelines_of(run.frames)
    assert timeline.verdict is HandsetVerdict.EXPIRED
    assert "maintenance" in timeline.sentence


def test_nothing_recorded_is_nobody() -> None:
    assert not timelines_of([], replace(LAB, expected=ALL))


OTHER = bytes.fromhex("001b4f000002")


def test_an_address_that_moves_takes_what_follows_with_it() -> None:
    run = Run()
    lease(run, VOICE_GIADDR, HANDSET, 1)
    ask(run, rrq(1), rcf(1))
    run.wait(40_000)
    lease(run, VOICE_GIADDR, HANDSET, 2, mac=OTHER)
    ask(run, rrq(2, alias="2002"), rrj(2, "securityDenial"))
    first, second = timelines_of(run.frames)
    assert (first.mac, first.alias, first.verdict) == (MAC.hex(":"), "2001", HandsetVerdict.REGISTERED)
    assert (second.mac, second.alias, second.verdict) == (OTHER.hex(":"), "2002", HandsetVerdict.REJECTED)


def test_direction_is_taken_from_the_message_when_both_sides_use_one_port() -> None:
    run = Run()
    run.send(udp(HANDSET, 1719, GATEKEEPER, 1719, rrq(1)))
    run.send(udp(GATEKEEPER, 1719, HANDSET, 1719, rcf(1)), by=Tap.SERVERS)
    run.wait(600)
    run.send(udp(GATEKEEPER, 1719, HANDSET, 1719, urq(2)), by=Tap.SERVERS)
    run.send(udp(HANDSET, 1719, GATEKEEPER, 1719, ucf(2)))
    (timeline,) = timelines_of(run.frames)
    assert timeline.addresses == (HANDSET,)
    assert Stage.NOTIFY in timeline.reached
    assert timeline.verdict is HandsetVerdict.EXPIRED


def test_neither_the_order_of_frames_nor_the_epoch_matters() -> None:
    run = boot(lambda p: p.destination_port == 1720)
    (plain,) = timelines_of(run.frames, replace(LAB, expected=ALL))
    shuffled = [TappedFrame(each.time - 1_600_000_000, each.tap, each.data) for each in reversed(run.frames)]
    (other,) = timelines_of(shuffled, replace(LAB, expected=ALL))
    assert [(line.stage, line.state) for line in other.stages] == [
        (line.stage, line.state) for line in plain.stages
    ]


def test_concatenated_captures_of_different_years_do_not_disturb_each_other() -> None:
    frames = [*boot(now=1_600_000_000.0).frames, *boot(now=1_700_000_000.0).frames]
    timelines = timelines_of(frames)
    assert [each.verdict for each in timelines] == [HandsetVerdict.REGISTERED] * 2
    assert [each.failed for each in timelines] == [None] * 2
