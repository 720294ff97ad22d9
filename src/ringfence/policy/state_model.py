"""What a listing does with openers and with their answers, as far as it was understood.

A stateful device judges the opener and passes what answers it; a list without state judges both, so the exact
reverse has to be permitted too. Every answer is given twice: what passes for certain, and what may pass
whatever the parts say that were not understood.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from ringfence.model.policy import Action
from ringfence.policy.diagram import WITHIN
from ringfence.policy.listing import Chain, Gap, Listing, Moment, Unread, everything, filled
from ringfence.policy.matches import touch
from ringfence.policy.packetset import Decisions, PacketSet, Space
from ringfence.policy.space import DESTINATION, SOURCE, Box, Row, joined
from ringfence.policy.terms import boxes_in_both, in_both, turned


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
    _known: dict[tuple[Moment, bool], Bounds] = field(default_factory=dict, compare=False)

    def openers(self) -> Bounds:
        """The opening packets of the region that every chain lets through."""
        return self.passing(Moment.OPENS)

    def as_read(self) -> PacketSet:
        """The opening packets that pass if what was not understood says nothing."""
        passing = self.region
        for chain, decided in zip(self.listing.chains, self.decisions, strict=True):
            passing = passing & _seen(chain, decided.permitted(), self.space)
        return passing

    def passing(self, moment: Moment, *, tracked: bool = True) -> Bounds:
        """The packets of the region that pass at `moment`, what came before them having passed.

        `tracked`: stateful chains know the protocol's connections.
        """
        key = (moment, tracked)
        if key not in self._known:
            self._known[key] = self._passing(moment, tracked=tracked)
        return self._known[key]

    def _passing(self, moment: Moment, *, tracked: bool) -> Bounds:
        uncertain = _strays(self.listing, self.space)
        least = most = read = self.region
        for index, chain in enumerate(self.listing.chains):
            changed = self.space.of(_translated(self.listing, index, moment))
            for phase in chain.phases(moment, tracked=tracked):
                sure = self.space.permitted(filled(phase, Action.DENY), phase.default)
                perhaps = sure
                alone = sure
                if phase.gaps:
                    perhaps = self.space.permitted(filled(phase, Action.PERMIT), phase.default)
                    alone = self.space.permitted(phase.rows, phase.default)
                least = least & _seen(chain, sure, self.space)
                most = most & (_seen(chain, perhaps, self.space) | changed)
                read = read & _seen(chain, alone, self.space)
        return Bounds(least - uncertain, (most | uncertain) & self.region, read)

    def judged(
        self, packets: PacketSet, action: Action, moment: Moment, *, tracked: bool = True
    ) -> tuple[Share, ...]:
        """Which row of each phase of `moment` permits, or stops, each of `packets`."""
        found: list[Share] = []
        for chain in self.listing.chains:
            for phase in chain.phases(moment, tracked=tracked):
                decided = self.space.decided(phase.rows, phase.default)
                same = replace(chain, default=phase.default)
                found += [s for s in _shares(same, decided, packets) if _action(s) is action]
        return tuple(found)

    def keeps_state(self) -> bool:
        """Whether answers pass without rules of their own."""
        return all(chain.stateful or not chain.denies for chain in self.listing.chains)

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


def judge_listing(space: Space, listing: Listing, region: Sequence[Box] | None = None) -> Judge:
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
    within = _Region(region)
    return replace(
        listing, unread=unread, chains=tuple(_narrowed(chain, within, kept) for chain in listing.chains)
    )


def touches(part: Unread, region: tuple[Box, ...]) -> bool:
    """Whether a part that was not understood may concern any packet of `region`."""
    return part.boxes is None or in_both(part.boxes, region)


def filters_nothing(listing: Listing, region: tuple[Box, ...]) -> bool:
    """Whether no row and no default of any list in force has a word about packets of `region`.

    A rule that permits everything is a word: somebody meant it. What was not understood may be one too.
    """
    narrow = narrowed(listing, region)
    silent = all(
        not chain.rows and not chain.denies and not chain.all_gaps()
        for chain in narrow.chains
        if any(box.version in chain.versions for box in region)
    )
    return silent and not narrow.unread


class _Region:
    """Boxes to which the rows of a listing are narrowed, those that several phases share once."""

    def __init__(self, region: tuple[Box, ...]) -> None:
        self._region = region
        versions = {box.version for box in region}
        sides = (SOURCE, DESTINATION)
        self._around = {
            v: [joined(i for box in region if box.version == v for i in box.fields[side]) for side in sides]
            for v in versions
        }
        # By identity: the boxes are kept by the rows, which outlive this.
        self._known: dict[int, tuple[Box, ...]] = {}

    def of(self, boxes: tuple[Box, ...]) -> tuple[Box, ...]:
        found = self._known.get(id(boxes))
        if found is None:
            near = tuple(box for box in boxes if self._near(box))
            found = self._known[id(boxes)] = boxes_in_both(near, self._region) if near else ()
        return found

    def _near(self, box: Box) -> bool:
        around = self._around.get(box.version)
        return bool(
            around
            and touch(box.fields[DESTINATION], around[DESTINATION])
            and touch(box.fields[SOURCE], around[SOURCE])
        )


def _narrowed(chain: Chain, region: _Region, kept: set[int]) -> Chain:
    rows, gaps = _narrowed_rows(chain.rows, chain.gaps, region, kept)
    later = []
    for phase in chain.later:
        own_rows, own_gaps = _narrowed_rows(phase.rows, phase.gaps, region, kept)
        later.append(replace(phase, rows=own_rows, gaps=own_gaps))
    return replace(chain, rows=rows, gaps=gaps, later=tuple(later))


def _narrowed_rows(
    listed: tuple[Row, ...], noted: tuple[Gap, ...], region: _Region, kept: set[int]
) -> tuple[tuple[Row, ...], tuple[Gap, ...]]:
    rows: list[Row] = []
    gaps: list[Gap] = []
    waiting = sorted((gap for gap in noted if id(gap.unread) in kept), key=lambda gap: -gap.index)
    for index, row in enumerate(listed):
        while waiting and waiting[-1].index <= index:
            gaps.append(replace(waiting.pop(), index=len(rows)))
        boxes = region.of(row.boxes)
        if boxes:
            rows.append(replace(row, boxes=boxes))
    gaps += [replace(gap, index=len(rows)) for gap in reversed(waiting)]
    return tuple(rows), tuple(gaps)


def _translated(listing: Listing, index: int, moment: Moment) -> tuple[Box, ...]:
    """The packets of `moment` that have perhaps become others when list `index` judges.

    What answers a translated opener comes from another address, or goes to another, all the way.
    """
    answers = moment is Moment.ANSWERS
    return tuple(
        box
        for found in listing.translations
        if found.after is not None and (answers or found.after <= index)
        for box in (turned(found.boxes) if answers else found.boxes)
    )


def _strays(listing: Listing, space: Space) -> PacketSet:
    """The packets that unread parts which are no row of a chain may concern."""
    rows = {id(gap.unread) for chain in listing.chains for gap in chain.all_gaps()}
    return space.of(box for part in listing.unread if id(part) not in rows for box in _boxes(part))


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


def _seen(chain: Chain, chosen: PacketSet, space: Space) -> PacketSet:
    every = space.everything()
    return PacketSet(
        space,
        chosen.v4 if 4 in chain.versions else every.v4,
        chosen.v6 if 6 in chain.versions else every.v6,
    )


def _action(share: Share) -> Action:
    return share.row.action if share.row else share.chain.default
