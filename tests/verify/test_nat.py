"""Proofs through translation: what works, and what no rule mends, on both networks."""

from functools import cache

import pytest

from ringfence.lab.unavailable import LabUnavailable
from ringfence.model.registration import flows
from ringfence.model.site import Site
from ringfence.model.site_file import parse
from ringfence.model.stage import Stage
from ringfence.model.translated import closed_flows
from ringfence.policy.compile import policy_for
from ringfence.verify.boots import Boots
from ringfence.verify.proof import prove
from ringfence.verify.report import NetworkKind, ProofVerdict, Report, StageState
from ringfence.verify.testbeds import open_testbeds
from support.example_sites import text

pytestmark = pytest.mark.kernel


def quiet(what: str) -> None:
    """Nobody watches."""


def site(name: str, *changes: tuple[str, str]) -> Site:
    changed = text(name)
    for old, new in changes:
        assert old in changed, old
        changed = changed.replace(old, new, 1)
    return parse(changed, f"{name}.yaml")


@cache
def proved(name: str, *changes: tuple[str, str]) -> Report:
    described = site(name, *changes)
    with open_testbeds(described, simulated_only=False, trunk=False) as both:
        return prove(described, both, quiet)[0]


def failed(report: Report) -> set[Stage]:
    return {stage.stage for stage in report.runs[-1].stages if stage.state is StageState.FAILED}


def test_one_to_one_works_and_its_rules_are_about_inside_addresses() -> None:
    report = proved("nat-one-to-one")
    assert report.reasons == ()
    assert report.verdict is ProofVerdict.PROVED
    signalling = next(rule for rule in report.rules if rule.id == "signal-gatekeeper")
    assert "10.20.0.0/24:1720" in signalling.words
    assert "10.99.0.128:1720" in signalling.first_dropped


@pytest.mark.parametrize("outside", ["10.2.0.128/25", "172.16.9.0/25"], ids=["on the link", "routed"])
def test_outside_addresses_may_be_on_the_link_or_routed(outside: str) -> None:
    half = ("10.20.0.0/24, outside: 10.99.0.0/24", f"10.20.0.0/25, outside: {outside}")
    voice = ("voice: {network: 10.20.0.0/24", "voice: {network: 10.20.0.0/25")
    zone = ("phones: [10.20.0.0/24", "phones: [10.20.0.0/25")
    report = proved("nat-one-to-one", zone, half, voice)
    assert (report.verdict, report.reasons) == (ProofVerdict.PROVED, ())


def test_many_to_one_fails_where_the_gatekeeper_opens_and_says_that_no_rule_mends_it() -> None:
    report = proved("nat-many-to-one")
    assert report.verdict is ProofVerdict.NOT_PROVED
    assert report.disagreements == ()
    assert failed(report) == {Stage.SIGNAL, Stage.NOTIFY}
    assert "no rule mends that" in report.reasons[0]
    assert report.reasons[0].startswith("signal stops")


def test_many_to_one_lets_a_phone_open_call_signalling_but_not_hear_the_gatekeeper_later() -> None:
    report = proved("nat-many-to-one", ("signalling: gatekeeper", "signalling: handset"))
    assert report.disagreements == ()
    assert failed(report) == {Stage.NOTIFY}


def test_a_gatekeeper_that_believes_messages_calls_nobody() -> None:
    report = proved("nat-one-to-one", ("as-seen", "as-registered"))
    assert report.disagreements == ()
    assert Stage.SIGNAL in failed(report)
    assert "phone_address: as-seen" in report.reasons[0]


def test_a_dhcp_server_beyond_the_translation_cannot_answer_the_relay() -> None:
    report = proved("nat-one-to-one", ("dhcp: 10.1.0.10", "dhcp: 10.2.0.10"))
    assert report.disagreements == ()
    assert Stage.ADDRESS in failed(report)


def test_the_linux_helper_makes_a_gatekeeper_that_believes_messages_reach_its_phones() -> None:
    report = proved("nat-linux-helper")
    assert (report.verdict, report.reasons) == (ProofVerdict.PROVED, ())
    assert report.networks == (NetworkKind.SIMULATED, NetworkKind.KERNEL)
    assert any("from any port of the gatekeeper" in note for note in report.translation)


def test_behind_one_address_the_linux_helper_leads_call_signalling_in_and_nothing_leads_ras_in() -> None:
    report = proved("nat-many-to-one", ("    nat:", "    inspection: linux-helper\n    nat:"))
    assert report.disagreements == ()
    assert failed(report) == {Stage.NOTIFY}


def test_without_translation_the_linux_helper_leaves_every_rule_needed() -> None:
    untranslated = ("kind: one-to-one, inside: 10.20.0.0/24, outside: 10.99.0.0/24", "kind: none")
    report = proved("nat-linux-helper", untranslated)
    assert (report.verdict, report.reasons) == (ProofVerdict.PROVED, ())


@pytest.mark.parametrize("kind", ["cisco-asa", "fortios", "srx", "panos"])
def test_an_inspection_that_documents_alone_describe_is_not_the_kernels_to_prove(kind: str) -> None:
    described = site("nat-linux-helper", ("inspection: linux-helper", f"inspection: {kind}"))
    refused = pytest.raises(LabUnavailable, match=f"inspect H.323 as {kind} does")
    with refused, open_testbeds(described, simulated_only=False, trunk=False):
        pass


@pytest.mark.parametrize(
    ("kind", "verdict"),
    [
        ("cisco-asa", ProofVerdict.PROVED),
        ("fortios", ProofVerdict.PROVED),
        ("srx", ProofVerdict.PROVED),
        ("panos", ProofVerdict.NOT_PROVED),  # nothing that it does to RAS is documented
    ],
)
def test_documented_inspections_are_proved_on_the_simulated_network(kind: str, verdict: ProofVerdict) -> None:
    described = site("nat-linux-helper", ("inspection: linux-helper", f"inspection: {kind}"))
    with open_testbeds(described, simulated_only=True, trunk=False) as simulated:
        report, _ = prove(described, simulated, quiet)
    assert report.verdict is verdict, report.reasons
    assert any(note.startswith(f"edge, {kind}: vendor: ") for note in report.translation)


TALKING = """
media:
  gateways: 10.2.0.40
monitoring:
  rtcp: 10.2.0.50
  snmp: 10.2.0.51
  syslog: 10.2.0.52
  ssh: 10.2.0.53
"""


def test_audio_and_management_reach_phones_at_their_outside_addresses() -> None:
    talking = parse(text("nat-one-to-one") + TALKING, "talking.yaml")
    with open_testbeds(talking, simulated_only=False, trunk=False) as both:
        boots = Boots(talking, both, quiet).through(policy_for(talking), "all rules")
        without = policy_for(talking).without("media-from-gateway")
        silenced = Boots(talking, both, quiet).through(without, "without the gateway's audio")
    assert [boot.result.passed for boot in boots] == [True, True]
    stopped = [boot.result.failed for boot in silenced]
    assert {each.stage for each in stopped if each} == {Stage.MEDIA}
    assert all(each and "one-way audio" in each.reason for each in stopped)


def test_behind_one_address_audio_that_a_gateway_speaks_first_leads_to_no_phone() -> None:
    shared = parse(text("nat-many-to-one") + TALKING, "talking.yaml")
    closed = {each.flow.id for each in closed_flows(shared, flows(shared))}
    assert closed == {"signal-gatekeeper", "ras-notify", "media-from-gateway", "snmp", "ssh"}
