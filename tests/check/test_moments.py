"""What becomes of a site's flows after their first packets, and of calls that a helper expects."""

import pytest

from ringfence.check.check import check
from ringfence.check.report import Answer, CheckReport
from ringfence.firewalls.recognise import read_as
from ringfence.firewalls.table import TARGETS
from support.example_sites import example

BRANCH = example("branch")
RAW = (
    "*raw\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING {}-p udp -m udp --dport 1719 -j CT --helper RAS\nCOMMIT\n"
)


def report(*rules: str, before: str = "") -> CheckReport:
    lines = (f"-A FORWARD {rule}" for rule in rules)
    text = "\n".join([f"{before}*filter", ":FORWARD DROP [0:0]", *lines, "COMMIT", ""])
    return check(BRANCH, read_as("iptables", text), TARGETS["iptables"], text=text.splitlines())


def answer(found: CheckReport, flow: str) -> tuple[Answer, str]:
    return next((f.answer, f.way) for stage in found.stages for f in stage.flows if f.id == flow)


NEW = "-m state --state NEW -j ACCEPT"
KNOWN = "-m state --state ESTABLISHED -j ACCEPT"


def test_rules_for_new_connections_alone_stop_the_answers() -> None:
    found = report(NEW)
    assert answer(found, "files-http") == (Answer.BLOCKS, "answers")
    assert answer(found, "dhcp-relay")[0] is Answer.PERMITS  # what answers it is a flow of its own
    assert {fix.flows for fix in found.fixes} and found.answer is Answer.BLOCKS


def test_answers_alone_do_not_carry_a_connection() -> None:
    found = report(NEW, "-s 10.1.0.0/24 -m state --state ESTABLISHED -j ACCEPT")
    assert answer(found, "files-http") == (Answer.BLOCKS, "continues")
    # The gatekeeper's own connection is answered from the other side.
    assert answer(found, "signal-gatekeeper") == (Answer.BLOCKS, "answers")


def test_what_would_mend_it_mends_it() -> None:
    found = report(NEW)
    specs = [line.split(" -A FORWARD ")[1] for fix in found.fixes for line in fix.lines]
    assert report(NEW, *specs).answer is Answer.PERMITS


@pytest.mark.parametrize(
    ("before", "rules", "expected", "told"),
    [
        ("", (NEW, KNOWN), Answer.PERMITS, False),
        (RAW.format(""), (NEW, KNOWN), Answer.BLOCKS, False),
        (RAW.format(""), (NEW, "-m state --state RELATED,ESTABLISHED -j ACCEPT"), Answer.PERMITS, False),
        (RAW.format(""), ("-s 10.20.0.0/24 -j ACCEPT", KNOWN), Answer.BLOCKS, False),
        (
            RAW.format(""),
            ("-s 10.20.0.0/24 -j ACCEPT", "-m state --state RELATED,ESTABLISHED -j ACCEPT"),
            Answer.PERMITS,
            True,
        ),
        (RAW.format("-s 10.20.0.0/25 "), (NEW, KNOWN), Answer.NOT_PROVED, False),
        (RAW.format("-m time --timestart 8:00 "), (NEW, KNOWN), Answer.NOT_PROVED, False),
    ],
)
def test_a_call_that_a_helper_expects_is_related_and_never_new(
    before: str, rules: tuple[str, ...], expected: Answer, told: bool
) -> None:
    found = report(*rules, before=before)
    assert answer(found, "signal-gatekeeper")[0] is expected
    assert ("SIGNALLING_BY_HELPER" in [str(one.code) for one in found.findings]) == told
