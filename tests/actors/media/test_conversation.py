"""Audio between two ends: who opens, who answers, and what their reports say of it."""

from collections.abc import Callable
from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.actors.io import Commands, DatagramReceived, SendDatagram
from ringfence.actors.media.conversation import BURST, TONE, Conversation, MediaEnds, beside
from ringfence.actors.media.reception import CLOCK, Reception
from ringfence.model.address import TransportAddress
from ringfence.wire.rtp import PCMU, RtcpReport, RtpPacket, decode_rtcp, decode_rtp

PHONE = TransportAddress(IPv4Address("10.20.0.128"), 2048)
FAR = TransportAddress(IPv4Address("10.1.0.40"), 4000)


def between(
    lost: Callable[[SendDatagram], bool] = lambda _: False,
) -> tuple[list[SendDatagram], list[Conversation]]:
    """Both ends on one clock until neither waits; the phone opens."""
    one = Conversation(MediaEnds(PHONE, FAR, beside(FAR), opens=True), 1, 0.0)
    other = Conversation(MediaEnds(FAR, PHONE, beside(PHONE), opens=False), 2, 0.0)
    sent: list[SendDatagram] = []

    def take(commands: Commands, now: float) -> None:
        for command in commands:
            assert isinstance(command, SendDatagram)
            sent.append(command)
            receiver = other if command.destination in {FAR, beside(FAR)} else one
            if not lost(command):
                event = DatagramReceived(command.source, command.destination, command.data)
                take(receiver.hear(event, now), now)

    while waits := [(at, end) for end in (one, other) if (at := end.deadline) is not None]:
        now, end = min(waits, key=lambda each: each[0])
        take(end.due(now), now)
    return sent, [one, other]


def reports(sent: list[SendDatagram], source: TransportAddress) -> list[RtcpReport]:
    return [decode_rtcp(each.data) for each in sent if each.source == beside(source)]


def test_both_directions_are_heard_and_counted() -> None:
    sent, ends = between()
    assert all(end.done for end in ends)
    for source in (PHONE, FAR):
        packets = [decode_rtp(each.data) for each in sent if each.source == source]
        assert [each.sequence for each in packets] == list(range(BURST))
        assert {each.payload for each in packets} == {TONE}
    opening, closing = reports(sent, PHONE)
    assert (opening.sent, opening.reports) == ((BURST, BURST * 160), ())
    assert closing.sent is None
    assert closing.reports[0].lost == closing.reports[0].fraction == closing.reports[0].jitter == 0
    (answer,) = reports(sent, FAR)
    # The time of the report that it answers, and how long it kept it (RFC 3550 section 6.4.1).
    assert answer.reports[0].last_sr == opening.ntp >> 16 & 0xFFFFFFFF
    assert answer.reports[0].delay == pytest.approx(0.02 * BURST * 65536, abs=2)


def test_lost_packets_are_in_the_reports() -> None:
    thrown = {3, 4}
    sent, ends = between(lambda each: each.source == FAR and decode_rtp(each.data).sequence in thrown)
    assert all(end.done for end in ends)
    closing = reports(sent, PHONE)[-1].reports[0]
    assert (closing.lost, closing.fraction) == (2, 2 * 256 // BURST)


@pytest.mark.parametrize("source", [PHONE, FAR])
def test_a_direction_that_is_lost_leaves_it_unfinished(source: TransportAddress) -> None:
    sent, ends = between(lambda each: each.source in {source, beside(source)})
    assert not all(end.done for end in ends)
    # Opened twice, and no more.
    assert sum(each.source == PHONE for each in sent) == 2 * BURST


@given(st.lists(st.integers(-20, 20), min_size=2, max_size=40))
def test_jitter_is_what_the_standard_computes(late: list[int]) -> None:
    """RFC 3550 section A.8, by its own formula in exact numbers; `late` in samples."""
    packets = [RtpPacket(PCMU, n, n * 160, 1, b"") for n in range(len(late))]
    times = [(n * 160 + off) / CLOCK for n, off in enumerate(late)]
    reception = Reception(packets[0], times[0])
    jitter = 0.0
    for n in range(1, len(late)):
        reception.take(packets[n], times[n])
        jitter += (abs(late[n] - late[n - 1]) - jitter) / 16
    assert abs(reception.report(9.0).jitter - jitter) < 1.001


@given(st.integers(0, 65535), st.lists(st.integers(0, 30), min_size=1, max_size=30))
def test_the_highest_number_counts_its_cycles(first: int, steps: list[int]) -> None:
    reception, at = Reception(RtpPacket(PCMU, first, 0, 1, b""), 0.0), first
    for step in steps:
        at += step
        reception.take(RtpPacket(PCMU, at % 65536, 0, 1, b""), 0.0)
    report = reception.report(0.0)
    assert report.highest == at
    assert report.lost == at - first + 1 - len(steps) - 1
