"""Sites whose phones talk: proved, and without a rule the direction that is missing is named."""

import pytest

from ringfence.actors.io import MediaTold
from ringfence.capture.dissect import Datagram, dissect_frame
from ringfence.capture.frame import Tap, TappedFrame
from ringfence.model.kinds import kinds
from ringfence.model.registration import flows
from ringfence.model.site import Site
from ringfence.model.site_file import parse
from ringfence.model.stage import BESIDE_REGISTRATION, Stage
from ringfence.policy.compile import generated
from ringfence.roles.alone import alone, policy_alone
from ringfence.verify.beside import beside_results
from ringfence.verify.estate import prove_site
from ringfence.verify.judging import judged
from ringfence.verify.report import NetworkKind, ProofVerdict, StageResult
from ringfence.verify.testbeds import SimulatedTestbed, open_testbeds
from ringfence.wire.rtcp_quality import decode_quality
from ringfence.wire.rtp import decode_rtcp
from support.example_sites import example
from support.talking_site import TALKING


def changed(*changes: tuple[str, str]) -> Site:
    text = TALKING
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return parse(text, "talking.yaml")


# What a reader may make of the site, as changes of it.
SITES: dict[str, tuple[tuple[str, str], ...]] = {
    "as it is": (),
    "the firewall is the router of both": (
        ("  branch: [10.20.0.0/24, 10.255.0.0/29]", "  branch: [10.20.0.0/24, 10.30.0.0/24]"),
        ("  hq: [10.30.0.0/24, 10.255.1.0/29]\n", ""),
        ("[10.255.0.2, 10.255.1.2, ", "[10.20.0.1, 10.30.0.1, "),
        (", relay: 10.255.0.1", ""),
        (", relay: 10.255.1.1", ""),
    ),
    "IP Office is gateway and gatekeeper, and has its own ports": (
        ("address: 10.1.0.40", "address: 10.1.0.30"),
        ("ports: 2048-3329", "ports: 49152-53246"),
    ),
    "regions differ": (("relay: 10.255.1.1}", "relay: 10.255.1.1, media_ports: 4000-10000}"),),
    "every service": (
        (
            "  dns: 10.1.0.53",
            "  dns: 10.1.0.53\n  push: 10.9.0.54\n  web: 10.9.0.55\n  backup: 10.9.0.55\n"
            "  qtest: 10.9.0.56\n  sla: 10.9.0.57",
        ),
        ("backup: 10.9.0.55", "backup: {address: 10.9.0.55, port: 8080}"),
    ),
}


def proved(site: Site, *, simulated_only: bool) -> list[str]:
    report, _ = prove_site(
        site,
        lambda one, policies: open_testbeds(
            one, simulated_only=simulated_only, trunk=False, policies=policies
        ),
        lambda _: None,
    )
    assert (report.verdict is ProofVerdict.PROVED) == (not report.reasons)
    return list(report.reasons)


@pytest.mark.parametrize("name", SITES)
def test_a_site_that_talks_is_proved(name: str) -> None:
    assert proved(changed(*SITES[name]), simulated_only=True) == []


@pytest.mark.kernel
@pytest.mark.parametrize("name", ["as it is", "the firewall is the router of both"])
def test_the_kernel_says_the_same(name: str) -> None:
    assert proved(changed(*SITES[name]), simulated_only=False) == []


def without(site: Site, *rules: str) -> StageResult:
    """The audio of the first group's phone without these rules."""
    one = alone(site, kinds(site)[0].first)
    policy = policy_alone(generated(site).without(*rules), one)
    testbed = SimulatedTestbed(one, {site.firewalls[0].name: policy})
    recording = testbed.boot()
    result = judged(one, NetworkKind.SIMULATED, recording)
    failed = [stage.stage for stage in result.stages if stage.state.value == "failed"]
    assert failed == [Stage.MEDIA]
    return beside_results(one, recording)[Stage.MEDIA]


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        (("media-to-gateway",), "one-way audio: nothing that 10.20.0.128 says first arrives at 10.1.0.40"),
        (("media-from-gateway",), "one-way audio: nothing that 10.1.0.40 says first arrives at 10.20.0.128"),
        (
            ("media-branch-to-hq",),
            "one-way audio: nothing that 10.20.0.128 says first arrives at 10.30.0.128",
        ),
        (
            ("media-hq-to-branch",),
            "one-way audio: nothing that 10.30.0.128 says first arrives at 10.20.0.128",
        ),
        (
            ("media-to-gateway", "media-from-gateway"),
            "no audio: nothing arrives either way between 10.20.0.128 and 10.1.0.40",
        ),
    ],
)
def test_a_missing_rule_is_one_way_or_no_audio(rules: tuple[str, ...], said: str) -> None:
    assert without(changed(), *rules).reason == said


def test_packets_are_counted_in_both_directions() -> None:
    one = alone(changed(), changed().groups[0])
    testbed = SimulatedTestbed(one, {"edge": policy_alone(generated(changed()), one)})
    result = beside_results(one, testbed.boot())
    assert set(result) == set(BESIDE_REGISTRATION)
    assert "10.20.0.128:3328 > 10.1.0.40:2048 RTP 10 of 10, RTCP 1 of 1" in result[Stage.MEDIA].packets[0]


def test_the_monitor_gets_a_copy_of_every_report() -> None:
    one = alone(changed(), changed().groups[0])
    recording = SimulatedTestbed(one, {"edge": policy_alone(generated(changed()), one)}).boot()
    sent: list[bytes] = []
    copies: list[bytes] = []
    for frame in recording.frames:
        seen = dissect_frame(TappedFrame(frame.time, frame.tap, frame.data, 1))
        if frame.tap != Tap.SERVERS or not isinstance(seen, Datagram):
            continue
        if str(seen.source) == "10.20.0.128" and seen.source_port % 2 and 2048 <= seen.source_port <= 3329:
            (copies if seen.destination_port == 5005 else sent).append(seen.payload)
    assert [decode_rtcp(each) for each in copies] == [decode_rtcp(each) for each in sent]
    # A first report of its own has heard nobody yet.
    quality = [decode_quality(each) for each, own in zip(copies, sent, strict=True) if len(each) > len(own)]
    assert {(each.packets, each.octets, each.frames) for each in quality} == {(10, 1600, 2)}
    told = (command for entry in recording.journal if entry.host == "handset" for command in entry.commands)
    assert {each.remote for each in quality} == {each.control for each in told if isinstance(each, MediaTold)}


def test_the_example_says_what_the_post_left_for_later() -> None:
    site = example("with-media")
    assert {flow.stage for flow in flows(site)} >= BESIDE_REGISTRATION
    assert proved(site, simulated_only=True) == []
