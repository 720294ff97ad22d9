"""A filter of two sides, packet by packet: the last match decides, and each side has states of its own."""

from collections.abc import Sequence
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.firewalls.common.reading import Reading
from ringfence.firewalls.common.sides import IN, OUT, SideRule, side_chains
from ringfence.model.policy import Action
from ringfence.policy.listing import Listing, Moment
from ringfence.policy.packetset import Space
from ringfence.policy.space import Box, Point
from ringfence.policy.state_model import judge_listing
from ringfence.policy.terms import of_protocol, prefix

ENDS = ("10.0.0.0/31", "10.0.0.0/32", "10.0.0.1/32", "10.1.0.0/31", "10.1.0.1/32", "0.0.0.0/0")
HERE, THERE = (0x0A000000, 0x0A000001), (0x0A010000, 0x0A010001)
PROTOCOLS = (6, 17)


@st.composite
def rules(draw: st.DrawFn) -> list[SideRule]:
    found = []
    for line in range(draw(st.integers(0, 5))):
        ends = [prefix(draw(st.sampled_from(ENDS)))[4] for _ in range(2)]
        protocol = of_protocol(draw(st.sampled_from(PROTOCOLS)))
        box = Box(4, (ends[0], ends[1], *protocol[:3]))
        action = draw(st.sampled_from(Action))
        keeps = action is Action.PERMIT and draw(st.booleans())
        first = keeps and draw(st.booleans())
        found.append(SideRule(line + 1, "", "", action, (box,), draw(st.booleans()), keeps, "", first))
    return found


def decided(listed: Sequence[SideRule], packet: Point, *, opens: bool) -> SideRule | None:
    """pf.conf(5): the last rule that matches, or the first of those that is quick."""
    last = None
    for rule in listed:
        values = packet[1:]
        (box,) = rule.boxes
        meets = all(any(a <= v <= b for a, b in field) for v, field in zip(values, box.fields, strict=True))
        if meets and (opens or not (rule.first_only and packet.protocol == 6)):
            last = rule
            if rule.quick:
                break
    return last


def passes(rule: SideRule | None) -> bool:
    return rule is None or rule.action is Action.PERMIT


@settings(max_examples=150, deadline=None)
@given(rules(), rules())
def test_each_packet_fares_as_the_rules_say_one_by_one(
    inward: list[SideRule], outward: list[SideRule]
) -> None:
    chains = side_chains({IN: inward, OUT: outward}, Reading(), frozenset({4}))
    judge = judge_listing(Space(), Listing(tuple(chains), ()))
    openers, answers = judge.passing(Moment.OPENS), judge.passing(Moment.ANSWERS)
    for source, destination, protocol in product(HERE, THERE, PROTOCOLS):
        packet = Point(4, source, destination, protocol, 1000, 2000)
        back = Point(4, destination, source, protocol, 2000, 1000)
        came, went = decided(inward, packet, opens=True), decided(outward, packet, opens=True)
        opened = passes(came) and passes(went)
        assert (packet in openers.least) is opened is (packet in openers.most)
        if not opened:
            continue
        # An answer comes in where the opener went out, and goes out where it came in.
        answered = bool(went and went.keeps) or passes(decided(inward, back, opens=False))
        answered = answered and (bool(came and came.keeps) or passes(decided(outward, back, opens=False)))
        assert (back in answers.least) is answered is (back in answers.most)
