"""Addresses that netfilter translates: what is said of a flow before they change, and after."""

import pytest

from ringfence.check.report import Answer
from ringfence.firewalls.iptables.read import read
from ringfence.model.stage import Stage
from ringfence.policy.space import Box
from ringfence.policy.terms import turned
from support.firewalls.mutated import report_of

_ESTABLISHED = "-A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT"


def text(nat: str, *filters: str, raw: str = "") -> str:
    tables = [
        *(("*raw", ":PREROUTING ACCEPT [0:0]", raw, "COMMIT") if raw else ()),
        *("*nat", ":PREROUTING ACCEPT [0:0]", ":POSTROUTING ACCEPT [0:0]", nat, "COMMIT"),
        *("*filter", ":FORWARD DROP [0:0]", _ESTABLISHED, *filters, "COMMIT", ""),
    ]
    return "\n".join(tables)


def answer(configuration: str, stage: Stage) -> Answer:
    return next(one.answer for one in report_of("iptables", configuration).stages if one.stage is stage)


DNAT = "-A PREROUTING -d 10.1.0.20/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.1.0.21"
MASQUERADE = "-A POSTROUTING -o wan0 -j MASQUERADE"


def test_what_is_dropped_behind_a_translation_is_not_said_to_be_stopped() -> None:
    # The forward chain sees 10.1.0.21, which it may pass.
    assert answer(text(DNAT, "-A FORWARD -d 10.1.0.21/32 -j ACCEPT"), Stage.PROVISION) is Answer.NOT_PROVED
    assert answer(text(DNAT), Stage.PROVISION) is Answer.NOT_PROVED
    assert answer(text(DNAT), Stage.REGISTER) is Answer.BLOCKS


def test_what_is_dropped_before_a_translation_is_stopped() -> None:
    early = "-A PREROUTING -d 10.1.0.20/32 -j DROP"
    assert answer(text(DNAT, "-A FORWARD -j ACCEPT", raw=early), Stage.PROVISION) is Answer.BLOCKS
    late = "-A POSTROUTING -s 10.20.0.0/24 -j MASQUERADE"
    assert answer(text(late), Stage.REGISTER) is Answer.BLOCKS
    assert answer(text(late, "-A FORWARD -j ACCEPT"), Stage.REGISTER) is Answer.NOT_PROVED


def test_a_translation_of_what_opens_the_other_way_leaves_answers_alone() -> None:
    back = "-A POSTROUTING -s 10.1.0.0/24 -d 10.20.0.0/24 -p udp -j MASQUERADE"
    configuration = text(back, "-A FORWARD -j ACCEPT")
    assert answer(configuration, Stage.REGISTER) is Answer.PERMITS
    assert answer(configuration, Stage.NOTIFY) is Answer.NOT_PROVED


@pytest.mark.parametrize("nat", [DNAT, MASQUERADE])
def test_what_no_translation_touches_is_proved(nat: str) -> None:
    configuration = text(nat, "-A FORWARD -j ACCEPT")
    listing = read(configuration, None)
    assert [one.after for one in listing.translations] == [0 if nat is DNAT else 1]
    assert answer(configuration, Stage.REGISTER) is (Answer.PERMITS if nat is DNAT else Answer.NOT_PROVED)


def test_an_echo_request_is_answered_by_a_reply() -> None:
    both = ((0, 2**32 - 1),)
    request = Box(4, (both, ((7, 7),), ((1, 1),), ((8, 8),), ((0, 0),)))
    assert turned((request,)) == (Box(4, (((7, 7),), both, ((1, 1),), ((0, 0),), ((0, 0),))),)
    unreachable = Box(4, (both, both, ((1, 1),), ((3, 3),), ((0, 65535),)))
    assert turned((unreachable,)) == ()
