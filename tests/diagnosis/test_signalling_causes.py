"""Connections that die later, calls that are refused, and connections that are no fault of anybody."""

from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv4Address

import pytest

from ringfence.capture.frame import Tap, TappedFrame
from ringfence.diagnosis.legs import LegRemedy
from ringfence.diagnosis.timeline import HandsetTimeline, HandsetVerdict, StageOutcome, StageStatus
from ringfence.model.packet import Packet, Protocol, TcpFlags
from ringfence.model.stage import Stage
from ringfence.wire import call_signalling, tpkt
from ringfence.wire.frame import frame_of
from ringfence.wire.h225.call_signalling import ReleaseCompleteUUIE
from ringfence.wire.icmp import quoting
from ringfence.wire.q931 import ElementId, InformationElement
from support.captures.judged import FIELD, LAB, timelines_of
from support.captures.lost_legs import lost_legs
from support.captures.recorded_site import (
    FILES,
    FIREWALL,
    GATEKEEPER,
    H225_V2,
    HANDSET,
    PUSH,
    ROUTER,
    VOICE_GIADDR,
    Run,
    ask,
    connect,
    fetch,
    gcf,
    grq,
    lease,
    rcf,
    rrq,
    segment,
    signal,
)
from support.captures.recorded_site import (
    tpkt as q931_tpkt,
)

HERE, THERE = (HANDSET, 1720), (GATEKEEPER, 61440)
OTHER = IPv4Address("10.30.0.9")


def registered(run: Run) -> Run:
    ask(run, grq(10), gcf(10))
    ask(run, rrq(11), rcf(11))
    return run


def retransmitted(run: Run, idle: float, times: int = 5) -> None:
    """The gatekeeper's next message, sent again and again as nobody acknowledges it."""
    run.wait(idle)
    for attempt in range(times):
        packet = segment(THERE, HERE, PUSH, q931_tpkt(5, 7))
        key = (packet.source, packet.source_port, packet.destination, packet.destination_port)
        run.send(packet, by=Tap.SERVERS, sequence=run.sequence[key])
        run.wait(2.0**attempt)


def idle_channel(idle: float, *, lost: bool, then: Callable[[Run], object] | None = None) -> Run:
    run = registered(Run())
    signal(run)
    if lost:
        since = run.now
        run.lost = lambda packet: (
            packet.destination == HANDSET and run.now > since + 1 and bool(packet.payload)
        )
    retransmitted(run, idle)
    run.lost = lambda packet: False
    if then is not None:
        then(run)
    return run


def at(tap: Tap, run: Run, seconds: float = 30.0) -> HandsetTimeline:
    frames = [frame for frame in run.frames if frame.tap == tap]
    (found,) = timelines_of(frames, replace(FIELD, end=run.now + seconds))
    return found


def both(run: Run) -> HandsetTimeline:
    (found,) = timelines_of(run.frames, replace(LAB, end=run.now + 30))
    return found


def codes(handset: HandsetTimeline) -> set[str]:
    return {str(each.code) for each in handset.findings}


def test_a_connection_that_was_forgotten_while_idle_is_named_with_its_time() -> None:
    run = idle_channel(3600, lost=True)
    handset = both(run)
    line = handset.stage(Stage.SIGNAL)
    assert (handset.verdict, line.code) == (HandsetVerdict.SILENT, "SIGNALLING_STATE_LOST")
    assert "idle for 3600 s" in line.because
    legs = lost_legs([handset], both_sides=True, state_timeout=120.0)
    assert [(leg.remedy, leg.count, leg.rule) for leg in legs] == [(LegRemedy.IDLE, 5, None)]


def test_one_side_alone_shows_it_too() -> None:
    handset = at(Tap.SERVERS, idle_channel(3600, lost=True))
    assert handset.stage(Stage.SIGNAL).code == "SIGNALLING_STATE_LOST"
    assert handset.verdict is HandsetVerdict.SILENT


