"""Captures from elsewhere: other H.323 terminals, gatekeepers among themselves, and what is no RAS at all."""

from ipaddress import IPv4Address

import msgspec
import pytest

from ringfence.capture.frame import Tap
from ringfence.diagnosis.judge import Judgement
from ringfence.diagnosis.observation import RasSeen
from ringfence.diagnosis.options import JudgeOptions
from ringfence.diagnosis.timeline import HandsetVerdict, StageOutcome, StageStatus
from ringfence.model.packet import Packet, TcpFlags
from ringfence.model.stage import Stage
from ringfence.wire.dhcp_options import DhcpMessageType
from support.captures.judged import judged
from support.captures.recorded_site import (
    DHCP,
    GATEKEEPER,
    HANDSET,
    PUSH,
    Run,
    ask,
    connect,
    dhcp_message,
    gcf,
    grq,
    rcf,
    rrq,
    segment,
    to_gatekeeper,
    to_handset,
    ucf,
    udp,
    urq,
)

WEB = IPv4Address("198.51.100.80")
OTHER = IPv4Address("10.30.0.9")
WEEK = 7 * 86400.0

# Encoded by pycrate, read by tshark without complaint.
LRQ = bytes.fromhex("480000020101807a4500c0a8070506b7")
LCF = bytes.fromhex("4c000200c0a8070606b800c0a8070606b7")
DRQ = bytes.fromhex("3c000c0400650070003111111111111111111111111111111111004d20")
DCF = bytes.fromhex("40000c")
URQ_OF_HANDSET = bytes.fromhex("1840000201000a14003206b804006500700031")  # callSignalAddress 10.20.0.50
UCF = bytes.fromhex("1c0002")
IRR = bytes.fromhex("58000006020080006500700031000a14003206b701000a14003206b8")
ARQ = bytes.fromhex(
    "2480000b00800065007000310101807a450101807a44400500004d1111111111111111111111111111111100"
)
ACF = bytes.fromhex("2800000b40050040c0a8070506b8")
ARJ_CALLER_NOT_REGISTERED = bytes.fromhex("2c000b40")


def examined(run: Run) -> Judgement:
    return judged([frame for frame in run.frames if frame.tap == Tap.HANDSETS])


def both_on_1719(payload: bytes, *, to: IPv4Address = GATEKEEPER) -> Packet:
    source = HANDSET if to == GATEKEEPER else GATEKEEPER
    return udp(source, 1719, to, 1719, payload)


def test_gatekeepers_that_ask_one_another_are_no_handsets() -> None:
    run = Run()
    run.send(both_on_1719(LRQ))
    run.send(both_on_1719(LCF, to=HANDSET))
    judgement = examined(run)
    assert judgement.handsets == ()
    assert "CAPTURE_WITHOUT_HANDSETS" in {each.code for each in judgement.findings}


def test_a_request_and_its_answer_between_equal_ports_are_of_one_handset() -> None:
    run = Run()
    run.send(both_on_1719(DRQ))
    run.send(both_on_1719(DCF, to=HANDSET))
    (timeline,) = examined(run).handsets
    assert timeline.addresses == (HANDSET,)
    assert [seen.text for seen in timeline.observations] == ["DRQ 13", "DCF 13"]


@pytest.mark.parametrize(
    "payload",
    [
        bytes.fromhex("80000001000000a0deadbeef") + bytes(160),  # RTP
        bytes.fromhex("000001000001000000000000026130076578616d706c6503636f6d0000010001"),  # DNS
        bytes.fromhex("0c00001106") + bytes(40),  # begins like an RRQ, bears no H.225.0 identifier
    ],
)
def test_other_traffic_on_a_ras_port_makes_no_handset(payload: bytes) -> None:
    run = Run()
    run.send(both_on_1719(payload))
    assert examined(run).handsets == ()


def test_one_direction_alone_does_not_show_silence() -> None:
    run = Run()
    run.send(to_gatekeeper(grq(1)))
    run.send(to_gatekeeper(rrq(2)))
    run.wait(30)
    run.send(to_gatekeeper(rrq(3, keep_alive=True)))
    (timeline,) = examined(run).handsets
    assert timeline.stage(Stage.DISCOVER).state is StageStatus.NOT_VISIBLE
    assert timeline.stage(Stage.REGISTER).state is StageStatus.NOT_VISIBLE
    assert timeline.verdict is HandsetVerdict.UNDECIDED
    assert "CAPTURE_ONE_SIDED" in {each.code for each in timeline.findings}


