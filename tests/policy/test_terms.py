"""Addresses by their words, and products of packets, against slower ways to say the same."""

from ipaddress import ip_network
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from ringfence.model.policy import Policy
from ringfence.policy.matches import NotUnderstood
from ringfence.policy.packetset import Space
from ringfence.policy.space import rows
from ringfence.policy.terms import both_ways, boxes_in_both, in_both, prefix, turned
from support.firewalls.rule_lists import rule_lists

_PART = st.one_of(
    st.integers(0, 300).map(str), st.sampled_from(["00", "01", "", " 1", "٣", "1_0", "+1", "-1"])
)
_WORDS = st.tuples(_PART, _PART, _PART, _PART, st.one_of(st.none(), st.integers(0, 40).map(str), _PART))


@given(_WORDS)
def test_a_prefix_is_what_the_library_takes_it_for(parts: tuple[str, str, str, str, str | None]) -> None:
    word = ".".join(parts[:4]) + ("" if parts[4] is None else f"/{parts[4]}")
    try:
        net = ip_network(word, strict=False)
        wanted = {4: ((int(net.network_address), int(net.broadcast_address)),)}
    except ValueError:
        wanted = {}
    try:
        found = dict(prefix(word))
    except NotUnderstood:
        found = {}
    assert found == wanted


@given(rule_lists(), rule_lists())
def test_what_is_in_both_is_what_two_sets_share(first: Policy, second: Policy) -> None:
    space = Space()
    for mine, theirs in product(rows(first), rows(second)):
        shared = space.of(boxes_in_both(mine.boxes, theirs.boxes))
        assert shared == space.of(mine.boxes) & space.of(theirs.boxes)
        assert in_both(mine.boxes, theirs.boxes) is not shared.empty


@given(rule_lists())
def test_what_answers_an_answer_was_asked(policy: Policy) -> None:
    space = Space()
    for row in rows(policy):
        back = turned(row.boxes)
        # An ICMP type without an answer has none, and then nothing is asked.
        assert not back or space.of(turned(back)) <= space.of(row.boxes)
        assert space.of(both_ways(row.boxes)) == space.of(row.boxes) | space.of(back)
