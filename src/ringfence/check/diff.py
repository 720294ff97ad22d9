"""What a change of configuration opens and closes, over every packet there is."""

from collections import Counter
from collections.abc import Iterator, Sequence

from ringfence.check.flows import line_of, needed_boxes
from ringfence.check.procedure import judge_procedure
from ringfence.check.report import Change, ConfigLine, DiffReport, FlowChange
from ringfence.firewalls.common.target import Target
from ringfence.model.flow import Flow
from ringfence.model.registration import flows
from ringfence.model.site import Site
from ringfence.policy.listing import Chain, Listing, Unread
from ringfence.policy.packetset import PacketSet, Space
from ringfence.policy.region import between
from ringfence.policy.space import Box, Row
from ringfence.policy.state_model import Judge, Share, judge_listing

_LINES = 3
_UNKNOWN = Target(name="unknown", title="a device of which nothing is known")


def diff(site: Site, old: Listing, new: Listing, target: Target = _UNKNOWN) -> DiffReport:
    """The opening packets that pass through one of the two only, and the flows that fare otherwise.

    `target` is the device, of which one reading may follow less than the other. What was not
    understood is taken to say nothing; where it differs between the two it is listed. Raises BudgetExceeded.
    """
    space = Space()
    region = _changed_region(old, new)
    before, after = judge_listing(space, old, region), judge_listing(space, new, region)
    was, now = before.as_read(), after.as_read()
    needed = flows(site)
    opened = [
        _change(space, needed, share, before.denied(share.part), opens=True)
        for share in after.permitted(now - was)
    ]
    closed = [
        _change(space, needed, share, before.permitted(share.part), opens=False)
        for share in _stopped(after, was - now)
    ]
    zones = space.of(box for boxes in between(site).values() for box in boxes)
    doubts = [(bounds.most - bounds.least) & zones for bounds in (before.openers(), after.openers())]
    return DiffReport(
        opened=(now - was).count(),
        closed=(was - now).count(),
        beyond=(((now - was) & zones) - space.of(needed_boxes(after, needed))).count(),
        unproved=(doubts[1] - doubts[0]).count(),
        proved=(doubts[0] - doubts[1]).count(),
        flows=_flow_changes(site, old, new, target),
        changes=tuple(
            sorted((*closed, *opened), key=lambda change: (not change.needed, change.opens, -change.count))
        ),
        unread=_changed_unread(old.unread, new.unread),
    )


def _flow_changes(site: Site, old: Listing, new: Listing, target: Target) -> tuple[FlowChange, ...]:
    needed = flows(site)
    before, after = (
        {check.id: check for check in judge_procedure(site, target, listing, needed).checks}
        for listing in (old, new)
    )
    return tuple(
        FlowChange(id_, now.stage, before[id_].answer, now.answer, now.by, now.unread)
        for id_, now in after.items()
        if now.answer is not before[id_].answer
    )


def _changed_region(old: Listing, new: Listing) -> tuple[Box, ...] | None:
    """The only packets that can fare differently: those of the rows that differ. None: any packet."""
    were, are = ({chain.place: chain for chain in listing.chains} for listing in (old, new))
    if were.keys() != are.keys() or any(_kind(were[place]) != _kind(are[place]) for place in were):
        return None
    doubted = _changed_doubts(old, new)
    rows = (box for place in were for box in _differing(were[place].rows, are[place].rows))
    return None if doubted is None else (*doubted, *rows)


def _changed_doubts(old: Listing, new: Listing) -> tuple[Box, ...] | None:
    """The packets that parts concern which one of the two alone has, and nobody understood. None: any."""
    were, are = (Counter((part.text, part.why, part.boxes) for part in each.unread) for each in (old, new))
    differing = [boxes for _, _, boxes in ((were - are) + (are - were))]
    if any(boxes is None for boxes in differing):
        return None
    return tuple(box for boxes in differing for box in boxes or ())


def _kind(chain: Chain) -> object:
    return chain.default, chain.versions


def _differing(old: Sequence[Row], new: Sequence[Row]) -> Iterator[Box]:
    """The boxes of rows that are in one list only; where the others changed order, of all from there on."""
    were, are = ([(row.action, row.boxes) for row in rows] for rows in (old, new))
    gone, come = Counter(were) - Counter(are), Counter(are) - Counter(were)
    if [row for row in were if row not in gone] != [row for row in are if row not in come]:
        start = next((n for n, (a, b) in enumerate(zip(were, are, strict=False)) if a != b), 0)
        gone, come = Counter(were[start:]), Counter(are[start:])
    for _, boxes in (*gone, *come):
        yield from boxes


def _stopped(judged: Judge, packets: PacketSet) -> tuple[Share, ...]:
    """Each packet once, by the first list that stops it."""
    found = []
    rest = packets
    for share in judged.denied(packets):
        part = share.part & rest
        if not part.empty:
            found.append(share._replace(part=part))
            rest = rest - part
    return tuple(found)


def _change(
    space: Space, needed: Sequence[Flow], share: Share, others: Sequence[Share], *, opens: bool
) -> Change:
    touched = tuple(flow.id for flow in needed if not (space.needed((flow,)) & share.part).empty)
    before: list[ConfigLine] = list(dict.fromkeys(line_of(other) for other in others))
    return Change(
        opens=opens,
        line=line_of(share),
        before=tuple(before[:_LINES]),
        count=share.part.count(),
        packet=str(share.part.witness()),
        needed=touched,
    )


def _changed_unread(old: Sequence[Unread], new: Sequence[Unread]) -> tuple[str, ...]:
    """Places move when lines are added, texts do not."""
    were, are = {part.text for part in old}, {part.text for part in new}
    return (
        *(f"new: {part}" for part in new if part.text not in were),
        *(f"old: {part}" for part in old if part.text not in are),
    )
