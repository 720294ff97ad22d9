"""What a person reads in a text: whose rules they are, what each is for, and names that mean something."""

import re
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from ringfence.apps.cli.files.site_input import read_site
from ringfence.firewalls.common.annotation import plain, purpose, remark
from ringfence.firewalls.common.document import Device, Zone
from ringfence.firewalls.common.parties import parties
from ringfence.firewalls.rendering import render_rules
from ringfence.firewalls.table import TARGETS
from ringfence.model.flow import Party, Role
from ringfence.model.policy import Policy, Rule
from ringfence.policy.compile import generated
from support.branch_policy import nets

SITE = read_site(str(Path(__file__).parents[2] / "examples/sites/branch.yaml"))
POLICY = generated(SITE)
DEVICE = Device(
    zones=(Zone("inside-voice", SITE.zone("handsets").networks), Zone("dmz", SITE.zone("servers").networks)),
    log=True,
)
# Everything that has a comment or a description, and can say the site without giving anything up.
COMMENTED = (
    "nftables",
    "iptables",
    "pf",
    "opnsense",
    "cisco-asa",
    "cisco-ios",
    "cisco-zbf",
    "panos",
    "fortios",
    "srx",
    "checkpoint",
    "routeros",
    "nsx",
)
HEADED = set(COMMENTED) - {"opnsense", "panos", "srx", "nsx"}  # JSON and set commands have no comments


@pytest.mark.parametrize("target", COMMENTED)
def test_every_rule_says_what_it_is_for_and_how_we_know(target: str) -> None:
    text = render_rules(TARGETS[target], POLICY, DEVICE).text
    for rule in POLICY.rules:
        kinds = ", ".join(dict.fromkeys(basis.kind for flow in rule.because for basis in flow.basis))
        assert f"({kinds})" in text, rule.id


@pytest.mark.parametrize("target", sorted(HEADED))
def test_the_text_begins_with_the_site(target: str) -> None:
    assert SITE.site in render_rules(TARGETS[target], POLICY, DEVICE).text.splitlines()[0]


def test_a_remark_fits_an_access_list() -> None:
    for rule in POLICY.rules:
        for id_ in (rule.id, "x" * 60, "x" * 99, "x" * 100):
            assert len(remark(id_, rule)) <= max(100, len(id_))
            assert remark(id_, rule).startswith(id_)


@pytest.mark.parametrize("target", COMMENTED)
def test_what_a_person_wrote_cannot_leave_its_comment(target: str) -> None:
    nasty = "phones\"\n}} permit ip any any; $(reboot) `x` | \\ 'drop"
    row = replace(POLICY.rules[0], because=(), text=nasty)
    text = render_rules(TARGETS[target], Policy(nasty, (row,)), DEVICE).text
    clean = plain(nasty)
    assert clean in text
    harmless = text.replace(clean, "")
    assert "reboot" not in harmless
    assert "any any" not in harmless.replace("deny ip any any log", "")


def test_purposes_have_only_harmless_signs() -> None:
    for rule in POLICY.rules:
        assert re.fullmatch(r"[A-Za-z0-9 .,:;/()_+-]+", purpose(rule))


def test_a_word_is_not_cut() -> None:
    assert plain("one two three", 10) == "one..."
    assert plain("one two three", 13) == "one two three"
    assert plain("one two three", 2) == ""


def test_ends_are_named_after_their_parts_and_no_two_alike() -> None:
    names = parties(POLICY.rules)
    assert names[nets("10.20.0.0/24")] == "VOICE_HANDSETS"
    assert names[nets("10.1.0.30")] == "GATEKEEPER"
    assert len(set(names.values())) == len(names)


def test_two_parties_of_one_name_stay_two() -> None:
    (flow,) = POLICY.rule("ras-notify").because
    rules = tuple(
        replace(
            POLICY.rule("ras-notify"),
            id=net,
            source=nets(net),
            because=(replace(flow, initiator=Party(Role.GATEKEEPER, nets(net))),),
        )
        for net in ("10.1.0.30", "10.1.0.31")
    )
    assert list(parties(rules).values())[:3] == ["GATEKEEPER", "VOICE_HANDSETS", "GATEKEEPER_2"]


def test_a_group_is_only_made_of_a_whole_end() -> None:
    rule = POLICY.rule("ras-notify")
    assert parties((replace(rule, source=nets("10.1.0.99"), destination=nets("10.20.0.7")),)) == {}


def test_asa_groups_hold_the_members_and_nothing_else() -> None:
    """The text with its groups expanded is the text of the same rules without flows to name them by."""
    flat = tuple(replace(rule, because=()) for rule in POLICY.rules)
    assert _expanded(render_rules(TARGETS["cisco-asa"], POLICY, DEVICE).text) == _expanded(
        render_rules(TARGETS["cisco-asa"], replace(POLICY, rules=flat), DEVICE).text
    )


def test_groups_of_several_hosts_are_expanded_alike() -> None:
    two = tuple(_both_gatekeepers(rule) for rule in POLICY.rules)
    flat = tuple(replace(rule, because=()) for rule in two)
    text = render_rules(TARGETS["cisco-asa"], replace(POLICY, rules=two), DEVICE).text
    assert "GATEKEEPERS\n network-object host 10.1.0.30\n network-object host 10.1.0.31" in text
    assert _expanded(text) == _expanded(
        render_rules(TARGETS["cisco-asa"], replace(POLICY, rules=flat), DEVICE).text
    )


def _both_gatekeepers(rule: Rule) -> Rule:
    one, both = nets("10.1.0.30"), nets("10.1.0.30", "10.1.0.31")

    def party(given: Party) -> Party:
        return replace(given, networks=both) if given.networks == one else given

    return replace(
        rule,
        source=both if rule.source == one else rule.source,
        destination=both if rule.destination == one else rule.destination,
        because=tuple(
            replace(flow, initiator=party(flow.initiator), responder=party(flow.responder))
            for flow in rule.because
        ),
    )


def _expanded(text: str) -> list[str]:
    groups: dict[str, list[str]] = {}
    entries: list[str] = []
    for line in text.splitlines():
        if line.startswith("object-group network "):
            members = groups.setdefault(line.split()[-1], [])
        elif line.startswith(" network-object "):
            members.append(line.removeprefix(" network-object "))
        elif " extended " in line:
            words = re.split(r"object-group (\S+)", line)
            choices = [groups[word] if n % 2 else [word] for n, word in enumerate(words)]
            entries += ["".join(chosen) for chosen in product(*choices)]
    return entries
