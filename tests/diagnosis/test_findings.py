"""Findings: each gives its code, and every code is explained."""

from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv4Address

import pytest

from ringfence.capture.frame import Tap, TappedFrame
from ringfence.diagnosis.judge import Judgement, judge
from ringfence.diagnosis.ladder import ladder, trace
from ringfence.diagnosis.recording import CapturedPackets
from ringfence.model.packet import Packet, Protocol, TcpFlags
from ringfence.model.stage import BY_PROOF_ALONE, Stage
from ringfence.wire import dhcp
from ringfence.wire.dhcp_options import LEASE_TIME, MESSAGE_TYPE, SITE_242, DhcpMessageType
from ringfence.wire.ethernet import ARP_REPLY, ETHERTYPE_ARP, Arp, EthernetFrame, encode_arp, encode_ethernet
from ringfence.wire.frame import datagram_of
from support.captures.judged import LAB, judged
from support.captures.recorded_site import (
    DATA_GIADDR,
    DHCP,
    FILES,
    FIRST,
    GATEKEEPER,
    HANDSET,
    MAC,
    PUSH,
    SETTINGS,
    UPLINK,
    VOICE_GIADDR,
    Lost,
    Run,
    ask,
    boot,
    connect,
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
    segment,
    signal,
    to_gatekeeper,
    to_handset,
    udp,
)


def in_lab(run: Run, expected: frozenset[Stage] = frozenset()) -> Judgement:
    return judged(run.frames, replace(LAB, expected=expected))


def codes(judgement: Judgement) -> set[str]:
    found = {each.code for each in judgement.findings}
    return found | {each.code for handset in judgement.handsets for each in handset.findings}


def test_a_good_boot_gives_no_finding() -> None:
    assert codes(in_lab(boot(), frozenset(Stage) - BY_PROOF_ALONE)) == set()


DROPS: dict[str, tuple[Lost, str]] = {
    "relay": (lambda p: p.source == UPLINK, "DHCP_REQUEST_DROPPED"),
    "giaddr": (lambda p: p.destination == DATA_GIADDR, "DHCP_ANSWER_DROPPED"),
    "release": (lambda p: p.source == FIRST and p.source_port == 68, "DHCP_RELEASE_DROPPED"),
    "renewal": (lambda p: p.source == HANDSET and p.source_port == 68, "RENEWAL_BLOCKED"),
    "files": (lambda p: p.destination == FILES, "FILES_UNREACHABLE"),
    "ras": (lambda p: p.destination_port == 1719, "RAS_DROPPED"),
    "ras back": (lambda p: p.source_port == 1719, "RAS_ANSWER_DROPPED"),
    "signalling": (lambda p: p.destination_port == 1720, "SIGNALLING_DROPPED"),
    "echo": (lambda p: p.protocol is Protocol.ICMP, "ECHO_UNANSWERED"),
    "notify": (lambda p: p.payload == nsm(900), "NOTIFY_DROPPED"),
}


@pytest.mark.parametrize("name", DROPS)
def test_a_drop_has_its_code_its_frames_and_a_ladder(name: str) -> None:
    lost, code = DROPS[name]
    judgement = in_lab(boot(lost), frozenset(Stage) - BY_PROOF_ALONE)
    (timeline,) = judgement.handsets
    finding = next(each for each in timeline.findings if each.code == code)
    assert finding.frames
    assert finding.stage in set(Stage)
    picture = ladder(timeline)
    assert "X" in picture
    failed = timeline.failed
    assert failed is not None
    assert f"<= {failed.stage}" in picture
    assert "never left it" in trace(failed.evidence)


def registered(run: Run) -> None:
    ask(run, grq(1), gcf(1))
    ask(run, rrq(2), rcf(2))


