"""RAS that is answered and refused, not answered, forgotten, or somebody else's."""

from dataclasses import replace
from ipaddress import IPv4Address
from typing import Any

import msgspec
import pytest

from ringfence.capture.frame import Tap
from ringfence.diagnosis.timeline import HandsetTimeline, HandsetVerdict, StageOutcome, StageStatus
from ringfence.model.packet import TcpFlags
from ringfence.model.stage import Stage
from ringfence.wire import ras
from ringfence.wire.h225.endpoint import AlternateGK, GatewayInfo
from ringfence.wire.h225.ras_status import InfoRequest
from support.captures.judged import FIELD, timelines_of
from support.captures.recorded_site import (
    HANDSET,
    VOICE_GIADDR,
    Run,
    address,
    ask,
    gcf,
    grj,
    grq,
    lease,
    nsm,
    rcf,
    rrj,
    rrq,
    segment,
    signal,
    to_gatekeeper,
    to_handset,
    ucf,
    urq,
)

ALTERNATE = IPv4Address("10.1.0.31")


def changed(message: bytes, **fields: Any) -> bytes:
    before: Any = ras.decode(message)
    return ras.encode(msgspec.structs.replace(before, **fields))


def at_servers(run: Run, seconds: float = 30.0) -> HandsetTimeline:
    frames = [frame for frame in run.frames if frame.tap == Tap.SERVERS]
    (found,) = timelines_of(frames, replace(FIELD, end=run.now + seconds))
    return found


def codes(handset: HandsetTimeline) -> set[str]:
    return {str(each.code) for each in handset.findings}


def registered(alias: str = "2001", number: int = 10) -> Run:
    run = Run()
    ask(run, grq(number), gcf(number))
    ask(run, rrq(number + 1, alias=alias), rcf(number + 1))
    signal(run)
    return run


def test_every_rejected_keep_alive_is_counted_with_its_reason() -> None:
    run = registered()
    for number in range(20, 60, 10):
        run.wait(30)
        ask(run, rrq(number, keep_alive=True), rrj(number, "undefinedReason"))
        ask(run, rrq(number + 1), rcf(number + 1))
    handset = at_servers(run)
    assert handset.sentence == "registered, but 4 x keep-alive rejected: undefinedReason"
    (finding,) = [each for each in handset.findings if each.code == "KEEP_ALIVE_REJECTED"]
    assert finding.sentence.startswith("4 of 4 keep-alives answered with RRJ undefinedReason")


def test_evidence_of_a_keep_alive_is_of_one_number() -> None:
    run = registered()
    run.send(to_gatekeeper(rrq(20, keep_alive=True)))
    run.wait(3)
    ask(run, rrq(21, keep_alive=True), rcf(21))
    line = at_servers(run).stage(Stage.KEEP_ALIVE)
    assert [each.text.split()[-2:] for each in line.evidence] == [["21", "keep-alive"], ["RCF", "21"]]


def irq(number: int) -> bytes:
    return ras.encode(InfoRequest(requestSeqNum=number, callReferenceValue=0))


@pytest.mark.parametrize(("asked", "name"), [(irq, "IRQ"), (urq, "URQ")])
def test_a_gatekeepers_request_that_nobody_answers_is_told(asked: Any, name: str) -> None:
    run = registered()
    run.wait(60)
    for _ in range(2):
        run.send(to_handset(asked(900)), by=Tap.SERVERS)
        run.wait(3)
    handset = at_servers(run)
    line = handset.stage(Stage.NOTIFY)
    assert (line.outcome, line.code) == (StageOutcome.SILENT, "NOTIFY_UNANSWERED")
    assert f"2 x {name}" in line.because
    assert "NOTIFY_UNANSWERED" in codes(handset)


def test_one_that_was_answered_or_had_no_time_to_be_is_not() -> None:
    run = registered()
    run.wait(60)
    run.send(to_handset(urq(900)), by=Tap.SERVERS)
    assert at_servers(run, 1.0).stage(Stage.NOTIFY).code is None
    run.send(to_gatekeeper(ucf(900)))
    assert at_servers(run).stage(Stage.NOTIFY).code is None


def test_a_message_that_needs_no_answer_is_missed_only_where_it_is_repeated() -> None:
    run = registered()
    run.wait(60)
    run.send(to_handset(nsm(900)), by=Tap.SERVERS)
    assert at_servers(run).stage(Stage.NOTIFY).code is None
    run.wait(3)
    run.send(to_handset(nsm(900)), by=Tap.SERVERS)
    assert at_servers(run).stage(Stage.NOTIFY).code == "NOTIFY_UNANSWERED"


