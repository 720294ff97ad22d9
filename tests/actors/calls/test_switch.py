"""Phones, a gateway and the switch between them: calls, hold, transfer, tones, and what goes wrong."""

from ipaddress import IPv4Address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.actors.calls import stimulus
from ringfence.actors.calls.phone_user import UserPlan
from ringfence.actors.calls.switch import SwitchConfig
from ringfence.actors.io import MediaTold, SendDatagram, StageFailed, StageReached
from ringfence.actors.signalling import fast_start, messages
from ringfence.model.address import PortRange
from ringfence.wire.ccms import CcmsElement
from ringfence.wire.q931 import MessageType
from ringfence.wire.rtp import RtpPacket, decode_rtp
from support.actors.exchange import Exchange, phone_at

PORTS = PortRange(2048, 2079)


def exchange(*calls: str, transfer: str = "", tones: bool = False) -> Exchange:
    """Phones 2001 to 2003, of which the first places the calls; 2003 plays tones when there are any."""
    found = Exchange(SwitchConfig(tones=("2003",) if tones else ()))
    moved = frozenset({"2002"} if transfer else ())
    found.add("2001", UserPlan(PORTS, calls=calls, transferred=moved, tones=tones))
    found.add("2002", UserPlan(PORTS, transfer=transfer))
    found.add("2003", UserPlan(PORTS))
    return found


def closings(found: Exchange, extension: str) -> int:
    """How often the phone was told to exchange audio with nobody."""
    told = [
        getattr(messages.content(each), "fastStart", None)
        for _, who, each in found.heard
        if who == extension and each.message_type == MessageType.FACILITY
    ]
    return sum(elements is not None and fast_start.receiving_end(elements) is None for elements in told)


def rtp(found: Exchange, source: int, to: int) -> list[RtpPacket]:
    """What one phone sent another."""
    ends = phone_at(source).ip, phone_at(to).ip
    return [
        decode_rtp(each.data)
        for _, _, each in found.said
        if isinstance(each, SendDatagram)
        and (each.source.ip, each.destination.ip) == ends
        and each.destination.port % 2 == 0
    ]


def test_a_call_is_audio_both_ways_between_the_addresses_that_signalling_gave() -> None:
    found = exchange("2002")
    found.run(60)
    caller, called = found.told("2001"), found.told("2002")
    assert [each.opens for each in caller] == [True, False]
    assert [(one.local, one.remote) for one in caller] == [(one.remote, one.local) for one in called]
    assert len({(one.local, one.remote) for one in caller}) == 2, (
        "each opener meets a path that nobody opened"
    )
    assert len(rtp(found, 1, 2)) == len(rtp(found, 2, 1)) == 20
    assert [type(each) for each in found.stages("2001")] == [StageReached]
    assert found.stages("2002") == []


def test_a_held_call_has_no_audio_until_it_is_resumed() -> None:
    found = exchange("2002")
    found.run(60)
    # Hold, and the end of the call.
    assert closings(found, "2001") == closings(found, "2002") == 2


def test_a_transferred_call_goes_on_with_somebody_else() -> None:
    found = exchange("2002", transfer="2003")
    found.run(60)
    caller, third = found.told("2001"), found.told("2003")
    assert (caller[-1].local, caller[-1].remote) == (third[0].remote, third[0].local)
    assert [each.opens for each in caller] == [True, False, True]
    assert [type(each) for each in found.stages("2001")] == [StageReached]


def test_tones_come_from_a_gateway_before_anybody_answers_and_then_media_moves() -> None:
    found = exchange("2002", tones=True)
    found.run(60)
    assert [each.remote.ip for each in found.told("2001")] == [phone_at(n).ip for n in (3, 2, 2)]
    assert [each.opens for each in found.told("2003")] == [True]
    assert [type(each) for each in found.stages("2001")] == [StageReached]


@pytest.mark.parametrize("number", ["2009", "2001", "99"])
def test_nobody_is_tried_again_and_then_said_to_be_missing(number: str) -> None:
    found = exchange(number)
    found.run(600)
    stages = found.stages("2001")
    assert [type(each) for each in stages] == [StageFailed]
    assert number in str(stages[0])


def test_one_direction_lost_is_noticed_by_the_phone() -> None:
    found = exchange("2002")
    found.lost = lambda sent: sent.source.ip == phone_at(2).ip
    found.run(600)
    assert [type(each) for each in found.stages("2001")] == [StageFailed]


def test_a_phone_whose_channel_is_lost_leaves_its_call() -> None:
    found = exchange("2002")
    found.run(2.0)
    assert found.told("2002")
    before = closings(found, "2001")
    found.hang("2002")
    found.run(2.1)
    assert closings(found, "2001") == before + 1


def test_the_other_end_is_told_the_translated_address() -> None:
    outside = IPv4Address("192.0.2.7")
    one, other = phone_at(1).ip, phone_at(2).ip
    found = Exchange(SwitchConfig(translated={(one, other): outside}))
    found.add("2001", UserPlan(PORTS, calls=("2002",)))
    found.add("2002", UserPlan(PORTS))
    found.run(3)
    assert {each.remote.ip for each in found.told("2002")} == {outside}
    assert {each.remote.ip for each in found.told("2001")} == {other}
    assert all(isinstance(each, MediaTold) and each.control.ip == outside for each in found.told("2002"))


KEYS = [stimulus.OFF_HOOK, stimulus.ON_HOOK, stimulus.HOLD, stimulus.APPEARANCE, stimulus.TRANSFER]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["2001", "2002", "2003"]), st.sampled_from([*KEYS, "2001", "2002", "2003"])
        ),
        max_size=25,
    )
)
def test_whatever_keys_are_pressed_all_is_quiet_once_everybody_has_hung_up(
    pressed: list[tuple[str, CcmsElement | str]],
) -> None:
    """Users without plans answer and hang up by themselves; the keys of impatient users come between."""
    found = exchange(tones=True)
    found.run(0.5)
    ends = {found._name(end.user): end for end in found._ends.values()}
    for extension, key in pressed:
        end = next(each for each in found._ends.values() if found._name(each.user) == extension)
        for element in stimulus.digits(key) if isinstance(key, str) else (key,):
            found._perform((end.channel.information(stimulus.from_phone(element)),), end.user)
        found.run(found.now + 0.3)
    for extension in ("2001", "2002", "2003"):
        end = ends[extension]
        found._perform((end.channel.information(stimulus.from_phone(stimulus.ON_HOOK)),), end.user)
    found.run(found.now + 100)
    for line in found.switch._lines.values():
        assert (line.call, line.peer, line.off_hook) == (None, None, False)


def test_a_transferred_call_may_be_transferred_again() -> None:
    """Whoever placed the call speaks first to each new end."""
    found = Exchange()
    found.add("2001", UserPlan(PORTS, calls=("2002",), transferred=frozenset({"2002"})))
    found.add("2002", UserPlan(PORTS, transfer="2003"))
    found.add("2003", UserPlan(PORTS, transfer="2004"))
    found.add("2004", UserPlan(PORTS))
    found.run(60)
    assert [(each.remote.ip, each.opens) for each in found.told("2001")] == [
        (phone_at(2).ip, True),
        (phone_at(2).ip, False),
        (phone_at(3).ip, True),
        (phone_at(4).ip, True),
    ]
    assert [type(each) for each in found.stages("2001")] == [StageReached]
