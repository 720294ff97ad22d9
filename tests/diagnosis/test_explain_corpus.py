"""Each kind of failure, made in the simulator and captured, is explained by its own stage and cause."""

from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from random import Random

import pytest

from ringfence import diagnosis
from ringfence.diagnosis.explain import Explained, explain
from ringfence.diagnosis.legs import LostLeg, missing_rules
from ringfence.diagnosis.timeline import HandsetVerdict, StageStatus
from ringfence.model.findings import Code
from ringfence.model.packet import Packet
from ringfence.model.registration import flows
from ringfence.model.stage import BY_PROOF_ALONE, Stage
from ringfence.policy.compile import generated
from ringfence.roles.network import HANDSET
from ringfence.verify.probes import covers
from support.captures.failure_cases import (
    CASES as RULE_CASES,
)
from support.captures.failure_cases import (
    RULE,
)
from support.captures.failure_causes import CAUSES
from support.captures.failure_shapes import (
    BOTH,
    GATEKEEPER,
    Case,
    only,
    poor,
)
from support.captures.failure_upkeep import UPKEEP
from support.captures.lost_legs import lost_legs
from support.captures.simulated_failures import (
    BOOT,
    Scene,
    files,
    play,
)
from support.example_sites import example

CASES = {**RULE_CASES, **CAUSES, **UPKEEP}


def explained(case: Case, folder: Path) -> tuple[Explained, tuple[LostLeg, ...]]:
    paths = files(play(case.scene), folder, case.scene.seconds, case.snap)
    found = explain([paths[side] for side in case.sides])
    both = len(case.sides) == 2
    return found, lost_legs(found.judgement.handsets, both_sides=both, state_timeout=120.0)


@pytest.mark.parametrize("name", CASES)
def test_each_failure_is_explained_by_its_stage_and_cause(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    found, lost = explained(case, tmp_path)
    every = [*found.judgement.findings, *(f for line in found.judgement.handsets for f in line.findings)]
    shown = "\n".join(f"{each.code} {each.stage}: {each.sentence}" for each in every)
    assert case.code in {each.code for each in every}, shown
    assert not {*case.never} & {each.code for each in every}, shown
    finding = next(each for each in every if each.code == case.code)
    if case.stage is not None:
        assert finding.stage is case.stage, shown
    assert case.says in finding.sentence
    if case.verdict is not None:
        (line,) = found.judgement.handsets
        assert line.verdict is case.verdict, line.sentence
    if case.remedy is not None:
        assert lost and lost[0].remedy is case.remedy, lost
    if case.remedy is RULE:
        (rule, *_) = missing_rules(lost)
        gone_flows = [
            flow
            for flow in flows(case.scene.site)
            if flow.id in {id_ for g in case.scene.without for id_ in g.split("+")}
        ]
        sample = Packet(
            rule.protocol,
            rule.source[0][0],
            rule.icmp_type or rule.source_ports.first,
            rule.destination[0][0],
            rule.destination_ports.first,
        )
        assert any(covers(flow, sample) for flow in gone_flows), rule


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("name", ["branch", "handset-opens"])
def test_a_boot_over_bad_cables_is_registered(name: str, seed: int, tmp_path: Path) -> None:
    """Lost, doubled and late frames make retries, not failures; and no rule is missing."""
    links = ((HANDSET, "eth0", poor(seed)), (GATEKEEPER, "eth0", poor(seed + 100)))
    paths = files(play(Scene(example(name), links=links)), tmp_path, BOOT)
    for sides in (BOTH, ("handsets",), ("servers",)):
        found = explain([paths[side] for side in sides])
        (line,) = found.judgement.handsets
        assert line.verdict is HandsetVerdict.REGISTERED, line.sentence
        lost = lost_legs([line], both_sides=len(sides) == 2, state_timeout=120.0)
        assert not [leg for leg in lost if leg.remedy is RULE]


@pytest.mark.parametrize("seed", range(8))
def test_a_capture_that_misses_frames_invents_no_failure(seed: int, tmp_path: Path) -> None:
    random = Random(seed)
    holes = only(lambda _packet, _tap: random.random() >= 0.04)
    paths = files(play(Scene(frames=holes)), tmp_path, BOOT)
    found = explain([paths[side] for side in BOTH])
    (line,) = found.judgement.handsets
    assert line.verdict is HandsetVerdict.REGISTERED, line.sentence


def test_nothing_is_held_against_a_capture_cut_in_its_last_record(tmp_path: Path) -> None:
    paths = files(play(Scene()), tmp_path, BOOT)
    path = paths["servers"]
    path.write_bytes(path.read_bytes()[:-20])
    found = explain([paths["handsets"], path])
    assert found.judgement.handsets[0].verdict is HandsetVerdict.REGISTERED
    assert [each.code for each in found.judgement.findings] == ["CAPTURE_DAMAGED"]


def test_what_a_capture_cannot_show_is_not_called_failed(tmp_path: Path) -> None:
    paths = files(play(Scene()), tmp_path, BOOT)
    (line,) = explain([paths["servers"]]).judgement.handsets
    assert {each.state for each in line.stages if each.stage not in BY_PROOF_ALONE} == {
        StageStatus.REACHED,
        StageStatus.NOT_VISIBLE,
    }
    assert line.stage(Stage.RELEASE).state is StageStatus.NOT_VISIBLE
    assert line.stage(Stage.RENEW).because.startswith("renewal is due 600 s after the lease")


def test_every_rule_of_the_branch_office_has_its_case() -> None:
    taken = {
        name for case in CASES.values() if case.scene.site == Scene().site for name in case.scene.without
    }
    assert taken == {rule.id for rule in generated(Scene().site).rules}


# Of what the file is, of two files, or of audio: their cases are beside this corpus.
ELSEWHERE = {
    "AUDIO_DROPPED": "diagnosis/calls/test_call_media.py",
    "AUDIO_ONE_WAY": "diagnosis/calls/test_call_media.py",
    "CAPTURES_OVERLAP_IN_PART": "diagnosis/pairs/test_match.py",
    "CAPTURE_NOT_COUNTED": "diagnosis/calls/test_call_media.py",
    "CAPTURE_NOT_LOOKED_INTO": "capture/test_tunnels.py",
    "CAPTURE_TOO_LONG": "capture/test_interest.py",
    "CAPTURE_UNTIMED": "capture/test_forms.py",
    "CAPTURE_WITHOUT_HANDSETS": "diagnosis/test_findings.py",
    "CLOCKS_ASSUMED": "diagnosis/pairs/test_match.py",
    "CLOCK_UNSTEADY": "diagnosis/pairs/test_clocks.py",
    "PINHOLE_ENDED": "diagnosis/pairs/test_match.py",
}
TESTS = Path(__file__).parents[1]


def test_every_finding_of_the_judge_has_its_case() -> None:
    modules = [
        import_module(each.name) for each in walk_packages(diagnosis.__path__, f"{diagnosis.__name__}.")
    ]
    raised = {str(value) for module in modules for value in vars(module).values() if isinstance(value, Code)}
    assert {case.code for case in CASES.values()} == raised - ELSEWHERE.keys()
    for code, test in ELSEWHERE.items():
        assert code in (TESTS / test).read_text()
