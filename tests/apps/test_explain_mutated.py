"""Captures with octets changed, cut out and repeated: a verdict or a refusal, never anything else."""

import io
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ringfence.apps.cli.explaining.result import ExplainRequest
from ringfence.apps.cli.explaining.rules import rendered
from ringfence.apps.cli.explaining.screen import print_explanation, print_handset
from ringfence.apps.cli.screens.plain import PlainScreen
from ringfence.apps.report.explained import explanation_document
from ringfence.apps.report.page import page
from ringfence.learning.site import as_yaml, learn_site
from ringfence.model.errors import InputError
from support.captures.simulated_failures import BOOT, Scene, files, play

SCENES = (Scene(), Scene(without=("signal-gatekeeper",)), Scene(without=("dhcp-answer-voice",)))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mutated")


@cache
def octets(scene: int, folder: Path) -> tuple[bytes, bytes]:
    paths = files(play(SCENES[scene]), folder, BOOT)
    return paths["handsets"].read_bytes(), paths["servers"].read_bytes()


changes = st.lists(
    st.tuples(st.integers(0, 2**16), st.integers(0, 40), st.binary(max_size=8)), min_size=1, max_size=8
)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(st.integers(0, len(SCENES) - 1), changes, st.integers(1, 2))
def test_a_changed_capture_is_judged_or_refused(
    folder: Path, scene: int, changed: list[tuple[int, int, bytes]], how_many: int
) -> None:
    near, far = map(bytearray, octets(scene, folder))
    for at, gone, instead in changed:
        place = 24 + at % (len(near) - 24)
        near[place : place + gone] = instead
    paths = (folder / "near.pcap", folder / "far.pcap")
    for path, data in zip(paths, (near, far), strict=True):
        path.write_bytes(data)
    try:
        answer = ExplainRequest(paths[:how_many], 120.0, None).answer()
    except InputError:
        return
    out = PlainScreen(io.StringIO())
    print_explanation(out, answer.shown)
    for shown, timeline in zip(answer.shown.handsets, answer.timelines, strict=True):
        print_handset(out, shown, timeline)
    assert page(
        explanation_document(answer.shown, answer.timelines, rendered(answer.legs, "nftables"))
    ).endswith("</html>\n")
    if answer.timelines:
        assert as_yaml(learn_site([answer.explained], "site"))
