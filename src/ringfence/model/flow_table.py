"""Flows of many groups of phones as a table that a person can read: equal ones are one flow."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from ringfence.model.flow import Flow, Party


def merged(flows: Iterable[Flow]) -> tuple[Flow, ...]:
    """The same flows, those brought together that differ at one end alone, in the procedure's order.

    Exact: what is permitted between two ends stays the product of what was. Where several of one id remain,
    the group that is first in each tells them apart.
    """
    found = _joined(flows, lambda flow: flow.responder, lambda flow: flow.initiator)
    found = _joined(found, lambda flow: flow.initiator, lambda flow: flow.responder)
    return tuple(sorted(_told_apart(found), key=lambda flow: flow.stage.order))


def _told_apart(flows: list[Flow]) -> Iterator[Flow]:
    named = Counter(flow.id for flow in flows)
    seen: Counter[tuple[str, str]] = Counter()
    for flow in flows:
        if named[flow.id] == 1:
            yield flow
            continue
        mine = flow.groups[0] if flow.groups else "all"
        seen[flow.id, mine] += 1
        count = seen[flow.id, mine]
        yield replace(flow, id=f"{flow.id}/{mine}" + (f"+{count}" if count > 1 else ""))


def _joined(
    flows: Iterable[Flow], kept: Callable[[Flow], Party], joined: Callable[[Flow], Party]
) -> list[Flow]:
    """Flows that are alike and have one end in common, as one."""
    alike: dict[object, list[Flow]] = {}
    for flow in flows:
        key = (
            flow.id,
            flow.stage,
            flow.initiator.role,
            flow.responder.role,
            kept(flow).networks,
            flow.protocol,
            flow.initiator_ports,
            flow.responder_ports,
            flow.dialogue,
            flow.basis,
            flow.icmp_type,
            flow.crosses,
        )
        alike.setdefault(key, []).append(flow)
    return [_one(same, joined) for same in alike.values()]


def _one(same: list[Flow], joined: Callable[[Flow], Party]) -> Flow:
    if len(same) == 1:
        return same[0]
    ends = [joined(flow) for flow in same]
    networks = tuple(dict.fromkeys(network for end in ends for network in end.networks))
    label = ends[0].label if len({end.label for end in ends}) == 1 else ""
    end = Party(ends[0].role, networks, label)
    groups = tuple(dict.fromkeys(group for flow in same for group in flow.groups))
    if joined(same[0]) is same[0].initiator:
        return replace(same[0], initiator=end, groups=groups)
    return replace(same[0], responder=end, groups=groups)