def test_an_rrq_that_stays_unanswered_after_a_gcf_is_silence() -> None:
    run = Run()
    run.send(to_gatekeeper(grq(1)))
    run.send(to_handset(gcf(1)), by=Tap.SERVERS)
    for _ in range(4):
        run.send(to_gatekeeper(rrq(2)))
        run.wait(3)
    (timeline,) = examined(run).handsets
    assert timeline.verdict is HandsetVerdict.SILENT


def test_a_handset_that_leaves_is_said_to_leave() -> None:
    run = Run()
    ask(run, rrq(1), rcf(1))
    run.wait(10)
    run.send(to_gatekeeper(urq(2)))
    run.send(to_handset(ucf(2)), by=Tap.SERVERS)
    (timeline,) = examined(run).handsets
    assert timeline.sentence == "registered, then the handset itself ended the registration with URQ"


@pytest.mark.parametrize(("path", "state"), [("/", None), ("/46xxsettings.txt", StageStatus.FAILED)])
def test_a_page_that_is_not_found_is_no_settings_file(path: str, state: StageStatus | None) -> None:
    run = Run()
    ask(run, rrq(1), rcf(1))
    here, there = (HANDSET, 40000), (WEB, 80)
    connect(run, here, there)
    run.tcp(segment(here, there, PUSH, f"GET {path} HTTP/1.1\r\n\r\n".encode()), by=Tap.HANDSETS)
    run.tcp(segment(there, here, PUSH, b"HTTP/1.1 404 Not Found\r\n\r\n"), by=Tap.SERVERS)
    (timeline,) = examined(run).handsets
    assert timeline.stage(Stage.PROVISION).state is (state or StageStatus.NOT_VISIBLE)


def test_files_put_together_are_each_measured_to_their_own_end() -> None:
    run = Run()
    run.send(to_gatekeeper(rrq(1)))
    run.wait(WEEK)
    run.send(udp(OTHER, 49300, GATEKEEPER, 1719, rrq(5, ip=OTHER)))
    run.send(udp(GATEKEEPER, 1719, OTHER, 49300, rcf(5)), by=Tap.SERVERS)
    first, second = examined(run).handsets
    assert first.verdict is HandsetVerdict.UNDECIDED
    assert second.verdict is HandsetVerdict.REGISTERED


def test_the_same_handset_in_files_put_together_is_not_silent_for_years() -> None:
    run = Run()
    ask(run, rrq(1), rcf(1))
    run.wait(WEEK)
    ask(run, rrq(5), rcf(5))
    judgement = examined(run)
    assert [each.verdict for each in judgement.handsets] == [HandsetVerdict.REGISTERED] * 2
    assert not any("s after it" in found.sentence for each in judgement.handsets for found in each.findings)


def test_what_may_go_both_ways_is_said_to() -> None:
    run = Run()
    run.send(both_on_1719(DRQ, to=HANDSET))
    run.send(both_on_1719(DCF))
    (timeline,) = examined(run).handsets
    assert timeline.verdict is HandsetVerdict.UNDECIDED
    assert "does not show which end is the handset" in timeline.sentence


def test_a_drq_of_the_gatekeeper_is_told_by_what_follows() -> None:
    run = Run()
    run.send(both_on_1719(DRQ, to=HANDSET))
    run.send(both_on_1719(DCF))
    run.send(both_on_1719(IRR))
    (timeline,) = examined(run).handsets
    assert timeline.addresses == (HANDSET,)
    assert [isinstance(seen, RasSeen) and seen.from_handset for seen in timeline.observations] == [
        False,
        True,
        True,
    ]


def test_an_urq_of_the_gatekeeper_is_told_by_the_address_in_it() -> None:
    run = Run()
    run.send(both_on_1719(URQ_OF_HANDSET, to=HANDSET))
    run.send(both_on_1719(UCF))
    (timeline,) = examined(run).handsets
    assert timeline.addresses == (HANDSET,)
    assert [isinstance(seen, RasSeen) and seen.from_handset for seen in timeline.observations] == [
        False,
        True,
    ]