def no_lease_time(run: Run) -> None:
    run.send(udp(UPLINK, 67, DHCP, 67, dhcp_message(DhcpMessageType.DISCOVER, 1, 1, giaddr=VOICE_GIADDR)))
    offer = dhcp.DhcpMessage(
        op=2,
        xid=1,
        chaddr=MAC,
        giaddr=VOICE_GIADDR,
        yiaddr=HANDSET,
        options=(MESSAGE_TYPE(DhcpMessageType.OFFER), SITE_242(SETTINGS)),
    )
    run.send(udp(DHCP, 67, VOICE_GIADDR, 67, dhcp.encode(offer)), by=Tap.SERVERS)
    run.wait(60)
    run.send(to_gatekeeper(b"later"))


def options(text: str | None) -> Callable[[Run], None]:
    def play(run: Run) -> None:
        run.send(udp(UPLINK, 67, DHCP, 67, dhcp_message(DhcpMessageType.REQUEST, 1, 1, giaddr=VOICE_GIADDR)))
        ack = dhcp.DhcpMessage(
            op=2,
            xid=1,
            chaddr=MAC,
            giaddr=VOICE_GIADDR,
            yiaddr=HANDSET,
            options=(MESSAGE_TYPE(DhcpMessageType.ACK), LEASE_TIME(60), *([SITE_242(text)] if text else [])),
        )
        run.send(udp(DHCP, 67, VOICE_GIADDR, 67, dhcp.encode(ack)), by=Tap.SERVERS)
        registered(run)

    return play


def nak(run: Run) -> None:
    run.send(udp(UPLINK, 67, DHCP, 67, dhcp_message(DhcpMessageType.REQUEST, 1, 1, giaddr=VOICE_GIADDR)))
    run.send(
        udp(DHCP, 67, VOICE_GIADDR, 67, dhcp_message(DhcpMessageType.NAK, 2, 1, giaddr=VOICE_GIADDR)),
        by=Tap.SERVERS,
    )


def loop(run: Run) -> None:
    """The voice VLAN's own scope names the first one."""
    lease(run, DATA_GIADDR, FIRST, 1)
    lease(run, VOICE_GIADDR, HANDSET, 2, settings=SETTINGS.replace("VLAN=20", "VLAN=10"))
    lease(run, DATA_GIADDR, FIRST, 3)


def answered_with(status: str) -> Callable[[Run], None]:
    def play(run: Run) -> None:
        lease(run, VOICE_GIADDR, HANDSET, 1)
        fetch(run, status)

    return play