def test_without_a_time_of_silence_no_timer_is_blamed() -> None:
    handset = at(Tap.SERVERS, idle_channel(5, lost=True))
    assert handset.stage(Stage.SIGNAL).code == "SIGNALLING_DIED"
    legs = lost_legs([both(idle_channel(5, lost=True))], both_sides=True, state_timeout=120.0)
    assert LegRemedy.IDLE not in {leg.remedy for leg in legs}


def keep_alives(run: Run) -> None:
    """Bare acknowledgements, as TCP sends them."""
    for _ in range(60):
        run.wait(60)
        run.tcp(segment(THERE, HERE, TcpFlags.ACK), by=Tap.SERVERS)
        run.tcp(segment(HERE, THERE, TcpFlags.ACK), by=Tap.HANDSETS)


def test_a_connection_kept_alive_was_not_idle() -> None:
    run = registered(Run())
    signal(run)
    keep_alives(run)
    retransmitted(run, 5)
    assert at(Tap.SERVERS, run).stage(Stage.SIGNAL).code == "SIGNALLING_DIED"


def test_data_that_was_acknowledged_before_is_no_death() -> None:
    run = registered(Run())
    signal(run)
    run.wait(3600)
    for _ in range(4):
        packet = segment(THERE, HERE, PUSH, q931_tpkt(5, 7))
        run.send(packet, by=Tap.SERVERS, sequence=1500)
        frame = frame_of(
            segment(HERE, THERE, TcpFlags.ACK),
            source_mac=ROUTER,
            destination_mac=FIREWALL,
            ttl=63,
            acknowledgement=1600,
        )
        run.frames.append(TappedFrame(run.now + 0.001, Tap.SERVERS, frame))
        run.wait(1)
    assert at(Tap.SERVERS, run).verdict is HandsetVerdict.REGISTERED


def reopened(run: Run) -> None:
    there = (GATEKEEPER, 61441)
    connect(run, there, HERE)
    run.tcp(segment(HERE, there, PUSH, q931_tpkt(5)), by=Tap.HANDSETS)
    run.tcp(segment(there, HERE, PUSH, q931_tpkt(2)), by=Tap.SERVERS)


def test_one_that_is_opened_anew_is_told_and_the_handset_is_registered() -> None:
    handset = at(Tap.SERVERS, idle_channel(3600, lost=True, then=reopened))
    assert handset.verdict is HandsetVerdict.REGISTERED
    assert handset.stage(Stage.SIGNAL).state is StageStatus.REACHED
    assert codes(handset) == {"SIGNALLING_STATE_LOST"}


def reset(run: Run, source: tuple[IPv4Address, int], to: tuple[IPv4Address, int], tap: Tap, ttl: int) -> None:
    frame = frame_of(segment(source, to, TcpFlags.RST), source_mac=FIREWALL, destination_mac=ROUTER, ttl=ttl)
    run.frames.append(TappedFrame(run.now, tap, frame))


def test_the_firewalls_own_rst_after_silence_is_its_forgotten_state() -> None:
    run = registered(Run())
    signal(run)
    run.wait(1800)
    reset(run, HERE, THERE, Tap.SERVERS, 255)
    reset(run, THERE, HERE, Tap.HANDSETS, 255)
    for handset in (both(run), at(Tap.SERVERS, run), at(Tap.HANDSETS, run)):
        assert handset.stage(Stage.SIGNAL).code == "SIGNALLING_STATE_LOST"
        assert "idle for 1800 s" in handset.stage(Stage.SIGNAL).because
        assert "that used its address" in handset.stage(Stage.SIGNAL).because


def test_an_end_that_resets_its_own_connection_forgot_nothing() -> None:
    """A handset that is switched off."""
    run = registered(Run())
    signal(run)
    run.wait(1800)
    run.tcp(segment(HERE, THERE, TcpFlags.RST), by=Tap.HANDSETS)
    for handset in (both(run), at(Tap.SERVERS, run)):
        assert handset.verdict is HandsetVerdict.REGISTERED
        assert codes(handset) == set()


