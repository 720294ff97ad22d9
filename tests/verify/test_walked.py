"""Recordings of a walk, made by simulated boots: the phone's own port, and the servers' side."""

from dataclasses import replace

import pytest
from msgspec import structs

from ringfence.apps.cli.files.site_input import read_site
from ringfence.capture.frame import Tap
from ringfence.diagnosis.recording import CapturedPackets
from ringfence.drivers.recording import RunRecording
from ringfence.model.errors import InputError
from ringfence.model.site import Site
from ringfence.policy.compile import policy_for
from ringfence.roles.turns import Turn, turns
from ringfence.roles.walking import walked_hosts, walked_site, walked_turn
from ringfence.verify.report import StageState
from ringfence.verify.testbeds import SimulatedTestbed
from ringfence.verify.walked import CrossingState, WalkReport, missing_rules_of, walked, walked_rules

BOTH = (Tap.HANDSETS, Tap.SERVERS)
# Of several groups the first.
SITES = ("branch", "campus", "handset-opens", "https-multicast", "plain-h323", "with-media", "enterprise")


def site_named(name: str) -> Site:
    site = read_site(name)
    return replace(walked_site(site, site.groups[0].name), media=None, monitoring=())


def boot(site: Site, turn: Turn, without: str = "") -> RunRecording:
    policies = {each.name: policy_for(site, each.name) for each in site.firewalls}
    less = {
        name: policy.without(without) if without in {rule.id for rule in policy.rules} else policy
        for name, policy in policies.items()
    }
    return SimulatedTestbed(site, less).boot(turn)


def recorded(recording: RunRecording, *taps: Tap) -> dict[Tap, CapturedPackets]:
    """The phone's end is its own cable, as in a walk; the servers' end begins at the firewall."""
    seen_at = {Tap.HANDSETS: Tap.TRUNK, Tap.SERVERS: Tap.SERVERS}
    return {
        tap: CapturedPackets.of(
            structs.replace(frame, tap=Tap.ONLY, number=0)
            for frame in recording.frames
            if frame.tap == seen_at[tap]
        )
        for tap in taps
    }


def states(report: WalkReport) -> dict[str, CrossingState]:
    return {rule.id: rule.state for rule in report.rules}


def plain_turns(site: Site) -> list[Turn]:
    return [turn for turn in turns(site) if turn.dying is None]


@pytest.mark.parametrize("name", SITES)
def test_with_all_rules_both_ends_together_pass(name: str) -> None:
    """In every turn of the servers; together the turns leave out no rule."""
    site = site_named(name)
    walked_in_some: set[str] = set()
    for turn in plain_turns(site):
        found, _ = walked(site, recorded(boot(site, turn), *BOTH), turn, quick=False)
        assert [each for each in found.stages if each.state is not StageState.REACHED] == []
        assert set(states(found).values()) == {CrossingState.PASSED}
        assert found.passed
        walked_in_some |= states(found).keys()
    assert walked_in_some == {each.id for each in walked_rules(site)}


@pytest.mark.parametrize("name", SITES)
def test_the_rule_that_is_not_there_is_named_and_no_other(name: str) -> None:
    site = site_named(name)
    turn = plain_turns(site)[0]
    full, _ = walked(site, recorded(boot(site, turn), *BOTH), turn, quick=False)
    for each in full.rules:
        rule = each.id.rpartition(": ")[2]
        found, _ = walked(site, recorded(boot(site, turn, rule), *BOTH), turn, quick=False)
        assert not found.passed, each.id
        assert [blocked.id for blocked in found.in_state(CrossingState.BLOCKED)] == [each.id]
        assert [missing.id for missing in missing_rules_of(site, found)] == [rule]


@pytest.mark.parametrize("end", BOTH)
def test_one_end_claims_nothing_that_it_cannot_show(end: Tap) -> None:
    """What one recording alone says to have passed, both together say too; what was blocked never passed."""
    site = site_named("branch")
    (turn,) = plain_turns(site)
    for each in (None, *walked_rules(site)):
        recording = boot(site, turn, "" if each is None else each.rule.id)
        both, _ = walked(site, recorded(recording, *BOTH), turn, quick=False)
        alone, _ = walked(site, recorded(recording, end), turn, quick=False)
        passed = {rule.id for rule in alone.in_state(CrossingState.PASSED)}
        assert passed <= {rule.id for rule in both.in_state(CrossingState.PASSED)}
        assert not alone.in_state(CrossingState.BLOCKED)
        assert each is None or not alone.passed


def test_what_is_not_waited_for_is_said_not_to_be_walked() -> None:
    site = site_named("branch")
    (turn,) = plain_turns(site)
    found, _ = walked(site, recorded(boot(site, turn), *BOTH), turn, quick=True)
    assert [each.split()[0] for each in found.not_walked] == ["ras-notify"]
    assert "ras-notify" not in states(found)


def test_the_servers_beyond_the_firewall_are_played_and_no_others() -> None:
    branch, campus = site_named("branch"), site_named("campus")
    hosts, left_out = walked_hosts(branch, plain_turns(branch)[0], seed=1, epoch=0.0)
    assert {str(each.address) for each in hosts} == {"10.1.0.10/24", "10.1.0.20/24", "10.1.0.30/24"}
    assert not left_out
    near, _ = walked_hosts(campus, plain_turns(campus)[0], seed=1, epoch=0.0)
    assert all(
        campus.zone_of(each.address.ip) != campus.zone_of(campus.groups[0].voice.network) for each in near
    )


def test_a_group_is_named_where_there_are_several() -> None:
    with pytest.raises(InputError, match="groups of phones"):
        walked_site(read_site("enterprise"), "")
    with pytest.raises(InputError, match="no group 'x'"):
        walked_site(read_site("enterprise"), "x")
    with pytest.raises(InputError, match="turns"):
        walked_turn(site_named("branch"), 2)
