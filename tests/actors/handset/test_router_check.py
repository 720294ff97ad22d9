"""The look for a router before the files, by timed script and in a whole boot."""

from ipaddress import IPv4Address

import pytest

from ringfence.actors.handset.router_check import RouterCheck, RouterPatience
from ringfence.actors.io import Command, EchoReplied, Noted, SendEcho, Started, TimeUp
from support.script import DUE, Row, run

HANDSET, FIRST, SECOND = (IPv4Address(f"10.20.0.{host}") for host in (50, 1, 2))


def words(command: Command) -> object:
    match command:
        case SendEcho(source=source, destination=destination) if source == HANDSET:
            return f"echo to {destination}"
        case Noted(finding=finding):
            return finding.code
        case other:
            return other


def check(rounds: int | None = 3) -> RouterCheck:
    return RouterCheck(HANDSET, (FIRST, SECOND), RouterPatience(1.0, rounds))


def test_the_list_is_gone_through_until_one_answers() -> None:
    machine = check()
    run(
        machine,
        [
            Row(0.0, Started(), [f"echo to {FIRST}"], 1.0),
            Row(DUE, TimeUp(), [f"echo to {SECOND}"], 2.0),
            Row(1.2, EchoReplied(SECOND, 2, 2), [], None),
            Row(1.3, EchoReplied(FIRST, 2, 1), [], None),
        ],
        show=words,
    )
    assert (machine.over, machine.found) == (True, SECOND)


def test_without_an_answer_it_goes_on_after_three_rounds_and_says_so() -> None:
    machine = check()
    asked = [f"echo to {router}" for router in (FIRST, SECOND)] * 3
    run(
        machine,
        [
            Row(0.0, Started(), asked[:1], 1.0),
            *(Row(DUE, TimeUp(), [echo]) for echo in asked[1:]),
            Row(6.0, TimeUp(), ["ROUTER_UNANSWERED"], None),
        ],
        show=words,
    )
    assert (machine.over, machine.found) == (True, None)


def test_to_the_letter_it_asks_for_ever_and_says_so_once() -> None:
    machine = check(rounds=None)
    sent = [*machine.handle(Started(), 0.0)]
    for second in range(1, 100):
        sent += machine.handle(TimeUp(), float(second))
    assert not machine.over
    assert [words(command) for command in sent if isinstance(command, Noted)] == ["ROUTER_UNANSWERED"]
    assert sum(isinstance(command, SendEcho) for command in sent) == 100
    numbers = [command.sequence for command in sent if isinstance(command, SendEcho)]
    assert numbers == list(range(1, 101))


@pytest.mark.parametrize(
    "answer",
    [EchoReplied(FIRST, 1, 1), EchoReplied(IPv4Address("10.20.0.9"), 2, 1)],
    ids=["another's echo", "another host"],
)
def test_an_answer_to_something_else_is_none(answer: EchoReplied) -> None:
    machine = check()
    run(machine, [Row(0.0, Started(), ...), Row(0.5, answer, [], 1.0)])
    assert not machine.over


def test_a_list_and_a_patience_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="no router"):
        RouterCheck(HANDSET, (), RouterPatience())
    with pytest.raises(ValueError, match="0 rounds"):
        RouterPatience(rounds=0)
