"""What a configuration opens between the two zones that no flow needs, and its lines that do nothing."""

from collections.abc import Iterable, Sequence
from itertools import chain as every
from typing import NamedTuple

from msgspec.structs import replace as changed

from ringfence.check.flows import line_of
from ringfence.check.report import ConfigLine, Exposed, LineFault
from ringfence.model.policy import Action
from ringfence.policy.diagram import BudgetExceeded
from ringfence.policy.lines import Dead, dead, opened, opened_by_default
from ringfence.policy.listing import Chain, Listing
from ringfence.policy.packetset import PacketSet, Space
from ringfence.policy.review import Remark, RowFault, faults
from ringfence.policy.space import Box, boxes, whole
from ringfence.policy.state_model import narrowed
from ringfence.policy.terms import in_both

_MODEST = 500_000  # intervals: some two seconds
# What an attacker would try first: SSH, Telnet, SMB, RDP (IANA service names).
_ADMINISTRATION = ((22, 23), (445, 445), (3389, 3389))


class Openings(NamedTuple):
    """All that is open between the zones, in headers; what of it is beyond the need; what was not counted."""

    headers: int
    beyond: tuple[Exposed, ...]
    notes: tuple[str, ...]


def openings(space: Space, listing: Listing, needed: PacketSet, ways: dict[str, tuple[Box, ...]]) -> Openings:
    """What the lines open as read, the widest first."""
    region = tuple(box for way in ways.values() for box in way)
    narrow = narrowed(listing, region)
    both_ways = {name: space.of(way) for name, way in ways.items()}
    telling = space.of(_telling())
    total = 0
    found: dict[ConfigLine, Exposed] = {}
    notes = []
    try:
        for share in every(opened(space, narrow), opened_by_default(space, narrow, region)):
            total += share.part.count()
            beyond = share.part - needed
            if not beyond.empty:
                example = (beyond & telling).witness() or beyond.witness()
                going = tuple(name for name, way in both_ways.items() if not (beyond & way).empty)
                one = Exposed(line_of(share), beyond.count(), str(example), going, beyond != share.part)
                known = found.get(one.line)
                found[one.line] = _joined(known, one) if known else one
    except BudgetExceeded as exceeded:
        notes.append(f"open traffic was counted only in part: {exceeded}")
    return Openings(total, tuple(sorted(found.values(), key=lambda item: -item.count)), tuple(notes))


def _joined(a: Exposed, b: Exposed) -> Exposed:
    """Two rows of one line, by jumps."""
    return changed(
        a,
        count=a.count + b.count,
        ways=tuple(dict.fromkeys((*a.ways, *b.ways))),
        useful=a.useful or b.useful,
    )


def _telling() -> tuple[Box, ...]:
    """Openings that a person knows at once for what they are."""
    anywhere = whole(4, 0)
    return boxes(4, (anywhere, anywhere, ((6, 6),), ((1024, 65535),), _ADMINISTRATION))


def line_faults(listing: Listing, region: Sequence[Box]) -> tuple[LineFault, ...]:
    """Dead, shadowed, empty and redundant lines, those that meet the region first. Raises BudgetExceeded."""
    found = [fault for chain in listing.chains for fault in _chain_faults(chain, region)]
    return tuple(sorted(found, key=lambda fault: (not fault.concerns, fault.fault != RowFault.SHADOWED)))


def _chain_faults(chain: Chain, region: Sequence[Box]) -> Iterable[LineFault]:
    if len(chain.rows) < 2:
        return
    by_line: dict[str, list[Remark]] = {}
    for remark in _remarks(chain):
        by_line.setdefault(remark.row.id, []).append(remark)
    rows: dict[str, int] = {}
    for row in chain.rows:
        rows[row.id] = rows.get(row.id, 0) + 1
    for remarks in by_line.values():
        # One line may have become several rows, by jumps: it is dead only when all of them are. What nobody
        # wrote nobody can take away.
        if len(remarks) == rows[remarks[0].row.id] and not remarks[0].row.implicit:
            fault = _worst(remarks, gaps=bool(chain.gaps))
            if fault is not None:
                yield _line_fault(remarks, fault, region)


def _remarks(chain: Chain) -> Sequence[Remark]:
    try:
        return faults(Space(_MODEST), chain.rows, chain.default)
    except BudgetExceeded:
        # Lines are compared one by one then, and none is called redundant.
        return [Remark(one.row, _fault(one), one.by) for one in dead(Space(), chain.rows)]


def _fault(one: Dead) -> RowFault:
    if not one.by:
        return RowFault.EMPTY
    return RowFault.SHADOWED if any(row.action is not one.row.action for row in one.by) else RowFault.DEAD


_RANK = (RowFault.SHADOWED, RowFault.DEAD, RowFault.EMPTY)


def _worst(remarks: Sequence[Remark], *, gaps: bool) -> RowFault | None:
    kinds = {remark.fault for remark in remarks}
    if RowFault.REDUNDANT not in kinds:
        return next(fault for fault in _RANK if fault in kinds)
    # Redundant rows may rest on each other, and on what was not understood. A last "deny any" is good style.
    by = [row for row in remarks[0].by if not row.implicit]
    final = remarks[0].row.action is Action.DENY and not by
    return None if len(remarks) > 1 or gaps or final else RowFault.REDUNDANT


def _line_fault(remarks: Sequence[Remark], fault: RowFault, region: Sequence[Box]) -> LineFault:
    row = remarks[0].row
    by = dict.fromkeys(killer.id for remark in remarks for killer in remark.by if killer.id != row.id)
    concerns = any(in_both(remark.row.boxes, tuple(region)) for remark in remarks)
    return LineFault(ConfigLine(row.id, row.text), fault, tuple(by), concerns)
