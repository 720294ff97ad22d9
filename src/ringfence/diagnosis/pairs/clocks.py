"""A clock that does not keep time with the other recorder's: it runs at another rate, or was set in between.

What both captures show says by how much they differ at each moment (`Pair`). Where that difference wanders or
jumps, the times of one capture are corrected, so that what is left is one difference for all of it.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import fsum

import msgspec

from ringfence.capture.dissect import Datagram
from ringfence.diagnosis.pairs.pairing import ENOUGH, JITTER, Pair, clock_offset_of, content_key
from ringfence.diagnosis.recording import CapturedPackets
from ringfence.model.findings import Finding
from ringfence.model.findings.recording import CLOCK_UNSTEADY

# From one packet to the next the difference of two clocks changes by less; by more, one of them was set.
_STEADY = JITTER / 2
_BLOCK = 30.0  # seconds in which a clock that runs at another rate is taken to stand still
_RATE_SEEN = 4 * _BLOCK  # seconds that a rate has to be seen for, before it is taken to go on
_FASTEST = 1e-3  # seconds per second; quartz is within 1e-4, and NTP slews by 5e-4 (RFC 5905): assumed
_MENTIONED = 1e-3  # seconds within a block
_SHARE = 20  # one pair in so many, at least, has to say that a clock was set: fewer are chance


@dataclass(frozen=True, slots=True)
class _Piece:
    """A time in which two clocks differ by what changes slowly.

    `knots`: the time of the second capture's clock, and how far it is ahead then.
    """

    pairs: Sequence[Pair]
    knots: Sequence[tuple[float, float]]

    @property
    def first(self) -> Pair:
        return self.pairs[0]

    @property
    def last(self) -> Pair:
        return self.pairs[-1]

    @property
    def rate(self) -> float:
        """Seconds per second by which the second clock runs ahead; 0 where that was seen too shortly."""
        (start, before), (end, after) = self.knots[0], self.knots[-1]
        rate = (after - before) / (end - start) if end - start >= _RATE_SEEN else 0.0
        return rate if abs(rate) < _FASTEST else 0.0

    def ahead(self, time: float) -> float:
        """How far the second clock is ahead when it shows `time`."""
        at = bisect_left(self.knots, (time,))
        if 0 < at < len(self.knots):
            (start, before), (end, after) = self.knots[at - 1], self.knots[at]
            return before + (after - before) * (time - start) / (end - start)
        start, before = self.knots[0] if at == 0 else self.knots[-1]
        return before + self.rate * (time - start)


def steadied(
    first: CapturedPackets, second: CapturedPackets, pairs: Sequence[Pair]
) -> tuple[CapturedPackets, CapturedPackets, tuple[Finding, ...]]:
    """Both captures, one of them with other times where their clocks did not keep time with each other."""
    differences = [_ahead(pair) for pair in pairs]
    if not differences or max(differences) - min(differences) <= _STEADY:
        return first, second, ()
    pieces = _pieces(pairs)
    spread = [ahead for piece in pieces for _, ahead in piece.knots]
    if not pieces or max(spread) - min(spread) <= _STEADY:
        return first, second, ()
    if _goes_back(first) and not _goes_back(second):
        turned = _pieces([(there, here) for here, there in pairs])
        return _corrected(first, turned), second, (_finding("first", "second", turned),)
    return first, _corrected(second, pieces), (_finding("second", "first", pieces),)


def _goes_back(captured: CapturedPackets) -> bool:
    """Whether times become smaller in the order of the file, as where a clock was set back."""
    return any(one.time - other.time > _STEADY for one, other in pairwise(captured.packets))


def _pieces(pairs: Sequence[Pair]) -> list[_Piece]:
    """In the order of both files; what contradicts a longer piece is chance."""
    # Repetitions that were paired crosswise agree with one another, and are of one content.
    chains = [chain for chain in _chains(pairs) if len({content_key(there) for _, there in chain}) >= ENOUGH]
    longest = max(map(len, chains), default=0)
    kept: list[list[Pair]] = []
    for chain in sorted(chains, key=len, reverse=True):
        if len(chain) * _SHARE >= longest and all(_apart(chain, other) for other in kept):
            kept.append(chain)
    joined: list[list[Pair]] = []
    for chain in sorted(kept, key=lambda chain: chain[0][1].number):
        if joined and _goes_on(joined[-1][-1], chain[0]):
            joined[-1] += chain
        else:
            joined.append(chain)
    return [_Piece(chain, _knots(chain)) for chain in joined]


def _goes_on(before: Pair, after: Pair) -> bool:
    """Whether a rate explains the change, over a time without pairs."""
    waited = after[1].time - before[1].time
    return waited > 0 and abs(_ahead(after) - _ahead(before)) < _FASTEST * waited


def _chains(pairs: Sequence[Pair]) -> list[list[Pair]]:
    """Pairs whose time difference goes on where that of the pair before it was."""
    chains: list[list[Pair]] = []
    latest: dict[int, list[Pair]] = {}
    for pair in sorted(pairs, key=lambda pair: pair[1].number):
        place = round(_ahead(pair) / _STEADY)
        near = [chain for each in (place, place - 1, place + 1) if (chain := latest.get(each)) is not None]
        chain = next((each for each in near if abs(_ahead(each[-1]) - _ahead(pair)) <= _STEADY), None)
        if chain is None:
            chain = []
            chains.append(chain)
        elif latest.get(before := round(_ahead(chain[-1]) / _STEADY)) is chain:
            del latest[before]
        chain.append(pair)
        latest[place] = chain
    return chains


def _ahead(pair: Pair) -> float:
    return pair[1].time - pair[0].time


def _apart(one: Sequence[Pair], other: Sequence[Pair]) -> bool:
    """Whether one is over in both files before the other begins."""
    before, after = sorted((one, other), key=lambda chain: chain[0][1].number)
    return before[-1][1].number < after[0][1].number and max(here.number for here, _ in before) < min(
        here.number for here, _ in after
    )


def _knots(chain: Sequence[Pair]) -> list[tuple[float, float]]:
    blocks: list[list[Pair]] = []
    for pair in sorted(chain, key=lambda pair: pair[1].time):
        if not blocks or pair[1].time - blocks[-1][0][1].time > _BLOCK:
            blocks.append([])
        blocks[-1].append(pair)
    return [(fsum(there.time for _, there in block) / len(block), clock_offset_of(block)) for block in blocks]


def _corrected(captured: CapturedPackets, pieces: Sequence[_Piece]) -> CapturedPackets:
    """With times as its clock would have shown, had it differed all the time as in its longest piece."""
    main = max(pieces, key=lambda piece: len(piece.pairs))
    base = main.knots[len(main.knots) // 2][1]
    edges = [_edge(captured.packets, one, other) for one, other in pairwise(pieces)]
    packets = []
    place = 0
    for packet in captured.packets:
        while place < len(edges) and packet.number > edges[place]:
            place += 1
        moved = packet.time - pieces[place].ahead(packet.time) + base
        packets.append(msgspec.structs.replace(packet, time=moved))
    start = None if captured.start is None else _moved(captured.start, pieces[0], base)
    ends = [packet.time for packet in packets]
    return replace(
        captured,
        packets=packets,
        start=None if start is None else min([start, *ends]),
        end=max([_moved(captured.end, pieces[-1], base), *ends]),
    )


def _moved(time: float, piece: _Piece, base: float) -> float:
    return time - piece.ahead(time) + base


def _edge(packets: Sequence[Datagram], before: _Piece, after: _Piece) -> int:
    """The number of the last packet before the clock was set: where its times jump that way most."""
    since, until = before.last[1].number, after.first[1].number
    forward = _ahead(after.first) > _ahead(before.last)
    between = [packet for packet in packets if since <= packet.number <= until]
    jumps = [(other.time - one.time, one.number) for one, other in pairwise(between)]
    return (max(jumps) if forward else min(jumps))[1] if jumps else since


def _finding(which: str, other: str, pieces: Sequence[_Piece]) -> Finding:
    said = [
        f"was set {_seconds(after.ahead(after.knots[0][0]) - before.ahead(before.knots[-1][0]))} at about"
        f" frame {after.first[1].number}"
        for before, after in pairwise(pieces)
    ]
    fastest = max((piece.rate for piece in pieces), key=abs)
    if abs(fastest) * _BLOCK > _MENTIONED:
        said.append(f"runs {abs(fastest) * 1e6:.0f} ppm {'fast' if fastest > 0 else 'slow'}")
    what = " and ".join(said) or "does not keep time"
    sentence = f"against that of the {other}, the {which} capture's clock {what}: its times were corrected"
    frames = tuple(piece.first[1].number for piece in pieces[1:4])
    return Finding(CLOCK_UNSTEADY, sentence, None, frames)


def _seconds(step: float) -> str:
    return f"{abs(step):.3f} s {'forward' if step > 0 else 'back'}"
