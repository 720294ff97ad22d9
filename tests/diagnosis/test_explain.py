"""Files in, judgement out."""

from ipaddress import IPv4Address
from pathlib import Path

import pytest

from ringfence.capture.frame import Tap
from ringfence.diagnosis.explain import explain
from ringfence.diagnosis.pairs.match import ClockBasis
from ringfence.diagnosis.timeline import HandsetVerdict, StageOutcome, StageStatus
from ringfence.model.errors import InputError
from ringfence.model.stage import Stage
from support.captures.capture_files import pcap, pcapng
from support.captures.recorded_site import (
    FILES,
    GATEKEEPER,
    HANDSET,
    PUSH,
    VOICE_GIADDR,
    Run,
    ask,
    boot,
    connect,
    lease,
    rcf,
    rrq,
    segment,
    udp,
)


def write(path: Path, run: Run, tap: str, ahead: float = 0.0) -> Path:
    frames = [(each.time + ahead, each.data) for each in run.frames if each.tap == tap]
    path.write_bytes(pcap(frames) if tap == Tap.HANDSETS else pcapng(frames))
    return path


def test_one_capture(tmp_path: Path) -> None:
    explained = explain([write(tmp_path / "a.pcap", boot(), Tap.SERVERS)])
    (timeline,) = explained.judgement.handsets
    assert timeline.verdict is HandsetVerdict.REGISTERED
    assert explained.summaries[0].frames == len(boot().frames) / 2
    assert explained.aligned is None


def test_two_captures_name_the_lost_packet(tmp_path: Path) -> None:
    run = boot(lambda packet: packet.destination_port == 1720)
    near = write(tmp_path / "near.pcap", run, Tap.HANDSETS)
    far = write(tmp_path / "far.pcapng", run, Tap.SERVERS, ahead=-2000)
    explained = explain([far, near])
    assert explained.aligned is not None
    assert explained.aligned.offset == pytest.approx(2000, abs=0.001)
    (timeline,) = explained.judgement.handsets
    assert timeline.failed is not None
    assert timeline.failed.stage is Stage.SIGNAL
    assert "SIGNALLING_DROPPED" in {each.code for each in timeline.findings}


def test_ports_that_the_lease_names_are_looked_at(tmp_path: Path) -> None:
    settings = "MCIPADD=10.1.0.30,MCPORT=2719,HTTPSRVR=10.1.0.20,HTTPPORT=8080"
    run = Run()
    lease(run, VOICE_GIADDR, HANDSET, 1, settings=settings)
    here, there = (HANDSET, 40001), (FILES, 8080)
    connect(run, here, there)
    run.tcp(segment(here, there, PUSH, b"GET /a HTTP/1.1\r\n\r\n"), by=Tap.HANDSETS)
    run.tcp(segment(there, here, PUSH, b"HTTP/1.1 200 OK\r\n\r\n"), by=Tap.SERVERS)
    run.send(udp(HANDSET, 49300, GATEKEEPER, 2719, rrq(1)))
    run.send(udp(GATEKEEPER, 2719, HANDSET, 49300, rcf(1)), by=Tap.SERVERS)
    explained = explain([write(tmp_path / "a.pcap", run, Tap.HANDSETS)])
    (timeline,) = explained.judgement.handsets
    assert {Stage.PROVISION, Stage.REGISTER} <= timeline.reached
    assert 2719 in explained.ports.ras


def test_damage_is_a_finding(tmp_path: Path) -> None:
    path = write(tmp_path / "a.pcap", boot(), Tap.HANDSETS)
    path.write_bytes(path.read_bytes()[:-5])
    found = {each.code for each in explain([path]).judgement.findings}
    assert found == {"CAPTURE_DAMAGED"}


def test_unrelated_captures_and_wrong_numbers_of_them_are_refused(tmp_path: Path) -> None:
    other = Run()
    ask(other, rrq(700, ip=IPv4Address("10.20.0.77")), rcf(700))
    near = write(tmp_path / "near.pcap", boot(), Tap.HANDSETS)
    far = write(tmp_path / "far.pcap", other, Tap.SERVERS)
    with pytest.raises(InputError, match="in common"):
        explain([near, far])
    with pytest.raises(InputError):
        explain([])
    with pytest.raises(InputError):
        explain([near, near, far])


def test_handsets_behind_one_translated_address_are_told_apart(tmp_path: Path) -> None:
    run = Run()
    outside = IPv4Address("198.51.100.7")
    for port, alias in ((1024, "2001"), (1025, "2002")):
        request = rrq(port, alias=alias)
        run.send(udp(outside, port, GATEKEEPER, 1719, request))
        run.send(udp(GATEKEEPER, 1719, outside, port, rcf(port)), by=Tap.SERVERS)
    timelines = explain([write(tmp_path / "a.pcap", run, Tap.SERVERS)]).judgement.handsets
    assert [each.alias for each in timelines] == ["2001", "2002"]
    assert all(each.stage(Stage.REGISTER).state is StageStatus.REACHED for each in timelines)


@pytest.mark.parametrize("ahead", [0.0, 1800.0, -30000.0])
def test_clocks_are_settled_by_traffic_that_is_nobodys_business(tmp_path: Path, ahead: float) -> None:
    """All of the handset is blocked; other hosts' queries pass, on ports that no judge looks at."""
    run = Run(lambda packet: packet.source == HANDSET)
    for number in range(6):
        run.send(udp(HANDSET, 49300, GATEKEEPER, 1719, rrq(11)))
        query = number.to_bytes(2, "big") + b"anything but RAS"
        run.send(udp(IPv4Address("10.20.0.99"), 5353, FILES, 53, query))
        run.wait(5)
    near = write(tmp_path / "near.pcap", run, Tap.HANDSETS)
    far = write(tmp_path / "far.pcapng", run, Tap.SERVERS, ahead=ahead)
    for paths in ((near, far), (far, near)):
        explained = explain(paths)
        assert explained.aligned is not None
        assert explained.aligned.basis is ClockBasis.OTHER_TRAFFIC
        assert abs(explained.aligned.offset) == pytest.approx(abs(ahead), abs=0.001)
        assert explained.aligned.swapped == (paths[0] == far)
        assert explained.judgement.handsets[0].stage(Stage.REGISTER).outcome is StageOutcome.DROPPED
        assert "CLOCKS_ASSUMED" not in {each.code for each in explained.judgement.findings}