@pytest.mark.parametrize("payload", [UCF, DCF, bytes.fromhex("540000040000")])
def test_few_octets_that_read_as_an_answer_make_no_handset(payload: bytes) -> None:
    run = Run()
    for _ in range(3):
        run.send(both_on_1719(payload))
        run.wait(1)
    assert examined(run).handsets == ()


@pytest.mark.parametrize(
    ("answer", "verdict", "words"),
    [
        (ACF, HandsetVerdict.REGISTERED, "registered before the capture"),
        (ARJ_CALLER_NOT_REGISTERED, HandsetVerdict.REJECTED, "the gatekeeper does not know this endpoint"),
    ],
)
def test_an_admission_tells_of_the_registration_before(
    answer: bytes, verdict: HandsetVerdict, words: str
) -> None:
    run = Run()
    run.send(both_on_1719(ARQ))
    run.send(both_on_1719(answer, to=HANDSET))
    run.wait(60)
    run.send(both_on_1719(DRQ))
    run.send(both_on_1719(DCF, to=HANDSET))
    (timeline,) = examined(run).handsets
    assert timeline.verdict is verdict
    assert words in timeline.sentence
    assert "SIGNALLING_ABSENT" not in {each.code for each in timeline.findings}


def fetched(
    *answers: bytes, asked: bytes = b"GET /46xxsettings.txt HTTP/1.1\r\n\r\n", syn: bool = True
) -> Run:
    run = Run()
    ask(run, rrq(1), rcf(1))
    here, there = (HANDSET, 40000), (WEB, 80)
    if syn:
        connect(run, here, there)
    if asked:
        run.tcp(segment(here, there, PUSH, asked), by=Tap.HANDSETS)
    for answer in answers:
        run.tcp(segment(there, here, PUSH, answer), by=Tap.SERVERS)
    run.tcp(segment(there, here, TcpFlags.FIN | TcpFlags.ACK), by=Tap.SERVERS)
    run.wait(60)
    run.send(to_gatekeeper(rrq(9, keep_alive=True)))
    return run


def test_a_file_that_did_not_change_is_had() -> None:
    (timeline,) = examined(fetched(b"HTTP/1.1 304 Not Modified\r\n\r\n")).handsets
    assert timeline.stage(Stage.PROVISION).state is StageStatus.REACHED
    assert "FILES_REDIRECTED" not in {each.code for each in timeline.findings}


def test_a_status_line_in_two_segments_is_no_rejection() -> None:
    (timeline,) = examined(fetched(b"HTTP/1.", b"1 200 OK\r\n\r\n")).handsets
    assert timeline.stage(Stage.PROVISION).state is StageStatus.NOT_VISIBLE


def test_the_rest_of_a_download_is_not_one_that_failed() -> None:
    (timeline,) = examined(fetched(bytes(1000), asked=b"", syn=False)).handsets
    line = timeline.stage(Stage.PROVISION)
    assert line.state is StageStatus.NOT_VISIBLE
    assert "begins in the middle" in line.because


@pytest.mark.parametrize(("manufacturer", "absent"), [(18, False), (19540, True)])
def test_a_terminal_of_another_make_signals_only_for_a_call(manufacturer: int, *, absent: bool) -> None:
    lucent = bytes.fromhex("b5004c54")  # T.35 country 181, extension 0, manufacturer 19540
    assert lucent in rrq(1)
    request = rrq(1).replace(lucent, lucent[:2] + manufacturer.to_bytes(2, "big"))
    run = Run()
    ask(run, request, rcf(1))
    run.wait(60)
    ask(run, rrq(2, keep_alive=True), rcf(2))
    (timeline,) = examined(run).handsets
    assert ("SIGNALLING_ABSENT" in {each.code for each in timeline.findings}) is absent


def test_a_capture_of_headers_only_does_not_show_a_mute_connection() -> None:
    run = fetched(b"HTTP/1.1 200 OK\r\n\r\n" + bytes(900))
    run.frames[:] = [
        msgspec.structs.replace(frame, data=frame.data[:54], original_length=len(frame.data))
        for frame in run.frames
    ]
    (timeline,) = examined(run).handsets
    assert timeline.stage(Stage.PROVISION).state is StageStatus.NOT_VISIBLE