def tls_alert(run: Run) -> None:
    lease(run, VOICE_GIADDR, HANDSET, 1)
    here, there = (HANDSET, 40001), (FILES, 443)
    connect(run, here, there)
    run.tcp(segment(here, there, PUSH, b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00"), by=Tap.HANDSETS)
    run.tcp(segment(there, here, PUSH, b"\x15\x03\x03\x00\x02\x02\x30"), by=Tap.SERVERS)


def mute_files(run: Run) -> None:
    lease(run, VOICE_GIADDR, HANDSET, 1)
    connect(run, (HANDSET, 40001), (FILES, 80))
    run.wait(60)
    run.send(to_gatekeeper(b"later"))


def refused_files(run: Run) -> None:
    lease(run, VOICE_GIADDR, HANDSET, 1)
    here, there = (HANDSET, 40001), (FILES, 80)
    run.tcp(segment(here, there, TcpFlags.SYN), by=Tap.HANDSETS)
    run.tcp(segment(there, here, TcpFlags.RST | TcpFlags.ACK), by=Tap.SERVERS)


def silent_grq(run: Run) -> None:
    for _ in range(3):
        run.send(to_gatekeeper(grq(1)))
        run.wait(5)


def multicast_grq(run: Run) -> None:
    for _ in range(3):
        run.send(udp(HANDSET, 49300, IPv4Address("224.0.1.41"), 1718, grq(1)))
        run.wait(5)


def silent_rrq(run: Run) -> None:
    ask(run, grq(1), gcf(1))
    for _ in range(3):
        run.send(to_gatekeeper(rrq(2)))
        run.wait(5)


def rejected(request: bytes, answer: bytes) -> Callable[[Run], None]:
    def play(run: Run) -> None:
        ask(run, request, answer)

    return play


def flapping(run: Run) -> None:
    for number in (1, 11, 21):
        ask(run, rrq(number), rcf(number))
        run.wait(60)
        ask(run, rrq(number + 1, keep_alive=True), rrj(number + 1, "fullRegistrationRequired"))


def aged(run: Run) -> None:
    registered(run)
    run.wait(1200)
    for _ in range(3):
        run.send(to_gatekeeper(rrq(3, keep_alive=True)))
        run.wait(3)


def translated(run: Run) -> None:
    ask(run, rrq(1, ip=IPv4Address("192.168.1.5")), rcf(1))


def odd_port(run: Run) -> None:
    run.send(to_gatekeeper(rrq(1), port=2034))
    run.send(to_handset(rcf(1), port=2034), by=Tap.SERVERS)


def damaged_ras(run: Run) -> None:
    run.send(to_gatekeeper(rrq(1)[:30]))


def idle_signalling(run: Run) -> None:
    registered(run)
    run.wait(100)
    run.send(to_gatekeeper(rrq(3, keep_alive=True)))


def unanswered_syn(opener: IPv4Address) -> Callable[[Run], None]:
    def play(run: Run) -> None:
        registered(run)
        for _ in range(3):
            run.tcp(segment((opener, 61440), (HANDSET, 1720), TcpFlags.SYN), by=Tap.SERVERS)
            run.wait(1)

    return play


def refused_signalling(run: Run) -> None:
    registered(run)
    here, there = (GATEKEEPER, 61440), (HANDSET, 1720)
    run.tcp(segment(here, there, TcpFlags.SYN), by=Tap.SERVERS)
    run.tcp(segment(there, here, TcpFlags.RST | TcpFlags.ACK), by=Tap.HANDSETS)


def mute_signalling(run: Run) -> None:
    registered(run)
    connect(run, (GATEKEEPER, 61440), (HANDSET, 1720))
    run.wait(60)
    run.send(to_gatekeeper(rrq(3, keep_alive=True)))


def tls_signalling(run: Run) -> None:
    registered(run)
    here, there = (HANDSET, 40001), (GATEKEEPER, 1300)
    connect(run, here, there)
    run.tcp(segment(here, there, PUSH, b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00"), by=Tap.HANDSETS)
    run.tcp(segment(there, here, PUSH, b"\x15\x03\x03\x00\x02\x02\x30"), by=Tap.SERVERS)


def prohibited(run: Run) -> None:
    packet = to_gatekeeper(grq(1))
    run.send(packet)
    quote = b"\0\0\0\0" + datagram_of(packet)[:28]
    run.send(Packet(Protocol.ICMP, UPLINK, 3, HANDSET, 13, payload=quote), by=Tap.SERVERS)


def answers_only(run: Run) -> None:
    run.send(to_handset(gcf(1)), by=Tap.SERVERS)
    run.send(to_handset(rcf(2)), by=Tap.SERVERS)


def duplicate(run: Run) -> None:
    registered(run)
    for mac in (MAC, bytes.fromhex("020000000099")):
        claim = encode_arp(Arp(ARP_REPLY, mac, HANDSET, mac, HANDSET))
        frame = encode_ethernet(EthernetFrame(b"\xff" * 6, mac, ETHERTYPE_ARP, claim))
        run.frames.append(TappedFrame(run.now, Tap.HANDSETS, frame))


CASES: dict[str, Callable[[Run], None]] = {
    "DHCP_OFFER_INCOMPLETE": no_lease_time,
    "DHCP_REFUSED": nak,
    "PHONE_OPTION_MISSING": options(None),
    "PHONE_OPTION_UNREADABLE": options("MCIPADD 10.1.0.30"),
    "PHONE_OPTION_NOT_FOLLOWED": options("MCIPADD=10.9.9.9"),
    "VLAN_LOOP": loop,
    "FILES_NOT_FOUND": answered_with("404 Not Found"),
    "FILES_REDIRECTED": answered_with("302 Found"),
    "FILES_REJECTED": answered_with("500 Oops"),
    "FILES_TLS_FAILED": tls_alert,
    "FILES_MUTE": mute_files,
    "FILES_REFUSED": refused_files,
    "GRQ_UNANSWERED": silent_grq,
    "GRQ_MULTICAST_UNANSWERED": multicast_grq,
    "GRQ_REJECTED": rejected(grq(1), grj(1, "terminalExcluded")),
    "RRQ_UNANSWERED": silent_rrq,
    "RRQ_REJECTED": rejected(rrq(1), rrj(1, "securityDenial")),
    "REGISTRATION_FLAPPING": flapping,
    "KEEP_ALIVE_UNANSWERED": aged,
    "RAS_NAT_WITHOUT_ALG": translated,
    "RAS_SOURCE_PORT": odd_port,
    "RAS_UNDECODABLE": damaged_ras,
    "SIGNALLING_ABSENT": idle_signalling,
    "SIGNALLING_UNANSWERED": unanswered_syn(GATEKEEPER),
    "SIGNALLING_STRANGER": unanswered_syn(IPv4Address("10.1.0.99")),
    "SIGNALLING_REFUSED": refused_signalling,
    "SIGNALLING_TLS_FAILED": tls_signalling,
    "SIGNALLING_MUTE": mute_signalling,
    "PROHIBITED_BY_ICMP": prohibited,
    "PATH_ASYMMETRIC": answers_only,
    "ADDRESS_DUPLICATE": duplicate,
}


@pytest.mark.parametrize("code", CASES)
def test_each_fault_gives_its_finding(code: str) -> None:
    run = Run()
    CASES[code](run)
    assert code in codes(in_lab(run))


@pytest.mark.parametrize("answer", [gcf, lambda number: grj(number, "terminalExcluded"), None])
def test_the_port_of_another_make_matters_only_where_it_is_not_answered(
    answer: Callable[[int], bytes] | None,
) -> None:
    run = Run()
    for number in range(1, 5):
        run.send(to_gatekeeper(grq(number, port=1719), port=1719))
        if answer is not None:
            run.send(to_handset(answer(number), port=1719), by=Tap.SERVERS)
        run.wait(10)
    assert ("RAS_SOURCE_PORT" in codes(in_lab(run))) is (answer is None)


def test_ageing_is_measured() -> None:
    run = Run()
    aged(run)
    (timeline,) = in_lab(run).handsets
    finding = next(each for each in timeline.findings if each.code == "KEEP_ALIVE_UNANSWERED")
    assert "1200 s without RAS" in finding.sentence


def test_one_capture_with_answers_only_is_one_sided() -> None:
    run = Run()
    answers_only(run)
    frames = [TappedFrame(each.time, Tap.ONLY, each.data) for each in run.frames if each.tap == Tap.SERVERS]
    assert "CAPTURE_ONE_SIDED" in codes(judged(frames))


def test_mirrored_and_clipped_frames_are_told() -> None:
    run = Run()
    registered(run)
    signal(run)
    frames = []
    for each in run.frames:
        if each.tap == Tap.SERVERS:
            frames += [TappedFrame(each.time + late, Tap.ONLY, each.data) for late in (0, 1e-5)]
    frames.append(TappedFrame(run.now, Tap.ONLY, frames[0].data[:60], original_length=90))
    judgement = judged(frames)
    assert {"CAPTURE_DUPLICATED", "CAPTURE_CLIPPED"} <= codes(judgement)
    assert judgement.handsets[0].stage(Stage.REGISTER).retries == 0


def test_an_endless_capture_is_cut() -> None:
    recording = CapturedPackets.of((frame for frame in boot().frames), longest=4)
    assert len(recording.packets) == 4
    assert "CAPTURE_TOO_LONG" in codes(judge(recording))


def test_a_capture_without_handsets_says_so() -> None:
    assert codes(judged([])) == {"CAPTURE_WITHOUT_HANDSETS"}
