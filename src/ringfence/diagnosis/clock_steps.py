"""A clock that was set back while it recorded, told by answers that would come before their question.

Times also go back where files were put together, each beginning anew: then their order is right and that of
the file is not. Which of the two it is, exchanges say that were under way (`_was_set`).
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import inf
from typing import NamedTuple, TypeAlias

import msgspec

from ringfence.capture.dissect import Datagram, ipv4_address
from ringfence.capture.tunnels import ICMP, TCP, UDP
from ringfence.diagnosis.recording import OUT_OF_ORDER, CapturedPackets
from ringfence.model.defaults import DHCP_CLIENT_PORT, DHCP_SERVER_PORT
from ringfence.model.findings import Finding
from ringfence.model.findings.recording import CLOCK_UNSTEADY
from ringfence.model.packet import TcpFlags

_SET = 1.0  # seconds by which a clock that only runs at another rate does not change at once
_MOST_STEPS = 16  # of more it is the order of the file that means nothing
_MENTIONED = 1.0  # seconds back, for which it is not known why, that are worth a word
_FAR = 1 << 24  # octets; beyond, it is another connection with the same ports
_BOOTP = frozenset({DHCP_CLIENT_PORT, DHCP_SERVER_PORT})
_EXCHANGES_OF_RAS = 23  # alternatives from gatekeeperRequest on come in threes: request, confirm, reject
_GCF, _RRQ, _RCF = 1, 3, 4
_DISCOVER, _OFFER, _REQUEST, _ACK, _NAK = 1, 2, 3, 5, 6

_STATES = frozenset({"address", "found", "registered"})  # that last, and are renewed
# What an exchange is known by, and whether this packet answers.
_Turn: TypeAlias = tuple[tuple[object, ...], bool]


@dataclass(frozen=True, slots=True)
class CaptureClock:
    """What a capture's own clock shows at times on the judge's.

    `changes`: from when on it is how far ahead, in seconds; in order, the first from the beginning.
    """

    changes: tuple[tuple[float, float], ...] = ((-inf, 0.0),)

    @classmethod
    def of(cls, judged: Iterable[Datagram], captured: Iterable[Datagram]) -> "CaptureClock":
        """From the same packets with the judge's times and with their own, told by their numbers."""
        own = {packet.number: packet.time for packet in captured}
        changes: list[tuple[float, float]] = []
        for packet in sorted(judged, key=lambda packet: packet.time):
            time = own.get(packet.number)
            if time is not None and (not changes or abs(time - packet.time - changes[-1][1]) > OUT_OF_ORDER):
                changes.append((packet.time if changes else -inf, time - packet.time))
        return cls(tuple(changes)) if changes else cls()

    def span(self, start: float, end: float) -> tuple[float, float]:
        """The earliest and the latest that it shows from `start` to `end`; anything where it was set in
        between, as nobody knows how long before the next packet."""
        first = bisect_right(self.changes, (start, inf)) - 1
        last = bisect_right(self.changes, (end, inf))
        if any(abs(one - other) > _SET for (_, one), (_, other) in pairwise(self.changes[first:last])):
            return -inf, inf
        edges = [*(at for at, _ in self.changes[first + 1 : last]), end]
        since = [start, *edges[:-1]]
        parts = list(zip(since, edges, self.changes[first:last], strict=True))
        return min(at + ahead for at, _, (_, ahead) in parts), max(to + ahead for _, to, (_, ahead) in parts)


def counted_on(captured: CapturedPackets) -> tuple[CapturedPackets, tuple[Finding, ...]]:
    """With times as the clock would have shown, had nobody set it back; they bear on where it was."""
    packets = captured.packets
    steps = [
        at for at, (one, other) in enumerate(pairwise(packets), 1) if other.time < one.time - OUT_OF_ORDER
    ]
    if captured.untimed or not 0 < len(steps) <= _MOST_STEPS:
        return captured, ()
    times = [packet.time for packet in packets]
    exchanges = list(_exchanges(packets))
    findings = []
    for at in steps:
        back = times[at - 1] - times[at]
        if back <= 0:
            continue
        number = packets[at].number
        if _was_set(exchanges, times, at):
            times[at:] = [time + back for time in times[at:]]
            why = "what answers there stands behind its question"
            told = f"the clock was set back by {back:.3f} s or more before frame {number}: {why}; later times"
            findings.append(Finding(CLOCK_UNSTEADY, f"{told} are counted on from there", frames=(number,)))
        elif back > _MENTIONED:
            told = f"times go back by {back:.1f} s before frame {number}, as where files were put together"
            findings.append(
                Finding(CLOCK_UNSTEADY, f"{told}: judged in the order of the times", frames=(number,))
            )
    if times == [packet.time for packet in packets]:
        return captured, tuple(findings)
    moved = [msgspec.structs.replace(packet, time=time) for packet, time in zip(packets, times, strict=True)]
    return replace(captured, packets=moved, start=min(times), end=max(captured.end, *times)), tuple(findings)


