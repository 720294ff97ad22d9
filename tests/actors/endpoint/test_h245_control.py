"""H.245 of one end against habits of other people's: who begins, and who acknowledges what."""

from random import Random
from typing import Any

import pytest

from ringfence.actors.endpoint.h245_control import H245Control
from ringfence.model.address import transport
from ringfence.wire import per
from ringfence.wire.h245 import channel, maintenance
from ringfence.wire.h245.message import MultimediaSystemControlMessage

RTP = transport("10.2.0.21", 5004)
ACK, SET = "masterSlaveDeterminationAck", "terminalCapabilitySet"
DETERMINATION = "masterSlaveDetermination"


def end(seed: int = 1) -> H245Control:
    return H245Control(RTP, Random(seed))


def names(said: list[bytes]) -> list[str]:
    return [per.decode(MultimediaSystemControlMessage, octets)[1][0] for octets in said]


def octets(kind: str, name: str, value: Any) -> bytes:
    return per.encode(MultimediaSystemControlMessage, (kind, (name, value)))


def acknowledgement(decision: Any) -> bytes:
    return octets("response", ACK, maintenance.MasterSlaveDeterminationAck(decision=decision))


def determination(terminal: int, number: int = 5) -> bytes:
    value = maintenance.MasterSlaveDetermination(terminalType=terminal, statusDeterminationNumber=number)
    return octets("request", DETERMINATION, value)


@pytest.mark.parametrize(("ours", "theirs"), [("master", "slave"), ("slave", "master")])
def test_an_ack_to_our_determination_is_acknowledged(ours: str, theirs: str) -> None:
    """H323Plus that was asked first sends no determination of its own, and waits for this (h323neg.cxx)."""
    one = end()
    assert names(one.open()) == [SET, DETERMINATION]
    (said,) = one.receive([acknowledgement((ours, True))])
    assert said == acknowledgement((theirs, True))
    assert one.receive([acknowledgement((ours, True))]) == []  # or two of us would never end


@pytest.mark.parametrize(("terminal", "theirs"), [(200, "master"), (10, "slave")])
def test_who_was_asked_first_does_not_ask(terminal: int, theirs: str) -> None:
    one = end()
    said = one.receive([determination(terminal)])
    assert names(said) == [SET, ACK]
    assert said[1] == acknowledgement((theirs, True))
    assert one.receive([acknowledgement(("slave" if theirs == "master" else "master", True))]) == []


def test_a_capability_set_that_is_asked_for_has_a_new_number() -> None:
    one = end()
    (first, _) = one.open()
    (again,) = one.receive([octets("command", "sendTerminalCapabilitySet", ("genericRequest", True))])
    numbers = [
        per.decode(MultimediaSystemControlMessage, each)[1][1].sequenceNumber for each in (first, again)
    ]
    assert numbers == [1, 2]


def test_a_channel_is_closed_when_its_receiver_wants_so() -> None:
    ann, bob = end(1), end(2)
    from_bob = bob.receive(ann.open())
    for _ in range(6):
        from_bob = bob.receive(ann.receive(from_bob))
    assert ann.established
    wish = channel.RequestChannelClose(forwardLogicalChannelNumber=101)
    said = ann.receive([octets("request", "requestChannelClose", wish)])
    assert names(said) == ["requestChannelCloseAck", "closeLogicalChannel"]
    assert names(bob.receive(said)) == ["closeLogicalChannelAck"]
    other = channel.RequestChannelClose(forwardLogicalChannelNumber=7)
    assert names(ann.receive([octets("request", "requestChannelClose", other)])) == [
        "requestChannelCloseReject"
    ]


@pytest.mark.parametrize("both", [True, False])
def test_two_ends_agree_and_fall_silent(both: bool) -> None:
    ann, bob = end(1), end(2)
    from_ann, from_bob = ann.open(), bob.open() if both else []
    exchanged = 0
    while from_ann or from_bob:
        exchanged += 1
        assert exchanged < 10
        from_ann, from_bob = ann.receive(from_bob), bob.receive(from_ann)
    assert ann.established
    assert bob.established