def released(reason: str, cause: int | None = None) -> bytes:
    body = ReleaseCompleteUUIE(protocolIdentifier=H225_V2, reason=(reason, True))  # type: ignore[arg-type]
    elements = (InformationElement(ElementId.CAUSE, bytes((0x80, 0x80 | cause))),) if cause else ()
    message = call_signalling.signal(1, ("releaseComplete", body), from_destination=True, elements=elements)
    return tpkt.frame(call_signalling.encode(message))


def called(
    answer: bytes, opener: tuple[IPv4Address, int] = (HANDSET, 3032), to: IPv4Address = GATEKEEPER
) -> Run:
    run = registered(Run())
    by = Tap.HANDSETS if opener[0] == HANDSET else Tap.SERVERS
    back = Tap.SERVERS if opener[0] == HANDSET else Tap.HANDSETS
    there = (to, 1720)
    run.tcp(segment(opener, there, TcpFlags.SYN), by=by)
    run.tcp(segment(there, opener, TcpFlags.SYN | TcpFlags.ACK), by=back)
    run.tcp(segment(opener, there, PUSH, q931_tpkt(5)), by=by)
    run.tcp(segment(there, opener, PUSH, answer), by=back)
    return run


def test_a_setup_that_is_refused_is_no_working_signalling() -> None:
    handset = at(Tap.SERVERS, called(released("securityDenied")))
    line = handset.stage(Stage.SIGNAL)
    assert (line.outcome, line.code) == (StageOutcome.REJECTED, "SIGNALLING_REJECTED")
    assert "securityDenied" in line.because
    assert handset.verdict is HandsetVerdict.REJECTED


@pytest.mark.parametrize(
    ("answer", "says"), [(released("undefinedReason", 17), "user busy"), (released("inConf"), "inConf")]
)
def test_a_call_that_is_not_taken_is_an_ordinary_end(answer: bytes, says: str) -> None:
    handset = at(Tap.SERVERS, called(answer))
    assert handset.verdict is HandsetVerdict.REGISTERED
    (finding,) = handset.findings
    assert (finding.code, says in finding.sentence) == ("CALL_REFUSED", True)


def test_the_other_party_of_a_call_is_not_the_gatekeeper() -> None:
    """Neither one that the handset calls, nor one that calls it, makes or breaks its registration."""
    for run in (called(released("securityDenied"), to=OTHER), called(q931_tpkt(2), (OTHER, 5000), HANDSET)):
        handset = at(Tap.HANDSETS, run)
        assert handset.verdict is HandsetVerdict.REGISTERED
        assert "SIGNALLING_STRANGER" not in codes(handset)


def syns(source: tuple[IPv4Address, int], to: tuple[IPv4Address, int]) -> Run:
    run = Run()
    for _ in range(4):
        run.send(segment(source, to, TcpFlags.SYN), by=Tap.SERVERS)
        run.wait(3)
    return run


@pytest.mark.parametrize("port", [61440, 61444])
def test_call_signalling_is_judged_without_ras(port: int) -> None:
    handset = at(Tap.SERVERS, syns((GATEKEEPER, port), HERE))
    assert handset.addresses == (HANDSET,)
    assert codes(handset) == {"SIGNALLING_UNANSWERED"}
    (leg,) = lost_legs([handset], both_sides=False, state_timeout=120.0)
    assert leg.count == 4


def test_of_a_gatekeeper_that_opens_to_several_each_is_a_handset() -> None:
    run = syns((GATEKEEPER, 5000), HERE)
    run.send(segment((GATEKEEPER, 5001), (OTHER, 1720), TcpFlags.SYN), by=Tap.SERVERS)
    frames = [frame for frame in run.frames if frame.tap == Tap.SERVERS]
    found = timelines_of(frames, replace(FIELD, end=run.now))
    assert [each.addresses for each in found] == [(HANDSET,), (OTHER,)]