class _Exchange(NamedTuple):
    """Places of the first question, of the first answer, and of the last time that it was asked."""

    asked: int
    answered: int
    again: int
    is_transaction: bool  # with a number of its own


def _was_set(exchanges: Iterable[_Exchange], times: Sequence[float], at: int) -> bool:
    """Whether more exchanges say that the file is in order at this place than that the times are."""
    votes = 0
    for asked, answered, again, is_transaction in exchanges:
        if asked < at <= answered and times[answered] < times[asked]:
            votes += 1
        elif is_transaction and (
            (answered < at <= asked and times[asked] < times[answered]) or answered < at <= again
        ):
            votes -= 1  # where a question that had its answer is asked once more, another file begins
    return votes > 0


def _exchanges(packets: Sequence[Datagram]) -> Iterator[_Exchange]:
    asked: dict[tuple[object, ...], tuple[int, int]] = {}
    answered: dict[tuple[object, ...], int] = {}
    for place, packet in enumerate(packets):
        for key, is_answer in _turns(packet):
            if is_answer:
                answered.setdefault(key, place)
            else:
                asked[key] = asked.get(key, (place, place))[0], place
    for key, (first, last) in asked.items():
        if key in answered:
            yield _Exchange(first, answered[key], last, key[0] not in _STATES)
    yield from _segments(packets)


def _segments(packets: Sequence[Datagram]) -> Iterator[_Exchange]:
    """Of connections, behind the SYN of their sender."""
    began: dict[tuple[object, ...], tuple[int, int]] = {}
    for place, packet in enumerate(packets):
        if packet.protocol == TCP:
            ends = packet.source, packet.source_port, packet.destination, packet.destination_port
            if packet.flags & TcpFlags.SYN:
                began[ends] = place, packet.sequence
            elif ends in began and (packet.sequence - began[ends][1]) & 0xFFFFFFFF < _FAR:
                yield _Exchange(began[ends][0], place, place, is_transaction=False)


def _turns(packet: Datagram) -> Iterator[_Turn]:
    """Besides true questions what makes a next step possible: OFFER, ACK, GCF and RCF."""
    here = packet.source, packet.source_port
    there = packet.destination, packet.destination_port
    payload = packet.payload
    yield ("address", packet.source), True
    if packet.protocol == TCP:
        used = len(payload) + bool(packet.flags & TcpFlags.SYN) + bool(packet.flags & TcpFlags.FIN)
        if used:
            yield ("tcp", here, there, packet.sequence + used), False
        if packet.flags & TcpFlags.ACK:
            yield ("tcp", there, here, packet.acknowledgement), True
        elif packet.flags & TcpFlags.SYN:
            yield ("registered", frozenset((packet.source, packet.destination))), True
    elif packet.protocol == ICMP and packet.source_port in {0, 8}:
        is_reply = packet.source_port == 0
        ends = (there[0], here[0]) if is_reply else (here[0], there[0])
        yield ("echo", *ends, payload[:4]), is_reply
    elif packet.protocol == UDP and {packet.source_port, packet.destination_port} <= _BOOTP:
        yield from _turns_of_dhcp(payload)
    elif packet.protocol == UDP and len(payload) > 3 and payload[0] >> 2 < _EXCHANGES_OF_RAS:
        turn, which = payload[0] >> 2, payload[2:4]
        is_answer = turn % 3 != 0
        yield ("ras", turn // 3, which, *((there, here) if is_answer else (here, there))), is_answer
        if turn in {_GCF, _RRQ}:
            yield ("found", frozenset((here, there))), turn == _RRQ
        elif turn == _RCF:
            yield ("registered", frozenset((packet.source, packet.destination))), False


def _turns_of_dhcp(payload: bytes) -> Iterator[_Turn]:
    """RFC 2131; option 53 comes first, whoever writes it."""
    options = payload[240:243]
    if not options.startswith(b"\x35\x01") or len(options) < 3:
        return
    kind, transaction = options[2], (payload[4:8], payload[28:44])
    if kind in {_DISCOVER, _OFFER}:
        yield ("offer", *transaction), kind == _OFFER
    if kind in {_OFFER, _REQUEST}:
        yield ("taken", *transaction), kind == _REQUEST
    if kind in {_REQUEST, _ACK, _NAK}:
        yield ("ack", *transaction), kind != _REQUEST
    if kind == _ACK:
        yield ("address", ipv4_address(payload[16:20])), False
