"""One packet through the lists: who decided, what nearly matched, what happens to its answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.check.packet_path import PacketPath, packet_path, parse_packet
from ringfence.check.report import Answer
from ringfence.model.errors import InputError
from ringfence.model.policy import Action, Policy
from ringfence.policy.listing import Chain, Gap, Listing, Unread
from ringfence.policy.space import point, rows
from support.firewalls.filter_tables import POLICY
from support.firewalls.rule_lists import rule_lists, verdict

RAS = "10.20.0.50:49300 > 10.30.0.10:1719/udp"


def listing(policy: Policy, *gaps: Gap) -> Listing:
    both = frozenset({4, 6})
    chain = Chain("forward", rows(policy), Action.DENY, both, stateful=policy.stateful, gaps=gaps)
    return Listing((chain,), tuple(gap.unread for gap in gaps))


def path(words: str, policy: Policy = POLICY, *gaps: Gap) -> PacketPath:
    return packet_path(listing(policy, *gaps), parse_packet(words))


def test_the_deciding_line_and_the_lines_before_it() -> None:
    found = path(RAS)
    assert found.answer is Answer.PERMITS
    (step,) = found.steps
    assert (step.decided_by.place, step.rows_before, step.verdict) == ("ras", 1, "permit")
    assert "state" in found.reply


@pytest.mark.parametrize(
    ("words", "line", "field"),
    [
        ("10.20.0.50:49310 > 10.30.0.10:1719/udp", "ras", "source port 49310"),
        ("10.20.0.50:49300 > 10.30.0.11:1719/udp", "ras", "destination 10.30.0.11"),
        ("10.20.1.50:49300 > 10.30.0.10:1719/udp", "ras", "source 10.20.1.50"),
        ("10.30.0.10:61440 > 10.20.0.50:1721/tcp", "signalling", "destination port 1721"),
        ("10.20.0.50 > 10.30.0.10 icmp 13", "echo", "type 13"),
    ],
)
def test_a_line_that_one_field_kept_from_matching_is_shown_with_the_field(
    words: str, line: str, field: str
) -> None:
    found = path(words)
    assert found.answer is Answer.BLOCKS
    assert (line, True) in [(miss.line.place, field in miss.field) for miss in found.steps[0].near]


def test_a_line_that_was_not_understood_leaves_the_packet_undecided_if_it_stands_before() -> None:
    unread = Unread("line 3", "?", "not known here")
    assert path(RAS, POLICY, Gap(1, unread)).answer is Answer.NOT_PROVED
    assert path(RAS, POLICY, Gap(2, unread)).answer is Answer.PERMITS
    elsewhere = Unread("line 3", "?", "not known here", rows(POLICY)[4].boxes)
    assert path(RAS, POLICY, Gap(0, elsewhere)).answer is Answer.PERMITS


def test_without_state_the_answer_is_judged_by_the_rules() -> None:
    stateless = Policy("p", POLICY.rules, stateful=False)
    assert path(RAS, stateless).reply.startswith("dropped: udp 10.30.0.10:1719 -> 10.20.0.50:49300")
    assert path("10.30.0.10:1719 > 10.20.0.50:49300/udp").as_reply.startswith("passes by state")
    assert packet_path(
        listing(POLICY), parse_packet("10.20.0.50 > 10.30.0.10 icmp"), tracked=False
    ).reply == ("dropped: icmp type 0 code 0 10.30.0.10 -> 10.20.0.50 by the default of forward (deny)")


@given(rule_lists(), st.sampled_from(["udp", "tcp"]), st.data())
def test_the_path_ends_as_the_first_match_says(policy: Policy, protocol: str, data: st.DataObject) -> None:
    ends = st.sampled_from(["10.1.0.30", "10.1.0.31", "10.1.1.7", "192.0.2.1", "255.255.255.255"])
    ports = st.sampled_from([0, 67, 68, 1024, 65535])
    a, b = data.draw(ends), data.draw(ends)
    packet = parse_packet(f"{a}:{data.draw(ports)} -> {b}:{data.draw(ports)}/{protocol}")
    found = packet_path(listing(policy), packet)
    assert (found.answer is Answer.PERMITS) == verdict(policy, point(packet))


@pytest.mark.parametrize(
    "words",
    [
        "",
        "10.20.0.50 > 10.30.0.10",
        "10.20.0.50:1 > 10.30.0.10:70000/udp",
        "10.20.0.300:1 > 10.30.0.10:1/udp",
        "10.20.0.50:1 > fd00::1:1/udp",
        "10.20.0.50 > 10.30.0.10 icmp 256",
        "x" * 5000,
        "1.2.3.4:" + "9" * 4000,
    ],
)
def test_what_is_no_packet_is_refused_with_an_example(words: str) -> None:
    with pytest.raises(InputError, match="--packet") as refused:
        parse_packet(words)
    assert "1719/udp" in refused.value.remedy and len(str(refused.value)) < 300


def test_ipv6_ends_stand_in_brackets() -> None:
    packet = parse_packet("[fd20::5]:49300 > [fd01::30]:1719/udp")
    assert str(packet.source) == "fd20::5" and packet.destination_port == 1719
