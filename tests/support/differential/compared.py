"""The word of `check` about each flow of a site, held against the kernel's own fate for it."""

from collections import Counter
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from random import Random

from ringfence.check.flows import Question, flow_check, opening_boxes, question_about, reply_boxes
from ringfence.check.report import Answer, FlowCheck
from ringfence.model.address import Network
from ringfence.model.flow import Flow
from ringfence.model.registration import flows
from ringfence.model.site import Site
from ringfence.model.stage import Stage
from ringfence.policy.listing import Listing, Moment
from ringfence.policy.space import Point
from support.differential.kernel_fate import fate, registered
from support.differential.routed_firewall import HANDSETS, SERVERS, RoutedFirewall

_ASKED = (Moment.OPENS, Moment.ANSWERS, Moment.CONTINUES)
_ECHO, _ECHO_REPLY = 8, 0
_SAMPLES = 2


class Disagreement(AssertionError):  # noqa: N818  what a comparison found
    """Check and kernel differ about a flow: both words, the packet, and the rules."""


@dataclass(slots=True)
class Tally:
    """Flows by answer, and rule sets."""

    answers: Counter[str] = field(default_factory=Counter)
    rule_sets: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.answers + other.answers, self.rule_sets + other.rule_sets)

    @property
    def unproved(self) -> float:
        return self.answers[Answer.NOT_PROVED] / max(1, self.answers.total())


def behind(site: Site) -> dict[str, tuple[Network, ...]]:
    interfaces = {"handsets": HANDSETS, "servers": SERVERS}
    return {interfaces[zone.name]: zone.networks for zone in site.zones}


def compare(firewall: RoutedFirewall, site: Site, listing: Listing, random: Random, text: str) -> Tally:
    """Every flow of the site. Raises Disagreement at the first that fares otherwise than check says."""
    needed = flows(site)
    question = question_about(listing, needed, frozenset())
    tally = Tally(rule_sets=1)
    for flow in needed:
        said = flow_check(question, flow)
        tally.answers[said.answer] += 1
        if said.answer is Answer.PERMITS:
            for _ in range(_SAMPLES):
                _agree(firewall, question, flow, said, _sample(random, flow), None, text)
        elif said.answer is Answer.BLOCKS:
            moment = Moment(said.way)
            point = _point(said.packet)
            opener = _turned(point) if moment is Moment.ANSWERS else point
            _agree(firewall, question, flow, said, opener, moment, text)
    return tally


def _agree(
    firewall: RoutedFirewall,
    question: Question,
    flow: Flow,
    said: FlowCheck,
    opener: Point,
    stopped: Moment | None,
    text: str,
) -> None:
    firewall.forget()
    if flow.id in question.expected and flow.stage is Stage.SIGNAL:
        ras = (49300, 1719)
        if not registered(firewall, opener.destination, opener.source, ras):
            return  # without a registration there is no call to expect
    opening = question.judge.space.of(opening_boxes(flow))
    listing = question.judge.listing
    if stopped is not Moment.OPENS and listing.translated(question.judge.space, opening, opening):
        return  # what is sent as an answer does not answer what a translation made of the opener
    lost = fate(firewall, opener, answered=bool(reply_boxes(flow)))
    # Check asks for answers before what continues; a packet lost before tracking makes others invalid.
    asked = next((moment for moment in _ASKED if moment in lost), None)
    found = stopped if stopped in lost[:1] else asked
    # What was not understood, or translates, may stop the flow before the moment that is certain.
    doubtful = listing.unread or listing.translations
    if (found is None) != (stopped is None) or (found is not stopped and not doubtful):
        kernel = f"the kernel {'passes it' if found is None else f'stops it when it {found}'}"
        raise Disagreement(f"{flow.id} {opener}: check says {said}, {kernel}\n{text}")


def _sample(random: Random, flow: Flow) -> Point:
    """A packet that opens the flow: at an edge of its intervals, or anywhere."""
    box = random.choice(opening_boxes(flow))
    values = []
    for intervals in box.fields:
        low, high = random.choice(intervals)
        values.append(random.choice((low, high, random.randint(low, high), random.randint(low, high))))
    return Point(4, *values)


def _turned(point: Point) -> Point:
    if point.protocol == 1:
        return Point(4, point.destination, point.source, 1, _ECHO, 0)
    return Point(
        4, point.destination, point.source, point.protocol, point.destination_port, point.source_port
    )


def _point(words: str) -> Point:
    """The packet that a report shows: `udp 10.0.0.1:1 -> 10.0.0.2:2`, `icmp type 8 code 0 A -> B`."""
    left, right = words.split(" -> ")
    if left.startswith("icmp "):
        _, _, kind, _, code, source = left.split()
        return Point(4, int(IPv4Address(source)), int(IPv4Address(right)), 1, int(kind), int(code))
    protocol, source = left.split()
    (near, first), (far, second) = source.split(":"), right.split(":")
    number = {"tcp": 6, "udp": 17}[protocol]
    return Point(4, int(IPv4Address(near)), int(IPv4Address(far)), number, int(first), int(second))
