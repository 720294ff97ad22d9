"""Mistakes that people make with rules: lists exchanged, ports exchanged, a client's port for a relay."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ringfence.check.flows import Question, opening_boxes
from ringfence.model.defaults import DHCP_CLIENT_PORT
from ringfence.model.findings import Finding
from ringfence.model.findings.policy import LISTS_SWAPPED, PORTS_SWAPPED, RELAY_PORT_OF_A_CLIENT
from ringfence.model.flow import Flow, Role
from ringfence.model.policy import Action
from ringfence.policy.listing import Listing, Misbound
from ringfence.policy.packetset import PacketSet
from ringfence.policy.space import WITH_PORTS, Box, Row
from ringfence.policy.terms import boxes_in_both, in_both


def mistakes(question: Question, needed: Sequence[Flow], listing: Listing) -> Iterator[Finding]:
    """What would explain packets that are stopped, each said once for a rule."""
    yield from _swapped_lists(listing)
    permits = [row for chain in listing.chains for row in chain.rows if row.action is Action.PERMIT]
    seen: set[tuple[str, str]] = set()
    for flow in needed:
        lost = question.judge.space.of(opening_boxes(flow)) - question.openers(flow).read
        if lost.empty:
            continue
        found = (*_swapped_ports(question, flow, lost, permits), *_client_port(question, flow, permits))
        for finding in found:
            key = finding.code, finding.sentence
            if key not in seen:
                seen.add(key)
                yield finding


def _swapped_lists(listing: Listing) -> Iterator[Finding]:
    told: set[str] = set()
    for one in listing.misbound:
        if one.name in told:
            continue
        other = next((o for o in listing.misbound if _exchanged(one, o)), None)
        if other is not None:
            told.add(other.name)
            sentence = (
                f"lists {one.name} ({one.place}, {one.way} on {one.interface}) and {other.name} "
                f"({other.place}, {other.way} on {other.interface}) are swapped"
            )
        else:
            sentence = (
                f"list {one.name} ({one.place}) is bound {one.way} on {one.interface}, where none of its "
                f"permits can match: they fit {one.meant[0]}, {one.meant[1]}"
            )
        yield Finding(LISTS_SWAPPED, sentence)


def _exchanged(one: Misbound, other: Misbound) -> bool:
    return one.meant == (other.interface, other.way) and other.meant == (one.interface, one.way)


def _swapped_ports(
    question: Question, flow: Flow, lost: PacketSet, permits: Sequence[Row]
) -> Iterator[Finding]:
    opening = opening_boxes(flow)
    wanted = tuple(_turned(box) for box in opening)
    for row in permits:
        if not in_both(row.boxes, wanted) or in_both(row.boxes, opening):
            continue
        found = boxes_in_both(tuple(_turned(box) for box in row.boxes if _has_ports(box)), opening)
        if found and lost <= question.judge.space.of(found):
            sentence = f"{row.id} has the source and destination port of {flow.id} exchanged"
            yield Finding(PORTS_SWAPPED, sentence, flow.stage)


def _client_port(question: Question, flow: Flow, permits: Sequence[Row]) -> Iterator[Finding]:
    """A permit for the same ends with port 68 where the relay has 67."""
    client = ((DHCP_CLIENT_PORT, DHCP_CLIENT_PORT),)
    if flow.initiator.role is Role.RELAY_UPLINK:
        wanted = tuple(_with_port(box, 3, client) for box in opening_boxes(flow))
    elif flow.responder.role is Role.RELAY_GIADDR:
        wanted = tuple(_with_port(box, 4, client) for box in opening_boxes(flow))
    else:
        return
    space, opening = question.judge.space, opening_boxes(flow)
    for row in permits:
        found = boxes_in_both(row.boxes, wanted)
        if found and not in_both(row.boxes, opening) and space.of(wanted) <= space.of(found):
            sentence = f"{row.id} permits port {DHCP_CLIENT_PORT} for {flow.id}: a relay uses 67 at both ends"
            yield Finding(RELAY_PORT_OF_A_CLIENT, sentence, flow.stage)


def _has_ports(box: Box) -> bool:
    carriers = all(low == high and low in WITH_PORTS for low, high in box.fields[2])
    return carriers and box.fields[3] != box.fields[4]


def _turned(box: Box) -> Box:
    source, destination, protocol, first, second = box.fields
    return replace(box, fields=(source, destination, protocol, second, first))


def _with_port(box: Box, field: int, ports: tuple[tuple[int, int], ...]) -> Box:
    fields = list(box.fields)
    fields[field] = ports
    return replace(box, fields=(fields[0], fields[1], fields[2], fields[3], fields[4]))
