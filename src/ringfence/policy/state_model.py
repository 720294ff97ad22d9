"""What a listing does with openers and with their answers, as far as it was understood.

A stateful device judges the opener and passes what answers it; a list without state judges both, so the exact
reverse has to be permitted too. Every answer is given twice: what passes for certain, and what may pass
whatever the parts say that were not understood.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from ringfence.model.policy import Action
from ringfence.policy.diagram import WITHIN
from ringfence.policy.listing import Chain, Gap, Listing, Unread, everything
from ringfence.policy.packetset import Decisions, PacketSet, Space
from ringfence.policy.space import Box, Row
from ringfence.policy.terms import intersection


class Bounds(NamedTuple):
    """`least` passes for certain, `most` may pass; equal where everything was understood.

    `read` is what passes if the parts that were not understood say nothing.
    """

    least: PacketSet
    most: PacketSet
    read: PacketSet


class Share(NamedTuple):
    """The packets of `part` are decided by `row` of `chain` (None: by its default)."""

    chain: Chain
    row: Row | None
    part: PacketSet


@dataclass(frozen=True, slots=True)
class Judge:
    """A listing, narrowed to the packets of `region`, ready to be asked about them."""

    space: Space
    listing: Listing
    region: PacketSet
    decisions: tuple[Decisions, ...]

    def openers(self) -> Bounds:
        """The opening packets of the region that every chain lets through."""
        loose, uncertain = _strays(self.listing, self.space)
        least, most = replace(self.listing, unread=loose).bounds(self.space)
        return Bounds((least - uncertain) & self.region, (most | uncertain) & self.region, self.as_read())

    def as_read(self) -> PacketSet:
        """The opening packets that pass if what was not understood says nothing."""
        passing = self.region
        for chain, decided in zip(self.listing.chains, self.decisions, strict=True):
            passing = passing & _seen(chain, decided.permitted(), self.space)
        return passing

    def answers(self, *, tracked: bool = True, state_is_a_rule: bool = False) -> Bounds:
        """The packets of the region that pass as answers to an opener that passed.

        `tracked`: stateful chains know the protocol's connections. `state_is_a_rule`: a row of a stateful
        chain that was not understood may meet answers too.
        """
        _, uncertain = _strays(self.listing, self.space)
        passing = self.region
        for chain in self.listing.chains:
            rows, default = _for_answers(chain, tracked=tracked)
            passing = passing & _seen(chain, self.space.permitted(rows, default), self.space)
            by_state = chain.stateful and tracked
            if not by_state or state_is_a_rule:
                # A gap behind the rule of the state meets no answers.
                met = [gap for gap in chain.gaps if not by_state or gap.index <= chain.state_at]
                uncertain = uncertain | self.space.of(box for gap in met for box in _boxes(gap.unread))
        return Bounds(passing - uncertain, (passing | uncertain) & self.region, passing)

    def judged_answers(
        self, packets: PacketSet, action: Action, *, tracked: bool = True
    ) -> tuple[Share, ...]:
        """Which row of each chain that judges answers permits, or stops, each of `packets`."""
        found: list[Share] = []
        for chain in self.listing.chains:
            rows, default = _for_answers(chain, tracked=tracked)
            decided = self.space.decided(rows, default)
            judged = replace(chain, default=default)
            found += [s for s in _shares(judged, decided, packets) if _action(s) is action]
        return tuple(found)

    def keeps_state(self) -> bool:
        """Whether answers pass without rules of their own."""
        return all(chain.stateful or _denies_nothing(chain) for chain in self.listing.chains)

    def denied(self, packets: PacketSet) -> tuple[Share, ...]:
        """Which row of which chain stops each of `packets`; packets that nothing stops are in no share."""
        return tuple(
            share
            for chain, decided in zip(self.listing.chains, self.decisions, strict=True)
            for share in _shares(chain, decided, packets)
            if _action(share) is Action.DENY
        )

    def permitted(self, packets: PacketSet) -> tuple[Share, ...]:
        """Which row lets each of `packets` through, once for each packet.

        Where several chains do, the row of a chain that denies by default is named before one that does not,
        and any row before a default.
        """
        order = sorted(
            zip(self.listing.chains, self.decisions, strict=True),
            key=lambda pair: pair[0].default is Action.PERMIT,
        )
        found: list[Share] = []
        rest = packets
        for chain, decided in order:
            for share in _shares(chain, decided, rest):
                if share.row is not None and share.row.action is Action.PERMIT:
                    found.append(share)
                    rest = rest - share.part
        for chain, decided in order:
            for share in _shares(chain, decided, rest):
                if share.row is None and chain.default is Action.PERMIT:
                    found.append(share)
                    rest = rest - share.part
        return tuple(found)


def judge(space: Space, listing: Listing, region: Sequence[Box] | None = None) -> Judge:
    """The listing as a judge of the packets in `region` (None: of all). Raises BudgetExceeded."""
    if region is None:
        narrow, within = listing, space.everything()
    else:
        narrow, within = narrowed(listing, tuple(region)), space.of(region)
    decisions = tuple(space.decided(chain.rows, chain.default) for chain in narrow.chains)
    return Judge(space, narrow, within, decisions)


def narrowed(listing: Listing, region: tuple[Box, ...]) -> Listing:
    """The same listing with only those rows, and only that of them, which concerns packets of `region`."""
    unread = tuple(part for part in listing.unread if touches(part, region))
    kept = {id(part) for part in unread}
    return replace(
        listing, unread=unread, chains=tuple(_narrowed(chain, region, kept) for chain in listing.chains)
    )


def touches(part: Unread, region: tuple[Box, ...]) -> bool:
    """Whether a part that was not understood may concern any packet of `region`."""
    return part.boxes is None or bool(intersection(part.boxes, region))


def filters_nothing(listing: Listing, region: tuple[Box, ...]) -> bool:
    """Whether no row and no default of any list in force has a word about packets of `region`.

    A rule that permits everything is a word: somebody meant it. What was not understood may be one too.
    """
    narrow = narrowed(listing, region)
    silent = all(
        not chain.rows and not chain.gaps and chain.default is Action.PERMIT for chain in narrow.chains
    )
    return silent and not narrow.unread


def _narrowed(chain: Chain, region: tuple[Box, ...], kept: set[int]) -> Chain:
    rows: list[Row] = []
    gaps: list[Gap] = []
    state_at = 0
    waiting = sorted((gap for gap in chain.gaps if id(gap.unread) in kept), key=lambda gap: -gap.index)
    for index, row in enumerate(chain.rows):
        while waiting and waiting[-1].index <= index:
            gaps.append(replace(waiting.pop(), index=len(rows)))
        boxes = intersection(row.boxes, region)
        if boxes:
            rows.append(replace(row, boxes=boxes))
            state_at += index < chain.state_at
    gaps += [replace(gap, index=len(rows)) for gap in reversed(waiting)]
    answers = ((row, intersection(row.boxes, region)) for row in chain.answers)
    return replace(
        chain,
        rows=tuple(rows),
        gaps=tuple(gaps),
        state_at=state_at,
        # An empty tuple would say that answers are judged by the rows.
        answers=tuple(replace(row, boxes=boxes) for row, boxes in answers),
    )


def _strays(listing: Listing, space: Space) -> tuple[tuple[Unread, ...], PacketSet]:
    """The unread parts that are rows of a chain, and the packets that the others may concern."""
    rows = {id(gap.unread) for chain in listing.chains for gap in chain.gaps}
    loose = tuple(part for part in listing.unread if id(part) in rows)
    others = [box for part in listing.unread if id(part) not in rows for box in _boxes(part)]
    return loose, space.of(others)


def _boxes(part: Unread) -> tuple[Box, ...]:
    return everything() if part.boxes is None else part.boxes


def _shares(chain: Chain, decided: Decisions, packets: PacketSet) -> list[Share]:
    four, six = decided.space.diagrams[4], decided.space.diagrams[6]
    # Where `packets` says no the verdict is 0, which is also the default's: that one is told apart below.
    numbers = set[int]()
    if 4 in chain.versions:
        numbers |= four.verdicts(four.combine(WITHIN, packets.v4, decided.v4))
    if 6 in chain.versions:
        numbers |= six.verdicts(six.combine(WITHIN, packets.v6, decided.v6))
    seen = _of_family(chain, packets)
    found = []
    for number in sorted(numbers):
        part = decided.taken(number) & seen
        if not part.empty:
            found.append(Share(chain, decided.rows[number - 1] if number else None, part))
    return found


def _of_family(chain: Chain, packets: PacketSet) -> PacketSet:
    nothing = packets.space.nothing()
    return PacketSet(
        packets.space,
        packets.v4 if 4 in chain.versions else nothing.v4,
        packets.v6 if 6 in chain.versions else nothing.v6,
    )


def _for_answers(chain: Chain, *, tracked: bool) -> tuple[tuple[Row, ...], Action]:
    """The rows that judge answers, and what becomes of those that no row decides about."""
    if chain.stateful and tracked:
        return chain.rows[: chain.state_at], Action.PERMIT
    return chain.answers or chain.rows, chain.default


def _seen(chain: Chain, chosen: PacketSet, space: Space) -> PacketSet:
    every = space.everything()
    return PacketSet(
        space,
        chosen.v4 if 4 in chain.versions else every.v4,
        chosen.v6 if 6 in chain.versions else every.v6,
    )


def _action(share: Share) -> Action:
    return share.row.action if share.row else share.chain.default


def _denies_nothing(chain: Chain) -> bool:
    return chain.default is Action.PERMIT and all(row.action is Action.PERMIT for row in chain.rows)