def test_tls_signalling_is_seen() -> None:
    run = registered(Run())
    here, there = (HANDSET, 40000), (GATEKEEPER, 1300)
    connect(run, here, there)
    for source, to, by in ((here, there, Tap.HANDSETS), (there, here, Tap.SERVERS)):
        run.tcp(segment(source, to, PUSH, b"\x17\x03\x03\x00\x04abcd"), by=by)
    assert at(Tap.SERVERS, run).stage(Stage.SIGNAL).state is StageStatus.REACHED
    alone = at(Tap.SERVERS, syns((HANDSET, 40000), (GATEKEEPER, 1300)))
    assert codes(alone) == {"SIGNALLING_UNANSWERED"}


def opened_to(run: Run, server: IPv4Address, *, flags: tuple[TcpFlags, ...] = (), port: int = 80) -> None:
    here, there = (HANDSET, 40005), (server, port)
    run.tcp(segment(here, there, TcpFlags.SYN), by=Tap.HANDSETS)
    for each in flags:
        run.tcp(segment(there, here, each), by=Tap.SERVERS)
    run.wait(30)


def test_an_rst_to_the_end_of_an_earlier_connection_refuses_nothing() -> None:
    run = registered(Run())
    run.tcp(segment((HANDSET, 4372), (FILES, 80), TcpFlags.FIN | TcpFlags.ACK), by=Tap.HANDSETS)
    run.tcp(segment((FILES, 80), (HANDSET, 4372), TcpFlags.RST), by=Tap.SERVERS)
    assert codes(at(Tap.SERVERS, run)) == {"SIGNALLING_ABSENT"}


def test_a_half_open_connection_to_another_service_is_no_file_server() -> None:
    run = Run()
    lease(run, VOICE_GIADDR, HANDSET, 1)
    fetch(run)
    registered(run)
    opened_to(run, OTHER, port=443)
    assert at(Tap.SERVERS, run).stage(Stage.PROVISION).state is StageStatus.REACHED
    later = registered(Run())
    opened_to(later, OTHER)
    assert at(Tap.SERVERS, later).stage(Stage.PROVISION).state is StageStatus.NOT_VISIBLE


@pytest.mark.parametrize(
    "settings",
    ["HTTPSRVR=10.1.0.20", "HTTPSRVR=10.1.0.20:80", "HTTPSRVR=http://10.1.0.20/phones", "TLSSRVR=10.1.0.20"],
)
def test_a_syn_to_a_file_server_that_was_named_in_any_form_is_judged(settings: str) -> None:
    run = Run()
    lease(run, VOICE_GIADDR, HANDSET, 1, settings=f"MCIPADD=10.1.0.30,{settings}")
    registered(run)
    opened_to(run, FILES)
    assert at(Tap.SERVERS, run).stage(Stage.PROVISION).code is None
    assert at(Tap.SERVERS, run).stage(Stage.PROVISION).outcome is StageOutcome.SILENT


@pytest.mark.parametrize(("kind", "code"), [(3, 0), (3, 1), (11, 0)])
def test_icmp_unreachable_is_routing(kind: int, code: int) -> None:
    run = Run()
    lease(run, VOICE_GIADDR, HANDSET, 1)
    asked = segment((HANDSET, 40005), (FILES, 80), TcpFlags.SYN)
    run.send(asked)
    body = quoting(run.frames[-1].data[14:])
    run.send(Packet(Protocol.ICMP, VOICE_GIADDR, kind, HANDSET, code, payload=body), by=Tap.SERVERS)
    run.wait(30)
    handset = at(Tap.SERVERS, run)
    assert handset.stage(Stage.PROVISION).outcome is StageOutcome.UNREACHABLE
    assert "UNREACHABLE_BY_ICMP" in codes(handset)
    assert lost_legs([handset], both_sides=False, state_timeout=120.0) == ()


def test_what_icmp_says_of_call_signalling_counts_without_ras() -> None:
    run = syns((GATEKEEPER, 61440), HERE)
    body = quoting(run.frames[-1].data[14:])
    run.send(Packet(Protocol.ICMP, VOICE_GIADDR, 3, GATEKEEPER, 13, payload=body), by=Tap.HANDSETS)
    assert codes(at(Tap.SERVERS, run)) == {"PROHIBITED_BY_ICMP"}
