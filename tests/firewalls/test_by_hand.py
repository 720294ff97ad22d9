"""Configurations written in the manner of real ones, against what a person reads in them line by line.

A stage that is not named passes.
"""

import re
from pathlib import Path

import pytest

from ringfence.check.report import Answer
from ringfence.firewalls.recognise import read_any, recognise
from ringfence.model.errors import InputError
from support.firewalls.mutated import EVERYTHING, report_of

FOLDER = Path(__file__).parent / "configs/by_hand"
BLOCKED, DOUBTED, UNREAD, UNBOUND = "blocked", "doubted", "unread", "unbound"

# What is blocked and by which line, what is in doubt and by which, and which lists are bound to nothing.
TRUTH: dict[str, dict[str, str]] = {
    # The list of the LAN denies ICMP to the servers; the rest of both lists is right for both directions.
    "ios-mpls-branch": {BLOCKED: "echo", "by": "deny   icmp any object-group VOICE-SERVERS"},
    # A helper of the other routing table: whether packets cross at all is not in the text.
    "ios-vrf-lite": {DOUBTED: EVERYTHING, UNREAD: "ip vrf forwarding VOICE"},
    # `pass` keeps no state, so that DHCP stands and falls with both maps; ICMP and gatekeeper-opened RAS have
    # no class.
    "ios-zone-firewall": {
        BLOCKED: "echo notify",
        "by": "drop log",
        DOUBTED: "address release vlan-move renew",
    },
    # The access lists leave nothing out. ICMP replies are not permitted back.
    "ios-numbered-core": {BLOCKED: "echo", "by": "ip access-group 130 in"},
    # The global list has RAS of the handsets only; the capture's list is bound to nothing.
    "asa-global-list": {
        BLOCKED: "notify",
        "by": "access-list GLOBAL extended deny ip any any",
        UNBOUND: "CAPTURE",
    },
    # From the higher level to the lower freely, back by state alone.
    "asa-levels-only": {BLOCKED: "address vlan-move signal notify"},
    # Services of the policy back are signalling and DHCP.
    "fortios-sdwan-branch": {BLOCKED: "notify"},
    "panos-app-id": {BLOCKED: "notify"},
    # The interface of the servers is held down.
    "panos-panorama.xml": {BLOCKED: EVERYTHING, "by": "ethernet1/2 link-state down"},
    # The policy for calls is deactivated, and was for SIP; 10.0.0.0/8 is discarded where nothing is nearer.
    "srx-global-policies": {BLOCKED: "signal notify"},
    # The voice network is behind the interface that is disabled, the data network behind another.
    "srx-half-shut": {BLOCKED: EVERYTHING.replace("release ", ""), "by": "set interfaces ge-0/0/1 disable"},
}


def text_of(name: str) -> str:
    return (FOLDER / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(TRUTH))
def test_what_is_read_by_hand_is_read(name: str) -> None:
    text, truth = text_of(name), TRUTH[name]
    target = recognise(text)
    assert target is not None and target.name.split("-")[-1] in name.replace("-", " ").split()
    report = report_of(target.name, text)
    by_answer = {
        answer: {one.stage.value for one in report.stages if one.answer is answer} for answer in Answer
    }
    assert by_answer[Answer.BLOCKS] == set(truth.get(BLOCKED, "").split())
    assert by_answer[Answer.NOT_PROVED] == set(truth.get(DOUBTED, "").split())
    if "by" in truth:
        lines = [
            line
            for one in report.stages
            for flow in one.flows
            if flow.answer is Answer.BLOCKS
            for line in flow.by
        ]
        spaces = re.compile(r"\s+")
        assert any(spaces.sub(" ", truth["by"]) in spaces.sub(" ", str(line)) for line in lines), lines
    assert UNREAD not in truth or any(truth[UNREAD] in part for part in report.unread)
    assert [one.line.text for one in report.unbound] == truth.get(UNBOUND, "").split()
    assert report.exposure and not report.unfiltered  # none of them is as narrow as the procedure


def test_several_firewalls_in_one_text_are_refused() -> None:
    with pytest.raises(InputError, match="cust-a, cust-b"):
        read_any(text_of("fortios-two-vdoms"))
