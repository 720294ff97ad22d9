"""H.245 of one end against habits of other people's: who begins, and who acknowledges what."""

from random import Random
from typing import Any

import pytest

from ringfence.actors.h245_control import H245Control
from ringfence.model.address import transport
from ringfence.wire import per
from ringfence.wire.h245 import maintenance
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
