"""What a configuration opens between the two zones that no flow needs, and its lines that do nothing."""

import re
from collections.abc import Iterable, Sequence

from ringfence.model.policy import Action
from ringfence.policy.dialects.listing import Chain, Listing
from ringfence.policy.dialects.terms import intersection
from ringfence.policy.packetset import PacketSet, Space
from ringfence.policy.review import Fault, Remark, faults
from ringfence.policy.space import Box, boxes, whole
from ringfence.policy.state_model import Judge
from ringfence.verify.static_flows import line_of
from ringfence.verify.static_report import Exposed, Line, LineFault

_IMPLICIT = re.compile(r"\(implicit( deny)?\)$")  # nobody wrote it, so nobody can take it away
# What an attacker would try first: SSH, Telnet, SMB, RDP (IANA service names).
_ADMINISTRATION = ((22, 23), (445, 445), (3389, 3389))


def exposure(
    judge: Judge, needed: PacketSet, ways: dict[str, tuple[Box, ...]]
) -> tuple[PacketSet, tuple[Exposed, ...]]:
    """All that the judge's region opens as read, and what of it is beyond `needed`, the widest line first."""
    opened = judge.as_read()
    both_ways = {name: judge.space.of(way) for name, way in ways.items()}
    found = []
    useful = {line_of(share) for share in judge.permitted(opened & needed)}
    telling = judge.space.of(_telling())
    for share in judge.permitted(opened - needed):
        line = line_of(share)
        example = (share.part & telling).witness() or share.part.witness()
        going = tuple(name for name, way in both_ways.items() if not (share.part & way).empty)
        found.append(Exposed(line, share.part.count(), str(example), going, useful=line in useful))
    return opened, tuple(sorted(found, key=lambda item: -item.count))


def _telling() -> tuple[Box, ...]:
    """Openings that a person knows at once for what they are."""
    every = whole(4, 0)
    return boxes(4, (every, every, ((6, 6),), ((1024, 65535),), _ADMINISTRATION))


def line_faults(listing: Listing, region: tuple[Box, ...]) -> tuple[LineFault, ...]:
    """Dead, shadowed, empty and redundant lines, those that meet the region first. Raises BudgetExceeded."""
    found = [fault for chain in listing.chains for fault in _chain_faults(chain, region)]
    return tuple(sorted(found, key=lambda fault: (not fault.concerns, fault.fault != Fault.SHADOWED)))


def _chain_faults(chain: Chain, region: tuple[Box, ...]) -> Iterable[LineFault]:
    if len(chain.rows) < 2:
        return
    by_line: dict[str, list[Remark]] = {}
    for remark in faults(Space(), chain.rows, chain.default):
        by_line.setdefault(remark.row.id, []).append(remark)
    rows: dict[str, int] = {}
    for row in chain.rows:
        rows[row.id] = rows.get(row.id, 0) + 1
    for remarks in by_line.values():
        # One line may have become several rows, by jumps: it is dead only when all of them are.
        if len(remarks) == rows[remarks[0].row.id] and not _IMPLICIT.search(remarks[0].row.id):
            fault = _worst(remarks, gaps=bool(chain.gaps))
            if fault is not None:
                yield _line_fault(remarks, fault, region)


_RANK = (Fault.SHADOWED, Fault.DEAD, Fault.EMPTY)


def _worst(remarks: Sequence[Remark], *, gaps: bool) -> Fault | None:
    kinds = {remark.fault for remark in remarks}
    if Fault.REDUNDANT not in kinds:
        return next(fault for fault in _RANK if fault in kinds)
    # Redundant rows may rest on each other, and on what was not understood. A last "deny any" is good style.
    by = [row for row in remarks[0].by if not _IMPLICIT.search(row.id)]
    final = remarks[0].row.action is Action.DENY and not by
    return None if len(remarks) > 1 or gaps or final else Fault.REDUNDANT


def _line_fault(remarks: Sequence[Remark], fault: Fault, region: tuple[Box, ...]) -> LineFault:
    row = remarks[0].row
    by = dict.fromkeys(killer.id for remark in remarks for killer in remark.by if killer.id != row.id)
    concerns = any(intersection(remark.row.boxes, region) for remark in remarks)
    return LineFault(Line(row.id, row.text), fault.value, tuple(by), concerns)