@pytest.mark.parametrize(
    ("pause", "idle", "needs_a_rule"),
    [(0.0, 29, False), (0.0, 31, True), (3.0, 31, False), (3.0, 119, False), (3.0, 121, True)],
)
def test_udp_is_forgotten_after_30_s_until_both_have_spoken_for_2_s(
    pause: float, idle: float, needs_a_rule: bool
) -> None:
    """Linux nf_conntrack_proto_udp: a stream from the first packet that comes 2 s after the opening one."""
    run = Run()
    ask(run, grq(10), gcf(10))
    run.wait(pause)
    ask(run, rrq(11), rcf(11))
    run.wait(idle)
    run.send(to_handset(irq(900)), by=Tap.SERVERS)
    run.send(to_gatekeeper(ucf(900)))
    line = at_servers(run).stage(Stage.NOTIFY)
    assert (line.state is StageStatus.REACHED) is needs_a_rule, line.because


def test_alternates_and_the_whole_of_mcipadd_are_gatekeepers() -> None:
    alternate = AlternateGK(rasAddress=address(ALTERNATE, 1719), needToRegister=True, priority=1)
    named = Run()
    ask(named, grq(10), gcf(10))
    ask(named, rrq(11), changed(rcf(11), alternateGatekeeper=[alternate]))
    leased = Run()
    lease(leased, VOICE_GIADDR, HANDSET, 1, settings='MCIPADD="10.1.0.30,10.1.0.31",HTTPSRVR=10.1.0.20')
    ask(leased, grq(10), gcf(10))
    ask(leased, rrq(11), rcf(11))
    for run in (named, leased):
        for _ in range(3):
            run.send(segment((ALTERNATE, 61440), (HANDSET, 1720), TcpFlags.SYN), by=Tap.SERVERS)
            run.wait(3)
        found = codes(at_servers(run))
        assert "SIGNALLING_UNANSWERED" in found
        assert "SIGNALLING_STRANGER" not in found


def test_several_addresses_in_an_rrq_are_no_translation() -> None:
    run = Run()
    ask(run, grq(10), gcf(10))
    interfaces = [address(IPv4Address("192.168.5.1"), 1720), address(HANDSET, 1720)]
    ask(run, changed(rrq(11), callSignalAddress=interfaces), rcf(11))
    assert "RAS_NAT_WITHOUT_ALG" not in codes(at_servers(run))
    elsewhere = Run()
    ask(elsewhere, changed(rrq(11), callSignalAddress=interfaces[:1]), rcf(11))
    assert "RAS_NAT_WITHOUT_ALG" in codes(at_servers(elsewhere))


def test_a_grq_that_is_denied_is_not_told_of_passwords() -> None:
    run = Run()
    ask(run, grq(10), grj(10, "securityDenial"))
    handset = at_servers(run)
    said = handset.sentence + "".join(each.sentence + each.code.check_first for each in handset.findings)
    assert "mechanisms" in said
    assert "password" not in said.lower()


@pytest.mark.parametrize(("gateway", "word"), [(False, "extension"), (True, "prefixes")])
def test_what_a_reason_means_fits_the_endpoint(gateway: bool, word: str) -> None:
    run = Run()
    request = rrq(11)
    if gateway:
        kind = msgspec.structs.replace(ras.decode(request).terminalType, terminal=None, gateway=GatewayInfo())  # type: ignore[union-attr]
        request = changed(request, terminalType=kind)
    ask(run, request, rrj(11, "duplicateAlias"))
    assert word in at_servers(run).sentence


def test_a_login_belongs_to_its_alias() -> None:
    """Another user of the same set was registered before."""
    run = registered("2001")
    ask(run, urq(15), ucf(15))
    ask(run, rrq(21, alias="2002"), rrj(21, "securityDenial"))
    handset = at_servers(run)
    assert handset.verdict is HandsetVerdict.REJECTED
    assert handset.alias == "2002"
    ask(run, rrq(22, alias="2001"), rcf(22))
    assert at_servers(run).verdict is HandsetVerdict.REGISTERED


@pytest.mark.parametrize("repeated", [0, 1, 2])
def test_a_request_that_is_repeated_after_its_answer_was_not_answered(repeated: int) -> None:
    """Seen on the gatekeeper's side of a firewall that drops what comes back."""
    run = Run()
    for _ in range(1 + repeated):
        run.send(to_gatekeeper(grq(10)))
        run.send(to_handset(gcf(10)), by=Tap.SERVERS)
        run.wait(5)
    line = at_servers(run).stage(Stage.DISCOVER)
    assert (line.code == "RAS_ANSWER_DROPPED") is (repeated == 2)
    ask(run, rrq(11), rcf(11))
    assert at_servers(run).stage(Stage.DISCOVER).state is StageStatus.REACHED
