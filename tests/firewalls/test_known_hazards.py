"""Ways in which generators of firewall rules are known to fail open, each tried on every writer of ours.

All were reproduced with generators that people use: an address set of the other family that became "any", a
word for replies that became "permit any any", ports crossed between protocols, rules left out with a warning.
"""

import re
from dataclasses import replace

import pytest

from ringfence.apps.cli.main import main
from ringfence.firewalls.choose import writable
from ringfence.firewalls.rendering import render_rules
from ringfence.firewalls.table import TARGETS
from ringfence.model.address import ANY_PORT, port
from ringfence.model.errors import InputError
from ringfence.model.packet import Protocol
from ringfence.model.policy import Policy, Rule
from ringfence.policy.packetset import Space
from ringfence.policy.space import Box
from support.branch_policy import ACCEPTED, BRANCH, DEVICE, branch_for, nets
from support.firewalls.cloud_readers import READERS, permitted

WRITTEN = writable()
# One rule on each line, or one service on each.
BY_LINE = (
    *(
        "nftables",
        "iptables",
        "pf",
        "opnsense",
        "routeros",
        "checkpoint",
        "cisco-asa",
        "cisco-ios",
        "cisco-zbf",
    ),
    *("panos", "csv", "markdown"),
)
SIX = Rule("six", nets("fd20::/64"), nets("fd01::30"), Protocol.TCP, ANY_PORT, port(1720))


def text(target: str, policy: Policy) -> str:
    return render_rules(
        TARGETS[target], policy, replace(DEVICE, widen=ACCEPTED.get(target, frozenset()))
    ).text


@pytest.mark.parametrize("target", WRITTEN)
def test_a_rule_of_the_other_family_keeps_its_addresses_or_is_refused(target: str) -> None:
    try:
        written = text(target, Policy("six", (SIX,)))
    except InputError:
        return
    assert "fd20::/64" in written
    # An ACL at the subnet has no address on its own side.
    assert "fd01::30" in written or "nacl" in target


def test_an_empty_address_set_is_no_rule_at_all() -> None:
    host = nets("10.1.0.30")
    for source, destination in (((), host), (host, ())):
        with pytest.raises(ValueError, match="never 'any'"):
            Rule("empty", source, destination, Protocol.UDP)


@pytest.mark.parametrize("target", WRITTEN)
def test_replies_open_nothing_between_everyone(target: str) -> None:
    for line in text(target, branch_for(target)).splitlines():
        if re.search(r"\bpermit|accept|allow|pass\b", line, re.IGNORECASE):
            assert not re.search(r"\bany4? any4?\b|from any to any", line), line
            # Where a reply has a rule of its own, its ports are those of the rule it answers.
            if "udp" in line:
                assert "1024" not in line, line


@pytest.mark.parametrize("target", BY_LINE)
def test_ports_stay_with_their_protocol_in_every_line(target: str) -> None:
    for line in text(target, BRANCH).splitlines():
        words = set(re.findall(r"[a-z]+|\d+", line.lower()))
        assert not ("tcp" in words and "1719" in words), line
        assert not ("udp" in words and "1720" in words), line


@pytest.mark.parametrize("target", READERS)
def test_ports_stay_with_their_protocol_in_the_set(target: str) -> None:
    space = Space()
    read = permitted(space, READERS[target](text(target, branch_for(target))))
    every = ((0, 2**32 - 1),)
    for protocol, number in ((Protocol.TCP, 1719), (Protocol.UDP, 1720), (Protocol.UDP, 80)):
        fields = (every, every, ((protocol, protocol),), ((0, 65535),), ((number, number),))
        if "nacl" in target and protocol is Protocol.TCP:
            continue  # replies from port 80 may go to any high port of the handsets, 1719 among them
        assert (read & space.of((Box(4, fields),))).empty


def test_an_unknown_target_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["rules", "--for", "cisco-pix"])
    assert ended.value.code == 2
    assert "no writer for 'cisco-pix'" in capsys.readouterr().err


@pytest.mark.parametrize("target", WRITTEN)
def test_a_rule_that_another_covers_is_written_all_the_same(target: str) -> None:
    if "nacl" in target:
        pytest.skip("equal entries of a subnet's list are one entry")
    policy = branch_for(target)
    again = replace(policy.rule("ras"), id="ras-again")
    written = text(target, replace(policy, rules=(*policy.rules, again)))
    assert "ras-again" in written
