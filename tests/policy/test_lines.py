"""Line by line gives what the diagrams of whole lists give; a narrowed list says the same of its region."""

from hypothesis import given, settings

from ringfence.model.policy import Action, Policy
from ringfence.policy.lines import dead, opened, opened_by_default
from ringfence.policy.listing import Chain, Gap, Listing, Unread
from ringfence.policy.packetset import Space
from ringfence.policy.review import RowFault, faults
from ringfence.policy.space import rows
from ringfence.policy.state_model import judge_listing
from support.firewalls.rule_lists import rule_lists

BOTH = frozenset({4, 6})


def chain(policy: Policy, place: str, default: Action = Action.DENY) -> Chain:
    return Chain(place, rows(policy), default, BOTH, stateful=True)


def listing(*chains: Chain) -> Listing:
    return Listing(chains, ())


@settings(max_examples=40, deadline=None)
@given(rule_lists(), rule_lists())
def test_the_lines_open_what_the_lists_permit_and_nothing_twice(first: Policy, second: Policy) -> None:
    for defaults in (
        (Action.DENY, Action.DENY),
        (Action.DENY, Action.PERMIT),
        (Action.PERMIT, Action.PERMIT),
    ):
        space = Space()
        both = listing(chain(first, "a", defaults[0]), chain(second, "b", defaults[1]))
        whole = judge_listing(space, both)
        together = space.nothing()
        region = [box for row in rows(first) for box in row.boxes]
        for share in opened(space, both):
            assert (together & share.part).empty
            together = together | share.part
        for share in opened_by_default(space, both, region):
            together = together | share.part
        assert together & space.of(region) == whole.as_read() & space.of(region)


@settings(max_examples=60, deadline=None)
@given(rule_lists())
def test_dead_lines_are_those_of_the_review(policy: Policy) -> None:
    listed = rows(policy)
    wanted = [
        (remark.row.id, remark.by)
        for remark in faults(Space(), listed)
        if remark.fault is not RowFault.REDUNDANT
    ]
    assert [(one.row.id, one.by) for one in dead(Space(), listed)] == wanted


@settings(max_examples=40, deadline=None)
@given(rule_lists(), rule_lists(), rule_lists())
def test_a_narrowed_listing_says_the_same_of_its_region(first: Policy, second: Policy, third: Policy) -> None:
    unread = Unread("line 2", "?", "not known", rows(second)[0].boxes)
    one = Chain("a", rows(first), Action.DENY, BOTH, stateful=True, gaps=(Gap(1, unread),))
    both = Listing((one, chain(second, "b", Action.PERMIT)), (unread,))
    space = Space()
    region = [box for row in rows(third) for box in row.boxes]
    narrow, whole, within = judge_listing(space, both, region), judge_listing(space, both), space.of(region)
    assert narrow.as_read() == whole.as_read() & within
    assert narrow.openers().least == whole.openers().least & within
    assert narrow.openers().most == whole.openers().most & within
    assert narrow.openers().least <= narrow.openers().read <= narrow.openers().most


@settings(max_examples=40, deadline=None)
@given(rule_lists(), rule_lists())
def test_every_packet_is_permitted_by_one_row_or_denied_by_some(first: Policy, second: Policy) -> None:
    space = Space()
    judged = judge_listing(space, listing(chain(first, "a"), chain(second, "b", Action.PERMIT)))
    permitted, denied = space.nothing(), space.nothing()
    for share in judged.permitted(judged.as_read()):
        assert (permitted & share.part).empty
        permitted = permitted | share.part
    for share in judged.denied(space.everything() - judged.as_read()):
        denied = denied | share.part
    assert permitted == judged.as_read() and denied == space.everything() - judged.as_read()