@pytest.mark.parametrize(
    ("kinds", "only"),
    [([DhcpMessageType.INFORM], True), ([DhcpMessageType.REQUEST, DhcpMessageType.INFORM], False)],
)
def test_a_host_that_only_asks_for_options_is_said_to(kinds: list[DhcpMessageType], *, only: bool) -> None:
    run = Run()
    for kind in kinds:
        run.send(udp(HANDSET, 68, DHCP, 67, dhcp_message(kind, 1, 5, ciaddr=HANDSET)))
    (timeline,) = judged(run.frames, JudgeOptions(phones_only=False)).handsets
    assert timeline.verdict is HandsetVerdict.UNDECIDED
    assert ("DHCPINFORM" in timeline.sentence) is only


def test_a_fetch_of_which_one_direction_is_missing_is_not_mute() -> None:
    run = fetched(b"HTTP/1.1 200 OK\r\n\r\n")
    run.frames[:] = [frame for frame in run.frames if frame.data[26:30] != WEB.packed]
    (timeline,) = examined(run).handsets
    assert timeline.stage(Stage.PROVISION).state is StageStatus.NOT_VISIBLE
    assert "CAPTURE_ONE_SIDED" in {each.code for each in timeline.findings}


RAI = bytes.fromhex("811300003b060008914a0004040065007000310000")
RAC = bytes.fromhex("820a00003b060008914a0004")
IRQ = bytes.fromhex("540000060000")  # the number that IRR answers


@pytest.mark.parametrize(
    ("asks", "answers", "by_gatekeeper", "words"),
    [
        (IRQ, IRR, True, "registered before the capture"),
        (RAI, RAC, False, "registered before the capture"),
        (URQ_OF_HANDSET, UCF, False, "the handset itself ended the registration"),
        (URQ_OF_HANDSET, UCF, True, "the gatekeeper ended the registration"),
    ],
)
def test_what_is_of_registered_endpoints_tells_of_the_registration_before(
    asks: bytes, answers: bytes, *, by_gatekeeper: bool, words: str
) -> None:
    run = Run()
    run.send(both_on_1719(asks, to=HANDSET if by_gatekeeper else GATEKEEPER))
    run.send(both_on_1719(answers, to=GATEKEEPER if by_gatekeeper else HANDSET))
    (timeline,) = examined(run).handsets
    assert timeline.addresses == (HANDSET,)
    assert words in timeline.sentence


@pytest.mark.parametrize(
    ("called", "verdict"), [(OTHER, HandsetVerdict.REGISTERED), (GATEKEEPER, HandsetVerdict.REFUSED)]
)
def test_a_call_that_another_terminal_refuses_is_no_failed_registration(
    called: IPv4Address, verdict: HandsetVerdict
) -> None:
    run = Run()
    ask(run, rrq(1), rcf(1))
    here, there = (HANDSET, 3000), (called, 1720)
    run.tcp(segment(here, there, TcpFlags.SYN), by=Tap.HANDSETS)
    run.tcp(segment(there, here, TcpFlags.RST | TcpFlags.ACK), by=Tap.SERVERS)
    (timeline,) = examined(run).handsets
    assert timeline.verdict is verdict


RIP_FOR_60_S = bytes.fromhex("8005000012ea5f")
XRS = bytes.fromhex("600012")


@pytest.mark.parametrize(
    ("answer", "seconds", "state"),
    [
        (RIP_FOR_60_S, 30, StageStatus.NOT_VISIBLE),
        (RIP_FOR_60_S, 90, StageStatus.FAILED),
        (XRS, 30, StageStatus.FAILED),
    ],
)
def test_a_gatekeeper_that_puts_off_or_does_not_understand_was_reached(
    answer: bytes, seconds: int, state: StageStatus
) -> None:
    run = Run()
    run.send(to_gatekeeper(rrq(19)))
    run.send(to_handset(answer), by=Tap.SERVERS)
    run.wait(seconds)
    run.send(both_on_1719(LRQ))
    (timeline,) = examined(run).handsets
    line = timeline.stage(Stage.REGISTER)
    assert line.state is state
    assert line.outcome is not StageOutcome.SILENT
