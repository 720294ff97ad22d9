"""Boots of foreign programs through a real firewall, recorded on both sides, and what is said of them."""

import subprocess
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from ringfence.diagnosis.explain import explain
from ringfence.diagnosis.legs import LegRemedy, missing_rules
from ringfence.lab.privilege import acquire
from ringfence.model.findings.recording import CAPTURES_OVERLAP_IN_PART
from support.captures.lost_legs import lost_legs
from support.peers.real_cases import CASES, RealCase
from support.peers.real_site import real_site, stopping

pytestmark = [pytest.mark.peers, pytest.mark.kernel]

Recordings = dict[str, Future[list[Path]]]
AT_ONCE = 6  # a boot that fails waits most of the time


def recorded(name: str, folder: Path) -> list[Path]:
    """In a process of its own, with namespaces of its own."""
    acquire()
    case = CASES[name]
    with real_site(folder) as site:
        site.rules(*case.without, more=case.more, end=case.end)
        running = [site.relay(case.relay)] if case.relay else []
        running += [getattr(site, case.server[0])(*case.server[1:])] if case.server else []
        running += [site.files(empty=case.empty)] if case.files else []
        with stopping(*running), site.recorded("boot", *case.recorder) as paths:
            case.play(site)
    return [edited(path, case) for path in paths]


def edited(path: Path, case: RealCase) -> Path:
    for edit in case.edits:
        side, *options = edit if edit[0] in {"inside", "outside"} else ("", *edit)
        if side in path.name:
            after = path.with_suffix(".edited")
            subprocess.run(["editcap", *options, str(path), str(after)], check=True, capture_output=True)
            path = after
    return path


@pytest.fixture(scope="module")
def recordings(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Recordings:
    """Those of the tests that are run, begun at once."""
    folder = tmp_path_factory.mktemp("real")
    found: Recordings = {}
    with ProcessPoolExecutor(AT_ONCE, mp_context=get_context("spawn")) as pool:
        for item in request.session.items:
            name = getattr(item, "callspec", None) and item.callspec.params.get("name")  # type: ignore[attr-defined]
            if item.module is request.module and name:  # type: ignore[attr-defined]
                own = folder / str(len(found))
                own.mkdir()
                found[name] = pool.submit(recorded, name, own)
    return found


@pytest.mark.parametrize("name", CASES)
def test_a_real_boot_is_judged_right(name: str, recordings: Recordings) -> None:
    case = CASES[name]
    found = explain(recordings[name].result())
    every = [*found.judgement.findings, *(f for line in found.judgement.handsets for f in line.findings)]
    shown = "\n".join(f"{each.code} {each.stage}: {each.sentence}" for each in every)
    shown += "".join(f"\n{line.sentence}" for line in found.judgement.handsets)
    verdicts = [str(line.verdict) for line in found.judgement.handsets]
    assert verdicts == ([case.verdict] if case.verdict else []), shown
    # When each recorder begins and ends is up to the scheduler.
    codes = {str(each.code) for each in every} - {str(CAPTURES_OVERLAP_IN_PART)}
    assert codes == case.codes, shown
    legs = lost_legs(found.judgement.handsets, both_sides=True, state_timeout=120.0)
    if case.rule:
        assert [leg.remedy for leg in legs][:1] == [LegRemedy.RULE], legs
        assert len(missing_rules(legs)) == 1
    else:
        assert not missing_rules(legs), legs
    assert not found.judgement.calls
